"""Standing (待遇状态): whether a person is entitled on a day, where, and why or why not.

`judge` is pure: participations and periods in, one answer out (reliability §2, E3).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from yibaobox.domain.enrolment.participations import ACTIVE, Participation, participation_of
from yibaobox.domain.enrolment.participations import ALL as PARTICIPATIONS
from yibaobox.domain.enrolment.periods import ALL as PERIODS
from yibaobox.domain.enrolment.periods import BenefitPeriod, period_of
from yibaobox.domain.people import capacities, regions

if TYPE_CHECKING:
    from yibaobox.domain.store.memory import Read, Row
    from yibaobox.domain.store.tx import Tx

Code = Literal["ENTITLED", "NEVER_ENROLLED", "SUSPENDED", "UNPAID", "NOT_YET", "ENDED", "REFUNDED", "ELSEWHERE"]


class Standing(NamedTuple):
    """The answer for one day; where nothing is known of the person, texts are empty. `reason` is Chinese."""

    code: Code
    reason: str
    region: str = ""
    insutype: str = ""
    capacity: str = ""
    participation: Participation | None = None
    period: BenefitPeriod | None = None

    @property
    def entitled(self) -> bool:
        """Whether the person is entitled on that day."""
        return self.code == "ENTITLED"

    @property
    def scheme(self) -> str:
        """The scheme of policy files, empty where the person takes part nowhere."""
        return capacities.get(self.capacity).scheme if self.capacity else ""

    @property
    def population(self) -> str:
        """The population of policy files, empty where the person takes part nowhere."""
        return capacities.get(self.capacity).population if self.capacity else ""


def reading(psn_no: str) -> list[Read]:
    """Return what `standing` asks, for `tx.ahead`."""
    return [(PERIODS, (psn_no,)), (PARTICIPATIONS, (psn_no,))]


def standing(tx: Tx, psn_no: str, on: date, *, region: str | None = None) -> Standing:
    """Tell whether a person is entitled on a day, in one region (a code of it or below) or wherever it is."""
    asked = None if region is None else regions.resolve(region).code
    paid, parts = tuple(tx.known(PERIODS, psn_no)), tuple(tx.known(PARTICIPATIONS, psn_no))
    return _judged(parts, paid, on, tx.today, asked)


@lru_cache(maxsize=1024)  # the messages of a visit ask one after the other
def _judged(parts: tuple[Row, ...], paid: tuple[Row, ...], on: date, today: date, region: str | None) -> Standing:
    """Judge by rows as they are stored; what is paid for a participation is counted until today."""
    periods = [period_of(row) for row in paid]
    return judge([participation_of(row, periods, today) for row in parts], periods, on, region=region)


def judge(
    parts: Sequence[Participation], paid: Sequence[BenefitPeriod], on: date, *, region: str | None = None
) -> Standing:
    """Decide the standing: an employee's active participation first, else the newest begun paid period."""
    employed = next((part for part in parts if _is_employee(part) and part.covers(on)), None)
    found = _of_part(employed) if employed is not None else _resident(parts, paid, on)
    if found is None or (region is not None and found.region != region):
        return _refusal(parts, paid, on, region, elsewhere=found)
    return found


def _resident(parts: Sequence[Participation], paid: Sequence[BenefitPeriod], on: date) -> Standing | None:
    """The paid period that covers the day: whatever began last ended what was paid before (X13)."""
    begun = [one for one in paid if one.is_live and not one.is_empty and one.from_day <= on]
    newest = max(begun, key=lambda one: (one.from_day, one.period_id), default=None)
    if newest is None or on > newest.until_day:
        return None
    if any(_is_employee(part) and newest.from_day < part.begins <= on for part in parts):
        return None
    part = _latest(parts, newest.region, newest.insutype)
    where = (newest.region, newest.insutype, newest.capacity)
    return Standing("ENTITLED", "待遇享受期内", *where, part, newest)


def _of_part(part: Participation) -> Standing:
    return Standing("ENTITLED", "正常参保", part.region, part.insutype, part.capacity, part)


def _refusal(
    parts: Sequence[Participation],
    paid: Sequence[BenefitPeriod],
    on: date,
    region: str | None,
    *,
    elsewhere: Standing | None,
) -> Standing:
    """Say why there is no entitlement, about the participation and the period that come nearest."""
    there = [part for part in parts if region in (None, part.region)]
    bought = [one for one in paid if region in (None, one.region)]
    part = next((one for one in there if one.state == ACTIVE), there[-1] if there else None)
    period = max((one for one in bought if one.is_live), key=lambda one: one.from_day, default=None)
    code = _why(part, bought, on)
    if elsewhere is not None and code in ("NEVER_ENROLLED", "ENDED", "SUSPENDED", "REFUNDED"):
        code = "ELSEWHERE"
    source = part or period
    shown = Standing(code, _REASONS[code], region or "", participation=part, period=period)
    if source is None:
        return shown
    return shown._replace(region=source.region, insutype=source.insutype, capacity=source.capacity)


def _why(part: Participation | None, bought: Sequence[BenefitPeriod], on: date) -> Code:
    live = [one for one in bought if one.is_live]
    if part is not None and _is_employee(part):
        return "NOT_YET" if on < part.begins else "SUSPENDED"
    if any(not one.is_empty and on < one.from_day for one in live):
        return "NOT_YET"
    if part is None and not bought:
        return "NEVER_ENROLLED"
    if part is not None and part.state != ACTIVE and not live:
        return "REFUNDED" if bought else "SUSPENDED"
    if live:
        return "ENDED"
    return "REFUNDED" if bought else "UNPAID"


def _latest(parts: Sequence[Participation], region: str, insutype: str) -> Participation | None:
    there = [part for part in parts if (part.region, part.insutype) == (region, insutype)]
    return next((part for part in there if part.state == ACTIVE), there[-1] if there else None)


def _is_employee(part: Participation) -> bool:
    return part.insutype == capacities.EMPLOYEE_INSURANCE


_REASONS: Final[dict[Code, str]] = {
    "ENTITLED": "待遇享受期内",
    "NEVER_ENROLLED": "未参保，不享受医保待遇",
    "SUSPENDED": "参保关系已暂停，不享受医保待遇",
    "UNPAID": "已参保登记但尚未缴费，不享受医保待遇",
    "NOT_YET": "已参保缴费，待遇享受期尚未开始",
    "ENDED": "待遇享受期已结束",
    "REFUNDED": "保费已退，不享受医保待遇",
    "ELSEWHERE": "待遇在其他统筹区享受，本统筹区不享受医保待遇",
}
