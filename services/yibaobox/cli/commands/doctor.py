"""`yibaobox doctor`: can a sandbox run here."""

from __future__ import annotations

import errno
import os
import socket
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import click
from sqlalchemy import create_engine, make_url, text

from yibaobox.app import Settings, data_folder
from yibaobox.cli import running
from yibaobox.cli.client import CHECK_FAILED
from yibaobox.cli.desk import Screen, local, table

_PYTHON: Final = (3, 11)
_SQLITE: Final = (3, 35, 0)
_DURABLE: Final = ("fsync", "synchronous_commit", "full_page_writes")

Finding = tuple[str, bool, str]


@click.command()
@click.option("--db", help="The database to look at; default as for `up`.")
@click.option("--port", type=click.IntRange(1, 65535), default=8097, show_default=True)
@local
def command(screen: Screen, db: str | None, port: int) -> None:
    """Check this machine: Python, SQLite, time zones, port, data folder, database; exit code 1 when something fails."""
    settings = Settings.from_env(db=db)
    found = [{"check": name, "ok": ok, "detail": detail} for name, ok, detail in _findings(settings, port)]
    screen.show(found, lambda rows: table(("check", "ok", "detail"), rows))
    if not all(each["ok"] for each in found):
        raise SystemExit(CHECK_FAILED)


def _findings(settings: Settings, port: int) -> Iterator[Finding]:
    checks: dict[str, Callable[[], tuple[bool, str]]] = {
        "python": _python,
        "sqlite": _sqlite,
        "time zones": _zones,
        "port": lambda: _port(port),
        "data folder": lambda: _folder(data_folder()),
        "database": lambda: _database(settings),
    }
    for name, check in checks.items():
        try:
            yield name, *check()
        except Exception as error:  # noqa: BLE001 - whatever a check meets is its finding
            yield name, False, (str(error).strip().splitlines() or [type(error).__name__])[0]


def _python() -> tuple[bool, str]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return sys.version_info >= _PYTHON and __debug__, version + ("" if __debug__ else ", started with -O")


def _sqlite() -> tuple[bool, str]:
    return sqlite3.sqlite_version_info >= _SQLITE, sqlite3.sqlite_version


def _zones() -> tuple[bool, str]:
    return True, ZoneInfo("Asia/Shanghai").key


def _port(port: int) -> tuple[bool, str]:
    mine = running.find(port)
    if mine is not None:
        return True, f"{port} serves a sandbox, process {mine['pid']}"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return False, f"{port} is taken" if error.errno == errno.EADDRINUSE else str(error.strerror)
    return True, f"{port} is free"


def _folder(folder: Path) -> tuple[bool, str]:
    there = next(place for place in (folder, *folder.parents) if place.exists())
    with tempfile.TemporaryFile(dir=there) as file:
        file.write(b"yibaobox")
        os.fsync(file.fileno())
    return True, str(folder)


def _database(settings: Settings) -> tuple[bool, str]:
    url = make_url(settings.db)
    if url.get_backend_name() == "postgresql":
        return _postgres(settings.db)
    if url.get_backend_name() != "sqlite":
        return settings.db == "memory://", settings.db
    assert url.database, "sqlite:///FOLDER names a folder"
    folder = Path(url.database).expanduser()
    survives = "a power cut" if settings.durable else "kill -9 (with --durable a power cut, too)"
    return _folder(folder)[0], f"SQLite in {folder}, survives {survives}"


def _postgres(url: str) -> tuple[bool, str]:
    engine: Any = create_engine(make_url(url).set(drivername="postgresql+psycopg"), connect_args={"connect_timeout": 5})
    with engine.connect() as connection:
        version = connection.execute(text("SHOW server_version")).scalar_one()
        levels = {name: connection.execute(text(f"SHOW {name}")).scalar_one() for name in _DURABLE}
    engine.dispose()
    said = ", ".join(f"{name}={level}" for name, level in levels.items())
    return "off" not in levels.values(), f"PostgreSQL {version}, {said}"
