"""kill -9 in the middle of payments: what was acknowledged is there, once, and the books are whole."""

import os
import random
import select
import signal
import time
from pathlib import Path

import pytest

import oracle
import paying
from ground import TownSeeder, fresh, program
from yibaobox.domain.store import Worlds, WorldSpec
from yibaobox.sandbox.audit import audit

PAYING = Path(paying.__file__)
CYCLES = {"sqlite": 60, "postgresql": 10}
LONG = {"sqlite": 2000, "postgresql": 300}
PAYERS = {"sqlite": 1, "postgresql": 2}
READY_S = 60


def started(url, name, seed):
    payer = program(PAYING, url, name, seed, 3600)
    assert payer.stdout.readline() == "ready\n", payer.stderr.read()
    return payer


def killed(payers, chance):
    """Let them pay for a moment, kill them at once, and return the numbers they acknowledged."""
    for payer in payers:
        assert select.select([payer.stdout], [], [], READY_S)[0], "it pays"
    time.sleep(chance.uniform(0.0, 0.1))
    for payer in payers:
        os.kill(payer.pid, signal.SIGKILL)
    told = [payer.communicate()[0] for payer in payers]
    # The last line may have been cut; whole lines were written after their commit.
    return {line for text in told for line in text.split("\n")[:-1]}


def stored(world):
    with world.read() as tx:
        assert audit(tx)["violations"] == []
        assert oracle.violations(tx) == []
        held = tx.query("SELECT balance_fen FROM balances WHERE account = 'ACCT'")
        assert sum(row[0] for row in held) == 80_000
        return [row[0] for row in tx.query("SELECT msgid FROM messages")]


def cycles(url, count, payers):
    """Kill, look, and kill again, `count` times on one world."""
    chance, name = random.Random(count), fresh("k")
    worlds = Worlds.open(url, seeder=TownSeeder(), handlers={})
    worlds.create(name, WorldSpec(7, (), population=8))
    worlds.close()
    acknowledged, unanswered = set(), 0
    for cycle in range(count):
        running = [started(url, name, cycle * payers + each) for each in range(payers)]
        acknowledged |= killed(running, chance)
        if cycle % 10 == 9 or cycle == count - 1:
            worlds = Worlds.open(url, seeder=TownSeeder(), handlers={})
            found = stored(worlds.get(name))
            worlds.close()
            assert len(found) == len(set(found)), "nothing twice"
            assert acknowledged <= set(found), "nothing acknowledged is lost"
            unanswered = len(set(found) - acknowledged)
    assert len(acknowledged) >= count
    assert unanswered <= count * payers, "at most one in flight for each that was killed"


@pytest.mark.parametrize("kind", CYCLES)
def test_a_killed_process_loses_nothing_it_acknowledged(kind, request, tmp_path):
    url = f"sqlite:///{tmp_path}" if kind == "sqlite" else request.getfixturevalue("crash_database")()
    cycles(url, CYCLES[kind], PAYERS[kind])


@pytest.mark.long
@pytest.mark.parametrize("kind", LONG)
def test_it_loses_nothing_in_thousands_of_cycles(kind, request, tmp_path):
    url = f"sqlite:///{tmp_path}" if kind == "sqlite" else request.getfixturevalue("crash_database")()
    cycles(url, LONG[kind], PAYERS[kind])
