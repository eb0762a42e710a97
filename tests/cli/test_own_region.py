"""A new city is a folder of YAML files and nothing else: begun, checked, filled in, and lived in."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from boxes import DATABASES, Server
from clinic import Clinic
from yibaobox.cli import main
from yibaobox.domain.people import regions
from yibaobox.domain.policy import load, shipped, terms

CODE, NAME = "420100", "武汉市"
FILLED = {
    "deductible": {"active": "300.00", "retired": "200.00"},
    "ratio": {
        kind: dict.fromkeys(("L1", "L2", "L3", "pharmacy"), share)
        for kind, share in (("active", "70%"), ("retired", "75%"))
    },
    "cap": {"active": "500.00", "retired": "600.00"},
}


def policy(*arguments, text=None):
    done = CliRunner().invoke(main, ["policy", *map(str, arguments)], input=text)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


@pytest.fixture(autouse=True)
def other_tests_do_not_see_the_folders():
    yield
    load.FURTHER.clear()
    regions._FURTHER.clear()
    regions._forget()
    shipped.cache_clear()
    terms.forget()


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    folder = tmp_path_factory.mktemp("regions")
    done = policy("new", CODE, "--from", "510400", "--name", NAME, "--into", folder, "--json")
    assert done.exit_code == 0, done.stderr
    return folder, json.loads(done.stdout)["written"]


@pytest.fixture(scope="module")
def filled(begun, tmp_path_factory):
    folder = tmp_path_factory.mktemp("filled")
    (folder / CODE).mkdir()
    table = yaml.safe_load((begun[0] / CODE / "employee.outpatient.yaml").read_text(encoding="utf-8"))
    for name, figures in FILLED.items():
        table["parameters"][name]["values"][0] |= {"table": figures, "confidence": "official", "at": "第三条"}
    text = yaml.safe_dump(table, allow_unicode=True, sort_keys=False)
    (folder / CODE / "employee.outpatient.yaml").write_text(text, encoding="utf-8")
    (folder / CODE / "region.yaml").write_bytes((begun[0] / CODE / "region.yaml").read_bytes())
    return folder


def case(**more):
    items = [{"code": "visit", "class": "A", "amount": "1000.00"}]
    facts = {"id": "own", "kind": "settle", "region": CODE, "insurance": "employee", "date": "2025-11-20"}
    facts |= {"setting": "outpatient", "level": "L3", "population": "active", "input": {"items": items}}
    return json.dumps(facts | more)


def test_what_is_begun_is_all_gaps_and_lints_clean(begun):
    folder, written = begun
    found = policy("lint", folder, "--json")

    assert (found.exit_code, json.loads(found.stdout)) == (0, {"findings": []})
    assert {Path(path).name for path in written} >= {"region.yaml", "employee.outpatient.yaml"}
    table = yaml.safe_load((folder / CODE / "employee.outpatient.yaml").read_text(encoding="utf-8"))
    assert {text for each in table["parameters"].values() for text in leaves(each["values"][0]["table"])} == {"gap"}


def leaves(node):
    return [leaf for child in node.values() for leaf in leaves(child)] if isinstance(node, dict) else [node]


def test_a_gap_is_refused_by_name(begun):
    [told] = json.loads(policy("evaluate", "-", "--regions-dir", begun[0], "--json", text=case()).stdout)

    assert told["result"]["code"] == "POLICY_GAP"
    assert {"deductible", "ratio_pct"} <= set(told["result"]["missing"])


def test_a_figure_that_was_filled_in_computes(filled):
    [told] = json.loads(policy("evaluate", "-", "--regions-dir", filled, "--json", text=case()).stdout)

    assert (told["result"]["deductible"], told["result"]["pool"]) == ("300.00", "490.00")


def test_without_its_folder_the_region_is_unknown(filled):
    assert policy("show", CODE).exit_code == 2
    assert NAME in policy("show", CODE, "--on", "2025-11-20", "--regions-dir", filled).stdout


@pytest.mark.parametrize("kind", DATABASES)
def test_a_sandbox_with_the_folder_settles_and_explains_there(kind, filled, request, tmp_path):
    db = ("--db", request.getfixturevalue("fresh_postgres_url")) if kind == "postgresql" else ()
    options = ("--regions-dir", str(filled), "--regions", f"{CODE},510400", "--population", "4")
    server = Server(tmp_path, *db, *options, "--at", "2025-11-20T10:00:00+08:00")
    try:
        box = server.box()
        clinic = Clinic(box, f"H{CODE}00001")
        person = box.person(region=CODE, enrolled=True)
        setl_id = clinic.settle(person, clinic.visit(person, "1300.00"), "1300.00").setlinfo["setl_id"]

        told = box.ask("GET", f"/settlements/{setl_id}/explain")
        what = box.ask("POST", f"/settlements/{setl_id}/what-if", {"region": "510400", "level": "L3"})
        shown = box.ask("GET", f"/policy/regions/{CODE}")
    finally:
        server.audited_stop()

    line = next(step for step in told["steps"] if step["step"] == "pool")
    assert (told["amounts"]["pool_fen"], line["source"], line["confidence"]) == (50_000, "fill-in 第三条", "official")
    assert [reason["code"] for reason in told["why_not"]] == ["CAP_REACHED", "ACCOUNTS_EMPTY"]
    assert what["what_if"]["amounts"]["pool_fen"] == 55_000
    assert (shown["name"], person["id_no"][:6]) == (NAME, "420101")


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("region.yaml", "code: '420100'", "420100/region.yaml: its keys should be"),
        ("region.yaml", "code: 420100", "420100/region.yaml"),
        ("employee.outpatient.yaml", "schema: policy/2", "420100/employee.outpatient.yaml: $"),
        ("employee.outpatient.yaml", "a: [", "420100/employee.outpatient.yaml"),
    ],
)
def test_a_folder_that_is_wrong_stops_the_start_with_a_line(tmp_path, file, text, said):
    (tmp_path / CODE).mkdir()
    (tmp_path / CODE / file).write_text(text, encoding="utf-8")

    done = CliRunner().invoke(main, ["up", "--regions-dir", str(tmp_path), "--port", "0", "--db", "memory://"])

    assert done.exit_code == 2
    assert said in done.stderr
