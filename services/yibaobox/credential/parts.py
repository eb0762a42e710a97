"""Which participation the credential shows: chosen among several, refreshed after moving (C4)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from yibaobox.domain import credentials, enrolment
from yibaobox.domain.enrolment import BenefitPeriod, Participation
from yibaobox.domain.enrolment.participations import ACTIVE
from yibaobox.domain.errors import Conflicting, NotEligible
from yibaobox.domain.people import Person, regions
from yibaobox.domain.store import Tx


def shown(tx: Tx, psn_no: str) -> Participation | None:
    """Return the participation that the credential shows: the chosen one, else the active one, else the latest."""
    return _shown(tx, psn_no, enrolment.participations(tx, psn_no))


def region_of(tx: Tx, person: Person) -> str:
    """Return the region that the credential names (`insuOrg`); who never took part has the one of their number."""
    part = shown(tx, person.psn_no)
    return person.region if part is None else part.region


def settle(tx: Tx, psn_no: str) -> None:
    """Let a credential that shows nothing yet show the active participation."""
    part = enrolment.active(tx, psn_no)
    if part is not None and credentials.holder(tx, psn_no).part_id is None:
        credentials.show(tx, psn_no, part.part_id)


def choose(tx: Tx, psn_no: str, part_id: int) -> None:
    """Show another of one's participations, one that can still be used today."""
    part = enrolment.get(tx, psn_no, part_id)
    if not _usable(part, enrolment.periods(tx, psn_no), tx.today):
        raise Conflicting("该参保关系已终止且待遇已到期，不能选为医保电子凭证的参保地")
    credentials.show(tx, psn_no, part.part_id)


def refresh(tx: Tx, psn_no: str) -> None:
    """Show the participation that is active now: what one does after moving (I7 of the facts)."""
    part = enrolment.active(tx, psn_no)
    if part is None:
        raise NotEligible("当前没有正常参保的参保关系，无法刷新参保地")
    credentials.show(tx, psn_no, part.part_id)


def listed(tx: Tx, psn_no: str) -> dict[str, Any]:
    """Return one's participations, which is shown, and whether that has been left behind by a move."""
    paid = enrolment.periods(tx, psn_no)
    there = enrolment.participations(tx, psn_no, paid)
    now = _shown(tx, psn_no, there)
    return {
        "items": [_told(part) | {"shown": part == now, "usable": _usable(part, paid, tx.today)} for part in there],
        "stale": now is not None and now.state != ACTIVE and any(part.state == ACTIVE for part in there),
    }


def _shown(tx: Tx, psn_no: str, there: Sequence[Participation]) -> Participation | None:
    chosen = credentials.holder(tx, psn_no).part_id
    found = {part.part_id: part for part in there}
    if chosen in found:
        return found[chosen]
    return next((part for part in reversed(there) if part.state == ACTIVE), there[-1] if there else None)


def _told(part: Participation) -> dict[str, Any]:
    return {
        "part_id": part.part_id,
        "region": part.region,
        "region_name": regions.resolve(part.region).full_name,
        "insutype": part.insutype,
        "state": part.state,
    }


def _usable(part: Participation, paid: Sequence[BenefitPeriod], on: date) -> bool:
    """Whether the participation is active, or a benefit year that was paid for it still runs."""
    if part.state == ACTIVE:
        return True
    where = (part.region, part.insutype)
    return any(
        period.is_live and (period.region, period.insutype) == where and period.from_day <= on <= period.until_day
        for period in paid
    )
