"""The subcommands against a running sandbox; their words as JSON, their exit codes."""

import json
import os
import subprocess
import sys
import time

import psutil
import pytest
from click.testing import CliRunner

from boxes import Server
from yibaobox.cli import main

GROUPS = ("clock", "logs", "person", "snapshot", "world")


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    made = Server(tmp_path_factory.mktemp("running"), "--population", "3", "--regions", "510400,511700")
    yield made
    made.audited_stop()


@pytest.fixture
def run(running, monkeypatch):
    """Run a subcommand in this process; return its exit code and what it printed, read as JSON."""
    monkeypatch.setenv("YIBAOBOX_URL", running.url)
    monkeypatch.setenv("YIBAOBOX_DATA", str(running.folder))

    def of(*arguments):
        done = CliRunner().invoke(main, [str(each) for each in arguments] + ["--json"])
        return done.exit_code, json.loads(done.stdout or "null")

    return of


def leaves(command=main, path=()):
    import click

    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        if isinstance(found, click.Group):
            yield from leaves(found, (*path, name))
        else:
            yield (*path, name), found


def test_every_subcommand_takes_json_and_says_what_it_does():
    for path, command in leaves():
        assert any("--json" in option.opts for option in command.params), path
        assert command.help, path


def test_a_topic_alone_does_what_is_usual_and_takes_json(run):
    for topic, leaf in (("clock", "show"), ("person", "list"), ("snapshot", "list"), ("world", "list")):
        code, told = run(topic)
        assert (code, told.keys()) == (0, run(topic, leaf)[1].keys()), topic
    assert run("logs", "-n", 1)[0] == 0
    assert CliRunner().invoke(main, ["world", "--help"]).exit_code == 0
    assert CliRunner().invoke(main, ["world", "nonsense"]).exit_code == 2


def test_status_knows_world_clock_and_process(running, run):
    code, told = run("status")

    assert code == 0
    assert (told["url"], told["pid"], told["world"], told["status"]) == (running.url, running.pid, "default", "ready")


def test_nobody_there_is_exit_code_three(monkeypatch, tmp_path):
    monkeypatch.setenv("YIBAOBOX_DATA", str(tmp_path))
    for command in ("status", "check", "clock show", "person list", "down", "env"):
        done = CliRunner().invoke(main, [*command.split(), "--url", "http://127.0.0.1:9"])
        assert done.exit_code == 3, (command, done.output)
        told = CliRunner().invoke(main, [*command.split(), "--url", "http://127.0.0.1:9", "--json"])
        assert (told.exit_code, type(json.loads(told.stdout))) == (3, dict), (command, told.output)


def test_wrong_usage_is_exit_code_two(run):
    for arguments in (
        ("clock", "set", "stopped"),
        ("person", "create"),
        ("nonsense",),
        ("clock", "set", "frozen", "--at", "x"),
    ):
        assert CliRunner().invoke(main, list(arguments)).exit_code == 2


def test_a_refusal_is_exit_code_one_with_its_problem(run):
    code, told = run("person", "show", "51040000000000999999")

    assert (code, told["code"]) == (1, "NOT_FOUND")


def test_people_are_created_shown_listed_and_topped_up(run):
    _, made = run("person", "create", "--region", "510400", "--capacity", "employee", "--account-fen", 100)
    _, topped = run("person", "topup", made["psn_no"], 50)
    _, shown = run("person", "show", made["psn_no"])
    _, listed = run("person", "list", "--limit", 1)

    assert topped == shown
    assert shown["account_fen"] == 150
    assert [each["psn_no"] for each in listed["items"]] == [made["psn_no"]]


def test_the_clock_is_set_shown_and_advanced(run):
    run("world", "create", "timed")
    _, told = run("clock", "set", "frozen", "--at", "2026-01-31T00:00:00+08:00", "--world", "timed")
    _, moved = run("clock", "advance", "P1D", "--world", "timed")
    _, shown = run("clock", "show", "--world", "timed")

    assert told["mode"] == "frozen"
    assert moved["fired"] == []
    assert shown["today"] == "2026-02-01"
    assert run("clock", "show")[1]["mode"] == "follow"
    assert run("world", "delete", "timed") == (0, {"deleted": "timed"})


