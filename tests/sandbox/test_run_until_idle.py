"""Run until idle: jobs that make jobs, notifications that are not taken, work that never ends."""

from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from boxes import local
from yibaobox.app import Settings, create_app
from yibaobox.cli.commands import clock as clock_command
from yibaobox.domain import jobs, outbox
from yibaobox.sandbox import idle

AT = "2026-01-01T00:00:00+08:00"
HOUR_US = 3_600_000_000


def chain(tx, payload):
    if payload["left"]:
        jobs.enqueue(tx, "chain", {"left": payload["left"] - 1}, due_us=tx.now_us + 24 * HOUR_US)


def for_ever(tx, _):
    jobs.enqueue(tx, "for_ever", {}, due_us=tx.now_us + HOUR_US)


@pytest.fixture
def sandbox():
    made = create_app(Settings(ticker=False), handlers={"chain": chain, "for_ever": for_ever})
    local(made).ask("PUT", "/clock", {"mode": "frozen", "at": AT})
    yield made
    made.close()


@pytest.fixture
def world(sandbox):
    return sandbox.worlds.get("default")


def ran(sandbox):
    return local(sandbox).ask("POST", "/clock/run-until-idle")


def test_where_nothing_waits_nothing_changes(any_box):
    any_box.ask("POST", "/clock/run-until-idle")

    told = any_box.ask("POST", "/clock/run-until-idle")

    assert (told["mode"], told["fired"], told["idle"]) == ("follow", [], True)


def test_each_job_runs_at_its_time_until_none_is_left(sandbox, world):
    with world.write() as tx:
        jobs.enqueue(tx, "chain", {"left": 3}, due_us=tx.now_us + HOUR_US)

    told = ran(sandbox)

    assert [job["due_at"][:13] for job in told["fired"]] == [f"2026-01-0{day}T01" for day in (1, 2, 3, 4)]
    assert (told["now"], told["mode"], told["idle"]) == ("2026-01-04T01:00:00+08:00", "frozen", True)


def test_what_is_overdue_runs_and_the_clock_stays(sandbox, world):
    with world.write() as tx:
        jobs.enqueue(tx, "chain", {"left": 0}, due_us=tx.now_us - HOUR_US)

    done = idle.run(sandbox.installation, world)

    assert (len(done.fired), local(sandbox).ask("GET", "/clock")["now"]) == (1, AT)


def test_a_notification_is_tried_as_often_as_its_schedule_says(sandbox, world):
    with world.write() as tx:
        for number in range(2):
            outbox.stage(
                tx,
                topic="shop",
                cause=f"cause {number}",
                url="https://nobody.example/",
                headers={},
                body="",
                schedule=(15, 3600),
            )

    told = ran(sandbox)
    events = local(sandbox).ask("GET", "/events")["items"]

    assert [(each["state"], each["attempts"]) for each in events] == [("exhausted", 3)] * 2
    assert (told["idle"], told["now"]) == (True, "2026-01-01T02:00:30+08:00")


def test_work_that_never_ends_is_left_after_a_while(sandbox, world, monkeypatch):
    monkeypatch.setattr(idle, "STEPS_MAX", 5)
    with world.write() as tx:
        jobs.enqueue(tx, "for_ever", {})

    told = ran(sandbox)

    assert (told["idle"], len(told["fired"])) == (False, 5)


def test_the_command_fails_when_work_never_ends(monkeypatch):
    told = {"mode": "frozen", "now": AT, "today": AT[:10], "fired": [], "idle": False}
    monkeypatch.setattr("yibaobox.cli.client.Client.post", lambda *_, **__: dict(told))

    assert CliRunner().invoke(clock_command.command, ["run-until-idle", "--json"]).exit_code == 1


def test_what_the_ticker_sends_meanwhile_is_waited_for(world, monkeypatch):
    with world.write() as tx:
        event_id = outbox.stage(tx, topic="t", cause="c", url="http://x/", headers={}, body="", schedule=())
    monkeypatch.setattr(idle, "_TURN_S", 0)

    class Busy:
        def deliver(self, world):
            with world.write() as tx:
                outbox.claim(tx)
                outbox.record(tx, event_id, accepted=True, status=200, error=None)
            return 0

    class Worlds:
        def advance_to(self, *_):
            return []

    assert idle.run(SimpleNamespace(courier=Busy(), worlds=Worlds()), world).idle
