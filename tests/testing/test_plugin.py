"""The plugin in a repository of a user's, which has packages called `services` and `mocks` itself."""

import os
import subprocess
import sys
from importlib.metadata import entry_points

import pytest

PROJECT = {
    "services/__init__.py": "",
    "services/till.py": """
import requests

def world(url):
    return requests.get(url + "/_sandbox/health", timeout=30).json()["world"]
""",
    "mocks/__init__.py": "HERS = True",
    "test_shop.py": """
import pytest, requests
import mocks
from services import till

SEEN = set()

def test_the_users_own_packages_are_hers():
    assert mocks.HERS

@pytest.mark.parametrize("n", range(6))
def test_each_test_has_a_world_of_its_own(yibaobox, n):
    assert till.world(yibaobox.url) == yibaobox.world
    assert yibaobox.world not in SEEN
    SEEN.add(yibaobox.world)
    yibaobox.people.create(name="测独有")
    assert [each["name"] for each in yibaobox.people.all()].count("测独有") == 1

@pytest.mark.yibaobox(region="511700", at="2025-12-31T23:59:30+08:00")
class TestMarked:
    @pytest.mark.yibaobox(fault={"name": "reset.after_commit", "match": {"path": "/portal/v1/hall"}})
    def test_marker(self, yibaobox):
        assert (yibaobox.clock.mode, yibaobox.people.create()["region"]) == ("frozen", "511700")
        with pytest.raises(requests.ConnectionError):
            requests.get(yibaobox.url + "/portal/v1/hall", timeout=30)
        assert len(yibaobox.faults.log()) == 1

def test_sink(yibaobox, webhook_sink):
    requests.post(webhook_sink.url, data=b"x", timeout=30) if yibaobox.url.startswith("http://127") else None
    assert webhook_sink.url.endswith("/callback")

def test_server(yibaobox_server):
    with yibaobox_server.box(region="511700") as box:
        assert till.world(box.url) == box.world
""",
}
FAILING = """
import requests

def test_that_fails(yibaobox):
    yibaobox.faults.arm("reset.before_effect", match={"path": "/portal/v1/hall"})
    try:
        requests.get(yibaobox.url + "/portal/v1/hall", timeout=30)
    except requests.ConnectionError:
        pass
    yibaobox.clock.freeze("2026-01-02T03:04:05+08:00")
    assert requests.get(yibaobox.url + "/nowhere", timeout=30).ok
"""
UNUSED = """
import sys

def test_that_needs_nothing():
    heavy = {"flask", "sqlalchemy", "requests", "responses", "werkzeug", "yibaobox.app", "yibaobox.testing.box"}
    assert sorted(heavy & set(sys.modules)) == []
    assert "yibaobox.testing.plugin" in sys.modules
"""


def pytest_in(folder, *options):
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "YIBAOBOX_"))}
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", *options]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=240, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def project(tmp_path):
    for name, text in PROJECT.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_distribution_offers_it():
    [found] = [each for each in entry_points(group="pytest11") if each.name == "yibaobox"]

    assert found.value == "yibaobox.testing.plugin"


def test_it_works_where_services_and_mocks_are_the_users_on_several_workers(project):
    code, told = pytest_in(project, "-n", "2", "-p", "xdist", "-k", "not server")

    assert (code, "9 passed" in told) == (0, True), told
    assert "test_shop.py" in {path.name for path in project.iterdir()}


def test_the_same_tests_run_against_a_running_sandbox(project, yibaobox_server):
    before = set(worlds(yibaobox_server.url))
    code, told = pytest_in(project, f"--yibaobox={yibaobox_server.url}")

    assert (code, "10 passed" in told) == (0, True), told
    assert set(worlds(yibaobox_server.url)) == before


def worlds(url):
    import requests

    return [each["name"] for each in requests.get(f"{url}/_sandbox/v1/worlds", timeout=30).json()["items"]]


def test_a_failure_is_told_what_the_sandbox_saw(tmp_path):
    (tmp_path / "test_failing.py").write_text(FAILING)

    code, told = pytest_in(tmp_path)

    assert code == 1, told
    assert " yibaobox -" in told
    assert "clock frozen 2026-01-02T03:04:05+08:00" in told
    assert "GET /nowhere -> 404 NOT_FOUND" in told
    assert "reset.before_effect trace" in told


def test_a_run_that_does_not_use_it_loads_nothing(tmp_path):
    (tmp_path / "test_unused.py").write_text(UNUSED)

    code, told = pytest_in(tmp_path, "-p", "no:xdist", "-p", "no:hypothesispytest", "-p", "no:schemathesis")

    assert code == 0, told


def test_wrong_options_and_markers_are_errors_of_usage(tmp_path):
    (tmp_path / "test_wrong.py").write_text(
        "import pytest\n"
        "@pytest.mark.yibaobox(town='x')\ndef test_unknown(yibaobox): ...\n"
        "@pytest.mark.yibaobox('510400')\ndef test_unnamed(yibaobox): ...\n",
        encoding="utf-8",
    )

    assert pytest_in(tmp_path, "--yibaobox=elsewhere")[0] == 4
    code, told = pytest_in(tmp_path)
    assert (code, "2 errors" in told, "the marker knows" in told) == (1, True, True), told
