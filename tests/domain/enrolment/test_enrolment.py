from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Table

from yibaobox.domain import clock, enrolment, people, set_up
from yibaobox.domain.errors import AlreadyEnrolled, Conflicting, InvalidInput, NotFound, PersonNotFound, Refusal
from yibaobox.domain.store import Tx, schema
from yibaobox.domain.store.places import Store

HOME, COLLEGE = "510400", "511700"
TODAY = date(2025, 11, 20)
YEAR_2025 = (date(2025, 1, 1), date(2025, 12, 31))
YEAR_2026 = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def town(store: Store) -> Store:
    with store.write() as tx:
        clock.put(tx, "frozen", clock.to_us(clock.parse_instant("2025-11-20T10:00:00+08:00")))
    return store


@pytest.fixture
def freshman(town: Store) -> people.Person:
    return add(town, HOME, "student")


def add(store: Store, region: str, capacity: str) -> people.Person:
    with store.write() as tx:
        return people.create(tx, people.NewPerson(region, capacity))


def register(tx: Tx, person: people.Person, region: str, **more) -> enrolment.Participation:
    return enrolment.register(tx, person.psn_no, enrolment.NewParticipation(region, person.capacity, **more))


def pay(tx: Tx, person: people.Person, region: str, days: tuple[date, date]) -> enrolment.BenefitPeriod:
    return enrolment.grant_period(tx, person.psn_no, region, "390", days[0].year, *days, "bill:1")


def test_the_tables_of_this_subject_are_those_of_the_migration(store):
    mine = {table.name for table in vars(schema.enrolment).values() if isinstance(table, Table)}
    with store.core() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = str(compare_metadata(context, schema.world))
        connection.rollback()

    assert len(mine) == 18
    assert not [name for name in mine if f"'{name}'" in found or f"table=<{name}>" in found]


def test_a_registration_is_active_from_its_day(town, freshman):
    with town.write() as tx:
        made = register(tx, freshman, "511702", unit_code="51170099997", unit_name="学院", benefit_year=2026)

    assert (made.region, made.insutype, made.state, made.from_day, made.to_day) == (
        *(COLLEGE, "390", "ACTIVE", TODAY),
        None,
    )
    assert (made.first_month, made.account_month, made.unit_code, made.unit_name, made.benefit_year) == (
        *("2025-11", "2025-11", "51170099997", "学院"),
        2026,
    )


def test_a_second_registration_names_the_region_in_the_way(town, freshman):
    with town.write() as tx:
        register(tx, freshman, HOME)

    with town.write() as tx, pytest.raises(AlreadyEnrolled, match=r"攀枝花市.*先在该地办理暂停参保") as refused:
        register(tx, freshman, COLLEGE)

    assert (refused.value.code, refused.value.status, refused.value.detail["region"]) == ("ALREADY_ENROLLED", 409, HOME)


def test_after_suspension_the_other_region_takes_over_on_the_same_day(town, freshman):
    with town.write() as tx:
        old = register(tx, freshman, HOME, from_day=date(2011, 3, 1))
        enrolment.suspend(tx, freshman.psn_no, old.part_id, on=TODAY, reason="入学")
        new = register(tx, freshman, COLLEGE)
        both = enrolment.participations(tx, freshman.psn_no)

    assert [(part.region, part.state, part.from_day, part.to_day) for part in both] == [
        (HOME, "SUSPENDED", date(2011, 3, 1), TODAY),
        (COLLEGE, "ACTIVE", TODAY, None),
    ]
    assert (new.first_month, new.account_month) == ("2011-03", "2025-11")


def test_a_participation_cannot_begin_before_the_last_one_ended(town, freshman):
    with town.write() as tx:
        old = register(tx, freshman, HOME, from_day=date(2011, 3, 1))
        enrolment.suspend(tx, freshman.psn_no, old.part_id, on=TODAY, reason="入学")

    with town.write() as tx, pytest.raises(InvalidInput, match="暂停日期"):
        register(tx, freshman, COLLEGE, from_day=TODAY - timedelta(days=1))


