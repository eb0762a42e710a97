"""What tests of the domain stand on: places of each kind, a small seeder, a program as another process."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from yibaobox.domain import clock, ledger
from yibaobox.domain.store import Conflict, Tx, Worlds, WorldSpec, schema
from yibaobox.domain.store.origin import SEQUENCES
from yibaobox.domain.store.places import Store

KINDS = ("memory", "file", "postgresql")
ANNA, BORIS, CLARA = (f"5117002025{number:010d}" for number in (1, 2, 3))
HOSPITAL = "INST:H51170000001"
NOON_TEXT = "2025-11-20T12:00:00+08:00"
NOON = clock.to_us(clock.parse_instant(NOON_TEXT))

T = TypeVar("T")
Job = Callable[[Tx, Mapping[str, Any]], object]


class TownSeeder:
    """Fills a template with one hospital and as many persons as asked, each with 100.00 yuan."""

    version = "test-1"

    def resolve(self, regions: Sequence[str] | None) -> tuple[str, ...]:
        """The regions asked for, in order."""
        return tuple(sorted(regions or ("511700",)))

    def reference(self, tx: Tx, spec: WorldSpec) -> None:
        """A hospital."""
        sql = "INSERT INTO institutions (code, name, region, level, kind, auth) VALUES (?, ?, ?, ?, ?, ?)"
        tx.run(sql, "H51170000001", "达州沙箱人民医院", "511700", "L3", "hospital", "sm4")

    def people(self, tx: Tx, spec: WorldSpec) -> None:
        """Persons with opening balances; their numbers tell the seed."""
        for _ in range(spec.population):
            number = tx.next_number("person")
            grant(tx, f"511700{spec.seed:04d}{number:010d}", 10_000)


class BareSeeder:
    """Leaves a template without anybody in it."""

    version = "bare"

    def resolve(self, regions: Sequence[str] | None) -> tuple[str, ...]:
        """The regions asked for."""
        return tuple(regions or ())

    def reference(self, tx: Tx, spec: WorldSpec) -> None:
        """Nothing."""

    def people(self, tx: Tx, spec: WorldSpec) -> None:
        """Nobody."""


def grant(tx: Tx, psn_no: str, fen: int) -> int:
    """Put opening money on a person's own account."""
    return ledger.post(tx, "opening", [ledger.Entry(psn_no, "ACCT", fen), ledger.Entry(psn_no, "OPEN", -fen)])


def spend(tx: Tx, psn_no: str, fen: int, **note: object) -> int:
    """Pay the hospital from a person's own account."""
    lines = [ledger.Entry(psn_no, "ACCT", -fen), ledger.Entry(psn_no, HOSPITAL, fen)]
    return ledger.post(tx, "settlement", lines, note=note)


def give(tx: Tx, giver: str, patient: str, fen: int) -> int:
    """Move money between two books through FAMILY."""
    lines = [ledger.Entry(giver, "ACCT", -fen), ledger.Entry(giver, "FAMILY", fen)]
    lines += [ledger.Entry(patient, "FAMILY", -fen), ledger.Entry(patient, "ACCT", fen)]
    return ledger.post(tx, "family", lines)


def again(work: Callable[[], T], tries: int = 50) -> T:
    """Do the work, and do it again while the store says that nothing happened."""
    for _ in range(tries - 1):
        try:
            return work()
        except Conflict:
            continue
    return work()


def wiped(store: Store) -> None:
    """Empty a place on PostgreSQL, past its guards; quicker than making another."""
    tables = [f"DELETE FROM {table};" for table in schema.world.tables]
    counters = [f"PERFORM setval('seq_{name}', 1, false);" for name in SEQUENCES]
    with store.write() as tx:
        tx.run("SET LOCAL session_replication_role = replica")
        tx.run(f"DO $$ BEGIN {' '.join(tables + counters)} END $$")


def url_of(kind: str, folder: Path, postgres: Callable[[], str]) -> str:
    """The address of places of a kind."""
    if kind == "memory":
        return "memory://"
    return f"sqlite:///{folder}" if kind == "file" else postgres()


def fresh(word: str = "t") -> str:
    """A name that no other test has."""
    return f"{word}-{secrets.token_hex(5)}"


@contextmanager
def opened(url: str, handlers: Mapping[str, Job] | None = None) -> Iterator[Worlds]:
    """Worlds at an address; the ones that were made are deleted afterwards."""
    worlds = Worlds.open(url, seeder=TownSeeder(), handlers=handlers or {})
    before = {info.name for info in worlds.infos()}
    try:
        yield worlds
        if url != "memory://":
            for info in worlds.infos():
                if info.name not in before:
                    worlds.delete(info.name)
    finally:
        worlds.close()


def program(path: Path, *arguments: object, **env: str) -> subprocess.Popen[str]:
    """Start a Python program of the tests as another process; its words come out of `.stdout`."""
    given = dict(os.environ) | {"PYTHONPATH": str(Path(__file__).parent), "PYTHONUNBUFFERED": "1"} | env
    command = [sys.executable, str(path), *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=given)


def finished(process: subprocess.Popen[str], seconds: int = 60) -> str:
    """Wait for a program and return what it printed; its complaint is ours."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    assert process.returncode == 0, err
    return out


def run_code(code: str, **env: str) -> str:
    """Run a few lines of Python as another process and return what they printed."""
    given = dict(os.environ) | {"PYTHONPATH": str(Path(__file__).parent)} | env
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=given, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
