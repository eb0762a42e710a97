"""Participations: registered once, suspended once, never two active at the same time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from yibaobox.domain.enrolment.periods import BenefitPeriod, periods
from yibaobox.domain.errors import AlreadyEnrolled, Conflicting, InvalidInput, NotFound
from yibaobox.domain.people import capacities, regions
from yibaobox.domain.people.capacities import Capacity
from yibaobox.domain.store.origin import GENESIS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yibaobox.domain.store.tx import Tx

ACTIVE: Final = "ACTIVE"
SUSPENDED: Final = "SUSPENDED"
_MONTHS: Final = 12
_READ: Final = (
    "SELECT psn_no, part_id, region, insutype, capacity, state, from_day, to_day, first_month, account_month,"
    " unit_code, unit_name, benefit_year, suspend_reason, entitled_from FROM participations WHERE psn_no = ?"
)
ALL: Final = f"{_READ} ORDER BY from_day, part_id"
_INSERT: Final = (
    "INSERT INTO participations (psn_no, part_id, region, insutype, capacity, state, from_day, to_day, first_month,"
    " account_month, unit_code, unit_name, benefit_year, suspend_reason, created_us, entitled_from)"
    " VALUES (?, ?, ?, ?, ?, 'ACTIVE', ?, NULL, ?, ?, ?, ?, ?, NULL, ?, ?)"
)
_SUSPEND: Final = (
    "UPDATE participations SET state = 'SUSPENDED', to_day = ?, suspend_reason = ?, suspended_seq = ?"
    " WHERE psn_no = ? AND part_id = ? AND state = 'ACTIVE'"
)


@dataclass(frozen=True, slots=True)
class NewParticipation:
    """What is asked of a participation; `benefit_year` is the year that the citizen means to pay (residents).

    `entitled_from` is a later day than the first where the region lets flexible workers wait.
    """

    region: str
    capacity: str
    from_day: date | None = None  # None: today
    unit_code: str = ""
    unit_name: str = ""
    benefit_year: int | None = None
    entitled_from: date | None = None


class Participation(NamedTuple):
    """A participation over [from_day, to_day); an active one has no `to_day`. Months are written yyyy-MM.

    Where `entitled_from` is known it entitles from that day only.
    """

    psn_no: str
    part_id: int
    region: str
    insutype: str
    capacity: str
    state: str
    from_day: date
    to_day: date | None
    first_month: str
    account_month: str
    unit_code: str
    unit_name: str
    benefit_year: int | None
    suspend_reason: str | None
    paid_months: int
    entitled_from: date | None = None

    @property
    def begins(self) -> date:
        """The first day on which it can entitle."""
        return self.entitled_from or self.from_day

    @property
    def scheme(self) -> str:
        """The scheme of policy files that governs it."""
        return capacities.get(self.capacity).scheme

    @property
    def population(self) -> str:
        """The population of policy files that its person belongs to."""
        return capacities.get(self.capacity).population

    def covers(self, day: date) -> bool:
        """Tell whether the participation is active on a day, and past the region's waiting."""
        return self.begins <= day and (self.to_day is None or day < self.to_day)


def register(tx: Tx, psn_no: str, wanted: NewParticipation) -> Participation:
    """Enrol a person; refuse while they take part anywhere (ALREADY_ENROLLED names the region in the way)."""
    region, capacity = regions.resolve(wanted.region), capacities.get(wanted.capacity)
    start = wanted.from_day or tx.today
    before = check_free(tx, psn_no, start)
    part_id = tx.next_number("number")
    tx.run(
        _INSERT,
        *(psn_no, part_id, region.code, capacity.insutype, capacity.code, start.isoformat()),
        *(_first_month(before, capacity, start), f"{start:%Y-%m}"),
        *(wanted.unit_code, wanted.unit_name or _default_unit(region.short, capacity), wanted.benefit_year, tx.now_us),
        None if wanted.entitled_from is None else wanted.entitled_from.isoformat(),
    )
    made = get(tx, psn_no, part_id)
    assert made.state == ACTIVE, "what was just registered is active"
    assert made.covers(wanted.entitled_from or start), "a participation is active on its first day"
    return made


def check_free(tx: Tx, psn_no: str, start: date) -> list[Participation]:
    """Lock a person, refuse one who cannot begin a participation on a day, and return those there were."""
    _lock(tx, psn_no)
    before = participations(tx, psn_no)
    _refuse_second(before, start)
    return before