def test_a_suspension_is_made_once_and_not_before_the_beginning(town, freshman):
    with town.write() as tx:
        part = register(tx, freshman, HOME)
        with pytest.raises(InvalidInput, match="早于参保日期"):
            enrolment.suspend(tx, freshman.psn_no, part.part_id, on=TODAY - timedelta(days=1), reason="毕业")
        enrolment.suspend(tx, freshman.psn_no, part.part_id, on=TODAY, reason="毕业")

    with town.write() as tx, pytest.raises(Conflicting, match="不能重复暂停"):
        enrolment.suspend(tx, freshman.psn_no, part.part_id, on=TODAY, reason="毕业")


def test_another_persons_participation_is_as_one_that_is_not_there(town, freshman):
    other = add(town, HOME, "student")
    with town.write() as tx:
        part = register(tx, freshman, HOME)

    said = []
    for number in (part.part_id, 10**9):
        with town.write() as tx, pytest.raises(NotFound) as refused:
            enrolment.suspend(tx, other.psn_no, number, on=TODAY, reason="毕业")
        said.append((refused.value.message, refused.value.code, refused.value.detail))
    assert said[0] == said[1]


@pytest.mark.parametrize("round_", range(3))
def test_of_two_registrations_at_once_one_is_active(town, freshman, round_):
    regions = (HOME, COLLEGE)
    barrier, outcomes = threading.Barrier(2), []

    def race(region: str) -> None:
        barrier.wait()
        try:
            with town.write() as tx:
                register(tx, freshman, region)
            outcomes.append("ACTIVE")
        except Refusal as refusal:
            outcomes.append(refusal.code)

    threads = [threading.Thread(target=race, args=(region,)) for region in regions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    with town.read() as tx:
        states = [part.state for part in enrolment.participations(tx, freshman.psn_no)]
    assert (sorted(outcomes), states) == (["ACTIVE", "ALREADY_ENROLLED"], ["ACTIVE"])


_PART = (
    "INSERT INTO participations (psn_no, part_id, region, insutype, capacity, state, from_day, to_day, first_month,"
    " account_month, unit_code, unit_name, benefit_year, suspend_reason, created_us)"
    " VALUES (?, ?, '511700', '390', 'student', ?, ?, ?, '2025-01', '2025-01', '', '', NULL, ?, 0)"
)


@pytest.mark.parametrize(
    "row",
    [
        ("ACTIVE", "2026-01-01", None, None),
        ("SUSPENDED", "2020-01-01", "2025-11-21", "x"),
        ("SUSPENDED", "2030-01-01", "2029-01-01", "x"),
        ("GONE", "2010-01-01", "2011-01-01", "x"),
        ("SUSPENDED", "2010-01-01", None, "x"),
    ],
)
def test_the_database_itself_refuses_an_overlap_and_a_wrong_state(town, freshman, row):
    state, start, end, reason = row
    with town.write() as tx:
        register(tx, freshman, HOME)

    with pytest.raises(Exception, match=r"(?i)constraint|overlap|unique"), town.write() as tx:
        tx.run(_PART, freshman.psn_no, 10**6, state, start, end, reason)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE participations SET region = '511700'",
        "UPDATE participations SET state = 'ACTIVE', to_day = NULL, suspend_reason = NULL",
        "DELETE FROM participations",
        "UPDATE benefit_periods SET until_day = '2030-01-01'",
        "DELETE FROM benefit_periods",
    ],
)
def test_the_database_itself_keeps_what_was_written(town, freshman, statement):
    with town.write() as tx:
        part = register(tx, freshman, HOME)
        pay(tx, freshman, HOME, YEAR_2025)
        enrolment.suspend(tx, freshman.psn_no, part.part_id, on=TODAY, reason="毕业")

    with pytest.raises(Exception, match=r"kept|once"), town.write() as tx:
        tx.run(statement)


def standing(store: Store, person: people.Person, on: date, region: str | None = None) -> enrolment.Standing:
    with store.read() as tx:
        return enrolment.standing(tx, person.psn_no, on, region=region)


