"""T11: a day compared three ways; each class of difference is found, none is invented, each has its repair, once."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citizen import frozen
from paying_channels import GOOD, at_alipay, buy, debit
from taxpayer import HIGH, LOW, Taxpayer, taxpayer
from yibaobox.domain import enrolment
from yibaobox.tax.channel_files import Line, read, written
from yibaobox.tax.recon import compare

DAY = "2025-11-20"
HEAD = "name,number,amount_fen,state\n"
PREMIUM = "PREM:511700:2026"


@pytest.fixture
def town(local_box):
    return frozen(local_box)


@pytest.fixture
def anywhere(any_box):
    return frozen(any_box)


def recon(box, **more):
    return box.ask("POST", "/tax/recon", {"date": DAY} | more)


def found(box, party, **more):
    """The differences of one party: kind and what was done."""
    told = recon(box, parties=[party], **more)
    (statement,) = told["parties"]
    assert statement["missing"] is None, statement
    return [(one["kind"], one["done"]) for one in statement["items"]]


def next_morning(box):
    box.ask("PUT", "/clock", {"mode": "frozen", "at": "2025-11-21T11:00:00+08:00"})


def paid_by_each(box):
    payers = {name: taxpayer(box) for name in ("wechat", "alipay", "bank", "campus", "kiosk")}
    for name, payer in payers.items():
        bill = payer.bill()
        if name == "wechat":
            payer.act(payer.order(bill))
        elif name == "alipay":
            buy(payer, at_alipay(payer, bill))
        else:
            debit(payer, bill, name, GOOD[name])
    giver = Taxpayer(box, box.person(enrolled="2025-01-01", account_fen=1_000_00)).identify()
    child = taxpayer(box)
    box.ask("POST", f"/people/{giver.psn_no}/family", {"member_psn_no": child.psn_no, "relation": "child"})
    giver.ask("POST", "/family/payments", {"id_no": child.person["id_no"], "year": 2026})
    return payers | {"family": child}


def test_a_day_of_all_channels_agrees_three_ways(anywhere):
    payers = paid_by_each(anywhere)
    anywhere.ask("POST", "/clock/advance", {"by": "PT1H"})
    next_morning(anywhere)
    told = recon(anywhere)

    assert told["balanced"], told
    counted = {one["party"]: one["counts"]["1"] for one in told["parties"]}
    assert counted == dict.fromkeys(payers, 1) | {"insurance": len(payers)}


def test_before_a_file_is_written_the_day_is_not_balanced(town):
    taxpayer(town).pay()
    told = recon(town)
    missing = {one["party"] for one in told["parties"] if one["missing"]}
    assert (told["balanced"], missing) == (False, {"wechat", "alipay", "bank", "campus", "kiosk"})


def test_a_payment_that_nobody_told_is_entered(anywhere):
    """Class 4: 补单."""
    payer = taxpayer(anywhere)
    order = payer.order(payer.bill())
    anywhere.ask("POST", "/faults", {"name": "pay.success_no_notify"})
    payer.act(order)
    next_morning(anywhere)
    assert found(anywhere, "wechat") == [(4, None)]
    assert payer.entries(PREMIUM) == []

    assert found(anywhere, "wechat", repair=True) == [(4, "entered")]
    assert payer.entries(PREMIUM) == [LOW]
    assert found(anywhere, "wechat", repair=True) == []
    assert payer.entries(PREMIUM) == [LOW]


def test_a_payment_for_a_closed_order_goes_back(town, monkeypatch):
    """Class 3: 退费."""
    payer = taxpayer(town)
    order = payer.order(payer.bill())
    monkeypatch.setattr("yibaobox.tax.wechat.Wallet.close", lambda *_: None)
    payer.ask("POST", f"/orders/{order['out_trade_no']}/close")
    town.ask("POST", "/faults", {"name": "pay.success_no_notify"})
    payer.act(order)
    next_morning(town)

    assert found(town, "wechat", repair=True) == [(3, "sent_back")]
    town.ask("POST", "/clock/advance", {"by": "PT10S"})
    town.ask("GET", "/clock")
    assert payer.entries(PREMIUM) == []
    assert found(town, "wechat", repair=True) == []


def test_a_payment_that_the_channel_does_not_know_is_taken_out(town, app):
    """Class 6, and asked again it does not know either."""
    payer = taxpayer(town)
    bill = payer.pay()
    town.ask("POST", "/clock/advance", {"by": "PT1H"})
    with app.worlds.get(town.world).write() as tx:
        tx.run("DELETE FROM gw_wechat_orders")
    next_morning(town)

    assert found(town, "wechat", repair=True) == [(6, "taken_out")]
    payer.identify().log_in()
    assert payer.shown_bill(bill)["state"] == "REFUNDED"
    assert (sum(payer.entries(PREMIUM)), sum(payer.entries("CASH:wechat"))) == (0, 0)
    assert [one["state"] for one in town.ask("GET", f"/people/{payer.psn_no}")["periods"]] == ["REFUNDED"]
    assert found(town, "wechat", repair=True) == []
    assert payer.pay()["state"] == "PAID"


@pytest.mark.parametrize(
    ("fen", "state", "kind", "done"),
    [(LOW, "SUCCESS", 1, None), (LOW + 1, "SUCCESS", 2, "hung"), (LOW, "FAILED", 5, "matched")],
)
def test_what_a_file_says_of_a_payment(town, fen, state, kind, done):
    payer = taxpayer(town)
    order = payer.order(payer.bill())
    payer.act(order)
    line = f"{HEAD}{order['out_trade_no']},4200,{fen},{state}\n"

    expected = [] if kind == 1 else [(kind, done)]
    assert found(town, "wechat", files={"wechat": line}, repair=True) == expected
    assert found(town, "wechat", files={"wechat": line}, repair=True) == expected
    hung = town.ask("GET", "/tax/recon/hung")["items"]
    assert [(one["name"], one["kind"]) for one in hung] == ([(order["out_trade_no"], 2)] if done == "hung" else [])
    assert payer.entries(PREMIUM) == [LOW]


def test_what_only_a_file_knows_is_hung_up_and_never_entered(town):
    payer = taxpayer(town)
    order = payer.order(payer.bill())
    lines = f"{HEAD}SBNOBODY,1,100,SUCCESS\n{order['out_trade_no']},2,{LOW},SUCCESS\n"

    assert found(town, "wechat", files={"wechat": lines}, repair=True) == [(4, "hung")] * 2
    assert payer.entries(PREMIUM) == []


def test_both_failed_is_no_difference(town):
    payer = taxpayer(town)
    order = payer.order(payer.bill())
    payer.ask("POST", f"/orders/{order['out_trade_no']}/close")
    line = f"{HEAD}{order['out_trade_no']},1,{LOW},FAILED\n"
    for told in (line, HEAD):
        (statement,) = recon(town, parties=["wechat"], files={"wechat": told})["parties"]
        assert (statement["counts"]["7"], statement["items"]) == (1, [])


def test_what_insurance_does_not_know_is_posted(town):
    payer = taxpayer(town)
    bill = payer.pay()
    assert found(town, "insurance", repair=True) == [(6, "posted")]
    assert payer.shown_bill(bill)["state"] == "POSTED"
    assert found(town, "insurance", repair=True) == []


def test_a_year_that_nobody_paid_for_ends(town, app):
    payer = taxpayer(town)
    bill = payer.bill()
    with app.worlds.get(town.world).write() as tx:
        part = enrolment.active(tx, payer.psn_no)
        days = (tx.today.replace(month=12, day=1), tx.today.replace(month=12, day=31))
        enrolment.grant_period(tx, payer.psn_no, "511700", part.insutype, 2026, *days, f"bill:{bill['bill_id']}")
    assert found(town, "insurance", repair=True) == [(4, "ended")]
    assert [one["state"] for one in town.ask("GET", f"/people/{payer.psn_no}")["periods"]] == ["REFUNDED"]
    assert found(town, "insurance", repair=True) == []


@pytest.mark.parametrize(("fen", "state", "kind"), [(LOW + 1, "SUCCESS", 2), (LOW, "FAILED", 5)])
def test_what_the_insurance_says_otherwise_is_hung_up(town, fen, state, kind):
    payer = taxpayer(town)
    bill = payer.pay()
    line = f"{HEAD}bill:{bill['bill_id']},1,{fen},{state}\n"
    assert found(town, "insurance", files={"insurance": line}, repair=True) == [(kind, "hung")]


def test_a_refunded_year_that_insurance_still_grants_ends(town):
    payer = taxpayer(town)
    bill = payer.pay()
    payer.ask("POST", "/refunds", {"bill_id": bill["bill_id"], "reason": "withdrawal"})
    town.ask("GET", "/clock")
    line = f"{HEAD}bill:{bill['bill_id']},1,{LOW},SUCCESS\n"
    assert found(town, "insurance", files={"insurance": line}, repair=True) == [(3, "ended")]


def test_files_of_both_sides_are_handed_out(town):
    payer = taxpayer(town)
    bill = payer.pay(HIGH)
    town.ask("POST", "/clock/advance", {"by": "PT1H"})
    told = [town.ask("GET", "/tax/files", party=party, date=DAY)["content"] for party in ("tax", "insurance")]
    for text in told:
        (line,) = read(text)
        assert (line.name, line.amount_fen, line.ok) == (f"bill:{bill['bill_id']}", HIGH, True)


@pytest.mark.parametrize(
    "files",
    [
        {"wechat": "name\n"},
        {"wechat": f"{HEAD}a,b,c,SUCCESS\n"},
        {"wechat": f"{HEAD}a,b,1,MAYBE\n"},
        {"wechat": f"{HEAD}a,b,1,SUCCESS\na,b,1,SUCCESS\n"},
        {"wechat": f'{HEAD}"a"b,c,1,SUCCESS\n'},
        {"wechat": HEAD + "a" * 200_000},
        {"nobody": HEAD},
    ],
)
def test_a_file_that_is_none_is_refused(town, files):
    assert town.refusal("POST", "/tax/recon", {"date": DAY, "files": files}) == (422, "INVALID_INPUT")


LINES = st.builds(Line, st.integers(0, 30).map(lambda n: f"SB{n}"), st.just("n"), st.integers(1, 4), st.booleans())
BOOK = st.lists(LINES, unique_by=lambda line: line.name, max_size=20)


@given(theirs=BOOK, ours=BOOK)
def test_every_name_falls_into_exactly_one_class(theirs, ours):
    """Found again by hand: the classes are the product of what each side says, and nothing else."""
    told, known = ({one.name: one for one in book} for book in (theirs, ours))
    judged = compare(theirs, known)
    assert [one.name for one in judged] == sorted({*told, *known})
    for one in judged:
        a, b = told.get(one.name), known.get(one.name)
        if a and b and a.ok and b.ok:
            assert one.kind == (1 if a.amount_fen == b.amount_fen else 2)
        else:
            came, entered = bool(a and a.ok), bool(b and b.ok)
            expected = {(True, False): {3, 4}, (False, True): {5, 6}, (False, False): {7}}[came, entered]
            assert one.kind in expected
            assert (one.kind in {4, 6}) == ((a is None or b is None) and one.kind != 7)


@given(book=BOOK)
def test_a_file_that_is_written_reads_back(book):
    assert read(written(book)) == book
    assert Counter(one.kind for one in compare(book, {one.name: one for one in book})).keys() <= {1, 7}


@pytest.mark.parametrize("fault", ["reset.before_effect", "reset.after_commit", "timeout.before_effect"])
@pytest.mark.parametrize(("party", "path"), [("wechat", "/v3/*"), ("alipay", "/gateway.do"), ("bank", "/bank/*")])
def test_a_channel_whose_connection_breaks_has_given_no_file_yet(town, fault, party, path):
    paid_by_each(town)
    next_morning(town)
    town.ask("POST", "/faults", {"name": fault, "match": {"path": path}})

    (statement,) = recon(town, parties=[party])["parties"]
    assert statement["missing"].startswith("PARTY_TIMEOUT: ")
    assert found(town, party) == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_may_end_its_lines_as_it_likes(end):
    assert read(f"{HEAD}a,b,1,SUCCESS\nc,d,2,FAILED\n".replace("\n", end)) == [
        Line("a", "b", 1, ok=True),
        Line("c", "d", 2, ok=False),
    ]
