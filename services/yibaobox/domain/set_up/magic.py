"""What the magic persons of `people/magic.yaml` are promised, put into a world: relative to its day, as real state.

A promise is kept by the rows that citizens would have written on the way there. Where the tables of a region say
nothing about the world's day (`PolicyGap`) the person is there, without the state that the tables would have to define.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from yibaobox.domain import accumulators, credentials, enrolment, family, filings, ledger, people, policy
from yibaobox.domain.accounts import applications, openings, schools
from yibaobox.domain.accounts.openings import OTHER_NAME
from yibaobox.domain.billing import bills, corrections
from yibaobox.domain.errors import PolicyGap
from yibaobox.domain.people import Person, capacities, id_numbers
from yibaobox.domain.people.magic import magic_persons
from yibaobox.domain.policy.premium import offer
from yibaobox.domain.policy.standing import Payment, benefit_period
from yibaobox.domain.set_up import in_hospital
from yibaobox.domain.set_up.enrol import SOURCE, enrol

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx

GIVER_FEN: Final = 100_000
RELATIVE_FEN: Final = 30_000
_DAY: Final = timedelta(days=1)
_STUDIES: Final = ("上海沙箱学院", "信息学院", "信息管理与信息系统")
_YEAR: Final = timedelta(days=365)
_FAMILY: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {  # giver's state → relation and state of each member
    "family_giver": (("parent", "family_member"),),
    "family_full": (
        ("spouse", "deductible_missing_one_fen"),
        ("parent", "family_member"),
        ("child", "enrolled_elsewhere"),
        ("child", "paid_and_activated"),
        ("child", "needs_guardian"),
    ),
    "chronic_valid": (("child", "own_account_empty"),),
    "chronic_expired_yesterday": (("child", "own_account_one_fen"),),
}


def populate(tx: Tx, regions: Collection[str]) -> None:
    """Write the magic persons of these pooling areas, then who of them gives to whom."""
    made: dict[str, Person] = {}
    for magic in magic_persons():
        if magic.region in regions and id_numbers.birth_of(magic.id_no) <= tx.today:
            person = people.create(tx, magic.wanted)
            made[magic.state] = person
            _keep(tx, person, magic.state)
    for giver, members in _FAMILY.items():
        for relation, member in members:
            if giver in made and member in made:
                family.bind(tx, made[giver].psn_no, made[member].psn_no, relation)


def _keep(tx: Tx, person: Person, state: str) -> None:
    try:
        PROMISED.get(state, _paid)(tx, person)
    except PolicyGap:
        return


def _paid(tx: Tx, person: Person) -> None:
    """Enrolled since 1 January of last year, every year paid, the credential active."""
    enrol(tx, person, enrolled=True)
    credentials.set_up(tx, person.psn_no)


def _paid_ahead(tx: Tx, person: Person) -> None:
    """Paid for this year and the next; a year set up as paid counts as its lowest tier."""
    enrol(tx, person, True, (tx.today.year, tx.today.year + 1))  # noqa: FBT003 - the control API's own key
    credentials.set_up(tx, person.psn_no)


def _nothing(tx: Tx, person: Person) -> None:
    """Known, and in no insurance."""


def _unactivated(tx: Tx, person: Person) -> None:
    """Paid, without an electronic credential."""
    enrol(tx, person, enrolled=True)


def _unpaid(tx: Tx, person: Person) -> None:
    """Registered today; nothing is paid, so that a bill is due."""
    enrol(tx, person, tx.today, ())
    credentials.set_up(tx, person.psn_no)


def _corrected(tx: Tx, person: Person) -> None:
    """Paid; the tier of this year and the next was corrected once, to the higher one."""
    _paid(tx, person)
    capacity = capacities.get(person.capacity)
    for year in (tx.today.year, tx.today.year + 1):
        tiers = [tier.total_fen for tier in offer(policy.Place(person.region, capacity.scheme), year).tiers]
        premium = bills.Premium(person.psn_no, person.region, capacity.insutype, year)
        corrections.write(tx, premium, min(tiers), max(tiers))


def _suspended(tx: Tx, person: Person) -> None:
    """Paid, suspended since yesterday, and every premium returned."""
    part = enrol(tx, person, enrolled=True)
    assert part is not None, "who is enrolled has a participation"
    enrolment.suspend(tx, person.psn_no, part.part_id, on=tx.today - _DAY, reason="magic")
    for period in enrolment.periods(tx, person.psn_no):
        enrolment.refund_period(tx, person.psn_no, period.period_id)
    credentials.set_up(tx, person.psn_no)


def _face_fails_twice(tx: Tx, person: Person) -> None:
    """Paid; the next two face checks fail and the third passes."""
    _unactivated(tx, person)
    credentials.script_face(tx, person.psn_no, "fail", 2)


def _waiting(tx: Tx, person: Person) -> None:
    """Paid today after a missed year: benefits begin when the waiting months are over."""
    _late(tx, person, Payment(tx.today, gap_years=1))


def _exempt(tx: Tx, person: Person) -> None:
    """Paid today after a missed year, as a veteran: nothing to wait for."""
    _late(tx, person, Payment(tx.today, gap_years=1, status="veteran"))


def _late(tx: Tx, person: Person, payment: Payment) -> None:
    """Buy the first benefit year that still has days left after the waiting months."""
    capacity = capacities.get(person.capacity)
    place = policy.Place(person.region, capacity.scheme)
    bought = ((year, benefit_period(place, year, payment)) for year in (tx.today.year, tx.today.year + 1))
    year, period = next(
        (year, period) for year, period in bought if period.entitled_until >= max(period.entitled_from, tx.today)
    )
    enrol(tx, person, tx.today, ())
    days = (period.entitled_from, period.entitled_until)
    enrolment.grant_period(tx, person.psn_no, person.region, capacity.insutype, year, *days, SOURCE)
    credentials.set_up(tx, person.psn_no)


def _account(fen: int) -> Callable[[Tx, Person], None]:
    def keep(tx: Tx, person: Person) -> None:
        _paid(tx, person)
        if fen:
            credit(tx, person.psn_no, fen)

    return keep


def _lying(admit: Callable[[Tx, Person], None]) -> Callable[[Tx, Person], None]:
    def keep(tx: Tx, person: Person) -> None:
        _paid(tx, person)
        admit(tx, person)

    return keep


def _used_up(*, short_fen: int | None) -> Callable[[Tx, Person], None]:
    """All of the yearly cap used, or of the deductible all but `short_fen`."""

    def keep(tx: Tx, person: Person) -> None:
        _paid(tx, person)
        capacity = capacities.get(person.capacity)
        rules = policy.policy_for(person.region, capacity.scheme, "outpatient", tx.today)
        terms = rules.terms(policy.Standing(capacity.population, "L3"))
        deductible_fen = terms.standard_fen(0)
        used = policy.Accumulators(deductible_fen, terms.cap_fen or 0)
        if short_fen is not None:
            used = policy.Accumulators(deductible_fen - short_fen, 0)
        credit(tx, person.psn_no, RELATIVE_FEN, *accumulators.entries(person.psn_no, rules, rules.year(tx.today), used))

    return keep


def _recognised(*, ended_yesterday: bool) -> Callable[[Tx, Person], None]:
    """Hypertension recognised a year ago, at any institution: until a year from now, or until yesterday."""

    def keep(tx: Tx, person: Person) -> None:
        _account(RELATIVE_FEN)(tx, person)
        until = tx.today - _DAY if ended_yesterday else tx.today + _YEAR
        _file(tx, person, filings.CHRONIC, "M03900", (tx.today - _YEAR, until))

    return keep


def _filed_elsewhere(tx: Tx, person: Person) -> None:
    """Paid; treatment anywhere in Sichuan filed since yesterday, as temporarily away."""
    _paid(tx, person)
    days = (tx.today - _DAY, tx.today + _YEAR)
    _file(tx, person, filings.AWAY, "temporary", days, destination="510000")


def _blocked(tx: Tx, person: Person) -> None:
    """Paid, and the centre settles nothing for them."""
    _paid(tx, person)
    _file(tx, person, filings.HOLD, "blacklist", (tx.today - _DAY, None))


def _file(
    tx: Tx, person: Person, kind: str, type_: str, days: tuple[date, date | None], *, destination: str = ""
) -> None:
    wanted = filings.NewFiling(
        person.psn_no, kind, type_, person.region, *days, source="office", destination=destination
    )
    filings.file(tx, wanted)


def credit(tx: Tx, psn_no: str, fen: int, *memo: ledger.Entry, kind: str = "opening") -> None:
    """Put money on an own account from nowhere, and set what of the yearly accumulators is used."""
    ledger.post(tx, kind, [ledger.Entry(psn_no, "ACCT", fen), ledger.Entry(psn_no, "OPEN", -fen), *memo])


def _confirmed(tx: Tx, person: Person) -> None:
    """A freshman's confirmation that waits for the office; nothing opens the account by itself."""
    _confirmation(tx, person)


