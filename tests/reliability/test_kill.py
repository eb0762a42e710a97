"""kill -9 under load: what was acknowledged is there, once, and the books balance."""

import json
import os
import random
import signal
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

import crashing
import oracle
from ground import TownSeeder, program
from yibaobox.domain.store import Worlds
from yibaobox.sandbox.audit import audit

CRASHING = Path(crashing.__file__)


class Victims:
    """Children of one program, started and killed one after the other."""

    def __init__(self, url, folder):
        self.folder, self.cycle, self.alive = folder, 0, None
        self.process = program(CRASHING, url, "crash")
        assert self.process.stdout.readline() == "ready\n"

    def live(self, work, seconds, meanwhile=time.sleep):
        """Let a child work for a while from its first acknowledged operation, kill it and return what it wrote."""
        self.cycle += 1
        notes = self.folder / f"notes-{self.cycle}"
        self.process.stdin.write(f"{work} {self.cycle} {notes}\n")
        self.process.stdin.flush()
        self.alive = int(self.process.stdout.readline())
        deadline = time.monotonic() + 30
        while not notes.exists() or notes.read_bytes().count(b"\n") < 2:
            assert time.monotonic() < deadline, "the child never got to work"
            time.sleep(0.005)
        meanwhile(seconds)
        self.kill()
        assert self.process.stdout.readline() == "dead\n"
        return [line for line in notes.read_text().splitlines() if " " in line]

    def kill(self):
        if self.alive is not None:
            os.kill(self.alive, signal.SIGKILL)
        self.alive = None

    def close(self):
        self.kill()
        self.process.stdin.close()
        self.process.wait(10)
        for pipe in (self.process.stdout, self.process.stderr):
            pipe.close()


@contextmanager
def victims(url, folder):
    made = Victims(url, folder)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def standing(url):
    worlds = Worlds.open(url, seeder=TownSeeder(), handlers={})
    try:
        yield worlds
    finally:
        worlds.close()


def stored(tx):
    rows = tx.query("SELECT msgid, reply, outcome FROM messages WHERE infno = ?", crashing.INFNO)
    return {msgid: (reply, outcome) for msgid, reply, outcome in rows}


def examine(url, acknowledged, cycle):
    """Acknowledged ⊆ stored, with the same answer; what nobody was told of was in flight; nothing twice; all whole."""
    with standing(url) as worlds, worlds.get("crash").read() as tx:
        found = stored(tx)
        assert {msgid: found.get(msgid, ("lost",))[0] for msgid in acknowledged} == acknowledged
        untold = {msgid for msgid in found if msgid.startswith(f"{cycle}-")} - acknowledged.keys()
        assert len(untold) <= crashing.THREADS
        notes = tx.query("SELECT note FROM postings WHERE kind = 'settlement'")
        effects = [json.loads(note)["msgid"] for (note,) in notes]
        assert len(effects) == len(set(effects))
        assert set(effects) <= found.keys()
        listed = {key for (key,) in tx.query("SELECT key FROM jobs")}
        assert listed == {msgid for msgid, (_, outcome) in found.items() if outcome == "SETTLED"}
        assert oracle.violations(tx) == []
        assert audit(tx)["violations"] == []


def told(lines):
    """What was acknowledged; a message sent again got the same answer."""
    answers = {}
    for line in lines:
        msgid, reply = line.split()
        assert answers.setdefault(msgid, reply) == reply
    return answers


def storm(url, folder, cycles):
    lots, acknowledged = random.Random(7), {}
    with victims(url, folder) as made:
        for cycle in range(1, cycles + 1):
            acknowledged |= told(made.live("load", lots.uniform(0.0, 0.06)))
            if cycle % 6 == 0 or cycle == cycles:
                examine(url, acknowledged, cycle)
    assert len(acknowledged) > cycles


def test_sixty_kills_lose_nothing_that_a_file_acknowledged(tmp_path):
    storm(f"sqlite:///{tmp_path / 'worlds'}", tmp_path, 60)


def test_five_kills_of_the_program_lose_nothing_that_postgresql_acknowledged(tmp_path, fresh_postgres_url):
    storm(fresh_postgres_url, tmp_path, 5)


@pytest.mark.long
def test_five_kills_of_postgresql_lose_nothing_that_it_acknowledged(tmp_path, postgres_server, crash_database):
    url, lots, acknowledged = crash_database(), random.Random(11), {}

    def murder(seconds):
        time.sleep(seconds)
        postgres_server.kill()
        postgres_server.start()
        time.sleep(0.1)  # the program goes on by itself: the same numbers again, until it knows

    with victims(url, tmp_path) as made:
        for cycle in range(1, 6):
            before = len(acknowledged)
            acknowledged |= told(made.live("load", lots.uniform(0.02, 0.2), murder))
            assert len(acknowledged) > before
            examine(url, acknowledged, cycle)


@pytest.mark.long
def test_kills_while_worlds_are_made_and_overwritten_leave_every_world_whole(tmp_path):
    url, lots, deeds = f"sqlite:///{tmp_path / 'worlds'}", random.Random(3), 0
    with victims(url, tmp_path) as made:
        for _ in range(12):
            deeds += len(made.live("turmoil", lots.uniform(0.0, 0.15)))
            with standing(url) as worlds:
                for info in worlds.infos():
                    whole(worlds, info.name)
    assert deeds > 12


def whole(worlds, name):
    with worlds.get(name).read() as tx:
        assert oracle.violations(tx) == []
        assert tx.one("SELECT count(*) FROM clock") == (1,)
    for snapshot in worlds.snapshots(name):
        worlds.diff(name, snapshot, "current")
    assert list(worlds.export(name))


@pytest.mark.long
def test_two_thousand_kills_lose_nothing_that_a_file_acknowledged(tmp_path):
    for part in range(20):
        folder = tmp_path / str(part)
        folder.mkdir()
        storm(f"sqlite:///{folder / 'worlds'}", folder, 100)


@pytest.mark.long
def test_three_hundred_kills_lose_nothing_that_postgresql_acknowledged(tmp_path, crash_database):
    for part in range(6):
        folder = tmp_path / str(part)
        folder.mkdir()
        storm(crash_database(), folder, 50)
