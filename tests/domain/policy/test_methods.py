"""Methods that need tables of their own: chronic diseases, medical aid, out of area, stays, school scope."""

from datetime import date

import pytest

from yibaobox.domain.errors import InvalidInput, NotEligible, PolicyGap
from yibaobox.domain.policy import (
    Accounts,
    Accumulators,
    Away,
    Charge,
    Claim,
    Line,
    Place,
    Policy,
    PolicyDataError,
    Standing,
    Stay,
    parts,
    settle,
    settle_stay,
    shipped,
)
from yibaobox.domain.policy.load import parse_table
from yibaobox.domain.policy.resolve import Book

ON = date(2025, 6, 1)
UNITS = {
    **dict.fromkeys(("deductible", "cap", "limit"), "CNY"),
    **dict.fromkeys(("ratio", "points"), "pct"),
    **dict.fromkeys(("deductible_basis", "mode", "year_rule", "split_deductible"), "text"),
    **dict.fromkeys(("diseases", "waived_by", "no_reduction_places", "no_double_with"), "list"),
    "bands": "bands",
    "in_area_only": "bool",
}


def table(benefit, figures, *, region="510400", scheme="resident", buckets=None, year="calendar"):
    """A table with one open-ended value for each figure; a figure is a value, or (dimensions, table)."""
    parameters = {}
    for name, figure in figures.items():
        entry = {"from": "2020-01-01", "source": "s", "at": "L1", "confidence": "seed-official"}
        by, entry["table"] = figure if isinstance(figure, tuple) else ([], None)
        if not by:
            entry["value"] = figure
            del entry["table"]
        parameters[name] = {"unit": UNITS[name], "by": by, "values": [entry]}
    method = {"major_illness": "bands", "medical_aid": "medical_aid", "out_of_area": "out_of_area"}.get(benefit)
    raw = {"schema": "policy/1", "region": region, "scheme": scheme, "benefit": benefit, "year": year}
    raw |= {"method": method or "pool_line", "buckets": buckets or {}, "parameters": parameters}
    return parse_table({**raw, "sources": {"s": {"kind": "seed", "title": "t"}}}, f"{region}/{scheme}.{benefit}.yaml")


BASIC = {"deductible": "0.00", "ratio": "50%", "cap": "none"}


def book(*tables):
    """A book of these tables and the conventions of the nation."""
    return Book([*shipped().tables("100000"), *tables])


def asked(tables, setting="outpatient", region="510400"):
    return Policy(Place(region, "resident"), setting, ON, book=book(*tables))


def done(policy, amount, standing=None, used=None, accounts=None):
    claim = Claim((Line(amount, "A"),), standing or Standing("normal", "L3"))
    return settle(policy, claim, used or Accumulators(), accounts or Accounts())


# --- 门诊慢特病, 两病
CHRONIC = table(
    "chronic",
    {
        "deductible": "0.00",
        "ratio": (["disease"], {"hypertension": "70%", "*": "60%"}),
        "cap": (["disease"], {"hypertension": "660.00", "dialysis": "none"}),
    },
    buckets={"fund": "chronic.{disease}.fund"},
)
TWO = table("two_diseases", {**BASIC, "cap": "300.00", "no_double_with": ["chronic"]})


def test_each_chronic_disease_has_its_own_ratio_and_cap():
    ill = Standing("normal", "L2", disease="hypertension")
    other = Standing("normal", "L2", disease="dialysis")

    assert done(asked([CHRONIC], "chronic"), 200_000, ill).pool_fen == 66_000
    assert done(asked([CHRONIC], "chronic"), 200_000, other).pool_fen == 120_000


def test_diseases_are_counted_apart():
    policy = asked([CHRONIC], "chronic")
    split = done(asked([CHRONIC], "chronic"), 10_000, Standing("normal", "L2", disease="hypertension"))
    kept = split.delta.by_bucket(policy, "hypertension")

    assert kept == {"chronic.hypertension.fund": 7_000}
    assert Accumulators.of(policy, kept, "hypertension").fund_fen == 7_000
    assert Accumulators.of(policy, kept, "dialysis").fund_fen == 0


def test_disease_without_a_figure_is_a_gap():
    with pytest.raises(PolicyGap) as refused:
        done(asked([CHRONIC], "chronic"), 100, Standing("normal", "L2", disease="gout"))
    assert refused.value.detail["missing"] == ["chronic.cap"]


def test_two_diseases_have_their_own_cap_and_no_second_benefit_beside_a_chronic_one():
    plain = Standing("normal", "L2", disease="hypertension")

    assert done(asked([TWO], "two_diseases"), 100_000, plain).pool_fen == 30_000
    with pytest.raises(NotEligible):
        done(asked([TWO], "two_diseases"), 100, plain._replace(chronic=("hypertension",)))
    assert done(asked([TWO], "two_diseases"), 100, plain._replace(chronic=("diabetes",))).pool_fen == 50


