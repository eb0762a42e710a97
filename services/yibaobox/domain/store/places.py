"""Where worlds live: in memory, in a folder of SQLite files, or in the schemas of a PostgreSQL database.

A *place* is a name such as `w_default`, `t_3f2a…` (a template) or `s_…` (a snapshot). Places are made whole before
anybody can find them: a copy is written beside and renamed, a schema is filled in one transaction.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Engine, make_url, text

from yibaobox.domain.store import migrate, schema
from yibaobox.domain.store.postgres import PostgresStore, connect, quoted
from yibaobox.domain.store.sqlite import Ownership, SqliteStore

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from yibaobox.domain.store.tx import Tx

_REGISTRY = "yibaobox"


class Store(Protocol):
    """Transactions on one place."""

    def write(self) -> AbstractContextManager[Tx]:
        """Open one writing transaction."""

    def read(self) -> AbstractContextManager[Tx]:
        """Open one reading transaction."""


class Places(Protocol):
    """The places of one installation."""

    durability: str

    def registry(self) -> Store:
        """Return the registry, at the newest schema."""

    def open(self, place: str) -> Store:
        """Return a place that exists, brought to the newest schema."""

    def create(self, place: str, revision: str = "head") -> Store:
        """Make an empty place at a revision, in the room of whatever a crash left there."""

    def copy(self, source: str, target: str) -> None:
        """Make a place equal to another, or overwrite it, all or nothing."""

    def rename(self, source: str, target: str) -> None:
        """Give a place another name, in the room of what stood there."""

    def drop(self, place: str) -> None:
        """Remove a place, if it is there."""

    def close(self) -> None:
        """Let everything go."""


class MemoryPlaces:
    """Places of one process that leave nothing behind."""

    durability = "none"

    def __init__(self) -> None:
        self._stores: dict[str, SqliteStore] = {}
        self._registry = SqliteStore(None)
        migrate.upgrade(self._registry, "registry")

    def registry(self) -> Store:
        """Return the registry."""
        return self._registry

    def open(self, place: str) -> Store:
        """Return a place."""
        return self._stores[place]

    def create(self, place: str, revision: str = "head") -> Store:
        """Make an empty place."""
        self.drop(place)
        store = SqliteStore(None)
        migrate.upgrade(store, "world", revision)
        self._stores[place] = store
        return store

    def copy(self, source: str, target: str) -> None:
        """Copy the pages of one database over another's."""
        if target not in self._stores:
            self._stores[target] = SqliteStore(None)
        with self._stores[source].alone() as pages, self._stores[target].alone() as copy:
            pages.backup(copy)

    def rename(self, source: str, target: str) -> None:
        """Move a database to another name."""
        self.drop(target)
        self._stores[target] = self._stores.pop(source)
        migrate.upgrade(self._stores[target], "world")

    def drop(self, place: str) -> None:
        """Forget a database."""
        store = self._stores.pop(place, None)
        if store is not None:
            store.close()

    def close(self) -> None:
        """Forget everything."""
        for place in list(self._stores):
            self.drop(place)
        self._registry.close()


