"""The audit of codes, relatives, serial numbers, freshmen's accounts and what was called back finds what it is for."""

from __future__ import annotations

from datetime import date

import pytest

from yibaobox.domain import clock, credentials, enrolment, ledger, people
from yibaobox.domain.accounts import applications, openings
from yibaobox.domain.accounts.openings import Opened
from yibaobox.domain.credentials import Grant, members
from yibaobox.sandbox.audit import RULES
from yibaobox.sandbox.audit.rows import Rows, load

HOSPITAL = "H31000000001"
NEW = ("C1", "C2", "C3", "E7", "E8")


@pytest.fixture
def rows(store) -> Rows:
    with store.write() as tx:
        clock.put(tx, "frozen", clock.to_us(clock.parse_instant("2024-09-03T10:00:00+08:00")))
        holder = people.create(tx, people.NewPerson("310000", "employee"))
        child = people.create(tx, people.NewPerson("310000", "child", birth=date(2015, 1, 1)))
        student = people.create(tx, people.NewPerson("310000", "student"))
        credentials.set_up(tx, holder.psn_no)
        members.add(tx, holder, child, "child", "guardian", channel="wechat")
        code = credentials.issue_code(tx, holder.psn_no)
        asked = {"purpose": "01101", "operator": "1", "operator_name": "甲"}
        credentials.decode(tx, code.text, HOSPITAL, **asked)
        grant = Grant(holder.psn_no, holder.psn_no, HOSPITAL, "wechat", "04107")
        granted = credentials.redeem(tx, credentials.authorise(tx, grant).text)
        credentials.use_pay_auth(tx, granted.pay_auth_no, "order-1")
        _opened(tx, student)
        return load(tx)


def _opened(tx, student) -> None:
    """An account with a broken pledge, under which the books called 1.00 back."""
    drafted = applications.draft(tx, student.psn_no, applications.FRESHMAN, {"year": 2024}, "310000")
    sent = applications.submit(tx, drafted, "310000")
    part = enrolment.register(tx, student.psn_no, enrolment.NewParticipation("310000", "student"))
    days = (date(2024, 9, 4), date(2024, 12, 31))
    period = enrolment.grant_period(tx, student.psn_no, "310000", "390", 2024, *days, "freshman:1")
    applications.decide(tx, sent, part_id=part.part_id)
    made = Opened(
        psn_no=student.psn_no,
        year=2024,
        application_id=sent.application_id,
        region="310000",
        opened_on=date(2024, 9, 3),
        claimable_on=date(2024, 9, 4),
        until=days[1],
        part_id=part.part_id,
        period_id=period.period_id,
        pledge="OPEN",
        due=days[1],
        decided_us=None,
    )
    openings.write(tx, made)
    openings.decide(tx, made, "BROKEN")


def found(rows: Rows, rule: str) -> list[str]:
    return list(RULES[rule](rows))


def change(rows: Rows, table: str, place: int, value: object) -> None:
    first, *others = rows.subjects[table]
    fields = list(first)
    fields[place] = value
    rows.subjects[table] = [tuple(fields), *others]


def test_clean_rows_have_no_violations(rows):
    assert {rule: found(rows, rule) for rule in NEW} == {rule: [] for rule in NEW}


@pytest.mark.parametrize(
    ("rule", "table", "place", "value"),
    [
        ("C1", "ec_codes", 3, 1),
        ("C1", "auth_codes", 2, 1),
        ("C1", "pay_auths", 3, 10**18),
        ("C2", "ec_members", 4, None),
        ("C2", "ec_members", 5, 1),
        ("C3", "pay_auth_serials", 1, "AUTHX"),
        ("E7", "account_openings", 2, 1),
        ("E7", "account_openings", 3, 1),
        ("E7", "account_openings", 4, 1),
    ],
)
def test_each_rule_finds_what_it_is_for(rows, rule, table, place, value):
    change(rows, table, place, value)

    assert found(rows, rule)


def test_a_relative_who_was_added_twice_is_found(rows):
    rows.subjects["ec_members"] *= 2

    assert found(rows, "C2")


def test_a_serial_number_of_two_decodings_is_found(rows):
    rows.subjects["decodings"] *= 2

    assert found(rows, "C3")


def test_money_that_is_called_back_without_a_settlement_is_found(rows):
    psn_no = rows.subjects["account_openings"][0][0]
    rows.subjects["reclaims"] = [(psn_no, 1, 2024, 100, 1)]

    assert len(found(rows, "E8")) == 2


def test_money_that_is_called_back_without_a_row_is_found(store):
    with store.write() as tx:
        person = people.create(tx, people.NewPerson("310000", "student"))
        moved = [ledger.Entry(person.psn_no, "POOL:310000:390", 5), ledger.Entry(person.psn_no, "CASH:reclaim", -5)]
        ledger.post(tx, "reclaim", moved)
        rows = load(tx)

    assert found(rows, "E8") == ["the books call back something else than was written"]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM account_openings",
        "UPDATE account_openings SET pledge = 'KEPT'",
        "UPDATE account_openings SET year = 2023",
        "INSERT INTO reclaims (psn_no, setl_id, year, fund_fen, txn_id, reclaimed_us) VALUES ('x', 1, 2024, 0, 1, 1)",
    ],
)
def test_the_database_itself_keeps_opened_accounts_and_what_was_called_back(rows, store, statement):
    with pytest.raises(Exception, match=r"(?i)account|pledge|constraint|check"), store.write() as tx:
        tx.run(statement)
