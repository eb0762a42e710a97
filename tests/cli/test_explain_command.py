"""`yibaobox explain` against a running sandbox: a tree for people, JSON for programs, and what if."""

import json

import pytest
import requests
from click.testing import CliRunner

from boxes import Server
from clinic import Clinic
from yibaobox.cli import main


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("explained"), "--population", "0", "--at", "2025-11-20T10:00:00+08:00")
    clinic = Clinic(server.box())
    person = clinic.box.person(enrolled=True)
    yield server.url, clinic.settle(person, clinic.visit(person, "865.45"), "865.45").setlinfo["setl_id"]
    server.audited_stop()


def explain(settled, *arguments, number=None):
    done = CliRunner().invoke(main, ["explain", number or settled[1], "--url", settled[0], *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def test_people_read_a_tree_with_sources_and_reasons(settled):
    shown = explain(settled).stdout

    assert "├─ 统筹基金支付 332.73（封顶线 1000.00，本年已付 0.00）  ← " in shown
    assert "L79-80" in shown
    assert "所用假设" in shown
    assert "pooled fund pays 332.73" in explain(settled, "--lang", "en").stdout


def test_programs_read_json(settled):
    told = json.loads(explain(settled, "--json").stdout)

    assert (told["setl_id"], told["amounts"]["pool_fen"]) == (settled[1], 33_273)


def test_an_option_asks_what_if(settled):
    told = json.loads(explain(settled, "--level", "L2", "--json").stdout)

    assert (told["settled"]["pool_fen"], told["what_if"]["amounts"]["pool_fen"]) == (33_273, 39_927)
    assert "332.73 → 399.27" in explain(settled, "--level", "L2").stdout


def test_what_is_no_settlement_or_has_no_rule_is_exit_code_one(settled):
    assert explain(settled, number="424242").exit_code == 1
    assert explain(settled, "--on", "1999-01-01").exit_code == 1
    assert json.loads(explain(settled, "--on", "1999-01-01", "--json").stdout)["code"] == "POLICY_GAP"
    assert CliRunner().invoke(main, ["explain", "1", "--url", "http://127.0.0.1:9"]).exit_code == 3


def test_a_refused_request_is_explained_by_its_trace(settled):
    reply = requests.get(f"{settled[0]}/_sandbox/v1/policy/regions/999999", timeout=30)
    trace = reply.headers["X-Sandbox-Trace"]

    assert json.loads(explain(settled, "--json", number=trace).stdout)["code"] == "UNKNOWN_REGION"
    assert "沙箱中没有统筹区999999" in explain(settled, number=trace).stdout
    assert explain(settled, number="0" * 16).exit_code == 1