def test_nobody_is_entitled_who_never_enrolled(town, freshman):
    found = standing(town, freshman, TODAY)

    assert (found.entitled, found.code, found.region, found.scheme) == (False, "NEVER_ENROLLED", "", "")


def test_registration_without_payment_entitles_to_nothing(town, freshman):
    with town.write() as tx:
        register(tx, freshman, COLLEGE)

    assert standing(town, freshman, TODAY, COLLEGE).code == "UNPAID"


def test_a_suspended_resident_keeps_the_paid_period_until_the_new_one_begins(town, freshman):
    with town.write() as tx:
        old = set_up.enrol(tx, freshman, date(2025, 1, 1), [2025])
        assert old is not None
        enrolment.suspend(tx, freshman.psn_no, old.part_id, on=TODAY, reason="入学")
        register(tx, freshman, COLLEGE)
        pay(tx, freshman, COLLEGE, YEAR_2026)

    last, first = date(2025, 12, 31), date(2026, 1, 1)
    told = {
        (day, region): standing(town, freshman, day, region).code for day in (last, first) for region in (HOME, COLLEGE)
    }
    assert told == {
        (last, HOME): "ENTITLED",
        (last, COLLEGE): "NOT_YET",
        (first, HOME): "ELSEWHERE",
        (first, COLLEGE): "ENTITLED",
    }
    assert standing(town, freshman, last).region == HOME
    assert standing(town, freshman, first).scheme == "resident_student"


def test_a_new_period_elsewhere_ends_the_old_one_before_its_last_day(town, freshman):
    with town.write() as tx:
        old = set_up.enrol(tx, freshman, date(2025, 1, 1), [2025])
        assert old is not None
        enrolment.suspend(tx, freshman.psn_no, old.part_id, on=date(2025, 9, 1), reason="入学")
        register(tx, freshman, "500000", from_day=date(2025, 9, 1))
        pay(tx, freshman, "500000", (date(2025, 9, 1), date(2026, 8, 31)))

    assert [standing(town, freshman, day).region for day in (date(2025, 8, 31), date(2025, 9, 1))] == [HOME, "500000"]
    assert standing(town, freshman, TODAY, HOME).code == "ELSEWHERE"


def test_a_refunded_period_never_entitled(town, freshman):
    with town.write() as tx:
        part = set_up.enrol(tx, freshman, date(2025, 1, 1), [])
        assert part is not None
        paid = pay(tx, freshman, HOME, YEAR_2025)
        enrolment.suspend(tx, freshman.psn_no, part.part_id, on=TODAY, reason="入学")
        enrolment.refund_period(tx, freshman.psn_no, paid.period_id)

    assert standing(town, freshman, TODAY).code == "REFUNDED"
    with town.write() as tx, pytest.raises(Conflicting, match="已退"):
        enrolment.refund_period(tx, freshman.psn_no, paid.period_id)


def test_a_year_is_granted_once_and_again_after_a_refund(town, freshman):
    with town.write() as tx:
        register(tx, freshman, HOME)
        first = pay(tx, freshman, HOME, YEAR_2025)
        assert pay(tx, freshman, HOME, YEAR_2025) == first
        enrolment.refund_period(tx, freshman.psn_no, first.period_id)
        again = pay(tx, freshman, HOME, YEAR_2025)

    assert again.period_id != first.period_id
    with town.read() as tx:
        assert [one.state for one in enrolment.periods(tx, freshman.psn_no)] == ["REFUNDED", "LIVE"]


def test_a_period_that_waiting_outlasts_entitles_to_nothing_and_ends_nothing(town, freshman):
    with town.write() as tx:
        register(tx, freshman, HOME, from_day=date(2025, 1, 1))
        pay(tx, freshman, HOME, YEAR_2025)
        enrolment.grant_period(
            tx, freshman.psn_no, COLLEGE, "390", 2024, date(2025, 6, 1), date(2024, 12, 31), "bill:2"
        )

    assert standing(town, freshman, TODAY).region == HOME


