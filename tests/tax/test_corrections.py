"""T7: one correction of the tier: upwards all of it is paid and the lower one goes back; downwards a note."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boxes import Box, session
from citizen import frozen
from striking import until
from taxpayer import Taxpayer, taxpayer

AT = "2017-10-10T10:00:00+08:00"
FIRST, SECOND, YEAR = 140_00, 350_00, 2017
DUE, PREMIUM = "REFUND_DUE:wechat", "PREM:500000:2017"


def chongqing(box, **wanted):
    known = {"region": "500000", "enrolled": "2017-09-20"}
    return taxpayer(frozen(box, AT), **(known | wanted))


@pytest.fixture
def student(local_box):
    return chongqing(local_box)


@pytest.fixture
def anywhere(any_box):
    return chongqing(any_box)


def pay(payer, fen):
    bill = payer.bill(fen, year=YEAR)
    assert payer.act(payer.order(bill))["state"] == "SUCCESS"
    return payer.shown_bill(bill)


def advance(payer, by="PT1H"):
    payer.box.ask("POST", "/clock/advance", {"by": by})
    payer.box.ask("GET", "/clock")
    payer.identify().log_in()


def gone(payer):
    """Let the wallet's seconds pass, and tell whether all that was owed has gone."""
    payer.box.ask("POST", "/clock/advance", {"by": "PT5S"})
    payer.box.ask("GET", "/clock")
    return sum(payer.entries(DUE)) == 0


def lower(payer, fen=FIRST):
    return payer.ask("POST", "/corrections", {"part_id": payer.part_id, "year": YEAR, "total_fen": fen})


def batch(payer):
    return payer.box.ask("POST", "/tax/corrections/refund", {"region": "500000", "year": YEAR})


def receipts(payer):
    return sorted((one["amount_fen"], one["state"]) for one in payer.ask("GET", "/receipts")["items"])


def test_the_higher_tier_is_paid_in_full_and_the_lower_one_goes_back(anywhere):
    first = pay(anywhere, FIRST)
    second = anywhere.bill(SECOND, year=YEAR)
    assert (second["total_fen"], second["due_fen"], second["paid_before_fen"]) == (SECOND, SECOND, 0)
    assert anywhere.act(anywhere.order(second))["state"] == "SUCCESS"

    assert until(lambda: anywhere.shown_bill(first)["state"] in {"REFUNDING", "REFUNDED"})
    advance(anywhere)
    until(lambda: gone(anywhere))
    assert anywhere.shown_bill(first)["state"] == "REFUNDED"
    assert sum(anywhere.entries(PREMIUM)) == SECOND
    assert receipts(anywhere) == [(FIRST, "FLUSHED"), (SECOND, "VALID")]
    assert anywhere.box.violations() == []


def test_a_tier_is_corrected_once(student):
    pay(student, FIRST)
    pay(student, SECOND)

    body = {"part_id": student.part_id, "year": YEAR, "total_fen": FIRST}
    assert student.refusal("POST", "/corrections", body) == (409, "CORRECTION_LIMIT")


def test_ten_corrections_at_once_are_one(box):
    student = chongqing(box)
    pay(student, FIRST)

    def up(_):
        made = Taxpayer(Box(student.box.url, session(), student.box.world), student.person)
        made.token = student.token
        bill = made.ask("POST", "/bills", {"part_id": part_id, "year": YEAR, "total_fen": SECOND})
        order = made.order(bill)
        made.box.request("POST", f"/_sandbox/v1/wechat/pay/{order['out_trade_no']}", json={})
        return order["out_trade_no"]

    part_id = student.part_id
    with ThreadPoolExecutor(10) as pool:
        told = list(pool.map(lambda each: _tried(up, each), range(10)))

    assert any(told)
    for name in {name for name in told if name}:
        student.ask("POST", f"/orders/{name}/refresh")
    assert sum(student.entries(PREMIUM)) == SECOND
    assert sorted(fen for fen in student.entries(PREMIUM) if fen > 0) == [FIRST, SECOND]
    assert student.box.violations() == []


def _tried(work, each):
    try:
        return work(each)
    except AssertionError:
        return None  # somebody else had paid already


def test_a_lower_tier_is_noted_and_goes_back_in_a_batch_after_enrolment(anywhere):
    bill = pay(anywhere, SECOND)
    note = lower(anywhere)
    assert (note["direction"], note["from_fen"], note["to_fen"], note["state"]) == ("down", SECOND, FIRST, "NOTED")
    assert batch(anywhere) == {"items": [], "waiting": 1}

    advance(anywhere)
    assert anywhere.shown_bill(bill)["state"] == "POSTED"
    assert [one["amount_fen"] for one in batch(anywhere)["items"]] == [SECOND - FIRST]
    assert batch(anywhere) == {"items": [], "waiting": 0}
    assert receipts(anywhere) == [(FIRST, "VALID"), (SECOND, "FLUSHED")]
    assert sum(anywhere.entries(PREMIUM)) == FIRST
    advance(anywhere)
    until(lambda: gone(anywhere))
    assert anywhere.shown_bill(bill)["state"] == "POSTED"
    assert anywhere.box.violations() == []


def test_what_was_noted_lower_is_not_paid_higher_again(student):
    pay(student, SECOND)
    lower(student)
    body = {"part_id": student.part_id, "year": YEAR, "total_fen": FIRST}

    assert student.refusal("POST", "/corrections", body) == (409, "CORRECTION_LIMIT")
    advance(student)
    batch(student)
    again = {"part_id": student.part_id, "year": YEAR, "total_fen": SECOND}
    assert student.refusal("POST", "/bills", again) == (409, "CORRECTION_LIMIT")


@pytest.mark.parametrize("wanted", [SECOND, 1, 200_00])
def test_only_a_lower_tier_of_the_list_is_noted(student, wanted):
    pay(student, SECOND)

    body = {"part_id": student.part_id, "year": YEAR, "total_fen": wanted}
    assert student.refusal("POST", "/corrections", body) == (422, "INVALID_INPUT")


def test_where_the_difference_is_charged_nothing_is_noted_lower(local_box):
    student = taxpayer(frozen(local_box))
    student.pay(460_00)

    body = {"part_id": student.part_id, "year": 2026, "total_fen": 320_00}
    assert student.refusal("POST", "/corrections", body) == (422, "TIER_BELOW_PAID")


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wishes=st.lists(st.sampled_from(["up", "down", "batch", "hour"]), max_size=5),
    first=st.sampled_from([FIRST, SECOND]),
)
def test_whatever_is_wished_at_most_one_correction_is_made(local_box, wishes, first):
    student = chongqing(local_box)
    pay(student, first)
    for wish in wishes:
        if wish == "up":
            body = {"part_id": student.part_id, "year": YEAR, "total_fen": SECOND}
            made = student.request("POST", "/bills", body)
            if made.status_code == 201:
                student.act(student.order(made.json()))
        elif wish == "down":
            student.request("POST", "/corrections", {"part_id": student.part_id, "year": YEAR, "total_fen": FIRST})
        elif wish == "batch":
            batch(student)
        else:
            advance(student)
    assert sum(student.entries(PREMIUM)) in (FIRST, SECOND)
    flushed = [one for one in student.ask("GET", "/receipts")["items"] if one["state"] == "FLUSHED"]
    assert len(flushed) <= 1
