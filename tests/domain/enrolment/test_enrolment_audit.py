"""E1 to E6 of the audit: each finds what it is for, in rows that were clean before."""

from __future__ import annotations

from datetime import date

import pytest

from yibaobox.domain import clock, enrolment, family, ledger, people, set_up
from yibaobox.domain.accounts import applications, papers
from yibaobox.sandbox.audit import RULES, audit
from yibaobox.sandbox.audit.rows import Rows, load
from yibaobox.sandbox.audit.settled import Settled

FORM = {"unit_code": "51170099997"}
# Per table the place of the columns that the cases below change.
STATE, FROM_DAY, TO_DAY = 4, 5, 6


@pytest.fixture
def rows(store) -> Rows:
    with store.write() as tx:
        clock.put(tx, "frozen", clock.to_us(clock.parse_instant("2025-11-20T10:00:00+08:00")))
        giver, member, third = (people.create(tx, people.NewPerson("510400", "employee")) for _ in range(3))
        student = people.create(tx, people.NewPerson("510400", "student"))
        old = set_up.enrol(tx, student, date(2025, 1, 1), [2025])
        assert old is not None
        enrolment.suspend(tx, student.psn_no, old.part_id, on=tx.today, reason="study_elsewhere")
        draft = applications.draft(tx, student.psn_no, "registration", FORM, "511700")
        papers.add(tx, (student.psn_no, draft.application_id), "id_paper", "png", b"x")
        sent = applications.submit(tx, draft, "511700")
        new = enrolment.register(tx, student.psn_no, enrolment.NewParticipation("511700", "student"))
        applications.decide(tx, sent, part_id=new.part_id)
        family.bind(tx, giver.psn_no, member.psn_no, "spouse")
        ledger.post(tx, "opening", [ledger.Entry(giver.psn_no, "ACCT", 100), ledger.Entry(giver.psn_no, "OPEN", -100)])
        gift = [ledger.Entry(giver.psn_no, "ACCT", -5), ledger.Entry(giver.psn_no, "FAMILY", 5)]
        care = [ledger.Entry(member.psn_no, "FAMILY", -5), ledger.Entry(member.psn_no, "INST:H51040000001", 5)]
        ledger.post(tx, "settlement", gift + care)
        family.bind(tx, giver.psn_no, third.psn_no, "child")
        return load(tx)


def found(rows: Rows, rule: str) -> list[str]:
    return list(RULES[rule](rows))


def change(rows: Rows, table: str, place: int, value, row: int = 0) -> None:
    changed = list(rows.subjects[table])
    fields = list(changed[row])
    fields[place] = value
    changed[row] = tuple(fields)
    rows.subjects[table] = changed


def test_clean_rows_have_no_violations(rows, store):
    with store.read() as tx:
        told = audit(tx)

    assert [found(rows, f"E{number}") for number in range(1, 7)] == [[]] * 6
    assert told["violations"] == []
    assert told["checked"]["participations"] == 2
    assert {"E1", "E2", "E3", "E4", "E5", "E6"} <= set(told["rules"])


@pytest.mark.parametrize(
    ("rule", "table", "place", "value", "row"),
    [
        ("E1", "participations", FROM_DAY, "2025-11-19", 1),
        ("E1", "participations", TO_DAY, None, 0),
        ("E2", "participations", TO_DAY, "2026-01-01", 1),
        ("E2", "participations", STATE, "ACTIVE", 0),
        ("E2", "applications", 6, 10**6, 0),
        ("E2", "applications", 4, "510400", 0),
        ("E2", "applications", 2, "suspension", 0),
        ("E2", "applications", 10, None, 0),
        ("E3", "benefit_periods", 8, "", 0),
        ("E3", "benefit_periods", 5, "2025-13-01", 0),
        ("E4", "applications", 5, '{"unit_code":"51040099997"}', 0),
        ("E4", "applications", 8, None, 0),
        ("E4", "papers", 2, "0" * 64, 0),
        ("E4", "papers", 1, 10**6, 0),
        ("E5", "family_bindings", 3, "friend", 0),
        ("E5", "family_bindings", 4, None, 0),
        ("E5", "family_bindings", 5, 1, 1),
        ("E5", "family_bindings", 6, 10**6, 0),
        ("E5", "family_bindings", 2, "5" * 20, 0),
        ("E5", "family_bindings", 7, 1, 0),
    ],
)
def test_a_changed_row_is_found(rows, rule, table, place, value, row):
    change(rows, table, place, value, row)

    assert found(rows, rule)


def test_two_live_periods_of_one_year_are_found(rows):
    rows.subjects["benefit_periods"] = rows.subjects["benefit_periods"] * 2

    assert found(rows, "E3")


def test_two_waiting_applications_of_a_kind_are_found(rows):
    change(rows, "applications", 3, "SUBMITTED")
    rows.subjects["applications"] = rows.subjects["applications"] * 2

    assert found(rows, "E6")


def settled(psn_no: str, day: str) -> Settled:
    facts = {"psn_no": psn_no, "setl_id": 1, "region": "510400", "insutype": "390", "rule_day": day, "pool_fen": 100}
    return Settled(**(dict.fromkeys(Settled._fields) | facts))


@pytest.mark.parametrize(("day", "clean"), [("2025-12-31", True), ("2026-01-01", False), ("2024-12-31", False)])
def test_fund_money_on_a_day_that_nothing_entitled_for_is_found(rows, day, clean):
    psn_no = rows.subjects["benefit_periods"][0][0]
    rows.settled = [settled(psn_no, day)]

    assert (found(rows, "E3") == []) is clean