def suspend(tx: Tx, psn_no: str, part_id: int, *, on: date, reason: str) -> Participation:
    """End a participation on a day, which is the first without it; its paid benefit period runs on."""
    _lock(tx, psn_no)
    found = get(tx, psn_no, part_id)
    if found.state != ACTIVE:
        raise Conflicting("该参保关系已暂停，不能重复暂停")
    if on < found.from_day:
        raise InvalidInput("暂停时间不能早于参保日期", field="on")
    touched = tx.run(_SUSPEND, on.isoformat(), reason, tx.next_number("txn"), psn_no, part_id)
    assert touched == 1, "the person was locked, so nobody else suspended"
    return found._replace(state=SUSPENDED, to_day=on, suspend_reason=reason)


def participations(tx: Tx, psn_no: str, paid: Sequence[BenefitPeriod] | None = None) -> list[Participation]:
    """Return a person's participations, the first begun first; `paid` are the periods, where they are known already."""
    rows = tx.known(ALL, psn_no)
    if not rows:
        return []
    paid = periods(tx, psn_no) if paid is None else paid
    return [participation_of(row, paid, tx.today) for row in rows]


def get(tx: Tx, psn_no: str, part_id: int) -> Participation:
    """Return one participation of a person; refuse a number that is not theirs."""
    row = tx.one(f"{_READ} AND part_id = ?", psn_no, part_id)
    if row is None:
        raise NotFound("参保关系不存在")
    return participation_of(row, periods(tx, psn_no), tx.today)


def active(tx: Tx, psn_no: str) -> Participation | None:
    """Return the one participation that is not suspended, or nothing."""
    row = tx.one(f"{_READ} AND state = 'ACTIVE'", psn_no)
    return None if row is None else participation_of(row, periods(tx, psn_no), tx.today)


def _lock(tx: Tx, psn_no: str) -> None:
    """Lock a person's book: decisions about one person are made one after the other, in the ledger's own order."""
    locked = f"SELECT 1 FROM books WHERE psn_no = ?{tx.for_update}"
    if tx.one(locked, psn_no) is None:
        tx.run("INSERT INTO books (psn_no, length, head) VALUES (?, 0, ?) ON CONFLICT DO NOTHING", psn_no, GENESIS)
        assert tx.one(locked, psn_no) is not None, "a book that was just opened is there"


def _refuse_second(before: Sequence[Participation], start: date) -> None:
    for part in before:
        if part.state == ACTIVE:
            area = regions.resolve(part.region)
            raise AlreadyEnrolled(
                f"您已在{area.full_name}参保，请先在该地办理暂停参保，再申请参保登记",
                region=area.code,
                region_name=area.full_name,
                part_id=part.part_id,
            )
        if part.to_day is not None and start < part.to_day:
            raise InvalidInput("参保日期不能早于上一次参保的暂停日期", field="from_day", since=part.to_day.isoformat())


def _first_month(before: Sequence[Participation], capacity: Capacity, start: date) -> str:
    """首次参保年月: the first month in this kind of insurance, wherever it was."""
    months = [part.first_month for part in before if part.insutype == capacity.insutype]
    return min([*months, f"{start:%Y-%m}"])


def _default_unit(place: str, capacity: Capacity) -> str:
    return f"{place}{'参保单位' if capacity.insutype == capacities.EMPLOYEE_INSURANCE else '城乡居民'}"


def participation_of(row: tuple[Any, ...], paid: Sequence[BenefitPeriod], today: date) -> Participation:
    """Return the participation that a row is; `paid` are its person's periods."""
    psn_no, part_id, region, insutype, capacity, state, first, last, *rest = row
    first_month, account_month, unit_code, unit_name, year, reason, entitled = rest
    start, end = date.fromisoformat(first), None if last is None else date.fromisoformat(last)
    if insutype == capacities.EMPLOYEE_INSURANCE:
        paid_months = _months(start, today if end is None else min(end - timedelta(days=1), today))
    else:
        paid_months = _MONTHS * sum(1 for one in paid if one.is_live and _belongs(one, region, insutype))
    return Participation(
        psn_no=psn_no,
        part_id=part_id,
        region=region,
        insutype=insutype,
        capacity=capacity,
        state=state,
        from_day=start,
        to_day=end,
        first_month=first_month,
        account_month=account_month,
        unit_code=unit_code,
        unit_name=unit_name,
        benefit_year=year,
        suspend_reason=reason,
        paid_months=paid_months,
        entitled_from=None if entitled is None else date.fromisoformat(entitled),
    )


def _belongs(period: BenefitPeriod, region: str, insutype: str) -> bool:
    return (period.region, period.insutype) == (region, insutype)


def _months(start: date, end: date) -> int:
    """Count the calendar months begun from one day to another."""
    return max(0, (end.year - start.year) * _MONTHS + end.month - start.month + 1) if end >= start else 0
