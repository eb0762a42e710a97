"""Where the sources contradict each other or themselves: what this sandbox does (rulings X2, X7–X11, X14)."""

from datetime import date

import pytest

from yibaobox.domain.errors import PolicyGap
from yibaobox.domain.policy import Away, Place, Policy, Standing, freshman, shipped, split
from yibaobox.domain.policy.premium import Ask, quote
from yibaobox.domain.policy.split import Accounts, Accumulators, Line

SHANGHAI = Place("310000", "resident_student", "strict")
CHONGQING = Place("500000", "resident_student", "strict")
SCHOOL = Place("500000-cqmu", "resident_student", "strict")
TERM = date(2018, 3, 1)


def find(place, benefit, name, on, **dims):
    return shipped().find(place, benefit, name, on, dims)


def test_x2_half_an_hour_is_how_long_it_takes_and_the_next_day_when_it_counts():
    opening = freshman.opening(SHANGHAI, date(2024, 9, 3))

    assert (opening.latency_minutes, opening.open_by) == (30, date(2024, 9, 4))


def test_x7_the_dated_window_is_narrower_than_the_yearly_one_and_holds():
    yearly = find(CHONGQING, "enrolment", "window", date(2017, 9, 18)).value
    dated = find(CHONGQING, "premium", "window", date(2017, 1, 1)).value

    assert (yearly["opens"], yearly["closes"]) == ("09-01", "10-31")
    assert (dated["opens"], dated["closes"]) == ("09-20", "10-20")
    assert quote(CHONGQING, 2017, Ask(date(2017, 10, 21), tier="2")).code == "WINDOW_CLOSED"


def test_x8_a_higher_tier_is_paid_in_full_and_the_first_payment_waits_for_its_refund():
    answer = quote(CHONGQING, 2017, Ask(date(2017, 10, 1), tier="2", paid_fen=14_000))

    assert (answer.code, answer.due_fen, answer.refund_pending_fen) == ("DUE", 35_000, 14_000)


def test_x8_a_tier_can_be_corrected_once():
    answer = quote(CHONGQING, 2017, Ask(date(2017, 10, 1), tier="2", paid_fen=14_000, corrections=1))

    assert answer.code == "CORRECTION_LIMIT"


def test_x9_the_inpatient_deductible_of_shanghai_is_one_of_the_year():
    stay = Policy(SHANGHAI, "inpatient", date(2024, 12, 2))
    terms = stay.terms(Standing("student", "L3"))

    assert not terms.per_admission
    assert terms.citations["deductible_basis"].quote == ("起付线 （元/年）",)


@pytest.mark.parametrize("form", ["self", "other"])
def test_x10_a_filing_takes_effect_at_once_for_oneself_and_for_others(form):
    found = find(Place("341100", "resident", "strict"), "filing", "immediate", date(2024, 1, 1), form=form)

    assert found.value is True
    assert "X10" in (found.citation.note or "")


@pytest.mark.parametrize(
    ("status", "direct"), [("transfer", True), ("temporary_filed", True), ("emergency", True), ("unfiled", False)]
)
def test_x11_who_filed_pays_nothing_ahead_and_who_did_not_pays_first(status, direct):
    place = Place("341100", "resident", "strict")

    assert find(place, "out_of_area", "direct", date(2024, 1, 1), status=status).value is direct


def test_x14_a_second_cover_is_recorded_with_its_dates_and_not_in_force_later():
    assert find(CHONGQING, "enrolment", "second_cover", TERM).value == "student_insurance_first"
    with pytest.raises(PolicyGap):
        find(CHONGQING, "enrolment", "second_cover", date(2018, 9, 1))


def test_blank_cells_of_the_sources_are_gaps():
    for place, benefit, name, on, dims in (
        (CHONGQING, "inpatient", "ratio", TERM, {}),
        (CHONGQING, "chronic", "ratio", TERM, {}),
        (SCHOOL, "enrolment", "calendar", date(2017, 9, 20), {"form": "assistance_review"}),
        (SHANGHAI, "premium", "personal", date(2024, 1, 1), {"population": "student"}),
    ):
        with pytest.raises(PolicyGap):
            find(place, benefit, name, on, **dims)


@pytest.mark.parametrize(
    ("setting", "tier", "cap_fen"),
    [
        ("chronic", "1", 200_000),
        ("chronic", "2", 240_000),
        ("accident", "1", 100_000),
        ("accident", "2", 120_000),
        ("inpatient_major", "1", 8_000_000),
        ("inpatient_major", "2", 12_000_000),
    ],
)
def test_the_limits_of_chongqing_go_by_the_tier_paid(setting, tier, cap_fen):
    given = {"deductible": 0, "ratio": 500_000}
    policy = Policy(CHONGQING, setting, TERM, given=given)
    bill = (Line(3 * cap_fen, "A"),)

    assert split(policy, bill, Standing("student", tier=tier), Accumulators(), Accounts()).pool_fen == cap_fen
    assert policy.year(date(2018, 8, 31)) == 2017
    assert policy.year(date(2018, 9, 1)) == 2018


def test_the_school_scope_has_its_own_calendar_and_the_city_beneath_it():
    register = find(SCHOOL, "enrolment", "calendar", date(2017, 9, 20), form="register").value

    assert (register["opens"], register["closes"]) == ("09-20", "10-18")
    assert find(SCHOOL, "outpatient", "limit", TERM).value == 30_000
    assert find(SCHOOL, "enrolment", "locks_on_submit", TERM).value is True
    with pytest.raises(PolicyGap):
        find(CHONGQING, "enrolment", "locks_on_submit", TERM)


@pytest.mark.parametrize(
    ("population", "disease", "major_fen"),
    [("student", "dialysis", 96_315), ("low_income", "dialysis", 104_341), ("student", None, 0), ("student", "flu", 0)],
)
def test_supplementary_insurance_of_shanghai_pays_for_listed_diseases_only(population, disease, major_fen):
    policy = Policy(SHANGHAI, "outpatient", date(2024, 6, 11))
    who = Standing(population, "L3", disease=disease)
    done = split(policy, (Line(321_050, "A"),), who, Accumulators(30_000), Accounts())

    assert (done.pool_fen, done.major_fen) == (160_525, major_fen)


def test_supplementary_insurance_of_shanghai_pays_in_the_city_only():
    policy = Policy(SHANGHAI, "outpatient", date(2024, 6, 11))
    bill = (Line(321_050, "A"),)
    at_home = split(policy, bill, Standing("student", "L3", disease="dialysis"), Accumulators(), Accounts())
    elsewhere = Standing("student", "L3", disease="dialysis", away=Away("transfer"))

    assert at_home.major_fen > 0
    assert split(policy, bill, elsewhere, Accumulators(), Accounts()).major_fen == 0


def test_costs_that_were_not_settled_elsewhere_are_claimed_as_emergencies_are():
    assert find(SHANGHAI, "claim", "claim_months", date(2024, 10, 12)).value == 6
    assert find(SHANGHAI, "claim", "by_mail", date(2024, 10, 12), form="out_of_area").value is True
    assert find(SHANGHAI, "filing", "catalogue_of", date(2024, 10, 12)).value == "place_of_care"
    assert find(SHANGHAI, "filing", "policy_of", date(2024, 10, 12)).value == "place_of_enrolment"
