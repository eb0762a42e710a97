"""Where the sources contradict each other or themselves: what this sandbox does (rulings X1, X3–X6, X12, X13)."""

from datetime import date

import pytest

from yibaobox.domain.errors import PolicyGap
from yibaobox.domain.policy import Accounts, Accumulators, Line, Place, Policy, Standing, shipped, split
from yibaobox.domain.policy.paper_rules import judge_paper
from yibaobox.domain.policy.relatives import Candidate, judge_relative
from yibaobox.domain.policy.standing import Paid, covering

DAZHOU = Place("511700", "resident_student", "strict")
PANZHIHUA = Place("510400", "employee", "strict")
ON = date(2025, 11, 20)


@pytest.mark.parametrize("suffix", ["jpg", "jpeg", "png", "JPG"])
def test_x1_suspension_takes_pictures_below_five_mebibytes(suffix):
    assert judge_paper(DAZHOU, ("suspension", suffix, 5 * 1024 * 1024 - 1), ON).code == "ACCEPTED"
    assert judge_paper(DAZHOU, ("suspension", suffix, 5 * 1024 * 1024), ON).code == "TOO_LARGE"


@pytest.mark.parametrize("suffix", ["doc", "docx", "pdf"])
def test_x1_documents_go_with_the_registration_only(suffix):
    assert judge_paper(DAZHOU, ("suspension", suffix, 1), ON).code == "FORMAT_NOT_ALLOWED"
    assert judge_paper(DAZHOU, ("registration", suffix, 1), ON).code == "ACCEPTED"
    assert judge_paper(DAZHOU, ("registration", "jpegg", 1), ON).code == "FORMAT_NOT_ALLOWED"


def settled(*lines, own, relative):
    policy = Policy(PANZHIHUA, "outpatient", ON)
    return split(policy, lines, Standing("active", "L3"), Accumulators(), Accounts(own, (("spouse", relative),)))


@pytest.mark.parametrize(
    ("own", "relative", "expected"), [(0, 500, (0, 500)), (30, 500, (30, 470)), (700, 500, (500, 0))]
)
def test_x3_the_own_account_is_drained_to_nothing_before_a_relative_pays(own, relative, expected):
    done = settled(Line(500, "A"), own=own, relative=relative)

    assert (done.own_fen, done.family_fen) == expected


def test_x4_accounts_pay_what_is_inside_policy_and_never_class_c():
    done = settled(Line(1000, "A"), Line(4550, "C"), own=300, relative=100_000)

    assert (done.own_fen, done.family_fen, done.cash_fen) == (300, 700, 4550)
    assert shipped().find(PANZHIHUA, "account", "pays", ON).value == "in_policy"


@pytest.mark.parametrize("relation", ["sibling", "paternal_grandparent", "maternal_grandparent", "sons_child"])
def test_x5_three_kinds_of_relatives_until_the_third_of_july_and_eight_from_the_fourth(relation):
    def code(day):
        return judge_relative(PANZHIHUA, Candidate(relation, 40, "510400"), day).code

    assert (code(date(2025, 7, 3)), code(date(2025, 7, 4))) == ("RELATION_NOT_ALLOWED", "ACCEPTED")
    assert judge_relative(PANZHIHUA, Candidate("child", 40, "510400"), date(2025, 7, 3)).code == "ACCEPTED"


@pytest.mark.parametrize("region", ["620000", "622900"])
@pytest.mark.parametrize("profile", ["strict", "demo"])
def test_x6_the_three_tables_of_gansu_make_no_default(region, profile):
    with pytest.raises(PolicyGap):
        Policy(Place(region, "resident", profile), "inpatient", ON).terms(Standing("normal", "L2"))


def test_x6_a_city_with_a_table_of_its_own_is_settled():
    found = Policy(Place("620800", "resident"), "inpatient", ON).terms(Standing("normal", "L2"))

    assert (found.deductible_fen, found.ratio_ppm) == ((50_000,), 750_000)


@pytest.mark.parametrize(("age", "proof"), [(15, "household_book"), (16, "data_check"), (17, "data_check")])
def test_x12_sixteen_is_checked_by_data(age, proof):
    assert judge_relative(PANZHIHUA, Candidate("child", age, "510400"), ON).proof == proof


def test_x13_suspension_ends_no_paid_year_but_a_refund_or_a_new_year_does():
    home = Paid("510400", "resident", date(2025, 1, 1), date(2025, 12, 31))
    refunded = Paid("510400", "resident", date(2025, 1, 1), date(2025, 12, 31), refunded=True)
    college = Paid("511700", "resident_student", date(2025, 9, 1), date(2026, 8, 31))

    assert covering([home], date(2025, 12, 31)) is home
    assert covering([home, college], date(2025, 8, 31)) is home
    assert covering([home, college], date(2025, 9, 1)) is college
    assert covering([refunded], ON) is None
