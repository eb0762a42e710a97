"""`yibaobox demo`: exit codes, the table on a terminal, and that nothing is left behind."""

import contextlib
import json
import os
import subprocess
import sys

import psutil
import psycopg
import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from yibaobox.cli import main
from yibaobox.cli.commands import demo
from yibaobox.cli.stories import Story
from yibaobox.cli.wrapping import wrapped

ELSEWHERE = {
    "YIBAOBOX_DB": "postgresql+psycopg://nobody@127.0.0.1:1/nothing",
    "YIBAOBOX_CONTROL_TOKEN": "secret",
    "YIBAOBOX_GATEWAYS_URL": "http://127.0.0.1:1",
    "YIBAOBOX_TAX_URL": "http://127.0.0.1:1",
    "YIBAOBOX_TAX_POSTING_DELAY": "P3D",
}


def children_named(marker):
    return [each for each in psutil.process_iter() if marker in (environment(each).get("YIBAOBOX_DATA") or "")]


def environment(process):
    try:
        return process.environ()
    except psutil.Error:
        return {}


def test_a_demo_heeds_no_other_sandbox_and_leaves_no_process_and_no_file(tmp_path):
    command = [sys.executable, "-m", "yibaobox", "demo"]
    env = os.environ | ELSEWHERE | {"TMPDIR": str(tmp_path)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert "54 步全部与应有结果一致" in done.stdout
    assert "332.73" in done.stdout
    assert max(cell_len(line) for line in done.stdout.splitlines()) <= 120
    assert list(tmp_path.iterdir()) == []
    assert children_named(str(tmp_path)) == []


@pytest.mark.long
def test_a_demo_on_postgresql_plays_in_a_world_that_is_deleted_afterwards(fresh_postgres_url):
    done = CliRunner().invoke(main, ["demo", "--json", "--db", fresh_postgres_url])

    told = json.loads(done.stdout)
    assert (done.exit_code, told["ok"]) == (0, True)
    assert [len(story["steps"]) for story in told["stories"]] == [14, 4, 13, 8, 3, 5, 6, 1]
    with psycopg.connect(fresh_postgres_url.replace("+psycopg", "", 1)) as database:
        worlds = database.execute("SELECT name FROM yibaobox.worlds").fetchall()
    assert worlds == [("default",)]


@pytest.fixture
def wrong_story(monkeypatch, serve):
    def plot(_, told):
        told.step("医院", "结算", {"个人现金": "1.00", "余额": "1,234.00"}, {"个人现金": "1.01", "余额": "1,234.01"})

    server = serve("sqlite")
    monkeypatch.setattr(demo, "launched", lambda *_, **__: contextlib.nullcontext(server.told))
    monkeypatch.setattr(demo, "STORIES", (Story("wrong", "错", ("个人现金",), plot),))


@pytest.mark.usefixtures("wrong_story")
def test_a_figure_that_is_not_the_expected_one_is_exit_code_one_and_both_are_printed():
    done = CliRunner().invoke(main, ["demo"])

    assert done.exit_code == 1
    assert "医院·结算·个人现金：应为 1.00，实为 1.01" in done.stdout
    assert "医院·结算·余额：应为 1,234.00，实为 1,234.01" in done.stdout


@pytest.mark.usefixtures("wrong_story")
def test_a_mismatch_is_told_as_json_too():
    done = CliRunner().invoke(main, ["demo", "--json"])

    told = json.loads(done.stdout)
    assert (done.exit_code, told["ok"], len(told["stories"][0]["mismatches"])) == (1, False, 2)


@pytest.mark.parametrize("width", [4, 8, 15, 40])
@pytest.mark.parametrize(
    "text",
    [
        "（865.45 − 起付线 200.00）× 50%，四舍五入到分",
        "2201 挂号、2203 就诊、2204 上传",
        "一",
        "",
        "怎么绑定（2025-03-11）L79-80",
    ],
)
def test_lines_break_between_characters_but_not_before_punctuation_nor_in_figures(text, width):
    lines = wrapped(text, width).split("\n")

    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert not any(line.startswith(("，", "、", "）", "%")) for line in lines)
    assert not any(line.endswith("（") for line in lines)
    for figure in ("865.45", "200.00", "2203", "L79-80"):
        assert (figure in text) == any(figure in line for line in lines)
    assert width < 15 or all(cell_len(line) <= width for line in lines)
