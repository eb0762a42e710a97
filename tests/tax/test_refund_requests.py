"""T8: premiums asked back, reviewed by the insurance and the tax office, returned; refusals; repairs."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citizen import frozen
from merchant import Merchant
from striking import until
from taxpayer import HIGH, LOW, Taxpayer, taxpayer

DUE, PREMIUM = "REFUND_DUE:wechat", "PREM:511700:2026"


@pytest.fixture
def student(local_box):
    return taxpayer(frozen(local_box))


@pytest.fixture
def anywhere(any_box):
    return taxpayer(frozen(any_box))


def review(payer, position):
    payer.box.ask("PUT", "/switches", {"review_refund": position})


def ask_back(payer, bill, reason="withdrawal", **more):
    return payer.ask("POST", "/refunds", {"bill_id": bill["bill_id"], "reason": reason} | more)


def state(payer, asked):
    return payer.ask("GET", f"/refunds/{asked['request_id']}")["state"]


def reaches(payer, asked, wanted):
    until(lambda: state(payer, asked) == wanted, wanted)


def pass_seconds(payer, by="PT5S"):
    payer.box.ask("POST", "/clock/advance", {"by": by})
    payer.box.ask("GET", "/clock")


def refunded(payer, asked):
    def there():
        pass_seconds(payer)
        return state(payer, asked) == "REFUNDED"

    until(there)


def case(payer, kind):
    return next(one for one in payer.box.ask("GET", "/cases", state="SUBMITTED")["items"] if one["kind"] == kind)["id"]


def periods(payer):
    return [one["state"] for one in payer.box.ask("GET", f"/people/{payer.psn_no}")["periods"]]


def test_a_premium_goes_back_through_both_reviews(anywhere):
    review(anywhere, "manual")
    bill = anywhere.pay()
    pass_seconds(anywhere, "PT30M")
    anywhere.identify()
    asked = ask_back(anywhere, bill)
    assert asked["amount_fen"] == LOW
    reaches(anywhere, asked, "REFUND_MED_REVIEW")
    assert anywhere.shown_bill(bill)["state"] == "REFUND_MED_REVIEW"

    anywhere.box.ask("POST", f"/cases/{case(anywhere, 'refund_medical')}/complete")
    assert state(anywhere, asked) == "REFUND_TAX_REVIEW"
    assert periods(anywhere) == ["LIVE"]
    anywhere.box.ask("POST", f"/cases/{case(anywhere, 'refund_tax')}/complete")
    assert state(anywhere, asked) in {"REFUNDING", "REFUNDED"}
    assert periods(anywhere) == ["REFUNDED"]
    (receipt,) = anywhere.ask("GET", "/receipts")["items"]
    assert receipt["state"] == "FLUSHED"

    refunded(anywhere, asked)
    assert anywhere.shown_bill(bill)["state"] == "REFUNDED"
    assert (sum(anywhere.entries(PREMIUM)), sum(anywhere.entries(DUE))) == (0, 0)
    assert anywhere.box.violations() == []


def test_applied_and_not_yet_taken_up_it_is_applied(student):
    review(student, "manual")
    assert ask_back(student, student.pay())["state"] == "REFUND_APPLIED"


def test_the_office_decides_in_its_own_time(student):
    review(student, "P1D")
    bill = student.pay()
    asked = ask_back(student, bill)
    for wanted in ("REFUND_MED_REVIEW", "REFUND_TAX_REVIEW"):
        assert state(student, asked) == wanted
        pass_seconds(student, "P1D")
        student.identify()
    refunded(student, asked)
    assert student.shown_bill(bill)["state"] == "REFUNDED"


@pytest.mark.parametrize("kinds", [["refund_medical"], ["refund_medical", "refund_tax"]])
def test_a_review_that_says_no_leaves_the_premium_paid(student, kinds):
    review(student, "manual")
    bill = student.pay()
    asked = ask_back(student, bill)
    state(student, asked)
    *before, last = kinds
    for kind in before:
        student.box.ask("POST", f"/cases/{case(student, kind)}/complete")
    student.box.ask("POST", f"/cases/{case(student, last)}/reject", {"reason": "材料不全"})

    told = student.ask("GET", f"/refunds/{asked['request_id']}")
    assert (told["state"], told["refusal"]) == ("REFUND_REJECTED", "材料不全")
    assert student.shown_bill(bill)["state"] == "PAID"
    assert student.entries(PREMIUM) == [LOW]
    again = ask_back(student, bill)
    assert again["state"] == "REFUND_APPLIED"


def test_everything_that_was_paid_of_the_year_goes_back(student):
    student.pay(LOW)
    bill = student.pay(HIGH)
    asked = ask_back(student, bill)
    assert asked["amount_fen"] == HIGH
    refunded(student, asked)
    assert sum(student.entries("CASH:wechat")) == 0


def test_after_a_refund_the_year_is_paid_anew(student):
    asked = ask_back(student, student.pay())
    refunded(student, asked)
    again = student.pay(HIGH)

    assert (again["state"], again["due_fen"]) == ("PAID", HIGH)
    pass_seconds(student, "PT1H")
    assert periods(student) == ["LIVE"]


def test_a_refund_before_posting_grants_nothing(student):
    refunded(student, ask_back(student, student.pay()))
    pass_seconds(student, "PT1H")
    assert periods(student) == []


def test_what_a_family_account_paid_returns_to_it_at_once(local_box):
    town = frozen(local_box)
    student = taxpayer(town)
    giver = Taxpayer(town, town.person(enrolled="2025-01-01", account_fen=1_000_00)).identify()
    town.ask("POST", f"/people/{giver.psn_no}/family", {"member_psn_no": student.psn_no, "relation": "child"})
    paid = giver.ask("POST", "/family/payments", {"id_no": student.person["id_no"], "year": 2026})
    asked = ask_back(student, paid["bill"])

    assert state(student, asked) == "REFUNDED"
    assert sum(giver.entries("ACCT")) == 1_000_00
    assert town.violations() == []


def test_a_second_request_waits_for_the_first(student):
    review(student, "manual")
    bill = student.pay()
    ask_back(student, bill)
    body = {"bill_id": bill["bill_id"], "reason": "mistaken"}
    assert student.refusal("POST", "/refunds", body) == (409, "DUPLICATE_APPLICATION")
    wanted = {"part_id": bill["part_id"], "year": 2026, "total_fen": HIGH}
    assert student.refusal("POST", "/bills", wanted) == (409, "CONFLICT")


@pytest.mark.parametrize(
    ("at", "reason", "answer"),
    [
        ("2026-01-01T00:00:00+08:00", "withdrawal", (422, "DEADLINE_PASSED")),
        ("2025-12-31T23:59:59+08:00", "double", (422, "NOT_ELIGIBLE")),
        ("2025-12-31T23:59:59+08:00", "recognised", (422, "NOT_ELIGIBLE")),
        ("2025-12-31T23:59:59+08:00", "boredom", (422, "INVALID_INPUT")),
    ],
)
def test_what_policy_does_not_give_back_is_refused(student, at, reason, answer):
    bill = student.pay()
    student.box.ask("PUT", "/clock", {"mode": "frozen", "at": at})
    student.identify()

    assert student.refusal("POST", "/refunds", {"bill_id": bill["bill_id"], "reason": reason}) == answer


def test_an_unpaid_bill_and_one_of_somebody_else_are_not_asked_back(student):
    bill = student.bill()
    body = {"bill_id": bill["bill_id"], "reason": "withdrawal"}
    assert student.refusal("POST", "/refunds", body) == (422, "NOTHING_DUE")
    assert taxpayer(student.box).refusal("POST", "/refunds", body) == (404, "NOT_FOUND")


def test_who_found_work_asks_the_double_premium_back(local_box, app):
    from yibaobox.domain import enrolment

    student = taxpayer(frozen(local_box))
    bill = student.pay()
    with app.worlds.get(local_box.world).write() as tx:
        part = enrolment.active(tx, student.psn_no)
        enrolment.suspend(tx, student.psn_no, part.part_id, on=tx.today, reason="employed")
        enrolment.register(tx, student.psn_no, enrolment.NewParticipation("511700", "employee", tx.today))
    refunded(student, ask_back(student, bill, "double"))


def test_assisted_students_of_chongqing_pay_first_and_are_refunded_when_recognised(local_box):
    town = frozen(local_box, "2017-10-10T10:00:00+08:00")
    student = taxpayer(town, region="500000", enrolled="2017-09-20")
    bill = student.bill(140_00, year=2017)
    told = town.refusal("POST", f"/tax/bills/{bill['bill_id']}/waive", {"reason": "城乡低保"})
    assert told == (422, "NOT_ELIGIBLE")
    student.act(student.order(bill))
    assert student.refusal("POST", "/refunds", {"bill_id": bill["bill_id"], "reason": "withdrawal"})[0] == 422

    refunded(student, ask_back(student, bill, "recognised", proof="低保证复印件"))


def test_elsewhere_the_recognised_are_waived(student):
    bill = student.bill()
    told = student.box.ask("POST", f"/tax/bills/{bill['bill_id']}/waive", {"reason": "城乡低保"})

    assert told == {"bill_id": bill["bill_id"], "psn_no": student.psn_no, "state": "WAIVED"}
    assert student.shown_bill(bill)["state"] == "WAIVED"
    assert periods(student) == ["LIVE"]
    wanted = {"part_id": bill["part_id"], "year": 2026, "total_fen": LOW}
    assert student.refusal("POST", "/bills", wanted) == (422, "NOTHING_DUE")
    assert student.box.refusal("POST", f"/tax/bills/{bill['bill_id']}/waive", {"reason": "又"}) == (409, "CONFLICT")


def failing(payer, outcome):
    """Ask back, and let the channel end the refund otherwise."""
    asked = ask_back(payer, payer.pay())
    (owed,) = until(lambda: payer.box.ask("GET", "/tax/refunds", state="PROCESSING")["items"])
    name = owed["out_refund_no"]
    until(lambda: Merchant(payer.box).send("GET", f"/v3/refund/domestic/refunds/{name}").status_code == 200)
    payer.box.ask("POST", f"/wechat/refund/{name}", {"outcome": outcome})
    return asked, name


@pytest.mark.parametrize("outcome", ["abnormal", "closed"])
def test_a_refund_that_the_channel_cannot_make_is_owed_anew_and_repaired(student, outcome):
    asked, name = failing(student, outcome)
    (closed,) = student.box.ask("GET", "/tax/refunds", state="CLOSED")["items"]
    assert (closed["out_refund_no"], closed["outcome"]) == (name, outcome.upper())
    (owed,) = student.box.ask("GET", "/tax/refunds", state="DUE")["items"]
    assert (owed["amount_fen"], owed["out_refund_no"] == name) == (LOW, False)
    assert sum(student.entries(DUE)) == LOW
    assert state(student, asked) == "REFUNDING"
    assert student.box.violations() == []

    way = "counter" if outcome == "abnormal" else "again"
    path = f"/tax/refunds/{owed['out_refund_no']}/repair"
    student.box.ask("POST", path, {"way": way})
    refunded(student, asked)
    assert student.box.refusal("POST", path, {"way": way}) == (409, "CONFLICT")
    assert sum(student.entries(DUE)) == 0
    assert student.entries("CASH:counter") == ([LOW] if way == "counter" else [])


def test_an_errand_that_nobody_owes_is_not_run(student):
    assert student.refusal("POST", "/refund-orders/SR0/send") == (404, "NOT_FOUND")


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(["pay", "top", "ask", "yes", "no", "hour"]), max_size=7))
def test_whatever_is_paid_and_asked_back_the_books_agree(local_box, steps):
    """F1, F3, F8, F9 are audited at the end of the test."""
    student = taxpayer(frozen(local_box))
    review(student, "manual")
    bills = []
    for step in steps:
        if step in {"pay", "top"}:
            wanted = {"part_id": student.part_id, "year": 2026, "total_fen": LOW if step == "pay" else HIGH}
            made = student.request("POST", "/bills", wanted)
            if made.status_code == 201:
                student.act(student.order(made.json()))
                bills.append(made.json())
        elif step == "ask" and bills:
            student.request("POST", "/refunds", {"bill_id": bills[-1]["bill_id"], "reason": "withdrawal"})
        elif step == "hour":
            pass_seconds(student, "PT10M")
            student.identify().log_in()  # three of these outlast a session
        elif step in {"yes", "no"}:
            answer(student, step)
    assert student.box.violations() == []


def answer(payer, step):
    """Let the office decide everything that waits."""
    for one in payer.box.ask("GET", "/cases", state="SUBMITTED")["items"]:
        how = ("complete", None) if step == "yes" else ("reject", {"reason": "不同意"})
        payer.box.ask("POST", f"/cases/{one['id']}/{how[0]}", how[1])
