"""Bring a database to the schema of this program, once, or refuse it when it is newer.

A whole run of migrations is one transaction on both databases, so a program killed in the middle leaves the old
schema. On PostgreSQL an advisory lock lets one of several starting processes migrate while the others wait; on SQLite
the folder's owner is alone.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from yibaobox.domain.store import schema

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from yibaobox.domain.store.postgres import PostgresStore
    from yibaobox.domain.store.sqlite import SqliteStore

Branch = Literal["world", "registry"]

_HERE: Final = Path(__file__).parent / "migrations"
LOCK: Final = 0x79696261  # "yiba": one advisory lock for every schema of a database
_METADATA: Final = {"world": schema.world, "registry": schema.registry}


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


def downgrade(store: SqliteStore | PostgresStore, branch: Branch, revision: str) -> None:
    """Take the store back to an older revision."""
    _run(store, branch, revision, up=False)


def current(connection: Connection) -> str | None:
    """Return the revision a database stands at, or nothing when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


@cache
def head(branch: Branch) -> str:
    """Return the newest revision this program knows."""
    newest = ScriptDirectory.from_config(config(branch)).get_current_head()
    assert newest is not None, "a branch has one head"
    return newest


def config(branch: Branch, connection: Connection | None = None) -> Config:
    """Return Alembic's configuration of a branch."""
    made = Config()
    made.set_main_option("script_location", str(_HERE))
    made.set_main_option("version_locations", str(_HERE / branch))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    made.attributes["metadata"] = _METADATA[branch]
    return made


def _run(store: SqliteStore | PostgresStore, branch: Branch, revision: str, *, up: bool) -> None:
    with store.core() as connection:
        found = current(connection)
        connection.rollback()
        if up and found == (head(branch) if revision == "head" else revision):
            return
        _begin(connection)
        try:
            found = current(connection)
            _refuse_newer(found, branch)
            if found != (head(branch) if revision == "head" else revision):
                settings = config(branch, connection)
                (command.upgrade if up else command.downgrade)(settings, revision)
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
        finally:
            connection.rollback()


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
    return frozenset(script.revision for script in ScriptDirectory.from_config(config(branch)).walk_revisions())


def knows(branch: Branch, revision: object) -> bool:
    """Tell whether this program knows a revision."""
    return isinstance(revision, str) and revision in _known(branch)
