"""Bank, campus card and kiosk: debits, reversals, refunds, days that are cut, files to reconcile with."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citizen import frozen
from debtor import Debtor, key, path

FULL = 10_000_00
CHANNELS = ("bank", "campus", "kiosk")


@pytest.fixture
def bank(local_box):
    return Debtor(frozen(local_box))


@pytest.fixture
def anywhere(any_box):
    return Debtor(frozen(any_box))


def later(debtor, span):
    debtor.box.ask("POST", "/clock/advance", {"by": span})


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_debit_is_made_once_shown_and_refunded_in_parts(anywhere, channel):
    debtor = anywhere.at(channel)
    asked = debtor.debit()
    done = debtor.told("POST", "debits", asked)
    assert (done["state"], done["reason"], done["at"]) == ("SUCCESS", None, "2025-11-20T10:00:00+08:00")
    assert debtor.told("POST", "debits", asked) == debtor.told("GET", path(asked)) == done
    assert debtor.balance() == FULL - 380_00
    assert debtor.told("POST", "debits", asked | {"amount_fen": 1})["code"] == "REPEATED_WITH_OTHER_FACTS"

    refund = {"refund_no": "R1", "channel_txn": done["channel_txn"], "amount_fen": 100_00}
    back = debtor.told("POST", "refunds", refund)
    assert (back["state"], debtor.told("POST", "refunds", refund)) == ("SUCCESS", back)
    assert debtor.told("GET", "refunds/R1") == back
    assert debtor.told("POST", "refunds", refund | {"amount_fen": 1})["code"] == "REPEATED_WITH_OTHER_FACTS"
    assert (
        debtor.told("POST", "refunds", refund | {"refund_no": "R2", "amount_fen": 280_01})["code"] == "NOT_REFUNDABLE"
    )
    assert debtor.balance() == FULL - 280_00
    assert debtor.told("POST", "reversals", key(asked))["code"] == "NOT_REVERSIBLE"


def test_a_reversal_gives_all_back_and_one_that_comes_first_bars_the_debit(anywhere):
    asked, never = anywhere.debit(), anywhere.debit()
    anywhere.told("POST", "debits", asked)
    reversed_ = anywhere.told("POST", "reversals", key(asked))
    assert reversed_["state"] == "REVERSED"
    assert anywhere.told("POST", "reversals", key(asked)) == reversed_
    assert anywhere.told("POST", "debits", asked) == reversed_

    assert anywhere.told("POST", "reversals", key(never))["state"] == "REVERSED"
    barred = anywhere.told("POST", "debits", never)
    assert (barred["state"], barred["reason"]) == ("REVERSED", "REVERSED_BEFORE")
    assert anywhere.balance() == FULL


@pytest.mark.parametrize(
    ("channel", "changed", "reason"),
    [
        ("bank", {"account_no": "6217000000000000011"}, "INSUFFICIENT_BALANCE"),
        ("bank", {"account_no": "6217000000000000022"}, "ACCOUNT_FROZEN"),
        ("bank", {"account_no": "6217000000000000099"}, "NO_ACCOUNT"),
        ("bank", {"holder": "别人"}, "NAME_MISMATCH"),
        ("campus", {"account_no": "2025000011"}, "INSUFFICIENT_BALANCE"),
        ("campus", {"password": "000000"}, "WRONG_PASSWORD"),
        ("kiosk", {"account_no": "2025000022"}, "ACCOUNT_FROZEN"),
        ("bank", {"amount_fen": FULL + 1}, "INSUFFICIENT_BALANCE"),
    ],
)
def test_a_debit_that_cannot_be_done_failed_and_moved_nothing(bank, channel, changed, reason):
    debtor = bank.at(channel)
    asked = debtor.debit(**changed)
    told = debtor.told("POST", "debits", asked)

    assert (told["state"], told["reason"]) == ("FAILED", reason)
    assert told["message"]
    assert debtor.told("GET", path(asked)) == told
    assert debtor.balance() == FULL
    assert debtor.told("POST", "reversals", key(asked))["code"] == "NOT_REVERSIBLE"


def test_what_is_under_way_is_asked_for_and_a_lost_reply_too(bank):
    slow = bank.debit(account_no="6217000000000000033")
    assert bank.told("POST", "debits", slow)["state"] == "RECEIVED"
    later(bank, "PT19S")
    assert bank.told("GET", path(slow))["state"] == "RECEIVED"
    later(bank, "PT1S")
    assert bank.told("GET", path(slow))["state"] == "SUCCESS"

    undone = bank.debit(account_no="6217000000000000033")
    bank.told("POST", "debits", undone)
    assert bank.told("POST", "reversals", key(undone))["state"] == "REVERSED"
    later(bank, "PT20S")
    assert bank.balance("6217000000000000033") == FULL - 380_00

    lost = bank.debit(account_no="6217000000000000044")
    assert bank.send("POST", "debits", lost).status_code == 504
    assert bank.told("GET", path(lost))["state"] == "SUCCESS"


def test_a_day_is_cut_then_closed(bank):
    early, late = bank.debit(), bank.debit()
    bank.told("POST", "debits", early)
    assert bank.told("GET", "bills/2025-11-20")["code"] == "DAY_NOT_CUT"

    later(bank, "PT12H")  # 22:00
    assert bank.told("POST", "debits", late)["code"] == "DAY_CUT"
    tomorrow = late | {"entrust_date": "2025-11-21"}
    assert bank.told("POST", "debits", tomorrow)["state"] == "SUCCESS"
    reply = bank.send("GET", "bills/2025-11-20")
    assert reply.text.splitlines()[0] == "bank|2025-11-20|1|1|38000|0|0"
    assert hashlib.sha256(reply.content).hexdigest() == reply.headers["X-Channel-SHA256"]
    assert bank.told("POST", "reversals", key(early))["state"] == "REVERSED"

    later(bank, "PT4H")  # 02:00
    done = bank.told("GET", path(tomorrow))
    assert bank.told("POST", "reversals", key(bank.debit()))["code"] == "DAY_CLOSED"
    back = {"refund_no": "R1", "channel_txn": done["channel_txn"], "amount_fen": 1}
    assert bank.told("POST", "refunds", back)["entrust_date"] == "2025-11-21"
    lines = bank.send("GET", "bills/2025-11-20").text.splitlines()
    assert lines[0] == "bank|2025-11-20|2|0|0|0|0"
    assert lines[1].split("|")[4:7] == ["***************0055", "38000", "REVERSED"]
    later(bank, "PT20H")
    lines = bank.send("GET", "bills/2025-11-21").text.splitlines()
    assert lines[0] == "bank|2025-11-21|1|1|38000|1|1"
    assert [line.split("|")[0] for line in lines[1:]] == ["DEBIT", "REFUND"]


def test_a_kiosk_loads_a_card_from_a_bank_account(bank):
    kiosk = bank.at("kiosk")
    asked = {"account_no": "2025000011", "password": "123456", "bank_account_no": "6217000000000000055"}
    asked |= {"amount_fen": 500_00, "terminal": "T01"}

    assert kiosk.told("POST", "loads", asked) == {"account_no": "2025000011", "balance_fen": 500_00}
    assert bank.balance() == FULL - 500_00
    assert kiosk.debited(account_no="2025000011")["state"] == "SUCCESS"
    assert kiosk.told("POST", "loads", asked | {"amount_fen": FULL})["code"] == "BAD_REQUEST"
    assert (bank.balance(), kiosk.balance("2025000011")) == (FULL - 500_00, 120_00)


def test_a_payer_s_account_is_opened_set_and_loaded(bank):
    place = "/channels/campus/accounts/2026123456"
    assert bank.box.refusal("GET", place) == (404, "NOT_FOUND")
    made = bank.box.ask("PUT", place, {"holder": "李四", "balance_fen": 380_00, "password": "abc"})
    assert made == {
        "channel": "campus",
        "account_no": "2026123456",
        "holder": "李四",
        "balance_fen": 380_00,
        "psn_no": None,
        "frozen": False,
    }
    campus = bank.at("campus")
    assert campus.debited(account_no="2026123456", password="abc", holder="李四")["state"] == "SUCCESS"
    load = {"amount_fen": 5, "from_account": "6217000000000000011"}
    assert bank.box.refusal("POST", f"{place}/load", load) == (409, "CONFLICT")
    assert bank.box.ask("POST", f"{place}/load", {"amount_fen": 5})["balance_fen"] == 5
    assert bank.box.ask("PUT", place, {"holder": "李四", "balance_fen": 7, "frozen": True})["frozen"] is True
    assert campus.debited(account_no="2026123456", password="abc")["reason"] == "ACCOUNT_FROZEN"
    assert bank.box.refusal("PUT", "/channels/bank/accounts/1", {"holder": "x", "balance_fen": 1}) == (
        422,
        "INVALID_INPUT",
    )
    assert bank.box.refusal("GET", "/channels/moon/accounts/1") == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "changed",
    [
        {"X-Channel-Signature": "0" * 64},
        {"X-Channel-Signature": "é"},
        {"X-Channel-Timestamp": "1"},
        {"X-Channel-Timestamp": "now"},
        {"X-Channel-Merchant": "1"},
    ],
)
def test_only_the_merchant_is_served(bank, changed):
    changed = {name: value.encode() for name, value in changed.items()}
    reply = bank.send("POST", "debits", bank.debit(), **changed, **{"X-Sandbox-World": bank.box.world})

    assert (reply.status_code, reply.json()["code"]) == (401, "BAD_SIGNATURE")
    assert bank.balance() == FULL


@pytest.mark.parametrize(
    "changed",
    [
        {"amount_fen": 0},
        {"amount_fen": True},
        {"amount_fen": 1.5},
        {"amount_fen": "1"},
        {"tra_no": ""},
        {"tra_no": "a/b"},
        {"entrust_date": "2025-02-30"},
        {"entrust_date": "0000-01-01"},
        {"account_no": "1"},
        {"summary": "\u0000"},
        {"password": "123456"},
        {"terminal": "T01"},
        {"more": 1},
    ],
)
def test_each_field_of_a_debit_is_checked(bank, changed):
    reply = bank.send("POST", "debits", bank.debit(**changed))

    assert (reply.status_code, reply.json()["code"]) == (400, "BAD_REQUEST")


def test_what_is_no_object_is_refused_and_what_is_not_there_is_not_found(bank):
    assert bank.send("POST", "debits", [1]).status_code == 400
    assert bank.at("campus").send("POST", "debits", bank.debit()).status_code == 400  # without a password
    assert bank.send("GET", path(bank.debit())).status_code == 404
    assert bank.send("GET", "refunds/none").status_code == 404
    assert bank.send("GET", "bills/yesterday").status_code == 400
    unknown = {"refund_no": "R1", "channel_txn": "none", "amount_fen": 1}
    assert bank.told("POST", "refunds", unknown)["code"] == "NOT_FOUND"


def test_thirty_of_one_key_at_once_are_one(anywhere):
    asked = anywhere.debit()
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: anywhere.told("POST", "debits", asked), range(30)))
        back = {"refund_no": "R1", "channel_txn": told[0]["channel_txn"], "amount_fen": 300_00}
        same = list(pool.map(lambda _: anywhere.told("POST", "refunds", back), range(30)))
        other = list(pool.map(lambda n: anywhere.told("POST", "refunds", back | {"refund_no": f"O{n}"}), range(6)))

    assert all(one == told[0] for one in told)
    assert all(one == same[0] for one in same)
    assert same[0]["state"] == "SUCCESS"
    assert {one["code"] for one in other} == {"NOT_REFUNDABLE"}
    assert anywhere.balance() == FULL - 80_00


STEPS = st.lists(
    st.tuples(st.sampled_from(("debit", "again", "reverse", "refund")), st.integers(0, 3), st.integers(1, 600_000)),
    max_size=12,
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_an_account_always_holds_what_was_not_taken(bank, steps):
    """Balance = what was put on it − debits that stand + refunds, and the day's file says the same."""
    number = "62" + bank.debit()["tra_no"].encode().hex()[:16].rjust(16, "0")
    place = f"/channels/bank/accounts/{number}"
    bank.box.ask("PUT", place, {"holder": "测试", "balance_fen": 1_000_000})
    made = [bank.debit(account_no=number) for _ in range(4)]
    stands, back = {}, {}
    for number_of, (step, which, fen) in enumerate(steps):
        asked = made[which]
        if step in ("debit", "again"):
            if step == "debit" and which not in stands:
                asked["amount_fen"] = fen
            told = bank.told("POST", "debits", asked)
            stands[which] = told
        elif step == "reverse" and which in stands:
            told = bank.told("POST", "reversals", key(asked))
            stands[which] = told if "state" in told else stands[which]
        elif which in stands:
            ask = {"refund_no": f"{asked['tra_no']}-{number_of}", "channel_txn": stands[which]["channel_txn"]}
            if bank.told("POST", "refunds", ask | {"amount_fen": fen}).get("state") == "SUCCESS":
                back[which] = back.get(which, 0) + fen

    taken = {which: told["amount_fen"] for which, told in stands.items() if told["state"] == "SUCCESS"}
    assert all(back.get(which, 0) <= taken.get(which, 0) for which in back)
    assert bank.box.ask("GET", place)["balance_fen"] == 1_000_000 - sum(taken.values()) + sum(back.values())
