"""What there is to pay: for each participation and benefit year the wanted total, what was paid, what is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from yibaobox.domain import clock, enrolment, people, policy, switches
from yibaobox.domain.billing import bills, corrections
from yibaobox.domain.billing.bills import Bill
from yibaobox.domain.enrolment import BenefitPeriod, Participation
from yibaobox.domain.errors import NotEligible, NotFound, NothingDue, PolicyGap
from yibaobox.domain.people import capacities
from yibaobox.domain.policy.premium import Ask, Offer, Quote, offer, quote
from yibaobox.domain.policy.standing import Payment, Period, benefit_period
from yibaobox.domain.store import Tx

CHOICE: Final = "choice"  # 自主选择
ASSESSED: Final = "assessed"  # 核定


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the sheet; `quote.code` is DUE or says why nothing can be paid."""

    part: Participation
    year: int
    offer: Offer
    quote: Quote
    period: Period | None
    paid_fen: int

    @property
    def setting(self) -> str:
        """费额设置方式: whether the payer chooses among amounts."""
        return CHOICE if self.offer.closed_list else ASSESSED

    @property
    def premium(self) -> bills.Premium:
        """The premium of the line."""
        return bills.Premium(self.part.psn_no, self.part.region, self.part.insutype, self.year)

    @property
    def pay_by_us(self) -> int | None:
        """The instant from which on the amount is no longer taken: the end of the window, where lateness matters."""
        if self.quote.late or self.offer.late == "allowed":
            return None
        return clock.start_of(self.offer.window.last + timedelta(days=1))


def rows(tx: Tx, psn_no: str) -> list[Row]:
    """Return the sheet of a person: active participations, this benefit year, the next, and the one registered for."""
    found = []
    for part in enrolment.participations(tx, psn_no):
        if part.state != "ACTIVE" or part.insutype != capacities.RESIDENT_INSURANCE:
            continue
        years = {tx.today.year, tx.today.year + 1, part.benefit_year or tx.today.year}
        found += [row for year in sorted(years) if (row := _row_or_gap(tx, part, year)) is not None]
    return found


def row(tx: Tx, part: Participation, year: int, total_fen: int | None = None, on: date | None = None) -> Row:
    """Return one line for a wanted total (the lowest tier where none is named), as of today or the day of payment.

    PolicyGap where the region has none.
    """
    day = on or tx.today
    place = place_of(tx, part.region, part.capacity)
    offering = offer(place, year, part.population)
    premium = bills.Premium(part.psn_no, part.region, part.insutype, year)
    corrected = corrections.find(tx, premium) is not None
    paid_fen = _paid(tx, premium, offering)
    ask = Ask(day=day, total_fen=total_fen, paid_fen=paid_fen, corrections=int(corrected))
    quoted = quote(place, year, ask, population=part.population)
    # A gap in the rules of benefits is told before anybody pays for them.
    period = benefit_period(place, year, payment(tx, part.psn_no, year, day)) if quoted.code == "DUE" else None
    return Row(part, year, offering, quoted, period, paid_fen)


def place_of(tx: Tx, region: str, capacity: str) -> policy.Place:
    """Return where policy is asked about a capacity, as strictly as the world wants it."""
    scheme = capacities.get(capacity).scheme
    return policy.Place(region, scheme, "strict" if switches.read(tx)["policy"] == "strict" else "demo")


def offered(tx: Tx, region: str, capacity: str, year: int) -> Offer:
    """Return what people of a capacity are offered somewhere for a year."""
    return offer(place_of(tx, region, capacity), year, capacities.get(capacity).population)


def grant(tx: Tx, bill: Bill, on: date, source: str) -> BenefitPeriod:
    """Grant the year of a bill that was settled on a day; `source` says how."""
    place = place_of(tx, bill.region, bill.capacity)
    days = benefit_period(place, bill.year, payment(tx, bill.psn_no, bill.year, on))
    return enrolment.grant_period(tx, *bill.premium, days.entitled_from, days.entitled_until, source)


def payment(tx: Tx, psn_no: str, year: int, on: date) -> Payment:
    """Return what a payment on a day means for waiting: the years missed before it, and whether a newborn's is paid."""
    newborn = people.get(tx, psn_no).birth.year == year
    return Payment(on, enrolment.missed_years(tx, psn_no, year), status="newborn" if newborn else "")


def payable(tx: Tx, psn_no: str, part_id: int) -> Participation:
    """Return a participation that bills come from; refuse one that is not the person's, or has none."""
    part = next((one for one in enrolment.participations(tx, psn_no) if one.part_id == part_id), None)
    if part is None:
        raise NotFound("未查询到该参保登记信息")
    if part.state != "ACTIVE":
        raise NotEligible("该参保关系已暂停，没有应缴账单")
    if part.insutype != capacities.RESIDENT_INSURANCE:
        raise NothingDue("职工基本医疗保险费由用人单位代扣代缴，没有应缴账单")
    return part


def _row_or_gap(tx: Tx, part: Participation, year: int) -> Row | None:
    try:
        return row(tx, part, year)
    except PolicyGap:
        return None


def _paid(tx: Tx, premium: bills.Premium, offering: Offer) -> int:
    """What was paid of the year; a year that was set up as paid without a bill counts as its lowest tier."""
    paid_fen = bills.paid_fen(tx, premium)
    bought = not paid_fen and enrolment.live(tx, *premium) is not None
    return min(tier.total_fen for tier in offering.tiers) if bought else paid_fen
