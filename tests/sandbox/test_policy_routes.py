"""Tables and cases over HTTP: what the command computes, the server computes; nothing sent there ends in a 500."""

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings

from mutated import CASES, mutated
from yibaobox.domain.errors import Refusal
from yibaobox.domain.policy.evaluate import evaluate


def test_each_worked_case_comes_out_over_a_socket_as_it_was_worked(any_box):
    for case in CASES:
        found = any_box.ask("POST", "/policy/evaluate", case)

        assert (found["id"], found["result"]) == (case["id"], case["expect"])
        assert found["trace"] != [] or case["kind"] in ("premium", "standing")


def test_the_trace_of_a_case_names_rule_source_line_day_and_confidence(local_box):
    bare = {key: value for key, value in CASES[0].items() if key != "params"}
    [trace] = local_box.ask("POST", "/policy/evaluate", bare)["trace"]
    line = next(step for step in trace["steps"] if step["step"] == "pool_line")

    assert line["from"] == {"pool_base_fen": 66_545, "ratio_ppm": 500_000, "factor_ppm": 1_000_000}
    assert line["rule"] == "half_up(pool_base x ratio x factor)"
    assert (line["at"], line["valid_from"], line["confidence"]) == ("L79-80", "2025-01-01", "seed-aggregator")


def test_regions_are_listed_and_shown_as_of_a_day(any_box):
    listed = any_box.ask("GET", "/policy/regions")["items"]
    before, after = (any_box.ask("GET", "/policy/regions/510402", on=day) for day in ("2025-07-03", "2025-07-04"))

    assert {"code": "510400", "name": "攀枝花市"}.items() <= next(r for r in listed if r["code"] == "510400").items()
    assert (before["region"], after["on"]) == ("510400", "2025-07-04")
    assert figures(after, "outpatient")["cap"]["value"] == {"active": "1000.00", "retired": "1500.00"}
    assert [len(figures(told, "family_account")["relations"]["value"]) for told in (before, after)] == [3, 8]


def figures(told, benefit):
    tables = (table for table in told["tables"] if (table["scheme"], table["benefit"]) == ("employee", benefit))
    return {row["parameter"]: row for table in tables for row in table["parameters"]}


def test_without_a_day_the_tables_are_those_of_the_worlds_today(local_box):
    local_box.ask("PUT", "/clock", {"mode": "frozen", "at": "2024-12-31T23:59:59+08:00"})
    assert local_box.ask("GET", "/policy/regions/510400")["on"] == "2024-12-31"

    local_box.ask("POST", "/clock/advance", {"by": "PT1S"})
    assert local_box.ask("GET", "/policy/regions/510400")["on"] == "2025-01-01"


def test_strict_shows_no_illustration_and_demo_says_what_it_carries(local_box):
    strict, demo = (
        local_box.ask("GET", "/policy/regions/500000", on="2025-03-10", profile=profile)
        for profile in ("strict", "demo")
    )

    cited = [row["citation"] for table in strict["tables"] for row in table["parameters"]]
    assert {"illustrative"}.isdisjoint(citation["confidence"] for citation in cited)
    assert not any(citation["carried"] for citation in cited)
    carried = [row["citation"] for table in demo["tables"] for row in table["parameters"] if row["citation"]["carried"]]
    assert "resident_student.premium.tiers" in {citation["path"] for citation in carried}
    assert all(citation["assumed"] for citation in carried)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/policy/regions/999999", "UNKNOWN_REGION"),
        ("/policy/regions/Panzhihua", "UNKNOWN_REGION"),
        ("/policy/regions/510400?on=2025-02-30", "INVALID_INPUT"),
        ("/policy/regions/510400?profile=lenient", "INVALID_INPUT"),
    ],
)
def test_what_is_no_region_or_day_is_refused(local_box, path, code):
    assert local_box.refusal("GET", path) == (422, code)


@pytest.mark.parametrize("case", [[], {}, {"kind": "guess"}, CASES[0] | {"input": 7}, CASES[0] | {"region": "x"}])
def test_what_is_no_case_is_refused(local_box, case):
    assert local_box.refusal("POST", "/policy/evaluate", case) == (422, "INVALID_INPUT")


def test_an_item_of_no_class_is_a_problem_that_names_it(local_box):
    item = {"code": "visit", "class": "D", "amount": "1.00"}

    reply = local_box.post("/_sandbox/v1/policy/evaluate", CASES[0] | {"input": {"items": [item]}})

    assert (reply.status_code, reply.json()["code"]) == (422, "INVALID_INPUT")
    assert (reply.json()["item"], reply.json()["grade"]) == ("visit", "D")


@settings(max_examples=400, deadline=None)
@given(mutated())
def test_a_case_that_went_wrong_is_refused_or_computed_never_a_bug(case):
    with contextlib.suppress(Refusal):
        assert evaluate(case).keys() == {"id", "result", "trace"}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mutated())
def test_a_case_that_went_wrong_is_a_problem_over_http_and_changes_nothing(local_box, case):
    head = local_box.ask("GET", "/audit")["head"]

    reply = local_box.post("/_sandbox/v1/policy/evaluate", case)

    assert reply.status_code == 200 or (400 <= reply.status_code < 500 and reply.json()["code"])
    assert local_box.ask("GET", "/audit")["head"] == head