def test_worlds_are_made_reset_purged_listed_and_deleted(run):
    _, made = run("world", "create", "town", "--seed", 7, "--population", 4, "--regions", "510402")

    assert (made["seed"], made["regions"], made["population"]) == (7, ["510400"], 4)
    assert run("world", "purge", "town")[0] == 0
    assert run("person", "list", "--world", "town")[1]["total"] == 0
    assert run("world", "reset", "town")[0] == 0
    here = [magic for magic in run("person", "magic", "--world", "town")[1]["items"] if magic["psn_no"]]
    assert {magic["region"] for magic in here} == {"510400"}
    assert run("person", "list", "--world", "town")[1]["total"] == 4 + len(here)
    assert "town" in [each["name"] for each in run("world", "list")[1]["items"]]
    run("world", "delete", "town")
    assert run("world", "reset", "town")[1]["code"] == "WORLD_NOT_FOUND"


def test_a_world_goes_out_to_a_file_and_comes_in_again(run, tmp_path):
    file = tmp_path / "default.jsonl"
    file.write_text("what stood here before")
    _, made = run("person", "create", "--region", "510400", "--capacity", "student", "--account-fen", 9)

    code, told = run("world", "export", "default", file)

    assert (code, told["bytes"]) == (0, file.stat().st_size)
    assert [each.name for each in tmp_path.iterdir()] == ["default.jsonl"]
    assert run("world", "import", "copy", file)[1]["name"] == "copy"
    assert run("person", "show", made["psn_no"], "--world", "copy")[1]["account_fen"] == 9
    assert run("world", "import", "copy", file)[1]["code"] == "ALREADY_EXISTS"
    assert run("world", "import", "copy", file, "--overwrite")[0] == 0
    run("world", "delete", "copy")


def test_an_export_that_fails_leaves_the_old_file(run, tmp_path):
    file = tmp_path / "kept.jsonl"
    file.write_text("kept")

    assert run("world", "export", "nowhere", file)[0] == 1
    assert file.read_text() == "kept"
    assert [each.name for each in tmp_path.iterdir()] == ["kept.jsonl"]


def test_snapshots_are_taken_compared_restored_and_deleted(run):
    run("world", "create", "snapped")
    run("snapshot", "create", "a", "--world", "snapped")
    run("person", "create", "--region", "510400", "--capacity", "child", "--world", "snapped")

    assert run("snapshot", "diff", "a", "--world", "snapped")[1]["equal"] is False
    assert run("snapshot", "restore", "a", "--world", "snapped")[0] == 0
    assert run("snapshot", "diff", "a", "--world", "snapped")[1]["equal"] is True
    assert [each["name"] for each in run("snapshot", "list", "--world", "snapped")[1]["items"]] == ["a"]
    assert run("snapshot", "delete", "a", "--world", "snapped") == (0, {"deleted": "a"})
    run("world", "delete", "snapped")


def test_logs_show_the_last_requests_and_one_of_them(run):
    run("person", "create", "--region", "510400", "--capacity", "child", "--name", "测望舒")

    _, rows = run("logs", "tail", "--op", "people.create", "-n", 1)
    _, one = run("logs", "show", rows[0]["id"])

    assert (rows[0]["status"], one["path"]) == (201, "/_sandbox/v1/people")
    assert "测望舒" not in json.dumps(one, ensure_ascii=False)


def test_logs_give_a_request_away_as_curl_test_and_archive(run, running, monkeypatch, tmp_path):
    run("person", "create", "--region", "510400", "--capacity", "child")
    _, rows = run("logs", "tail", "--op", "people.create", "-n", 1)
    monkeypatch.setenv("YIBAOBOX_URL", running.url)
    number, file = str(rows[0]["id"]), tmp_path / "run.har"

    for form, word in (("curl", "curl -sS -X POST"), ("pytest", "def test_request_"), ("har", '"version": "1.2"')):
        done = CliRunner().invoke(main, ["logs", "show", number, "--as", form])
        assert (done.exit_code, word in done.output) == (0, True), done.output
    assert run("logs", "export", file, "--op", "people.create")[0] == 0
    assert json.loads(file.read_text("utf-8"))["log"]["entries"][-1]["response"]["status"] == 201
    assert run("logs", "clear")[1]["deleted"] > 0


