"""Faults of the family account: something happens to it just before a member's settlement."""

from __future__ import annotations

from typing import Final

from yibaobox.domain.faults.kinds import BEFORE, Kind, national

_SETTLING: Final = national("2207")
KINDS: Final = (
    Kind("family.drained", BEFORE, "the relatives spend their accounts at a pharmacy first", (), _SETTLING),
    Kind("family.unbound_midway", BEFORE, "the relatives end the bindings first", (), _SETTLING),
    Kind("family.payer_suspended", BEFORE, "the relatives' participations are suspended first", (), _SETTLING),
)
