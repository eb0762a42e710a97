"""What is in force on a day: where a person may be treated elsewhere, for which diseases, at whose hospital."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from yibaobox.domain.filings import diseases
from yibaobox.domain.filings.filings import Filing, listed
from yibaobox.domain.filings.kinds import AWAY, AWAY_TYPES, CHRONIC, DESIGNATED, HOLD, TRANSFER, WITHIN_CITY

if TYPE_CHECKING:
    from datetime import date

    from yibaobox.domain.store.tx import Tx

_BEST_FIRST: Final = ("long_term", "emergency", "transfer", "temporary_filed")
_FOR_DISEASES: Final = ("01", "23")  # biz_appy_type 门慢门特登记, 门诊两病登记
_PROVINCE: Final = 2
_WHOLE_PROVINCE: Final = "0000"


@dataclass(frozen=True, slots=True)
class Away:
    """How treatment in one region is filed: the status of policy files, and the filing that says so."""

    status: str
    filing: Filing


def away(tx: Tx, psn_no: str, region: str, on: date) -> Away | None:
    """Return the filing for treatment in a pooling area on a day, the one that costs least first, or nothing."""
    found = [
        Away(_status(one), one)
        for one in listed(tx, psn_no)
        if one.kind in (AWAY, TRANSFER) and one.covers(on) and _leads_to(one, region)
    ]
    return min(found, key=lambda one: _BEST_FIRST.index(one.status), default=None)


def qualifications(tx: Tx, psn_no: str, on: date) -> dict[str, Filing]:
    """Return the recognised diseases of a person on a day, by code."""
    return {one.type: one for one in reversed(listed(tx, psn_no, CHRONIC)) if one.covers(on)}


def chosen(tx: Tx, qualification: Filing, on: date) -> frozenset[str]:
    """Return the institutions at which a recognised disease is treated; empty: at any."""
    own = {one.institutions for one in listed(tx, qualification.psn_no, DESIGNATED) if _names(one, on)}
    return frozenset(qualification.institutions).union(*own)


def holds(tx: Tx, psn_no: str, on: date) -> Filing | None:
    """Return what keeps the centre from settling for a person on a day, or nothing."""
    return next((one for one in listed(tx, psn_no, HOLD) if one.covers(on)), None)


def policy_keys(codes: dict[str, Filing]) -> tuple[str, ...]:
    """Return the keys of policy files for recognised diseases."""
    return tuple(sorted(diseases.get(code).key for code in codes))


def _status(one: Filing) -> str:
    return "transfer" if one.kind == TRANSFER else AWAY_TYPES[one.type].status


def _leads_to(one: Filing, region: str) -> bool:
    """Whether a filing is for care in a pooling area: its own code or that of its whole province."""
    if one.kind == TRANSFER and one.type == WITHIN_CITY:
        return False
    if one.destination.endswith(_WHOLE_PROVINCE):
        return one.destination[:_PROVINCE] == region[:_PROVINCE]
    return one.destination == region


def _names(one: Filing, on: date) -> bool:
    return one.type in _FOR_DISEASES and one.covers(on)