def test_faults_are_armed_listed_fired_and_disarmed(run):
    path = "/_sandbox/none"
    _, made = run(
        *(
            "fault",
            "arm",
            "latency",
            "-p",
            "ms=5",
            "-m",
            f"path={path}",
            "--after",
            1,
            "--seed",
            3,
            "--probability",
            0.5,
        )
    )
    _, lasting = run("fault", "arm", "http.503", "-m", f"path={path}", "--forever")

    assert (made["params"], made["match"], made["after"], made["times"]) == ({"ms": 5}, {"path": path}, 1, 1)
    assert lasting["times"] is None
    assert [each["id"] for each in run("fault")[1]] == [made["id"], lasting["id"]]
    assert run("fault", "log")[0] == 0
    assert run("fault", "disarm", made["id"]) == (0, {"disarmed": 1})
    assert run("fault", "disarm") == (0, {"disarmed": 1})
    assert {"latency", "worker.kill"} <= {kind["name"] for kind in run("fault", "kinds")[1]["items"]}
    assert run("fault", "arm", "no.such")[0] == 1
    assert CliRunner().invoke(main, ["fault", "arm", "latency", "-p", "ms"]).exit_code == 2


def test_switches_are_shown_and_set_and_reviews_too(run):
    assert run("world", "switches", "policy=strict")[1]["policy"] == "strict"
    assert run("case", "review", "PT5M", "--kind", "suspension")[1]["kinds"]["suspension"] == "PT5M"
    assert run("case", "review", "immediate")[1]["review"] == "immediate"
    assert run("world", "switches", "policy=demo", "review_suspension=as_review")[1]["policy"] == "demo"
    assert run("world", "switches", "policy")[0] == 2
    assert run("world", "switches", "policy=perhaps")[0] == 1


def test_cases_and_events_are_listed_and_what_is_not_there_is_refused(run):
    for topic, act in (("case", ("complete", 999)), ("case", ("reject", 999, "缺材料")), ("events", ("resend", 999))):
        assert run(topic) == (0, [])
        assert run(topic, *act)[0] == 1
    assert run("events", "show", 999)[0] == 1


def test_signatures_are_made_and_looked_at(run, tmp_path):
    for kind, given in (("csb", ("--infno", "2207")), ("tif", ())):
        headers = run("sign", "make", kind, *given)[1]["headers"]
        sent = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
        assert run("sign", "verify", kind, *sent)[1]["ok"]
        code, told = run("sign", "verify", kind, *sent[:-1], sent[-1] + "0")
        assert (code, told["ok"], told["differs"]) == (1, False, "signature")
    message = tmp_path / "message.json"
    message.write_text('{"infno": "1101", "msgid": "m"}', "utf-8")
    cainfo = run("sign", "make", "body-sign", "--body", message)[1]["cainfo"]
    message.write_text(json.dumps({"infno": "1101", "msgid": "m", "cainfo": cainfo}), "utf-8")
    assert run("sign", "verify", "body-sign", "--body", message)[0] == 0
    message.write_text("{", "utf-8")
    assert CliRunner().invoke(main, ["sign", "make", "body-sign", "--body", str(message)]).exit_code == 2


def test_check_tells_that_the_books_balance(run):
    code, told = run("check")

    assert (code, told["violations"]) == (0, [])


def test_check_fails_when_they_do_not(monkeypatch):
    from yibaobox.cli.client import Client

    found = {"checked": {}, "violations": [{"rule": "L3", "detail": "…"}], "head": ""}
    monkeypatch.setattr(Client, "get", lambda *_, **__: found)

    assert CliRunner().invoke(main, ["check"]).exit_code == 1


def test_env_prints_what_a_shell_needs(run, running):
    _, told = run("env")
    text = CliRunner().invoke(main, ["env"]).stdout

    assert told["YIBAOBOX_URL"] == running.url
    assert told["YIBAOBOX_FSI_URL"] == f"{running.url}/fsi/api/rsfComIfsService/callService"
    assert f"export YIBAOBOX_URL={running.url}\n" in text


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("fish", "set -gx YIBAOBOX_URL {}"),
        ("powershell", "$env:YIBAOBOX_URL = '{}'"),
        ("dotenv", "YIBAOBOX_URL={}"),
    ],
)
def test_env_speaks_to_other_shells(run, running, shell, line):
    told = CliRunner().invoke(main, ["env", "--shell", shell]).stdout.splitlines()

    assert line.format(running.url) in told
    assert len(told) == len(run("env")[1])