class FolderPlaces:
    """Places as SQLite files of a folder that one process serves."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self._ownership = Ownership(folder)
        self._folder = folder
        self._durable = durable
        self._guard = threading.RLock()
        self._stores: dict[str, SqliteStore] = {}
        self.durability = "power-loss" if durable else "process-kill"
        for leftover in folder.glob("*.part*"):
            leftover.unlink()
        self._registry = SqliteStore(self._path(_REGISTRY), durable=True)
        migrate.upgrade(self._registry, "registry")

    def registry(self) -> Store:
        """Return the registry."""
        return self._registry

    def open(self, place: str) -> Store:
        """Return a place; its file is opened once and kept."""
        with self._guard:
            if place not in self._stores:
                assert self._path(place).exists(), f"{place} is in the folder"
                store = SqliteStore(self._path(place), durable=self._durable)
                migrate.upgrade(store, "world")
                self._stores[place] = store
            return self._stores[place]

    def create(self, place: str, revision: str = "head") -> Store:
        """Make an empty file."""
        with self._guard:
            self.drop(place)
            store = SqliteStore(self._path(place), durable=self._durable)
            migrate.upgrade(store, "world", revision)
            self._stores[place] = store
            return store

    def copy(self, source: str, target: str) -> None:
        """Write the copy beside and rename it, or overwrite an open place in one transaction of SQLite's backup."""
        with self._guard:
            if source not in self._stores:
                self._stores[source] = SqliteStore(self._path(source), durable=self._durable)
            with self._stores[source].alone() as pages:
                if target in self._stores:
                    with self._stores[target].alone() as copy:
                        pages.backup(copy)
                    return
                self._copy_to_file(pages, self._path(target))

    def rename(self, source: str, target: str) -> None:
        """Replace one file by another, atomically."""
        with self._guard:
            self._shut(source)
            self._shut(target)
            self._settle(self._path(source))
            self._remove_sides(target)
            self._path(source).replace(self._path(target))
            self._sync_folder()

    def drop(self, place: str) -> None:
        """Remove a file."""
        with self._guard:
            self._shut(place)
            self._path(place).unlink(missing_ok=True)
            self._remove_sides(place)

    def close(self) -> None:
        """Close every file and leave the folder to others."""
        with self._guard:
            for place in list(self._stores):
                self._shut(place)
            self._registry.close()
            self._ownership.release()

    def _path(self, place: str) -> Path:
        return self._folder / f"{place}.db"

    def _shut(self, place: str) -> None:
        store = self._stores.pop(place, None)
        if store is not None:
            store.close()

    def _remove_sides(self, place: str) -> None:
        for end in ("-wal", "-shm", "-journal"):
            (self._folder / f"{place}.db{end}").unlink(missing_ok=True)

    def _copy_to_file(self, pages: sqlite3.Connection, path: Path) -> None:
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        copy = sqlite3.connect(part)
        try:
            pages.backup(copy)
        finally:
            copy.close()
        self._settle(part)
        part.replace(path)
        self._sync_folder()

    @staticmethod
    def _settle(path: Path) -> None:
        with path.open("rb") as file:
            os.fsync(file.fileno())

    def _sync_folder(self) -> None:
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class SchemaPlaces:
    """Places as schemas of one PostgreSQL database, shared by any number of processes."""

    def __init__(self, url: str, *, size: int = 8) -> None:
        self._engine: Engine = connect(url, size=size)
        self.durability = self._durability()
        self._registry = PostgresStore(self._engine, _REGISTRY)
        self._make_schema(_REGISTRY)
        migrate.upgrade(self._registry, "registry")

    def registry(self) -> Store:
        """Return the registry."""
        return self._registry

    def open(self, place: str) -> Store:
        """Return a place at the newest schema."""
        store = PostgresStore(self._engine, place)
        migrate.upgrade(store, "world")
        return store

    def create(self, place: str, revision: str = "head") -> Store:
        """Make an empty schema."""
        self.drop(place)
        self._make_schema(place)
        store = PostgresStore(self._engine, place)
        migrate.upgrade(store, "world", revision)
        return store

    def copy(self, source: str, target: str) -> None:
        """Copy every table in one transaction, guards aside; the target is made when it is not there."""
        if not self._exists(target):
            self.create(target)
        with PostgresStore(self._engine, target).write() as tx:
            copy_tables(tx, source)

    def rename(self, source: str, target: str) -> None:
        """Put a schema in the room of another in one transaction."""
        with self._engine.connect().execution_options(isolation_level="READ COMMITTED") as connection:
            connection.execute(text(f"DROP SCHEMA IF EXISTS {quoted(target)} CASCADE"))
            connection.execute(text(f"ALTER SCHEMA {quoted(source)} RENAME TO {quoted(target)}"))
            connection.commit()
        migrate.upgrade(PostgresStore(self._engine, target), "world")

    def drop(self, place: str) -> None:
        """Drop a schema."""
        self._do(f"DROP SCHEMA IF EXISTS {quoted(place)} CASCADE")

    def close(self) -> None:
        """Close the pool."""
        self._engine.dispose()

    def _make_schema(self, place: str) -> None:
        # Two processes that start together may both find it missing; the lock lets one make it.
        self._do(
            f"BEGIN; SELECT pg_advisory_xact_lock({migrate.LOCK}); CREATE SCHEMA IF NOT EXISTS {quoted(place)}; COMMIT",
        )

    def _exists(self, place: str) -> bool:
        with self._engine.connect() as connection:
            found = connection.execute(text("SELECT 1 FROM pg_namespace WHERE nspname = :name"), {"name": place})
            return found.first() is not None

    def _durability(self) -> str:
        with self._engine.connect() as connection:
            safe = all(
                connection.execute(text(f"SHOW {name}")).scalar_one() != "off"
                for name in ("fsync", "synchronous_commit", "full_page_writes")
            )
        return "power-loss" if safe else "none"

    def _do(self, sql: str) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(sql)


def copy_tables(tx: Tx, source: str) -> None:
    """Overwrite the schema of a PostgreSQL transaction with another's rows and counters.

    This is the one path that removes entries: it sets the guards aside for its own transaction and nobody sees it
    half done.
    """
    names = [table.name for table in schema.world.sorted_tables]
    for name in names:
        tx.run(f"ALTER TABLE {name} DISABLE TRIGGER USER")
    tx.run(f"TRUNCATE {', '.join(names)}")
    for table in schema.world.sorted_tables:
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        tx.run(f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {quoted(source)}.{table.name}")
    for name in schema.SEQUENCES:
        tx.run(f"SELECT setval('seq_{name}', last_value, is_called) FROM {quoted(source)}.seq_{name}")
    tx.run("SET CONSTRAINTS ALL IMMEDIATE")
    for name in names:
        tx.run(f"ALTER TABLE {name} ENABLE TRIGGER USER")


def open_places(url: str, *, durable: bool = False) -> Places:
    """Open the places that a URL names: memory://, sqlite:///<folder> or postgresql+psycopg://…."""
    if url == "memory://":
        return MemoryPlaces()
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        assert parsed.database, "sqlite:///<folder> names a folder"
        return FolderPlaces(Path(parsed.database).expanduser(), durable=durable)
    if parsed.get_backend_name() == "postgresql":
        return SchemaPlaces(str(parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)))
    raise ValueError(f"--db understands memory://, sqlite:///FOLDER and postgresql+psycopg://…, not {url!r}")
