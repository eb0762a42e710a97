"""All faults there are, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.faults import (
    credential,
    enrolment,
    family,
    infrastructure,
    payment,
    reconciliation,
    settlement,
    timing,
    transport,
)
from yibaobox.domain.faults.kinds import Kind
from yibaobox.domain.faults.waiting import WAITING

_FAMILIES: Final = (
    *(transport, settlement, credential, enrolment, payment, family, reconciliation, timing, infrastructure),
)
ALL: Final[Mapping[str, Kind]] = MappingProxyType({kind.name: kind for one in _FAMILIES for kind in one.KINDS})
KINDS: Final[Mapping[str, Kind]] = MappingProxyType({name: kind for name, kind in ALL.items() if not kind.internal})


class UnknownFault(InvalidInput):
    """The catalogue of faults has no such name, or what is said of the fault cannot be read."""


def kind(name: str) -> Kind:
    """Return a fault of the catalogue; one that waits for its system says so."""
    found = KINDS.get(name)
    if found is None:
        waits = next((system for system, names in WAITING.items() if name in names), None)
        if waits is not None:
            raise UnknownFault(f"故障 {name} 所属的系统尚未实现（{waits}）", known=sorted(KINDS))
        raise UnknownFault(f"没有名为“{name[:40]}”的故障；已有：{'、'.join(sorted(KINDS))}", known=sorted(KINDS))
    return found
