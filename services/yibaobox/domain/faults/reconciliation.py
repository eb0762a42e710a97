"""Faults of reconciliation: what the centre states of a day is not what the institution knows of it."""

from __future__ import annotations

from typing import Final

from yibaobox.domain.faults.kinds import AFTER, BEFORE, WITHIN, Kind, Param, national

SETTLING: Final = ("2102", "2207", "2304")
COMPARING: Final = ("3201", "3202")
_REACH: Final = national(*SETTLING, *COMPARING)
KINDS: Final = (
    Kind(
        "recon.center_extra",
        BEFORE,
        "somebody else is settled at this institution, and it knows nothing of that",
        (),
        _REACH,
    ),
    Kind("recon.inst_extra", AFTER, "the centre's statement lacks the settlement until it is reversed", (), _REACH),
    Kind(
        "recon.amount",
        AFTER,
        "the centre's statement has another total and fund share for the settlement until it is reversed",
        (
            Param(
                "fen",
                default=1,
                minimum=-(10**7),
                maximum=10**7,
                meaning="added to both amounts; not 0",
            ),
        ),
        _REACH,
    ),
    Kind("recon.date_shift", AFTER, "the centre's statement has the settlement on the next day", (), _REACH),
    Kind("recon.file_corrupt", WITHIN, "half of the file is lost on the way", (), national("9101", "9102")),
    Kind(
        "recon.late_file",
        WITHIN,
        "the file of differences can be had later only",
        (Param("s", default=1800, minimum=1, maximum=10**8, meaning="seconds of sandbox time"),),
        national("3202"),
    ),
)
