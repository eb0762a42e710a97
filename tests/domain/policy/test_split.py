"""One visit, split: the worked case of Panzhihua and the rules that hold for any bill."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yibaobox.domain.errors import InvalidInput, PolicyGap
from yibaobox.domain.policy import Accounts, Accumulators, Line, Place, Policy, Reduction, Standing, policy_for, split

DAY = date(2025, 11, 20)
ACTIVE_L3 = Standing("active", "L3")
NOTHING_USED, NO_MONEY = Accumulators(), Accounts()
LEVELS = ("L1", "L2", "L3", "pharmacy", "community", "L3A")

amounts = st.one_of(st.integers(0, 300), st.integers(19_990, 20_010), st.integers(0, 500_000), st.just(86_545))
lines = st.builds(
    Line,
    amount_fen=amounts,
    grade=st.sampled_from("AABC"),
    first_pay_ppm=st.one_of(st.none(), st.integers(0, 1_000_000)),
    ceiling_fen=st.one_of(st.none(), amounts),
    account_ok=st.sampled_from((True, True, True, False)),
)
bills = st.lists(lines, max_size=8).map(tuple)
standings = st.builds(
    Standing,
    population=st.sampled_from(("active", "retired")),
    level=st.sampled_from(LEVELS),
    reduction=st.one_of(
        st.none(),
        st.builds(
            Reduction,
            mode=st.sampled_from(("ratio_minus_points", "ratio_factor", "first_pay_percent")),
            points_ppm=st.integers(0, 1_000_000),
        ),
    ),
    away=st.none(),
)
used_up = st.builds(Accumulators, deductible_fen=st.integers(0, 25_000), fund_fen=st.integers(0, 160_000))
purses = st.builds(
    Accounts,
    own_fen=st.integers(0, 60_000),
    family=st.lists(st.integers(0, 60_000), max_size=3).map(
        lambda sums: tuple((str(i), s) for i, s in enumerate(sums))
    ),
)


def panzhihua(setting="outpatient"):
    return policy_for("510400", "employee", setting, DAY, "strict")


def visit(*bill, standing=ACTIVE_L3, used=NOTHING_USED, accounts=NO_MONEY):
    return split(panzhihua(), bill, standing, used, accounts)


def test_worked_case_is_paid_by_fund_then_own_account_then_family_and_no_cash():
    done = visit(Line(86545, "A"), accounts=Accounts(10_000, (("spouse", 100_000),)))

    assert (done.pool_fen, done.own_fen, done.family, done.cash_fen) == (33273, 10_000, (("spouse", 43_272),), 0)


def test_second_visit_stops_at_the_yearly_cap():
    first = visit(Line(86545, "A"))
    second = visit(Line(200_000, "A"), used=first.delta)

    assert (second.deductible_fen, second.line_fen, first.pool_fen + second.pool_fen) == (0, 100_000, 100_000)


def test_accumulator_delta_is_what_the_visit_used_up():
    assert visit(Line(86545, "A")).delta == Accumulators(deductible_fen=20_000, fund_fen=33_273)


def test_deltas_are_kept_under_the_names_of_the_table():
    policy, done = panzhihua(), visit(Line(86545, "A"))
    buckets = done.delta.by_bucket(policy)

    assert buckets == {"outpatient.deductible": 20_000, "outpatient.fund": 33_273}
    assert Accumulators.of(policy, buckets) == done.delta


@pytest.mark.parametrize(
    ("population", "level", "fund_fen"),
    [
        ("active", "L3", 40_000),
        ("active", "pharmacy", 40_000),
        ("active", "L2", 48_000),
        ("active", "L1", 48_000),
        ("active", "community", 48_000),
        ("retired", "L3B", 46_750),
        ("retired", "L2", 55_250),
    ],
)
def test_ratio_and_deductible_follow_capacity_and_level(population, level, fund_fen):
    assert visit(Line(100_000, "A"), standing=Standing(population, level)).pool_fen == fund_fen


def test_class_b_pays_first_item_by_item_and_class_c_stays_outside():
    done = visit(Line(12_000, "A"), Line(8_005, "B"), Line(4_550, "C"))

    assert [tuple(line) for line in done.lines] == [(0, 0, 0, 12_000), (0, 0, 801, 7_204), (4_550, 0, 0, 0)]


def test_costs_above_the_ceiling_are_not_covered_and_never_paid_from_an_account():
    done = visit(Line(30_000, "A", ceiling_fen=10_000), accounts=Accounts(99_999))

    assert (done.over_limit_fen, done.own_fen, done.cash_fen) == (20_000, 10_000, 20_000)


def test_costs_outside_the_scope_of_accounts_are_cash():
    done = visit(Line(5_000, "A", account_ok=False), Line(1_000, "A"), accounts=Accounts(99_999))

    assert (done.own_fen, done.cash_fen) == (1_000, 5_000)


@pytest.mark.parametrize("use", ["public_health", "fitness", "wellness"])
def test_uses_that_the_region_forbids_are_never_paid_from_an_account(use):
    done = visit(Line(5_000, "A", use=use), Line(1_000, "A", use="treatment"), accounts=Accounts(99_999))

    assert (done.own_fen, done.cash_fen) == (1_000, 5_000)
    assert done.terms.citations["uses_forbidden"].at == "L73"


def test_half_a_fen_is_rounded_up_once_on_the_fund_line():
    assert visit(Line(20_001, "A")).pool_fen == 1


def test_ratio_factor_is_folded_in_before_the_single_rounding():
    away = Standing("active", "L3", Reduction("ratio_factor", 333_333))

    # 665.45 × 50 % × 66.6667 % = 221.8167…; rounding 332.73 first would also end at 221.82, one fen less would not
    assert visit(Line(86_545, "A"), standing=away).pool_fen == 22_182


def test_level_without_a_figure_is_a_gap_that_names_path_region_and_day():
    with pytest.raises(PolicyGap) as refused:
        visit(Line(100, "A"), standing=Standing("active", "school_clinic"))

    assert refused.value.detail["missing"] == ["outpatient.ratio"]
    assert (refused.value.detail["region"], refused.value.detail["on"]) == ("510400", "2025-11-20")


def test_day_before_the_first_table_is_a_gap():
    policy = policy_for("510400", "employee", "outpatient", date(2024, 12, 31), "strict")

    with pytest.raises(PolicyGap):
        split(policy, (Line(100, "A"),), ACTIVE_L3, Accumulators(), Accounts())


@pytest.mark.parametrize(
    "line",
    [
        Line(-1, "A"),
        Line(1.0, "A"),
        Line(True, "A"),
        Line(1, "D"),
        Line(1, "B", first_pay_ppm=1_000_001),
        Line(1, "A", ceiling_fen=-1),
        Line(10**15, "A"),
    ],
)
def test_impossible_line_is_refused(line):
    with pytest.raises(InvalidInput):
        visit(line)


@pytest.mark.parametrize("standing", [Standing("active", "L4"), Standing("king", "L3")])
def test_unknown_level_or_population_is_refused(standing):
    with pytest.raises(InvalidInput):
        visit(Line(1, "A"), standing=standing)


def test_unknown_setting_and_scheme_are_refused():
    with pytest.raises(InvalidInput):
        Policy(Place("510400", "employee"), "spa", DAY)
    with pytest.raises(InvalidInput):
        Policy(Place("510400", "pirate"), "outpatient", DAY)


def test_version_changes_with_the_figures_and_only_with_them():
    same = policy_for("510400", "employee", "outpatient", date(2025, 3, 1)).terms(ACTIVE_L3).version
    other = policy_for("510400", "employee", "outpatient", DAY).terms(Standing("retired", "L3")).version

    assert panzhihua().terms(ACTIVE_L3).version == same
    assert other != same


def test_every_admission_owes_its_own_deductible_and_the_last_repeats():
    policy = Policy(
        Place("510400", "employee"),
        "inpatient",
        DAY,
        given={"deductible": (70_000, 35_000), "deductible_basis": "admission", "ratio": 850_000, "cap": None},
    )
    owed = [
        split(policy, (Line(200_000, "A"),), ACTIVE_L3, Accumulators(admissions=n), Accounts()).deductible_fen
        for n in range(4)
    ]

    assert owed == [70_000, 35_000, 35_000, 35_000]


def test_bands_pay_only_what_this_visit_adds_above_each_threshold():
    given = {
        "deductible": 0,
        "ratio": 0,
        "cap": None,
        "bands": ((1_000_000, 2_000_000, 500_000), (2_000_000, None, 600_000)),
    }
    policy = Policy(Place("510400", "resident"), "inpatient", DAY, given=given)
    used = Accumulators(major_base_fen=900_000)
    done = split(policy, (Line(1_200_000, "A"),), Standing("normal", "L3"), used, Accounts())

    assert done.major_fen == 500_000 + 60_000


@settings(max_examples=300, deadline=None)
@given(bills, standings, used_up, purses)
def test_every_fen_of_a_bill_is_paid_exactly_once(bill, standing, used, accounts):
    done = split(panzhihua(), bill, standing, used, accounts)

    assert done.total_fen == sum(line.amount_fen for line in bill)
    assert done.total_fen == done.fund_fen + done.own_fen + done.family_fen + done.cash_fen
    assert done.total_fen == sum(sum(part) for part in done.lines)


@settings(max_examples=300, deadline=None)
@given(bills, standings, used_up, purses)
def test_no_part_is_negative_or_above_its_source(bill, standing, used, accounts):
    done = split(panzhihua(), bill, standing, used, accounts)
    balances = dict(accounts.family)

    assert min(done.pool_fen, done.own_fen, done.cash_fen, done.deductible_fen, done.eligible_fen) >= 0
    assert done.own_fen <= accounts.own_fen
    assert all(0 < paid <= balances[giver] for giver, paid in done.family)
    assert done.account_fen <= done.eligible_fen + done.first_pay_fen - done.fund_fen


@settings(max_examples=300, deadline=None)
@given(bills, standings, used_up, purses)
def test_cap_and_deductible_are_never_overdrawn(bill, standing, used, accounts):
    done = split(panzhihua(), bill, standing, used, accounts)
    cap, standard = done.terms.cap_fen, done.terms.deductible_fen[0]

    assert done.pool_fen <= max(0, cap - used.fund_fen)
    assert done.deductible_fen <= max(0, standard - used.deductible_fen)
    assert done.pool_fen == 0 or used.deductible_fen + done.deductible_fen >= standard


@settings(max_examples=300, deadline=None)
@given(bills, standings, used_up, st.sampled_from((1, 2, 777)))
def test_more_eligible_costs_never_lower_the_fund_nor_raise_it_by_more(bill, standing, used, extra):
    before = split(panzhihua(), bill, standing, used, Accounts())
    after = split(panzhihua(), (*bill, Line(extra, "A")), standing, used, Accounts())

    assert 0 <= after.fund_fen - before.fund_fen <= extra


@settings(max_examples=200, deadline=None)
@given(bills, standings, used_up, amounts)
def test_excluded_costs_never_move_the_fund(bill, standing, used, extra):
    before = split(panzhihua(), bill, standing, used, Accounts())
    after = split(panzhihua(), (*bill, Line(extra, "C")), standing, used, Accounts())

    assert after.fund_fen == before.fund_fen


@settings(max_examples=200, deadline=None)
@given(bills.flatmap(lambda bill: st.tuples(st.just(bill), st.permutations(bill))), standings, used_up, purses)
def test_order_of_the_lines_changes_nothing(pair, standing, used, accounts):
    bill, shuffled = pair
    one, other = (split(panzhihua(), tuple(order), standing, used, accounts) for order in (bill, shuffled))

    assert (one.fund_fen, one.own_fen, one.family, one.cash_fen) == (
        other.fund_fen,
        other.own_fen,
        other.family,
        other.cash_fen,
    )


@settings(max_examples=200, deadline=None)
@given(st.lists(bills, min_size=1, max_size=6), standings)
def test_a_year_of_visits_stays_within_deductible_and_cap(year, standing):
    used = Accumulators()
    for bill in year:
        done = split(panzhihua(), bill, standing, used, Accounts())
        used += done.delta

    assert used.fund_fen <= done.terms.cap_fen
    assert used.deductible_fen <= done.terms.deductible_fen[0]


@settings(max_examples=200, deadline=None)
@given(bills, standings, used_up, purses)
def test_taking_a_visit_back_restores_the_accumulators(bill, standing, used, accounts):
    done = split(panzhihua(), bill, standing, used, accounts)

    assert (used + done.delta) + -done.delta == used


@settings(max_examples=200, deadline=None)
@given(bills, standings, used_up, st.integers(0, 50_000), st.integers(0, 50_000))
def test_a_higher_deductible_never_raises_the_fund(bill, standing, used, low, more):
    def fund(deductible_fen):
        policy = Policy(Place("510400", "employee", "strict"), "outpatient", DAY, given={"deductible": deductible_fen})
        return split(policy, bill, standing, used, Accounts()).fund_fen

    assert fund(low + more) <= fund(low)
