"""T5: an employee's own account pays a relative's premium at once."""

from __future__ import annotations

import pytest

from citizen import frozen
from taxpayer import HIGH, LOW, YEAR, Taxpayer, taxpayer


def employee(town, account_fen=1_000_00):
    return Taxpayer(town, town.person(enrolled="2025-01-01", account_fen=account_fen)).identify()


def bind(giver, member):
    giver.box.ask("POST", f"/people/{giver.psn_no}/family", {"member_psn_no": member.psn_no, "relation": "child"})


def wanted(member, **more):
    return {"id_no": member.person["id_no"], "year": YEAR} | more


@pytest.fixture
def family(local_box):
    """An employee with 1,000.00, and the student whom their account is open to."""
    return pair(local_box)


@pytest.fixture
def anywhere(any_box):
    return pair(any_box)


def pair(box):
    town = frozen(box)
    giver, member = employee(town), taxpayer(town)
    bind(giver, member)
    return giver, member


def test_the_quote_names_the_relative_and_what_is_due(family):
    giver, member = family
    quote = giver.ask("POST", "/family/quote", wanted(member))

    assert quote["name"] == f"*{member.person['name'][-1]}"
    assert (quote["sub_item"], quote["region"], quote["due_fen"]) == ("普通学生(达州)", "511700", LOW)
    assert quote["code"] == "DUE"


def test_the_own_account_pays_at_once(anywhere):
    giver, member = anywhere
    paid = giver.ask("POST", "/family/payments", wanted(member))

    assert (paid["bill"]["state"], paid["bill"]["channel"]) == ("PAID", "family")
    assert paid["account_fen"] == 1_000_00 - LOW
    assert giver.entries("ACCT") == [1_000_00, -LOW]
    assert (giver.entries("FAMILY"), member.entries("FAMILY")) == ([LOW], [-LOW])
    assert member.entries("PREM:511700:2026") == [LOW]
    assert [one["amount_fen"] for one in member.ask("GET", "/receipts")["items"]] == [LOW]
    assert member.ask("GET", "/bills")["items"][0]["state"] == "PAID"


def test_a_higher_tier_takes_the_difference_from_the_account(family):
    giver, member = family
    member.pay(LOW)

    paid = giver.ask("POST", "/family/payments", wanted(member, total_fen=HIGH))
    assert (paid["bill"]["due_fen"], paid["account_fen"]) == (140_00, 1_000_00 - 140_00)


def test_an_account_that_holds_too_little_pays_nothing(local_box):
    town = frozen(local_box)
    giver, member = employee(town, LOW - 1), taxpayer(town)
    bind(giver, member)

    assert giver.refusal("POST", "/family/payments", wanted(member)) == (409, "INSUFFICIENT_BALANCE")
    assert giver.entries("ACCT") == [LOW - 1]
    assert member.ask("GET", "/bills")["items"] == []


def test_who_is_not_bound_answers_as_who_does_not_exist(family):
    giver, member = family
    stranger, nobody = taxpayer(giver.box), {"id_no": "110101199003070011", "year": YEAR}
    nobody["id_no"] = member.person["id_no"][:14] + "999"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(nobody["id_no"], weights, strict=True))
    nobody["id_no"] += "10X98765432"[total % 11]

    told = []
    for body in (wanted(stranger), nobody):
        reply = giver.request("POST", "/family/quote", body)
        told.append({name: value for name, value in reply.json().items() if name != "trace"})
        assert giver.refusal("POST", "/family/payments", body) == (404, "NOT_FOUND")
    assert told[0] == told[1]
    assert told[0]["status"] == 404


def test_the_binding_works_one_way(family):
    giver, member = family
    assert member.refusal("POST", "/family/quote", wanted(giver)) == (404, "NOT_FOUND")


def test_a_relative_without_residents_insurance_has_no_bill(local_box):
    town = frozen(local_box)
    giver, member = employee(town), employee(town)
    bind(giver, member)

    assert giver.refusal("POST", "/family/payments", wanted(member)) == (422, "NOT_ELIGIBLE")


@pytest.mark.parametrize(
    ("at", "total", "code"),
    [
        ("2026-01-01T00:00:00+08:00", LOW, "WINDOW_CLOSED"),
        ("2025-11-20T10:00:00+08:00", 1, "INVALID_INPUT"),
    ],
)
def test_the_rules_of_the_wizard_hold(family, at, total, code):
    giver, member = family
    frozen(giver.box, at)
    giver.identify()

    assert giver.refusal("POST", "/family/payments", wanted(member, total_fen=total)) == (422, code)


def test_what_is_paid_is_not_paid_again(family):
    giver, member = family
    giver.ask("POST", "/family/payments", wanted(member))

    assert giver.refusal("POST", "/family/payments", wanted(member)) == (422, "NOTHING_DUE")
    assert giver.entries("ACCT") == [1_000_00, -LOW]


def test_an_order_that_waited_in_the_wallet_is_closed(anywhere):
    giver, member = anywhere
    order = member.order(member.bill())
    giver.ask("POST", "/family/payments", wanted(member))

    assert member.show(order)["state"] == "CLOSED"
    assert member.box.refusal("POST", f"/wechat/pay/{order['out_trade_no']}", {}) == (409, "CONFLICT")


def test_the_account_pays_for_insurance_posted_later(family):
    giver, member = family
    giver.ask("POST", "/family/payments", wanted(member))
    (fired,) = giver.box.ask("POST", "/clock/advance", {"by": "PT30M"})["fired"]

    assert (fired["kind"], fired["outcome"]) == ("tax.post", "done")
    (period,) = giver.box.ask("GET", f"/people/{member.psn_no}")["periods"]
    assert (period["year"], period["from_day"], period["state"]) == (YEAR, "2026-01-01", "LIVE")
