"""Faults of the settlement centre, as an institution meets them."""

from __future__ import annotations

from typing import Final

from yibaobox.domain.faults.kinds import AFTER, BEFORE, NATIONAL, WITHIN, Kind, Param, Reach, national

_LATER: Final = Param("s", default=30, maximum=10**8, meaning="seconds of sandbox time until the outcome is known")
_WRITING: Final = national("2201", "2202", "2203", "2204", "2205", "2207", "2208", "2601", "9001", "9002")
REVERSALS: Final = national("2208", "2601")
_MESSAGE: Final = "中心系统异常，请稍后重试"
KINDS: Final = (
    Kind(
        "presettle.drift",
        AFTER,
        "right after the pre-settlement the own account changes, so that the settlement differs from the quote",
        (
            Param(
                "fen",
                default=100,
                minimum=-(10**7),
                maximum=10**7,
                meaning="added to the own account; negative: spent at a pharmacy",
            ),
        ),
        national("2206"),
    ),
    Kind("presettle.expired", WITHIN, "the settlement is refused: its pre-settlement has lapsed", (), national("2207")),
    Kind(
        "infcode",
        BEFORE,
        "the centre answers an infcode and a message of your choice; nothing is done or kept",
        (
            Param("code", default=-1, minimum=-99_999, maximum=99_999, meaning="the infcode"),
            Param("msg", "text", _MESSAGE, meaning="the err_msg"),
        ),
        NATIONAL,
    ),
    Kind(
        "system_error.-1",
        BEFORE,
        "the centre is in trouble and answers infcode -1; nothing is done",
        (),
        NATIONAL,
    ),
    Kind(
        "unknown.then_settled",
        BEFORE,
        "the centre answers that it is still at work, to repetitions too; later the transaction is done",
        (_LATER,),
        _WRITING,
    ),
    Kind(
        "unknown.then_refused",
        BEFORE,
        "the centre answers that it is still at work, to repetitions too; later the transaction is refused for good",
        (_LATER,),
        _WRITING,
    ),
    Kind(
        "reverse.unknown",
        BEFORE,
        "the centre answers a reversal that it is still at work; later the reversal is done",
        (_LATER,),
        REVERSALS,
    ),
    Kind(
        "reverse.lost_response",
        AFTER,
        "the reversal is done, the connection is reset before the reply",
        (),
        REVERSALS,
    ),
    Kind("reverse.refused", WITHIN, "the centre refuses the reversal, for this msgid for good", (), REVERSALS),
    Kind(
        "cap.exhausted",
        BEFORE,
        "just before the settlement another visit of the patient uses up what the fund pays in the year",
        (),
        national("2207"),
    ),
    Kind(
        "catalog.missing_code",
        WITHIN,
        "the centre's catalogue does not know an item of the upload",
        (),
        national("2204"),
    ),
    Kind(
        "out_of_area.peer_timeout",
        WITHIN,
        "the region where the patient is insured does not answer in time; only treatment out of area is struck",
        (),
        national("2101", "2102", "2206", "2207", "2303", "2304"),
    ),
    Kind(
        "version.mismatch",
        BEFORE,
        "the centre does not take the version of the interface",
        (),
        NATIONAL,
    ),
    Kind(
        "card.lost",
        BEFORE,
        "the social security card was reported lost; only messages that present one (mdtrt_cert_type 03) are struck",
        (),
        Reach(NATIONAL.paths, certs=("03",)),
    ),
    Kind(
        "held.pending",
        BEFORE,
        "a message of unknown outcome is still at work",
        (),
        NATIONAL,
        internal=True,
    ),
    Kind(
        "held.release",
        WITHIN,
        "a message of unknown outcome gets its outcome",
        (
            Param("rule", maximum=10**18, meaning="the rule that held it"),
            Param("outcome", "choice", choices=("settled", "refused"), meaning="what becomes of it"),
        ),
        NATIONAL,
        internal=True,
    ),
)
