"""Cases about standing that are not what they should be: refused with a code, never a crash, never a guess."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yibaobox.domain.errors import InvalidInput, Refusal
from yibaobox.domain.policy import explain
from yibaobox.domain.policy.case_rules import RULES
from yibaobox.domain.policy.evaluate import evaluate

GOOD = {
    "arrears": {"first_day": "2025-04-01", "rhythm": "monthly", "continuous_months": 24, "repaid_on": "2025-05-01"},
    "refund": {"benefit_year": 2026, "reason": "withdrawal", "paid": "320.00", "on": "2025-12-01", "tier": "1"},
    "relative": {"on": "2025-11-20", "relation": "child", "age": 15, "region": "510400", "members": 1},
    "paper": {"on": "2025-11-20", "form": "suspension", "suffix": "jpg", "bytes": 1},
    "pledge": {"confirmed_on": "2024-09-03", "today": "2025-01-01", "next_paid_on": "2024-12-01", "funds": ["1.00"]},
    "premium": {
        "benefit_year": 2026,
        "tier": 1,
        "tier_total": "320.00",
        "paid_on": "2025-11-20",
        "already_paid": "0.00",
    },
    "standing": {"capacity": "student", "benefit_year": 2026, "paid_on": "2025-11-20", "gap_years": 1},
}
PLACES = {
    "arrears": ("460100", "flexible"),
    "relative": ("510400", "employee"),
    "pledge": ("310000", "resident_student"),
}
junk = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.lists(st.integers(), max_size=2),
    st.sampled_from(["9999-12-31", "0001-01-01", "2025-02-30", "-1.00", "1e9", "99999999999.99", 10**30]),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)  # fmt: skip


def case(kind, item):
    region, scheme = PLACES.get(kind, ("511700", "resident_student"))
    return {"region": region, "insurance": scheme, "kind": kind, "input": [item]}


@pytest.mark.parametrize("kind", GOOD)
def test_good_item_is_computed(kind):
    (result,) = evaluate(case(kind, GOOD[kind]))["result"]

    assert result.get("code") != "POLICY_GAP"


@pytest.mark.parametrize("kind", GOOD)
def test_unknown_key_is_an_error(kind):
    with pytest.raises(InvalidInput):
        evaluate(case(kind, {**GOOD[kind], "surprise": 1}))


@pytest.mark.parametrize("item", [None, 1, "x", [], [[]]])
@pytest.mark.parametrize("kind", GOOD)
def test_item_that_is_no_object_is_an_error(kind, item):
    with pytest.raises(InvalidInput):
        evaluate(case(kind, item))
    with pytest.raises(InvalidInput):
        evaluate({**case(kind, GOOD[kind]), "input": GOOD[kind]})


@given(st.sampled_from(sorted(GOOD)), st.data())
def test_whatever_stands_in_a_key_is_computed_or_refused(kind, data):
    key = data.draw(st.sampled_from(sorted(GOOD[kind])))
    try:
        results = evaluate(case(kind, {**GOOD[kind], key: data.draw(junk)}))["result"]
    except Refusal:
        return
    assert len(results) == 1


def test_kinds_of_rules_are_those_that_are_described():
    assert set(RULES) == set(GOOD) - {"premium", "standing"}


@pytest.mark.parametrize("kind", sorted(RULES))
def test_trace_of_a_rule_says_how_it_was_decided_and_by_what(kind):
    (note,) = evaluate(case(kind, GOOD[kind]))["trace"]

    assert (note["kind"], note["why_not"]) == (kind, [])
    assert note["sources"]
    assert note["zh"] in explain.tree(note)


@pytest.mark.parametrize(
    ("kind", "change", "code", "words"),
    [
        ("arrears", {"repaid_on": "2025-08-01"}, "DEADLINE_PASSED", "2025-08-01"),
        ("refund", {"on": "2026-01-01"}, "PERIOD_BEGUN", "待遇期已开始"),
        ("refund", {"reason": "recognised"}, "NOT_PROVIDED", "没有"),
        ("refund", {"paid": "0.00"}, "NOTHING_TO_REFUND", "没有"),
        ("relative", {"relation": "friend"}, "RELATION_NOT_ALLOWED", "不在"),
        ("relative", {"members": 5}, "TOO_MANY_MEMBERS", "5 人"),
        ("paper", {"suffix": "gif"}, "FORMAT_NOT_ALLOWED", "格式"),
        ("paper", {"bytes": 2**30}, "TOO_LARGE", "大小"),
        ("pledge", {"next_paid_on": None}, "broken", "1.00"),
    ],
)
def test_refusal_of_a_rule_is_told_with_its_reason(kind, change, code, words):
    (note,) = evaluate(case(kind, {**GOOD[kind], **change}))["trace"]

    assert [(reason["code"], words in reason["zh"]) for reason in note["why_not"]] == [(code, True)]
