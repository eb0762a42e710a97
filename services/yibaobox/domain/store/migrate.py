"""Bring a database to the schema of this program, once, or refuse it when it is newer.

A whole run of migrations is one transaction on both databases, so a program killed in the middle leaves the old
schema. On PostgreSQL an advisory lock lets one of several starting processes migrate while the others wait; on SQLite
the folder's owner is alone.

Alembic is imported only when there is something to migrate: most starts find the newest schema, and it is a fifth of
their time. A revision is the first word of its file's name.

A world's database may also hold an *annex*: tables of an outside party, with revisions and a version of their own, of
which this package knows nothing but where they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import MetaData, Table, text

from yibaobox.domain.store import schema

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

    from yibaobox.domain.store.postgres import PostgresStore
    from yibaobox.domain.store.sqlite import SqliteStore


@dataclass(frozen=True, slots=True)
class Annex:
    """Tables that somebody else keeps in each world: what they are, and the folder of their Alembic revisions."""

    name: str
    metadata: MetaData
    versions: Path


Branch = Literal["world", "registry"] | Annex

_HERE: Final = Path(__file__).parent / "migrations"
LOCK: Final = 0x79696261  # "yiba": one advisory lock for every schema of a database
_METADATA: Final = {"world": schema.world, "registry": schema.registry}
_BASE: Final = "base"


class DatabaseNewer(Exception):
    """The database was written by a newer program; nothing was touched."""

    def __init__(self, found: str, known: str) -> None:
        super().__init__(
            f"the database has schema {found}, this program knows up to {known}: "
            "start the newer program, or export there and import here",
        )


def upgrade(store: SqliteStore | PostgresStore, branch: Branch, revision: str = "head") -> None:
    """Bring the store to a revision; several processes may call it at once."""
    _run(store, branch, revision, up=True)


def upgrade_world(
    store: SqliteStore | PostgresStore,
    annexes: Iterable[Annex],
    revision: str = "head",
    annexed: Mapping[str, str] | None = None,
) -> None:
    """Bring a world's database with its annexes to the newest schema, or to the revisions that are named.

    An annex that `annexed` does not name stays away.
    """
    upgrade(store, "world", revision)
    for annex in annexes:
        wanted = "head" if annexed is None else annexed.get(annex.name, _BASE)
        if wanted != _BASE:
            upgrade(store, annex, wanted)


def downgrade(store: SqliteStore | PostgresStore, branch: Branch, revision: str) -> None:
    """Take the store back to an older revision."""
    _run(store, branch, revision, up=False)


def current(connection: Connection, branch: Branch = "world") -> str | None:
    """Return the revision a database stands at, or nothing when it is empty."""
    table = version_table(branch)
    if connection.dialect.name == "sqlite":
        there = text("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = :name")
    else:
        # Not to_regclass: after the wait for the lock it may still say what its session knew before.
        there = text("SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = :name")
    if not connection.execute(there, {"name": table}).scalar():
        return None
    found: str | None = connection.exec_driver_sql(f"SELECT version_num FROM {table}").scalar()
    return found


def version_table(branch: Branch) -> str:
    """Return the table in which Alembic keeps the revision of a branch."""
    return f"alembic_version_{branch.name}" if isinstance(branch, Annex) else "alembic_version"


def tables(annexes: Iterable[Annex]) -> list[Table]:
    """Return every table of a world's database, those that others refer to first."""
    return [
        table for metadata in (schema.world, *(one.metadata for one in annexes)) for table in metadata.sorted_tables
    ]


def heads(annexes: Iterable[Annex]) -> dict[str, str]:
    """Return the newest revision of each annex by name."""
    return {annex.name: head(annex) for annex in annexes}


@cache
def head(branch: Branch) -> str:
    """Return the newest revision this program knows."""
    return max(_known(branch))


def config(branch: Branch, connection: Connection | None = None) -> Config:
    """Return Alembic's configuration of a branch."""
    from alembic.config import Config  # noqa: PLC0415 - see above

    made = Config()
    made.set_main_option("script_location", str(_HERE))
    made.set_main_option("version_locations", str(_folder(branch)))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    made.attributes["metadata"] = branch.metadata if isinstance(branch, Annex) else _METADATA[branch]
    made.attributes["version_table"] = version_table(branch)
    return made


def _run(store: SqliteStore | PostgresStore, branch: Branch, revision: str, *, up: bool) -> None:
    with store.core() as connection:
        found = current(connection, branch)
        connection.rollback()
        if up and found == (head(branch) if revision == "head" else revision):
            return
        _begin(connection)
        try:
            found = current(connection, branch)
            _refuse_newer(found, branch)
            if found != (head(branch) if revision == "head" else revision):
                _migrate(config(branch, connection), revision, up=up)
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
        finally:
            connection.rollback()


def _migrate(settings: Config, revision: str, *, up: bool) -> None:
    from alembic import command  # noqa: PLC0415 - see above

    (command.upgrade if up else command.downgrade)(settings, revision)


def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    connection.exec_driver_sql("BEGIN")
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})


def _refuse_newer(found: str | None, branch: Branch) -> None:
    if found is not None and found not in _known(branch):
        raise DatabaseNewer(found, head(branch))


@cache
def _known(branch: Branch) -> frozenset[str]:
    found = [path.name.partition("_")[0] for path in _folder(branch).glob("*_*.py") if path.name[0] != "_"]
    assert len(set(found)) == len(found) > 0, f"each revision of {branch} has a number of its own"
    return frozenset(found)


def _folder(branch: Branch) -> Path:
    return branch.versions if isinstance(branch, Annex) else _HERE / branch


def knows(branch: Branch, revision: object) -> bool:
    """Tell whether this program knows a revision."""
    return isinstance(revision, str) and revision in _known(branch)