def test_an_employee_is_entitled_exactly_while_active(town):
    person = add(town, HOME, "employee")
    with town.write() as tx:
        part = set_up.enrol(tx, person, enrolled=True)
        assert part is not None
        enrolment.suspend(tx, person.psn_no, part.part_id, on=TODAY, reason="离职")

    days = (date(2023, 12, 31), date(2024, 1, 1), TODAY - timedelta(days=1), TODAY)
    assert [standing(town, person, day).code for day in days] == ["NOT_YET", "ENTITLED", "ENTITLED", "SUSPENDED"]


def test_employment_ends_what_a_resident_had_paid(town):
    person = add(town, HOME, "resident")
    with town.write() as tx:
        part = set_up.enrol(tx, person, date(2025, 1, 1), [2025])
        assert part is not None
        enrolment.suspend(tx, person.psn_no, part.part_id, on=date(2025, 6, 1), reason="就业")
        job = enrolment.NewParticipation(COLLEGE, "employee", date(2025, 7, 1))
        work = enrolment.register(tx, person.psn_no, job)
        enrolment.suspend(tx, person.psn_no, work.part_id, on=date(2025, 9, 1), reason="离职")

    days = (date(2025, 6, 30), date(2025, 7, 1), date(2025, 9, 1))
    told = [standing(town, person, day) for day in days]
    assert [(one.entitled, one.region) for one in told] == [(True, HOME), (True, COLLEGE), (False, COLLEGE)]


@pytest.mark.parametrize(
    ("enrolled", "years", "told"),
    [
        (True, None, ["ENTITLED", "ENTITLED", "ENTITLED"]),
        (True, [], ["UNPAID", "UNPAID", "UNPAID"]),
        (True, [2025], ["NOT_YET", "ENTITLED", "ENTITLED"]),
        (date(2025, 3, 1), None, ["NOT_YET", "NOT_YET", "ENTITLED"]),
        (False, [2025], ["NOT_YET", "ENTITLED", "ENTITLED"]),
        (False, None, ["NEVER_ENROLLED", "NEVER_ENROLLED", "NEVER_ENROLLED"]),
    ],
)
def test_set_up_enrols_and_pays_what_it_is_told(town, enrolled, years, told):
    person = add(town, HOME, "resident")
    with town.write() as tx:
        set_up.enrol(tx, person, enrolled, years)

    days = (date(2024, 1, 1), date(2025, 2, 28), TODAY)
    assert [standing(town, person, day).code for day in days] == told


def test_set_up_of_chongqing_covers_the_years_that_begin_in_september(town):
    person = add(town, "500000", "student")
    with town.write() as tx:
        set_up.enrol(tx, person, enrolled=True)

    days = [date(2024, 1, 1) + timedelta(days=n) for n in range((TODAY - date(2024, 1, 1)).days + 1)]
    with town.read() as tx:
        parts, paid = enrolment.participations(tx, person.psn_no), enrolment.periods(tx, person.psn_no)
    assert all(enrolment.judge(parts, paid, day).entitled for day in days)


def test_paid_months_count_paid_years_of_residents_and_months_of_employees(town):
    resident, worker = add(town, HOME, "resident"), add(town, HOME, "employee")
    with town.write() as tx:
        set_up.enrol(tx, resident, enrolled=True)
        set_up.enrol(tx, worker, enrolled=True)
        told = [enrolment.active(tx, one.psn_no) for one in (resident, worker)]

    assert [part.paid_months for part in told if part] == [24, 23]


def test_a_period_needs_a_person(town):
    with town.write() as tx, pytest.raises(NotFound):
        pay(tx, replace_number(), HOME, YEAR_2025)
    with town.write() as tx, pytest.raises(PersonNotFound):
        people.get(tx, replace_number().psn_no)


def replace_number() -> people.Person:
    nobody = people.Person("5" * 20, 1, HOME, "student", "测", "01", "x", "1", TODAY, "1", 0)
    return nobody._replace(psn_no="5" * 20)
