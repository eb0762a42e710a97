"""A stay over the end of the year where a region divides it, and interim settlements by chance; all of it audited."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ward import Ward
from yibaobox.domain import catalogue, policy
from yibaobox.domain.money import row_fen
from yibaobox.domain.policy.resolve import Book
from yibaobox.domain.visits import NewFee, Visit, netted
from yibaobox.domain.visits.fees import parts_of, valued_row
from yibaobox.domain.visits.returns import valued_return

RULE = {"year_rule": "year_end_split", "split_deductible": "once"}


@pytest.fixture
def rule(monkeypatch):
    """Replaces the nation's rules of stays while a test lasts."""
    figures, before = dict(RULE), Book.look

    def look(book, place, benefit, name, on, dims=None):
        found = before(book, place, benefit, name, on, dims)
        return replace(found, value=figures[name]) if benefit == "inpatient" and name in figures else found

    monkeypatch.setattr(Book, "look", look)
    return figures


def accumulated(ward, person):
    found = ward.box.ask("GET", f"/people/{person['psn_no']}")["accumulators"]
    return {name.split(":", 3)[3]: fen for name, fen in found.items() if fen}


def over_new_year(ward, patient, *, interim=False):
    stay = ward.admit(patient)
    assert ward.charge(patient, stay, "5000.00").ok
    made = [ward.pay(patient, stay, "5000.00", mid_setl_flag="1").setlinfo] if interim else []
    ward.box.ask("POST", "/clock/advance", {"by": "P51D"})
    ward.now = "2026-01-10 10:00:00"
    assert ward.charge(patient, stay, "5000.00").ok
    assert ward.discharge(patient, stay).ok
    return stay, made


@pytest.mark.parametrize(("owed", "later"), [("once", 425_000), ("each", 365_500)])
def test_each_year_settles_its_own_part_and_takes_it_back(world, rule, owed, later):
    rule["split_deductible"] = owed
    ward = Ward(world)
    patient = world.person(enrolled=True, account_fen=100_000)
    stay, _ = over_new_year(ward, patient)
    quoted = ward.quote(patient, stay, "10000.00").setlinfo

    paid = ward.pay(patient, stay, "10000.00", exp_content=quoted["exp_content"]).setlinfo

    assert paid["hifp_pay"] == (365_500 + later) / 100
    counts = {"2025:INPATIENT_COUNT": 1} | ({"2026:INPATIENT_COUNT": 1} if owed == "each" else {})
    caps = {"2025:INPATIENT_CAP": 365_500, "2026:INPATIENT_CAP": later}
    owes = {"2025:INPATIENT_DED": 70_000} | ({"2026:INPATIENT_DED": 70_000} if owed == "each" else {})
    assert accumulated(ward, patient) == counts | caps | owes
    told = world.ask("GET", f"/settlements/{paid['setl_id']}/explain")
    assert (told["on"], told["year"]) == ("2026-01-10", 2026)
    assert [part["on"] for part in told["earlier_parts"]] == ["2025-12-31"]
    what = world.ask("POST", f"/settlements/{paid['setl_id']}/what-if", {"level": "L1"})["what_if"]["amounts"]
    assert what["total_fen"] == 1_000_000
    assert world.violations() == []
    assert ward.unpay(patient, stay, paid["setl_id"]).ok
    assert accumulated(ward, patient) == {}


def test_an_interim_settlement_before_new_year_bears_the_deductible_of_the_rest(world, rule):
    ward = Ward(world)
    patient = world.person(enrolled=True)
    stay, [first] = over_new_year(ward, patient, interim=True)
    last = ward.pay(patient, stay, "5000.00").setlinfo

    assert (first["act_pay_dedc"], last["act_pay_dedc"]) == (700, 0)
    assert accumulated(ward, patient)["2026:INPATIENT_CAP"] == 425_000
    assert rule == RULE


DAY = date(2025, 11, 20)


def part(rules, amounts):
    return policy.Part(rules, 2025, tuple(policy.Line(amount, "A") for amount in amounts))


def new(item, number, count, price, returns=None):
    amount = row_fen(count, price)
    return NewFee(number, "", item, count, price, amount, "1", {}, DAY.isoformat(), returns)


CHARGED = st.lists(st.integers(1, 400_000), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(CHARGED, st.integers(0, 300_000))
def test_interim_settlements_pay_what_one_settlement_of_the_whole_would(amounts, used_fen):
    """Whatever the order of interim settlements, deductible and cap are those of one stay; a fen each is rounded."""
    rules = policy.policy_for("510400", "employee", "inpatient", DAY, "demo")
    who = policy.Standing("active", "L3")
    before = policy.Accumulators(fund_fen=used_fen)
    [whole] = policy.settle_stay([part(rules, amounts)], who, {2025: before}, policy.Accounts())
    used, borne, parts = before, [], []
    for amount in amounts:
        [done] = policy.settle_stay([part(rules, [amount])], who, {2025: used}, policy.Accounts(), borne)
        standard = done.split.terms.standard_fen(used.admissions)
        borne.append(policy.Borne(2025, standard, done.split.deductible_fen))
        used += done.split.delta
        parts.append(done.split)

    assert sum(one.deductible_fen for one in parts) == whole.split.deductible_fen
    assert used.admissions == 1
    assert abs(sum(one.pool_fen for one in parts) - whole.split.pool_fen) <= len(amounts)


ITEMS = [item for item in catalogue.search() if item.class_ != "C"]
RETURNS = st.lists(st.integers(1, 50_000), min_size=1, max_size=6)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(ITEMS), st.integers(1, 100_000), st.integers(0, 10**9), RETURNS)
def test_what_is_left_after_returns_is_valued_as_if_it_had_been_charged_alone(item, count, price, returned):
    visit = Visit("1", 1, "H", "310", "", "OPEN", 0, None, {}, None)
    row = new(item, "0", count, price)
    rows = [valued_row(visit, row, 1, 1)]
    for number, back in enumerate(returned, 1):
        left = sum(fee.count_e4 for fee in rows)
        taken = new(item, str(number), -min(back, left), price, returns="0")
        if left and sum(fee.amount_fen for fee in rows) + taken.amount_fen >= 0:
            rows.append(valued_return(visit, taken, number + 1, number + 1, rows))

    total = sum(fee.amount_fen for fee in rows)
    parts = [sum(each) for each in zip(*(fee.parts for fee in rows), strict=True)]
    ceiling = sum(fee.ceiling_fen for fee in rows) if item.ceiling_price is not None else None
    assert sum(parts) == total
    assert tuple(parts) == parts_of(total, rows[0].grade, item.first_pay_ppm, ceiling)
    assert [fee.parts for fee in netted(rows)] == ([tuple(parts)] if total else [])
