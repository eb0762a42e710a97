"""`yibaobox up` as users start it: addresses, restarts, kills, several processes, several listeners."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest
import requests
from click.testing import CliRunner

from boxes import DATABASES, Server, started
from yibaobox.app import Settings
from yibaobox.cli import main
from yibaobox.domain.people.magic import magic_persons


def fails(folder, *options, **env):
    given = {name: value for name, value in os.environ.items() if not name.startswith("YIBAOBOX_")}
    given |= {"YIBAOBOX_DATA": str(folder)} | env
    command = [sys.executable, *env.pop("PYTHON", "").split(), "-m", "yibaobox", "up", "--port", "0", *options]
    done = subprocess.run(command, capture_output=True, text=True, env=given, timeout=60, check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def sqlite_server(folder):
    made = Server(folder, "--population", "3")
    yield made
    made.audited_stop()


@pytest.fixture(params=DATABASES)
def own_server(request, folder):
    if request.param == "postgresql":
        request.getfixturevalue("fresh_postgres_url")
        made = Server(folder, "--population", "3", "--db", request.getfixturevalue("fresh_postgres_url"))
    else:
        made = started("sqlite", request, folder, "--population", "3")
    yield made
    made.audited_stop()


def test_it_tells_addresses_world_clock_seed_and_what_it_survives(folder):
    at = "2025-12-31T23:59:00+08:00"
    options = ("--world", "town", "--seed", "7", "--population", "5", "--regions", "510402", "--at", at, "--durable")
    server = Server(folder, *options)

    assert (server.told["world"], server.told["seed"], server.told["population"]) == ("town", 7, 5)
    assert server.box().get("/_sandbox/health").json()["durability"] == server.told["durability"] == "power-loss"
    assert server.told["clock"] == {"mode": "frozen", "now": at, "today": "2025-12-31"}
    assert server.told["addresses"] == {"all": server.url}
    town = server.box("town")
    assert {person["region"] for person in town.ask("GET", "/people")["items"]} == {"510400"}
    server.audited_stop()


def test_what_was_written_comes_to_the_disk_soon_after(folder):
    server = Server(folder, "--population", "3")
    psn_no = server.box().person()["psn_no"]
    [file] = folder.rglob("w_default.db")

    def there():
        """Tell whether the file has it without its log."""
        alone = shutil.copy(file, folder / "alone.db")
        with closing(sqlite3.connect(alone)) as database:
            return database.execute("SELECT count(*) FROM persons WHERE psn_no = ?", (psn_no,)).fetchone() == (1,)

    deadline = time.monotonic() + 20
    while not there() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert there()
    server.audited_stop()
    assert (file.parent / "owner.pid").read_text() == ""


def test_sigterm_ends_it_within_five_seconds_and_a_restart_keeps_everything(own_server):
    psn_no = own_server.box().person(account_fen=777)["psn_no"]
    keys = own_server.box().ask("GET", "/credentials")
    held = socket.create_connection(("127.0.0.1", int(own_server.url.rpartition(":")[2])))
    held.sendall(b"POST /_sandbox/v1/people HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")

    assert own_server.stop() < 5
    held.close()
    own_server.start_again()

    box = own_server.box()
    assert box.ask("GET", f"/people/{psn_no}")["account_fen"] == 777
    assert box.ask("GET", "/credentials") | {"base_url": ""} == keys | {"base_url": ""}
    assert box.ask("GET", "/requests", op="people.create")["items"] != []


@pytest.mark.long
def test_kill_9_loses_nothing_that_was_acknowledged(own_server):
    box = own_server.box()
    psn_no = box.person()["psn_no"]
    for _ in range(3):
        acknowledged = 0
        before = box.ask("GET", f"/people/{psn_no}")["account_fen"]
        for _ in range(20):
            box.ask("POST", f"/people/{psn_no}/topup", {"amount_fen": 1})
            acknowledged += 1
        own_server.kill()
        own_server.start_again()
        box = own_server.box()
        assert box.ask("GET", f"/people/{psn_no}")["account_fen"] == before + acknowledged
    assert box.violations() == []


def test_ctrl_c_ends_it_too(sqlite_server):
    sqlite_server.process.send_signal(signal.SIGINT)

    assert sqlite_server.process.wait(10) == 0


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    made = Server(tmp_path_factory.mktemp("running"), "--population", "0")
    yield made
    made.audited_stop()


def test_a_second_process_on_the_same_folder_is_refused_naming_the_first(running):
    code, said = fails(running.folder)

    assert code == 1
    assert f"process {running.pid}" in said
    assert len(said.strip().splitlines()) == 1


def test_a_taken_port_is_told_in_one_line(running, tmp_path):
    port = running.url.rpartition(":")[2]

    code, said = fails(tmp_path / "other", "--port", port)

    assert code == 1
    assert port in said
    assert len(said.strip().splitlines()) == 1


def test_no_start_loads_what_makes_databases_neither_the_first_nor_the_next(folder):
    settings = Settings(db=f"sqlite:///{folder}")
    start = (
        "import json, sys\n"
        "from yibaobox.app import Settings, create_app\n"
        f"create_app(Settings(db={settings.db!r})).close()\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )

    for _ in range(2):
        loaded = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True, timeout=120, check=True)

        assert set(json.loads(loaded.stdout)) & {"alembic", "faker", "psycopg", "sqlalchemy"} == set()


def test_a_newer_database_is_refused_in_one_line(folder):
    import sqlite3

    server = Server(folder, "--population", "0")
    server.stop()
    with sqlite3.connect(folder / "w_default.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'w9999'")
    connection.close()

    code, said = fails(folder)

    assert code == 1
    assert "w9999" in said
    assert len(said.strip().splitlines()) == 1


def test_a_file_that_is_no_database_is_told_in_one_line(folder):
    folder.mkdir()
    (folder / "yibaobox.db").write_text("nobody's database " * 100, encoding="utf-8")

    code, said = fails(folder)

    assert code == 1
    assert "not a database" in said
    assert len(said.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "code", "word"),
    [
        (("--world", "No Good"), 1, "名称"),
        (("--db", "postgresql://127.0.0.1:9/x"), 1, "database"),
    ],
)
def test_what_cannot_start_says_why(tmp_path, options, code, word):
    found, said = fails(tmp_path / "data", *options)

    assert found == code
    assert word in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("options", "code", "word"),
    [
        (("--workers", "2"), 2, "PostgreSQL"),
        (("--regions", "990000"), 2, "990000"),
        (("--at", "yesterday"), 2, "RFC 3339"),
        (("--db", "mysql://x"), 1, "--db"),
        (("--host", "0.0.0.0"), 1, "YIBAOBOX_CONTROL_TOKEN"),
        (("--split", "--service", "tax"), 2, "exclude"),
        (("--service", "moon"), 2, "moon"),
    ],
)
def test_what_nobody_can_start_is_told_before_anything_starts(tmp_path, options, code, word):
    found = CliRunner(env={"YIBAOBOX_DATA": str(tmp_path / "data")}).invoke(main, ["up", "--port", "0", *options])

    assert (found.exit_code, found.stdout) == (code, "")
    assert word in found.stderr


def test_python_without_assertions_is_refused(tmp_path):
    code, said = fails(tmp_path / "data", PYTHON="-O")

    assert code == 1
    assert "-O" in said


def test_split_gives_each_service_a_port_of_its_own(folder):
    server = Server(folder, "--split", "--population", "0")
    addresses = server.told["addresses"]
    body = {"infno": "9999", "msgid": "1", "fixmedins_code": "H51040000001", "input": {}}

    assert list(addresses) == ["settlement", "portal", "tax", "ec", "gateways"]
    assert len(set(addresses.values())) == 5
    for url in addresses.values():
        assert requests.get(f"{url}/_sandbox/health", timeout=10).status_code == 200
    asked = {name: requests.post(f"{url}/fsi/api/9999", json=body, timeout=10) for name, url in addresses.items()}
    assert asked["settlement"].headers["X-Sandbox-Code"] == "UNSUPPORTED_TRANSACTION"
    assert {reply.headers["X-Sandbox-Code"] for name, reply in asked.items() if name != "settlement"} == {"NOT_FOUND"}
    server.audited_stop()


def test_one_service_alone_refuses_the_others(folder):
    server = Server(folder, "--service", "tax", "--population", "0")

    reply = server.box().post("/fsi/api/9999", {})

    assert reply.headers["X-Sandbox-Code"] == "NOT_FOUND"
    assert server.box().get("/_sandbox/health").status_code == 200
    server.audited_stop()


def test_beyond_loopback_the_control_routes_ask_for_the_token(folder):
    env = {"YIBAOBOX_CONTROL_TOKEN": "s3cret"}
    server = Server(folder, "--host", "0.0.0.0", "--population", "0", env=env)

    assert requests.get(f"{server.url}/_sandbox/v1/clock", timeout=10).status_code == 401
    told = requests.get(f"{server.url}/_sandbox/v1/clock", headers={"Authorization": "Bearer s3cret"}, timeout=10)
    assert told.json()["mode"] == "follow"
    server.stop()


def test_it_ends_with_its_standard_input_when_told_so(folder):
    command = [sys.executable, "-m", "yibaobox", "up", "--json", "--port", "0", "--until-eof", "--population", "0"]
    env = dict(os.environ) | {"YIBAOBOX_DATA": str(folder)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env) as process:
        json.loads(process.stdout.readline())
        process.stdin.close()

        assert process.wait(10) == 0


@pytest.mark.long
class TestTwoWorkers:
    @pytest.fixture
    def pair(self, folder, fresh_postgres_url):
        made = Server(folder, "--workers", "2", "--population", "3", "--db", fresh_postgres_url)
        yield made
        made.audited_stop()

    def test_they_agree_on_the_clock_the_people_and_the_worlds(self, pair):
        boxes = [pair.box() for _ in range(8)]  # a connection each, so that both workers are met
        for turn in range(6):
            at = f"2026-0{turn + 1}-01T00:00:00+08:00"
            psn_no = boxes[turn].person(account_fen=turn + 1)["psn_no"]
            boxes[turn].ask("PUT", "/clock", {"mode": "frozen", "at": at})
            assert {box.ask("GET", "/clock")["now"] for box in boxes} == {at}
            assert {box.ask("GET", f"/people/{psn_no}")["account_fen"] for box in boxes} == {turn + 1}
        made = boxes[0].ask("POST", "/worlds", {"population": 0})["name"]
        assert [box.elsewhere(made).ask("GET", "/people")["total"] for box in boxes] == [len(magic_persons())] * 8
        boxes[1].ask("DELETE", f"/worlds/{made}")
        assert {box.elsewhere(made).refusal("GET", "/people") for box in boxes} == {(404, "WORLD_NOT_FOUND")}

    def test_a_worker_that_dies_is_replaced_and_nothing_is_lost(self, pair):
        import psutil

        psn_no = pair.box().person(account_fen=5)["psn_no"]
        workers = psutil.Process(pair.pid).children()
        assert len(workers) == 2
        workers[0].kill()
        deadline = time.monotonic() + 20
        while len([each for each in psutil.Process(pair.pid).children() if each.status() != "zombie"]) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)

        assert pair.box().ask("GET", f"/people/{psn_no}")["account_fen"] == 5

    def test_they_end_together_within_five_seconds(self, pair):
        import psutil

        workers = psutil.Process(pair.pid).children()

        assert pair.stop() < 5
        assert not any(worker.is_running() for worker in workers)
