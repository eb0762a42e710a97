"""What holds of any split under any terms: the rules S1 to S12 of settlements, and what a clerk would expect."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from yibaobox.domain.money import PPM
from yibaobox.domain.policy import Accounts, Accumulators, Claim, Line, Standing, settle
from yibaobox.domain.policy.terms import Aid, Terms

SOMEBODY = Standing("normal", "L1")
fen = st.one_of(st.integers(0, 300), st.sampled_from((9_999, 10_000, 10_001, 86_545, 200_000)), st.integers(0, 10**8))
limits = st.one_of(st.none(), fen)
shares = st.one_of(st.sampled_from((0, 100_000, 333_333, 500_000, 655_000, PPM)), st.integers(0, PPM))


@st.composite
def some_bands(draw):
    """Rising bands without an end, or none."""
    overs = sorted(draw(st.sets(fen, max_size=3)))
    tops = [*overs[1:], None]
    return tuple((over, top, draw(shares)) for over, top in zip(overs, tops, strict=False))  # no band: one top too many


terms = st.builds(
    Terms,
    deductible_fen=st.lists(fen, min_size=1, max_size=3).map(tuple),
    per_admission=st.booleans(),
    ratio_ppm=shares,
    factor_ppm=st.one_of(st.just(PPM), shares),
    away_first_pay_ppm=st.one_of(st.just(0), shares),
    cap_fen=limits,
    bands=some_bands(),
    major_cap_fen=limits,
    class_b_first_pay_ppm=shares,
    account_pays=st.sampled_from(("in_policy", "personal_all")),
    aid=st.one_of(st.none(), st.builds(Aid, fen, shares, limits)),
    citations=st.just({}),
    version=st.just(""),
)
yearly = terms.map(lambda one: replace(one, per_admission=False, away_first_pay_ppm=0))
lines = st.builds(
    Line,
    amount_fen=fen,
    grade=st.sampled_from("AABC"),
    first_pay_ppm=st.one_of(st.none(), shares),
    ceiling_fen=limits,
    account_ok=st.sampled_from((True, True, False)),
    code=st.just(""),
    use=st.just(""),
)
bills = st.lists(lines, max_size=6).map(tuple)
used_up = st.builds(Accumulators, fen, fen, fen, fen, st.integers(0, 4), fen, fen)
purses = st.builds(
    Accounts, fen, st.lists(fen, max_size=3).map(lambda sums: tuple((str(i), s) for i, s in enumerate(sums)))
)


class Fixed:
    """A policy whose terms are known."""

    def __init__(self, known):
        self.known = known

    def terms(self, standing):
        return self.known


def done(known, bill, used=None, accounts=None, trace=None):
    return settle(Fixed(known), Claim(tuple(bill), SOMEBODY), used or Accumulators(), accounts or Accounts(), trace)


many = settings(max_examples=100, deadline=None)


@many
@given(terms, bills, used_up, purses)
def test_s1_to_s5_every_fen_is_paid_once_and_stands_in_one_part(known, bill, used, accounts):
    split = done(known, bill, used, accounts)
    parts = [split.out_of_catalogue_fen, split.over_limit_fen, split.first_pay_fen, split.eligible_fen]
    funds = [split.pool_fen, split.major_fen, split.aid_fen]

    assert split.total_fen == sum(line.amount_fen for line in bill) == sum(parts) == sum(map(sum, split.lines))
    assert split.total_fen == sum(funds) + split.own_fen + split.family_fen + split.cash_fen
    assert min(*parts, *funds, split.own_fen, split.cash_fen, split.deductible_fen, split.aid_deductible_fen) >= 0
    assert sum(funds) <= split.eligible_fen


@many
@given(terms, bills, used_up)
def test_s6_caps_hold_and_the_fund_pays_after_the_deductible(known, bill, used):
    split = done(known, bill, used)
    rooms = ((known.cap_fen, used.fund_fen, split.pool_fen), (known.major_cap_fen, used.major_fen, split.major_fen))

    for cap, spent, paid in (*rooms, (known.aid and known.aid.cap_fen, used.aid_fen, split.aid_fen)):
        assert cap is None or paid <= max(0, cap - spent)
    owed = known.standard_fen(used.admissions) - (0 if known.per_admission else used.deductible_fen)
    assert split.deductible_fen == min(max(0, owed), split.eligible_fen)


@many
@given(terms, bills, used_up, st.sampled_from((1, 2, 777)))
def test_s7_a_fen_more_inside_policy_moves_the_funds_by_a_fen_at_most(known, bill, used, extra):
    before, after = done(known, bill, used), done(known, (*bill, Line(extra, "A")), used)
    outside = done(known, (*bill, Line(extra, "C")), used)

    assert 0 <= after.fund_fen - before.fund_fen <= extra
    assert outside.fund_fen == before.fund_fen


@many
@given(terms, bills, used_up, purses)
def test_s8_relatives_pay_when_the_own_account_is_empty_in_their_order(known, bill, used, accounts):
    split, balances = done(known, bill, used, accounts), dict(accounts.family)
    givers = [giver for giver, _ in accounts.family if balances[giver]]

    assert not split.family or split.own_fen == accounts.own_fen
    assert [giver for giver, _ in split.family] == givers[: len(split.family)]
    assert all(paid == balances[giver] for giver, paid in split.family[:-1])


@many
@given(terms, bills, used_up, purses)
def test_s9_s10_s11_a_split_is_a_function_of_what_it_is_given(known, bill, used, accounts):
    trace = []
    first, second = done(known, bill, used, accounts), done(known, bill, used, accounts, trace)

    assert first == second
    assert [tuple(step) for step in first.trace] == trace
    assert (trace[0][:2], trace[-1][:2]) == (("total", first.total_fen), ("cash", first.cash_fen))


@many
@given(yearly, st.lists(bills, min_size=1, max_size=5))
def test_s12_a_year_of_visits_stays_within_deductible_and_caps(known, year):
    used = Accumulators()
    for bill in year:
        used += done(known, bill, used).delta

    assert used.deductible_fen <= known.deductible_fen[0]
    assert known.cap_fen is None or used.fund_fen <= known.cap_fen
    assert known.major_cap_fen is None or used.major_fen <= known.major_cap_fen
    assert known.aid is None or used.aid_deductible_fen <= known.aid.deductible_fen


@many
@given(yearly, bills, st.integers(0, 6), used_up)
def test_bill_in_two_parts_on_one_day_changes_the_pool_by_a_fen_at_most(known, bill, cut, used):
    whole = done(known, bill, used)
    first = done(known, bill[:cut], used)
    second = done(known, bill[cut:], used + first.delta)

    assert abs(first.pool_fen + second.pool_fen - whole.pool_fen) <= 1


@many
@given(terms, bills.flatmap(lambda bill: st.tuples(st.just(bill), st.permutations(bill))), used_up, purses)
def test_order_of_the_items_changes_nothing(known, pair, used, accounts):
    one, other = (done(known, bill, used, accounts) for bill in pair)

    assert one[:16] == other[:16]


@many
@given(terms, bills, used_up, fen, st.integers(0, PPM))
def test_a_higher_deductible_never_raises_the_pool_nor_a_higher_ratio_or_cap_lowers_it(known, bill, used, more, ratio):
    pool = done(known, bill, used).pool_fen
    dearer = replace(known, deductible_fen=tuple(amount + more for amount in known.deductible_fen))
    better = replace(known, ratio_ppm=max(known.ratio_ppm, ratio))
    wider = replace(known, cap_fen=None if known.cap_fen is None else known.cap_fen + more)

    assert done(dearer, bill, used).pool_fen <= pool
    assert done(better, bill, used).pool_fen >= pool
    assert done(wider, bill, used).pool_fen >= pool


@many
@given(terms, bills, used_up, purses)
def test_reversal_takes_back_what_the_settlement_added(known, bill, used, accounts):
    split = done(known, bill, used, accounts)

    assert (used + split.delta) + -split.delta == used
    assert min(split.delta.figures) >= 0