def test_doctor_finds_a_machine_that_can_run_it(run, running):
    code, found = run("doctor", "--port", running.url.rpartition(":")[2])

    assert code == 0
    assert {each["check"] for each in found} == {"python", "sqlite", "time zones", "port", "data folder", "database"}


def test_doctor_looks_at_postgresql(run, postgres_url):
    _, found = run("doctor", "--db", postgres_url)

    assert "fsync=" in found[-1]["detail"]


def test_doctor_fails_when_the_database_does_not_answer(run):
    code, found = run("doctor", "--db", "postgresql+psycopg://nobody@127.0.0.1:9/none")

    assert (code, found[-1]["ok"]) == (1, False)


def test_people_read_tables(running, monkeypatch):
    monkeypatch.setenv("YIBAOBOX_URL", running.url)
    monkeypatch.setenv("YIBAOBOX_DATA", str(running.folder))
    for path, word in (("status", "ready"), ("world list", "default"), ("person list", "psn_no"), ("check", "balance")):
        done = CliRunner().invoke(main, path.split())
        assert (done.exit_code, word in done.output) == (0, True), done.output


def test_down_ends_the_sandbox_of_that_port_and_waits(tmp_path, monkeypatch):
    server = Server(tmp_path, "--population", "0")
    monkeypatch.setenv("YIBAOBOX_URL", server.url)
    monkeypatch.setenv("YIBAOBOX_DATA", str(tmp_path))

    done = CliRunner().invoke(main, ["down", "--json"])

    assert (done.exit_code, json.loads(done.stdout)["pid"]) == (0, server.pid)
    assert server.process.wait(1) == 0
    server.audited_stop()
    assert CliRunner().invoke(main, ["down"]).exit_code == 3


def test_down_is_not_fooled_by_what_a_killed_sandbox_left(tmp_path, monkeypatch):
    server = Server(tmp_path, "--population", "0")
    server.kill()
    monkeypatch.setenv("YIBAOBOX_URL", server.url)
    monkeypatch.setenv("YIBAOBOX_DATA", str(tmp_path))

    assert CliRunner().invoke(main, ["down"]).exit_code == 3


def execute(*arguments, **more):
    command = [sys.executable, "-m", "yibaobox", "exec", "--population", "0", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, check=False, **more)


def test_exec_runs_a_program_beside_a_sandbox_returns_its_exit_code_and_leaves_nothing_behind(tmp_path):
    env = dict(os.environ) | {"TMPDIR": str(tmp_path)}
    code = (
        "import os, sys, requests\n"
        "url = os.environ['YIBAOBOX_URL']\n"
        "print(url, requests.get(url + '/_sandbox/health').json()['world'], os.environ['YIBAOBOX_SEED'])\n"
        "sys.exit(7)"
    )

    done = execute("--seed", "5", "--", sys.executable, "-c", code, env=env)

    assert done.returncode == 7, done.stderr
    url, world, seed = done.stdout.split()
    assert (world, seed) == ("default", "5")
    assert CliRunner().invoke(main, ["status", "--url", url]).exit_code == 3
    assert [each.name for each in tmp_path.iterdir()] == []


def test_exec_of_a_program_that_is_not_there_says_so():
    done = execute("--", "no-such-program-anywhere")

    assert done.returncode == 127
    assert "no-such-program-anywhere" in done.stderr


def test_exec_killed_outright_leaves_no_sandbox_running(tmp_path):
    command = [sys.executable, "-m", "yibaobox", "exec", "--population", "0", "--", "sleep", "60"]
    with subprocess.Popen(command, env=dict(os.environ) | {"TMPDIR": str(tmp_path)}) as process:
        family = wait_for(lambda: [p for p in psutil.Process(process.pid).children(True) if "sleep" in p.name()])
        sandboxes = [each for each in psutil.Process(process.pid).children() if each not in family]
        process.kill()

    assert sandboxes
    _, alive = psutil.wait_procs(sandboxes, timeout=10)
    for each in family:
        each.kill()
    assert alive == []


def wait_for(found, seconds=60):
    deadline = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return result