# --- major illness, supplementary insurance, medical aid
OUTPATIENT = table("outpatient", BASIC)
MAJOR = {"diseases": ["dialysis"], "bands": (["population"], {"low_income": [{"over": "0.00", "pct": "65%"}]})}
MAJOR["bands"][1]["*"] = [{"over": "0.00", "pct": "60%"}]
SUPPLEMENT = table("major_illness", {**MAJOR, "in_area_only": True, "cap": "1000.00"})
AID = table("medical_aid", {"deductible": "100.00", "ratio": (["population"], {"low_income": "70%"}), "cap": "500.00"})


def test_supplementary_insurance_pays_sixty_or_sixty_five_percent_of_the_rest_for_listed_diseases():
    dialysis = Standing("normal", "L3", disease="dialysis")
    poor = dialysis._replace(population="low_income")

    assert done(asked([OUTPATIENT, SUPPLEMENT]), 10_000, dialysis).major_fen == 3_000
    assert done(asked([OUTPATIENT, SUPPLEMENT]), 10_000, poor).major_fen == 3_250
    assert done(asked([OUTPATIENT, SUPPLEMENT]), 10_000, Standing("normal", "L3", disease="flu")).major_fen == 0


def test_supplementary_insurance_stops_at_its_cap_and_at_the_edge_of_the_area():
    dialysis = Standing("normal", "L3", disease="dialysis")
    away = table("out_of_area", {"mode": "ratio_factor", "points": (["status"], {"*": "0%"})})
    used = Accumulators(major_base_fen=150_000, major_fen=90_000)

    assert done(asked([OUTPATIENT, SUPPLEMENT]), 100_000, dialysis, used=used).major_fen == 10_000
    tables = [OUTPATIENT, SUPPLEMENT, away]
    assert done(asked(tables), 10_000, dialysis._replace(away=Away("transfer"))).major_fen == 0


def test_medical_aid_is_the_last_fund_and_only_for_people_recognised_for_it():
    poor = Standing("low_income", "L3", aided=True)
    split = done(asked([OUTPATIENT, AID]), 100_000, poor, accounts=Accounts(1_000))

    # 500.00 are left, 100.00 of them the yearly threshold: 400.00 × 70 %
    assert (split.aid_fen, split.aid_deductible_fen) == (28_000, 10_000)
    assert split.total_fen == split.pool_fen + split.aid_fen + split.own_fen + split.cash_fen
    assert done(asked([OUTPATIENT, AID]), 100_000, poor._replace(aided=False)).aid_fen == 0
    assert done(asked([OUTPATIENT, AID]), 100_000, Standing("normal", "L3", aided=True)).aid_fen == 0


def test_threshold_and_cap_of_medical_aid_are_yearly():
    poor = Standing("low_income", "L3", aided=True)
    used = Accumulators(aid_deductible_fen=10_000, aid_fen=45_000)

    assert done(asked([OUTPATIENT, AID]), 100_000, poor, used=used).aid_fen == 5_000


# --- out of area
POINTS = (["status"], {"transfer": "0%", "temporary_filed": "10%", "unfiled": "20%"})


def away_table(mode):
    waivers = {"waived_by": ["freshman", "student_filed"], "no_reduction_places": ["学籍地", "户籍地", "实习地"]}
    return table("out_of_area", {"mode": mode, "points": POINTS, **waivers})


@pytest.mark.parametrize(
    ("mode", "filed", "unfiled"),
    [("ratio_minus_points", 4_000, 3_000), ("ratio_factor", 4_500, 4_000), ("first_pay_percent", 4_500, 4_000)],
)
def test_three_techniques_reduce_by_the_filing(mode, filed, unfiled):
    tables = [OUTPATIENT, away_table(mode)]
    pool = {
        status: done(asked(tables), 10_000, Standing("student", "L3", away=Away(status))).pool_fen
        for status in ("transfer", "temporary_filed", "unfiled")
    }

    assert pool == {"transfer": 5_000, "temporary_filed": filed, "unfiled": unfiled}


@pytest.mark.parametrize(
    ("away", "pool_fen"),
    [
        (Away("temporary_filed", "student_filed", "学籍地"), 5_000),
        (Away("temporary_filed", "student_filed", "实习地"), 5_000),
        (Away("temporary_filed", "student_filed", "旅行地"), 4_000),
        (Away("temporary_filed", "student_filed"), 5_000),
        (Away("unfiled", "student_filed", "学籍地"), 3_000),
        (Away("unfiled", "freshman"), 5_000),
        (Away("unfiled", "veteran"), 3_000),
    ],
)
def test_freshmen_and_students_filed_at_their_places_keep_the_full_ratio(away, pool_fen):
    split = done(asked([OUTPATIENT, away_table("ratio_minus_points")]), 10_000, Standing("student", "L3", away=away))

    assert split.pool_fen == pool_fen


