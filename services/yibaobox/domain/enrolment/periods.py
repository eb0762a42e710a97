"""Benefit periods: years of residents' insurance that were paid or waived."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from yibaobox.domain.errors import Conflicting, NotFound
from yibaobox.domain.people import capacities

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx

_READ: Final = (
    "SELECT psn_no, period_id, region, insutype, capacity, year, from_day, until_day, state, source"
    " FROM benefit_periods WHERE psn_no = ?"
)
ALL: Final = f"{_READ} ORDER BY from_day, period_id"
_INSERT: Final = (
    "INSERT INTO benefit_periods (psn_no, period_id, region, insutype, capacity, year, from_day, until_day, state,"
    " source, created_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'LIVE', ?, ?)"
)
_REFUND: Final = "UPDATE benefit_periods SET state = 'REFUNDED' WHERE psn_no = ? AND period_id = ? AND state = 'LIVE'"


class BenefitPeriod(NamedTuple):
    """A paid year, both days inclusive; it covers no day where waiting outlasts the year. `source` says who paid."""

    psn_no: str
    period_id: int
    region: str
    insutype: str
    capacity: str
    year: int
    from_day: date
    until_day: date
    state: str
    source: str

    @property
    def scheme(self) -> str:
        """The scheme of policy files that governs it."""
        return capacities.get(self.capacity).scheme

    @property
    def population(self) -> str:
        """The population of policy files that its person belongs to."""
        return capacities.get(self.capacity).population

    @property
    def is_live(self) -> bool:
        """Whether it was not refunded."""
        return self.state == "LIVE"

    @property
    def is_empty(self) -> bool:
        """Whether waiting took all of its days."""
        return self.from_day > self.until_day


def grant_period(  # noqa: PLR0913, PLR0917 - a period is these facts
    tx: Tx, psn_no: str, region: str, insutype: str, year: int, from_day: date, until_day: date, source: str
) -> BenefitPeriod:
    """Write a paid year; a year that is paid already stays as it is (a higher tier buys no second period)."""
    known = live(tx, psn_no, region, insutype, year)
    if known is not None:
        return known
    period_id = tx.next_number("number")
    capacity = _capacity(tx, psn_no, region, insutype)
    days = (from_day.isoformat(), until_day.isoformat())
    tx.run(_INSERT, psn_no, period_id, region, insutype, capacity, year, *days, source, tx.now_us)
    return get(tx, psn_no, period_id)


def refund_period(tx: Tx, psn_no: str, period_id: int) -> BenefitPeriod:
    """Take a paid year back: from now on it never entitled."""
    found = get(tx, psn_no, period_id)
    if tx.run(_REFUND, psn_no, period_id) != 1:
        raise Conflicting("该缴费年度的保费已退")
    return found._replace(state="REFUNDED")


def periods(tx: Tx, psn_no: str) -> list[BenefitPeriod]:
    """Return a person's benefit periods, the first begun first."""
    return [period_of(row) for row in tx.known(ALL, psn_no)]


def live(tx: Tx, psn_no: str, region: str, insutype: str, year: int) -> BenefitPeriod | None:
    """Return the paid year of a person somewhere that was not refunded, if any: there is one at most."""
    row = tx.one(
        f"{_READ} AND region = ? AND insutype = ? AND year = ? AND state = 'LIVE'", psn_no, region, insutype, year
    )
    return None if row is None else period_of(row)


def get(tx: Tx, psn_no: str, period_id: int) -> BenefitPeriod:
    """Return one benefit period of a person; refuse a number that is not theirs."""
    row = tx.one(f"{_READ} AND period_id = ?", psn_no, period_id)
    if row is None:
        raise NotFound("待遇期不存在")
    return period_of(row)


def _capacity(tx: Tx, psn_no: str, region: str, insutype: str) -> str:
    """Return the capacity of the newest participation that the premium belongs to, else that of the person."""
    row = tx.one(
        "SELECT capacity FROM participations WHERE psn_no = ? AND region = ? AND insutype = ?"
        " ORDER BY from_day DESC, part_id DESC",
        psn_no,
        region,
        insutype,
    ) or tx.one("SELECT capacity FROM persons WHERE psn_no = ?", psn_no)
    if row is None:
        raise NotFound("人员不存在")
    return str(row[0])


def period_of(row: tuple[Any, ...]) -> BenefitPeriod:
    """Return the benefit period that a row is."""
    psn_no, period_id, region, insutype, capacity, year, first, last, state, source = row
    days = (date.fromisoformat(first), date.fromisoformat(last))
    return BenefitPeriod(psn_no, period_id, region, insutype, capacity, year, *days, state, source)
