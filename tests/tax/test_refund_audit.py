"""The rules of what goes back find what they are for: rows changed by hand behind every guard, one at a time."""

from __future__ import annotations

import copy

import pytest

from boxes import local
from citizen import frozen
from taxpayer import taxpayer
from yibaobox.app import Settings, create_app
from yibaobox.sandbox.audit import billing
from yibaobox.sandbox.audit.rows import load

FIRST, SECOND, YEAR = 140_00, 350_00, 2017


@pytest.fixture
def rows(books):
    """A copy that a test may change."""
    return copy.deepcopy(books)


@pytest.fixture(scope="module")
def books():
    """Three students of Chongqing: one corrected upwards, one noted lower and returned, one recognised and refunded."""
    app = create_app(Settings(ticker=False, regions=("500000",)))
    town = frozen(local(app), "2017-10-10T10:00:00+08:00")
    up, down, back = (taxpayer(town, region="500000", enrolled="2017-09-20") for _ in range(3))
    paid = [pay(payer, fen) for payer, fen in ((up, FIRST), (up, SECOND), (down, SECOND), (back, FIRST))]
    down.ask("POST", "/corrections", {"part_id": down.part_id, "year": YEAR, "total_fen": FIRST})
    town.ask("POST", "/clock/advance", {"by": "PT1H"})
    town.ask("POST", "/tax/corrections/refund", {"region": "500000", "year": YEAR})
    back.identify()
    back.ask("POST", "/refunds", {"bill_id": paid[-1]["bill_id"], "reason": "recognised"})
    for _ in range(3):
        town.ask("POST", "/clock/advance", {"by": "PT5S"})
        town.ask("GET", "/clock")
    with app.worlds.get(town.world).read() as tx:
        loaded = load(tx)
    app.close()
    assert found(loaded) == set()
    return loaded


def pay(payer, fen):
    bill = payer.bill(fen, year=YEAR)
    payer.act(payer.order(bill))
    return bill


def changed(rows, table, kind, place, **facts):
    rows.subjects[table][place] = tuple(kind(*rows.subjects[table][place])._replace(**facts))
    return found(rows)


def found(rows):
    return {name for name, rule in billing.RULES.items() if any(rule(rows))}


def place(rows, table, kind, **facts):
    for number, row in enumerate(rows.subjects[table]):
        if all(getattr(kind(*row), name) == value for name, value in facts.items()):
            return number
    raise AssertionError(facts)


def test_f1_sees_a_difference_that_no_note_explains(rows):
    at = place(rows, "tier_corrections", billing.Correction, direction="down", year=YEAR)
    assert "F1" in changed(rows, "tier_corrections", billing.Correction, at, state="NOTED")


def test_f6_sees_a_second_correction(rows):
    rows.subjects["tier_corrections"].append(rows.subjects["tier_corrections"][0])
    assert found(rows) == {"F6"}


def test_f6_sees_a_correction_that_nobody_wrote_down(rows):
    rows.subjects["tier_corrections"].pop(
        place(rows, "tier_corrections", billing.Correction, direction="up", year=YEAR)
    )
    assert found(rows) == {"F6"}


def test_f6_sees_a_bill_that_corrects_another_sum(rows):
    at = place(rows, "bills", billing.Bill, corrects_fen=FIRST)
    assert "F6" in changed(rows, "bills", billing.Bill, at, corrects_fen=FIRST - 1)


def test_f8_sees_a_flushed_receipt_without_its_red_one(rows):
    rows.subjects["red_receipts"].pop()
    assert found(rows) == {"F8"}


def test_f8_sees_a_refunded_year_whose_receipt_holds(rows):
    at = place(rows, "receipts", billing.Receipt, amount_fen=FIRST, state="FLUSHED")
    assert "F8" in changed(rows, "receipts", billing.Receipt, at, state="VALID")


def test_f9_sees_a_request_that_was_granted_over_another_sum(rows):
    assert changed(rows, "refund_requests", billing.Request, 0, amount_fen=FIRST + 1) == {"F9"}


def test_f9_sees_money_that_goes_back_for_a_request_that_was_not_granted(rows):
    assert changed(rows, "refund_requests", billing.Request, 0, state="REFUND_MED_REVIEW") == {"F9"}


def test_f9_sees_a_request_that_is_over_too_early_or_too_late(rows):
    assert changed(rows, "refund_requests", billing.Request, 0, state="REFUNDING") == {"F9"}


def test_f9_sees_a_refund_for_a_request_that_does_not_exist(rows):
    rows.subjects["refund_requests"].clear()
    assert found(rows) == {"F9"}