def test_status_without_a_figure_is_a_gap_and_an_unknown_one_is_refused():
    tables = [OUTPATIENT, away_table("ratio_minus_points")]

    with pytest.raises(PolicyGap) as refused:
        done(asked(tables), 100, Standing("student", "L3", away=Away("emergency")))
    assert refused.value.detail["missing"] == ["out_of_area.points"]
    with pytest.raises(InvalidInput):
        done(asked(tables), 100, Standing("student", "L3", away=Away("holiday")))


# --- stays
NEW_YEAR = Stay(
    date(2024, 12, 30),
    date(2025, 1, 2),
    (Charge(date(2024, 12, 31), Line(100_000, "A")), Charge(date(2025, 1, 1), Line(60_000, "A"))),
)


def inpatient(rule, *, basis="admission", split="once", year="calendar"):
    figures = {"deductible": ["300.00", "100.00"], "ratio": "50%", "cap": "600.00", "year_rule": rule}
    figures |= {"deductible_basis": basis, "split_deductible": split}
    if basis == "year":
        figures["deductible"] = "300.00"
    return book(table("inpatient", figures, year=year))


def stayed(rules, used=None):
    divided = parts(Place("510400", "resident"), "inpatient", NEW_YEAR, book=rules)
    splits = [one.split for one in settle_stay(divided, Standing("normal", "L3"), used or {}, Accounts(own_fen=50_000))]
    return [
        (part.year, part.policy.on, one.deductible_fen, one.pool_fen) for part, one in zip(divided, splits, strict=True)
    ]


@pytest.mark.parametrize(("rule", "year", "day"), [("admission", 2024, 30), ("discharge", 2025, 2)])
def test_stay_is_settled_whole_by_the_day_of_admission_or_of_discharge(rule, year, day):
    months = {2024: 12, 2025: 1}

    assert stayed(inpatient(rule)) == [(year, date(year, months[year], day), 30_000, 60_000)]


def test_stay_divided_at_the_end_of_the_year_owes_the_deductible_once_and_has_a_cap_in_each_year():
    days = (date(2024, 12, 31), date(2025, 1, 2))

    assert stayed(inpatient("year_end_split")) == [
        (2024, days[0], 30_000, 35_000),
        (2025, days[1], 0, 30_000),
    ]
    used = {2024: Accumulators(admissions=1, fund_fen=50_000), 2025: Accumulators(fund_fen=59_000)}
    assert [row[2:] for row in stayed(inpatient("year_end_split"), used)] == [(10_000, 10_000), (0, 1_000)]


def test_stay_may_owe_the_deductible_in_each_part():
    each = inpatient("year_end_split", split="each")
    yearly = inpatient("year_end_split", basis="year")

    assert [row[2] for row in stayed(each)] == [30_000, 30_000]
    assert [row[2] for row in stayed(yearly)] == [30_000, 30_000]


def test_stay_is_not_divided_where_no_policy_year_ends():
    assert len(stayed(inpatient("year_end_split", year="09-01"))) == 1


def test_accounts_are_carried_through_a_divided_stay():
    divided = parts(Place("510400", "resident"), "inpatient", NEW_YEAR, book=inpatient("year_end_split"))
    settled = settle_stay(divided, Standing("normal", "L3"), {}, Accounts(own_fen=70_000))

    splits = [one.split for one in settled]
    assert [one.own_fen for one in splits] == [65_000, 5_000]
    assert sum(one.delta.admissions for one in splits) == 1


def test_charge_outside_the_stay_is_refused():
    late = Stay(NEW_YEAR.admitted, NEW_YEAR.discharged, (Charge(date(2025, 1, 3), Line(1, "A")),))

    with pytest.raises(InvalidInput):
        parts(Place("510400", "resident"), "inpatient", late, book=inpatient("discharge"))


# --- files
def test_school_scope_is_a_folder_of_its_own_below_its_city():
    city, school = table("outpatient", BASIC), table("outpatient", {"ratio": "80%"}, region="510400-pzhu")

    assert done(asked([city, school]), 1_000).pool_fen == 500
    assert done(asked([city, school], region="510400-pzhu"), 1_000).pool_fen == 800


@pytest.mark.parametrize(
    ("benefit", "figures", "said"),
    [
        ("inpatient", {"year_rule": "whenever"}, "'whenever' is none of admission, discharge, year_end_split"),
        ("inpatient", {"deductible_basis": "visit"}, "'visit' is none of"),
        ("out_of_area", {"mode": (["status"], {"unfiled": "half"})}, "'half' is none of"),
        ("out_of_area", {"points": (["status"], {"lost": "10%"})}, "unknown status 'lost'"),
        ("outpatient", {"cap": ["1.00", "2.00"]}, "several amounts"),
        ("outpatient", {"cap": (["level"], {"L1": ["1.00"]})}, "several amounts"),
        ("medical_aid", {"deductible": ["1.00", "2.00"]}, "several amounts"),
    ],
)
def test_word_that_no_method_knows_is_refused(benefit, figures, said):
    with pytest.raises(PolicyDataError, match=said):
        table(benefit, figures)
