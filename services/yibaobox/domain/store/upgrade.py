"""Run Alembic's revisions on a database: loaded when there is something to migrate, which most starts do not find.

A whole run is one transaction on both databases, so a program killed in the middle leaves the old schema. On PostgreSQL
an advisory lock lets one of several starting processes migrate while the others wait; on SQLite the folder's owner is
alone.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from yibaobox.domain.store import migrate, schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from yibaobox.domain.store.migrate import Branch
    from yibaobox.domain.store.postgres import PostgresStore
    from yibaobox.domain.store.sqlite import SqliteStore

_METADATA: Final = {"world": schema.world, "registry": schema.registry}


def run(store: SqliteStore | PostgresStore, branch: Branch, revision: str, *, up: bool) -> None:
    """Take a database to a revision, or refuse it when it is newer than this program."""
    with store.core() as connection, _keys_aside(connection):
        _begin(connection)
        try:
            found = current(connection, branch)
            migrate.refuse_newer(found, branch)
            if found != migrate.wanted(branch, revision):
                (command.upgrade if up else command.downgrade)(config(branch, connection), revision)
                _look_at_keys(connection)
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
        finally:
            connection.rollback()


def current(connection: Connection, branch: Branch = "world") -> str | None:
    """Return the revision a database stands at, or nothing when it is empty."""
    return migrate.current(lambda sql: connection.exec_driver_sql(sql).first(), connection.dialect.name, branch)


def config(branch: Branch, connection: Connection | None = None) -> Config:
    """Return Alembic's configuration of a branch."""
    made = Config()
    made.set_main_option("script_location", str(migrate.HERE))
    made.set_main_option("version_locations", str(migrate.folder(branch)))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    made.attributes["metadata"] = branch.metadata() if isinstance(branch, migrate.Annex) else _METADATA[branch]
    made.attributes["version_table"] = migrate.version_table(branch)
    return made


@contextmanager
def _keys_aside(connection: Connection) -> Iterator[None]:
    """Let a table be made anew to which others refer: SQLite would take its removal for that of all its rows."""
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")
        connection.rollback()


def _look_at_keys(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        astray = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        assert astray is None, f"a revision left a row of {astray} that refers to none"


def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    connection.exec_driver_sql("BEGIN")
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": migrate.LOCK})
