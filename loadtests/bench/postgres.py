"""The PostgreSQL of a run: found or unpacked and started the way the tests do it, durable, behind a UNIX socket.

It has the cache that PostgreSQL has by itself, where that of a test is small; all other settings are its own, too.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from loadtests.bench.measure import tree_cpu_s

sys.path.append(str(Path(__file__).parents[2] / "tests" / "support"))

import pgcluster

_WAL_FILES: Final = 48


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
            yield cls(pgcluster.launch(folder, {"shared_buffers": "128MB"}, by_socket=True))
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
        where = urlencode({"host": self.cluster.root, "port": self.cluster.port})
        return f"postgresql+psycopg://postgres:{self.cluster.password}@/{name}?{where}"

    def season(self) -> None:
        """Give the server the WAL files that one has which has run for a while: it takes used ones again.

        A new server makes each of 16 MB when it is needed, and for some 60 ms no transaction is committed.
        """
        with pgcluster.connect(self.cluster.url) as admin:
            admin.execute(f"ALTER SYSTEM SET min_wal_size = '{_WAL_FILES * 16}MB'")
            admin.execute("SELECT pg_reload_conf()")
            for _ in range(_WAL_FILES):
                admin.execute("SELECT pg_logical_emit_message(false, '', '')")  # or the file would not be left
                admin.execute("SELECT pg_switch_wal()")
            admin.execute("CHECKPOINT")

    def pgbench(self, database: str, *options: str) -> str | None:
        """Run pgbench and return what it tells; nothing where it is not installed."""
        program = self.cluster.bin_dir / "pgbench"
        if not program.exists():
            return None
        where = ["-h", str(self.cluster.root), "-p", str(self.cluster.port), "-U", "postgres", database]
        env = {"PGPASSWORD": self.cluster.password, "LC_ALL": "C"}
        done = subprocess.run([program, *options, *where], capture_output=True, text=True, env=env, check=True)
        return done.stdout


def _children_s(pid: int) -> float:
    import psutil  # noqa: PLC0415

    used = psutil.Process(pid).cpu_times()
    return float(getattr(used, "children_user", 0.0) + getattr(used, "children_system", 0.0))
