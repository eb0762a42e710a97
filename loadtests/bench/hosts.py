"""Servers as other processes: the sandbox as a user starts it, and the bare echo beside it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from loadtests.bench.measure import tree_cpu_s, tree_memory_mb

ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True)
class Host:
    """A server that answers."""

    pid: int
    url: str
    told: dict[str, Any]

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        host, _, port = self.url.removeprefix("http://").rpartition(":")
        return host, int(port)

    def cpu_s(self) -> float:
        """CPU seconds of its processes so far."""
        return tree_cpu_s(self.pid)

    def memory_mb(self) -> float:
        """Memory of its processes."""
        return tree_memory_mb(self.pid)


@contextlib.contextmanager
def sandbox(folder: Path, db: str | None = None, *options: str, population: int = 0) -> Iterator[Host]:
    """Run `yibaobox up` on a database (default: SQLite in the folder) while the block runs."""
    where = ["--db", db or f"sqlite:///{folder}/worlds", "--population", str(population)]
    with _running([sys.executable, "-m", "yibaobox", "up", "--json", "--port", "0", *where, *options], folder) as host:
        yield host


@contextlib.contextmanager
def echo(folder: Path, workers: int = 1) -> Iterator[Host]:
    """Run the bare echo while the block runs."""
    with _running([sys.executable, "-m", "loadtests.bench.echo", "--workers", str(workers)], folder) as host:
        yield host


@contextlib.contextmanager
def _running(command: list[str], folder: Path) -> Iterator[Host]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("YIBAOBOX_")}
    env |= {"YIBAOBOX_DATA": str(folder), "PYTHONPATH": str(ROOT)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=env, cwd=ROOT)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{' '.join(command)} did not start")
        told = json.loads(line)
        yield Host(process.pid, told["url"], told)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
