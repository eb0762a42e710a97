"""The PostgreSQL of a run: found or unpacked and started the way the tests do it, durable, on loopback."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtests.bench.measure import tree_cpu_s

sys.path.append(str(Path(__file__).parents[2] / "tests" / "support"))

import pgcluster


@dataclass
class Postgres:
    """A running server."""

    cluster: Any

    @classmethod
    @contextlib.contextmanager
    def started(cls) -> Iterator[Postgres]:
        """Start a server that ends with the block, however we go."""
        folder = pgcluster.open_run()
        try:
            yield cls(pgcluster.launch(folder))
        finally:
            pgcluster.sweep(folder)

    def cpu_s(self) -> float:
        """CPU seconds of the server's processes so far; of those that ended as well."""
        ended = _children_s(self.cluster.pid)
        return tree_cpu_s(self.cluster.pid) + ended

    def database(self, name: str) -> str:
        """Make a database and return its address."""
        with pgcluster.connect(self.cluster.url) as admin:
            admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        return str(self.cluster.url).rsplit("/", 1)[0] + f"/{name}"

    def pgbench(self, database: str, *options: str) -> str | None:
        """Run pgbench and return what it tells; nothing where it is not installed."""
        program = self.cluster.bin_dir / "pgbench"
        if not program.exists():
            return None
        where = ["-h", "127.0.0.1", "-p", str(self.cluster.port), "-U", "postgres", database]
        env = {"PGPASSWORD": self.cluster.password, "LC_ALL": "C"}
        done = subprocess.run([program, *options, *where], capture_output=True, text=True, env=env, check=True)
        return done.stdout


def _children_s(pid: int) -> float:
    import psutil  # noqa: PLC0415

    used = psutil.Process(pid).cpu_times()
    return float(getattr(used, "children_user", 0.0) + getattr(used, "children_system", 0.0))