def _opening_failed(tx: Tx, person: Person) -> None:
    """A freshman's confirmation that failed, because an account stands under the number and another name."""
    schools.take_name(tx, person.psn_no, "测同号")
    applications.decide(tx, _confirmation(tx, person), reason=OTHER_NAME)


def _confirmation(tx: Tx, person: Person) -> applications.Application:
    record = schools.report(
        tx, person.psn_no, schools.SchoolRecord(0, person.region, *_STUDIES, f"{tx.today.year}0001", tx.today)
    )
    form = openings.form(record, tx.today.year, person.name)
    drafted = applications.draft(tx, person.psn_no, applications.FRESHMAN, form, record.region)
    return applications.submit(tx, drafted, record.region)


PROMISED: Final[Mapping[str, Callable[[Tx, Person], None]]] = {
    "paid_and_activated": _paid,
    "never_enrolled": _nothing,
    "enrolled_elsewhere": _paid,
    "suspended_and_refunded": _suspended,
    "account_opening_failed": _opening_failed,
    "account_opening_pending": _confirmed,
    "needs_guardian": _paid,
    "enrolled_unpaid": _unpaid,
    "tier_correction_left": _paid,
    "tier_correction_used": _corrected,
    "lower_tier_paid": _paid_ahead,
    "face_check_fails_twice": _face_fails_twice,
    "credential_not_activated": _unactivated,
    "family_giver": _account(GIVER_FEN),
    "family_full": _account(0),
    "family_member": _paid,
    "own_account_empty": _account(0),
    "own_account_one_fen": _account(1),
    "yearly_cap_reached": _used_up(short_fen=None),
    "deductible_missing_one_fen": _used_up(short_fen=1),
    "out_of_area_filed": _filed_elsewhere,
    "out_of_area_not_filed": _paid,
    "in_patient": _lying(in_hospital.since_yesterday),
    "in_patient_over_new_year": _lying(in_hospital.over_new_year),
    "blocked": _blocked,
    "waiting": _waiting,
    "waiting_exempt": _exempt,
    "namesake": _paid,
    "chronic_valid": _recognised(ended_yesterday=False),
    "chronic_expired_yesterday": _recognised(ended_yesterday=True),
}
WAITING: Final[Mapping[str, str]] = {  # state → the system that will keep the rest of the promise
}
