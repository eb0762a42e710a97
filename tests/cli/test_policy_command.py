"""`yibaobox policy`: tables and cases without a sandbox, as JSON and for people, and its exit codes."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from yibaobox.cli import main

GOLDEN = Path(__file__).parents[1] / "domain/cases/golden.yaml"
TABLES = Path(__file__).parents[2] / "services/yibaobox/domain/policy/regions"


def policy(*arguments, text=None):
    done = CliRunner().invoke(main, ["policy", *map(str, arguments)], input=text)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def told(*arguments, text=None):
    done = policy(*arguments, "--json", text=text)
    return done.exit_code, json.loads(done.stdout)


def test_each_region_is_listed_with_its_benefits():
    code, found = told("ls")

    assert code == 0
    assert {row["code"] for row in found["items"]} == {path.name for path in TABLES.iterdir()}
    assert "employee.outpatient" in next(row for row in found["items"] if row["code"] == "510400")["benefits"]
    assert "攀枝花市" in policy().stdout


def test_a_county_shows_the_tables_of_its_region_on_a_day():
    code, found = told("show", "510402", "--on", "2025-03-10", "--table", "employee.outpatient")
    [table] = found["tables"]
    ratio = next(row for row in table["parameters"] if row["parameter"] == "ratio")

    assert (code, found["region"], found["on"]) == (0, "510400", "2025-03-10")
    assert ratio["value"]["active"]["L3"] == "50%"
    assert (ratio["citation"]["at"], ratio["citation"]["confidence"]) == ("L79-80", "seed-aggregator")
    assert "seed-aggregator" in policy("show", "510400", "--on", "2025-03-10").stdout


def test_two_days_of_a_region_differ_by_what_came_between():
    code, found = told("diff", "2025-07-03", "2025-07-04", "--region", "510400")
    [relations] = [row for row in found["differences"] if row["figure"] == "employee.family_account.relations"]

    assert code == 0
    assert (len(relations["before"]["value"]), len(relations["after"]["value"])) == (3, 8)
    assert told("diff", "2025-03-10", "2025-03-10")[1] == {"differences": []}
    assert policy("diff", "2025-03-10", "2025-03-10").stdout == "no difference\n"


def test_two_regions_differ_on_a_day():
    _, found = told("diff", "510400", "511700", "--on", "2025-03-10")

    assert "employee.outpatient.cap" in {row["figure"] for row in found["differences"]}


def test_what_is_shipped_lints_clean():
    code, found = told("lint")

    assert (code, [row for row in found["findings"] if not row["warning"]]) == (0, [])


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("L3: 50%", "L3: 150%", "$.parameters.ratio.active.L3: '150%' is above 100%"),
        ("active: '200.00'", "active: 200.0", "$.parameters.deductible.values[0].table.active: 200.0 is not valid"),
        ("active: '200.00'", "active: '-200.00'", "'-200.00'"),
        ("unit: pct", "unit: share", "$.parameters.ratio.unit: 'share' is not one of"),
        ("  cap:", "  kap:", "'kap' is not one of"),
        ("source: s004", "source: s005", "source 's005' is not listed"),
        ("from: '2025-01-01'", "from: '2025-02-30'", "'2025-02-30' is no date"),
        ("L3: 55%", "L9: 55%", "unknown level 'L9'"),
        ("scheme: employee", "scheme: employee\nscheme: resident", "key 'scheme' stands twice"),
        ("region: '510400'", "region: '510499'", "510499/employee.outpatient.yaml"),
    ],
)
def test_lint_names_file_path_and_value(tmp_path, before, after, said):
    text = (TABLES / "510400/employee.outpatient.yaml").read_text(encoding="utf-8")
    assert before in text
    file = tmp_path / "510400" / "employee.outpatient.yaml"
    file.parent.mkdir()
    file.write_text(text.replace(before, after), encoding="utf-8")

    code, found = told("lint", tmp_path)

    assert code == 1
    assert {row["file"] for row in found["findings"]} == {str(file)}
    assert said in " ".join(row["problem"] for row in found["findings"])
    assert said in policy("lint", file).stdout.replace("\n", "")


def test_lint_warns_of_a_source_that_no_figure_names(tmp_path):
    text = (TABLES / "510400/employee.outpatient.yaml").read_text(encoding="utf-8")
    file = tmp_path / "510400" / "employee.outpatient.yaml"
    file.parent.mkdir()
    file.write_text(text.replace("  s004:", "  s009: {kind: seed, title: x}\n  s004:"), encoding="utf-8")

    code, found = told("lint", tmp_path)

    assert (code, [row["warning"] for row in found["findings"]]) == (0, [True])


def test_lint_warns_of_days_on_which_no_value_of_a_parameter_is_in_force(tmp_path):
    text = (TABLES / "510400/employee.outpatient.yaml").read_text(encoding="utf-8")
    file = tmp_path / "510400" / "employee.outpatient.yaml"
    file.parent.mkdir()
    file.write_text(text.replace("to: '2025-01-01'", "to: '2024-12-30'"), encoding="utf-8")

    code, found = told("lint", tmp_path)
    problems = [row["problem"] for row in found["findings"] if row["warning"]]

    assert code == 0
    assert any("$.parameters.ratio: no value from 2024-12-30 until 2025-01-01" in each for each in problems)


def test_evaluate_prints_a_result_for_each_case_and_compares_nothing():
    cases = yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))["cases"]
    wrong = json.dumps({"cases": [case | {"expect": _other(case["expect"])} for case in cases]})

    code, found = told("evaluate", "-", text=wrong)

    assert code == 0
    assert [one.keys() for one in found] == [{"id", "result", "trace"}] * len(cases)
    assert [one["id"] for one in found] == [case["id"] for case in cases]
    assert [one["result"] for one in found] == [case["expect"] for case in cases]


def _other(shape):
    if isinstance(shape, dict):
        return {key: value if key == "entitled_on" else _other(value) for key, value in shape.items()}
    return [_other(each) for each in shape] if isinstance(shape, list) else "?"


def test_check_is_silent_on_agreement_and_exits_one_on_a_difference():
    code, found = told("evaluate", GOLDEN, "--check")
    assert (code, [one["differences"] for one in found]) == (0, [[]] * len(found))

    case = yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))["cases"][0]
    case["expect"]["pool"] = "332.72"
    code, [one] = told("evaluate", "-", "--check", text=json.dumps([case]))
    assert (code, one["differences"]) == (1, ["$.pool: expected '332.72', found '332.73'"])
    assert "expected '332.72'" in policy("evaluate", "-", "--check", text=json.dumps(case)).stdout


def test_the_code_of_a_refusal_is_not_that_of_the_charged_item():
    [case] = [one for one in yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))["cases"] if one["id"] == "G01"]
    case["input"]["items"][0] |= {"class": "D", "code": "visit"}

    [one] = json.loads(policy("evaluate", "-", "--json", text=json.dumps([case])).stdout)

    assert one["result"]["code"] == "INVALID_INPUT"


def test_a_case_that_cannot_be_read_is_named_and_the_others_are_computed():
    cases = yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))["cases"][:2]
    cases[0]["params"]["ratio_pct"] = 101

    done = policy("evaluate", "-", "--json", text=json.dumps({"cases": cases}))
    first, second = json.loads(done.stdout)

    assert done.exit_code == 1
    assert (first["result"]["code"], first["trace"]) == ("INVALID_INPUT", [])
    assert second["result"] == cases[1]["expect"]
    assert "G01" in done.stderr
    assert "101" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "999999"),
        ("show", "510400", "--on", "2025-02-30"),
        ("show", "510400", "--table", "no.such"),
        ("diff", "510400", "2025-01-01"),
        ("diff", "510400", "511700", "--region", "510400"),
        ("diff", "2024-12-31", "2025-01-01", "--on", "2025-01-01"),
        ("lint", "/no/such/folder"),
        ("evaluate", "/no/such/file"),
        ("new", "341200"),
        ("new", "341200", "--from", "999999"),
        ("new", "Wuhu", "--from", "510400"),
        ("ls", "--regions-dir", "/no/such/folder"),
    ],
)
def test_wrong_usage_is_exit_code_two(arguments):
    assert policy(*arguments).exit_code == 2


@pytest.mark.parametrize("text", ["cases: 7", "a: [", "a: 1\na: 2", "7", ""])
def test_a_file_that_is_none_of_cases_is_wrong_usage(text):
    done = policy("evaluate", "-", text=text)

    assert done.exit_code == 2
    assert "FILE" in done.stderr


def test_readable_traces_stand_below_each_case():
    shown = policy("evaluate", GOLDEN, "--lang", "both").stdout

    assert "统筹基金支付 332.73" in shown
    assert "pooled fund pays 332.73" in shown
