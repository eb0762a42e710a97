"""Where worlds live: in memory, in a folder of SQLite files, or in the schemas of a PostgreSQL database.

A *place* is a name such as `w_default`, `t_3f2a…` (a template) or `s_…` (a snapshot). Places are made whole before
anybody can find them: a copy is written beside and renamed, a schema is filled in one transaction.
"""

from __future__ import annotations

import re
import sqlite3
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from yibaobox.domain.store import blank, migrate
from yibaobox.domain.store.disk import sync
from yibaobox.domain.store.ownership import Ownership
from yibaobox.domain.store.sqlite import SqliteStore
from yibaobox.domain.store.tx import Conflict, PlaceGone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from yibaobox.domain.store.migrate import Annex
    from yibaobox.domain.store.tx import Tx

REGISTRY: Final = "yibaobox"
WORLD: Final = "w_"  # how the names of places begin that a world is served from
TEMPLATE: Final = "t_"  # how the names of places begin that are never written again


class Store(Protocol):
    """Transactions on one place; `errors` is what its driver raises, `own` that no other process can write it.

    What waits for it in a flow `gives_way` to others of its thread.
    """

    errors: ClassVar[tuple[type[Exception], ...]]
    own: ClassVar[bool]
    gives_way: ClassVar[bool]

    def write(self) -> AbstractContextManager[Tx]:
        """Open one writing transaction."""

    def read(self) -> AbstractContextManager[Tx]:
        """Open one reading transaction."""

    def glance(self, sql: str, *params: object) -> list[tuple[Any, ...]]:
        """Return all rows of one SELECT on remembered tables (`memory.REMEMBERED`), as they stand now."""

    def believing(self) -> AbstractContextManager[None]:
        """Let glances of this thread be checked by its next transaction; what turns out otherwise ends in Outdated."""

    def rest(self) -> bool:
        """Do what waits until nobody writes, when nothing was since this was last asked; tell whether there was any."""

    def copy_back(self) -> bool:
        """Do what would soon be in the way of somebody's commit, waiting for nobody; tell whether there was any."""

    @property
    def pending(self) -> bool:
        """Tell whether something was written that waits for the last release."""

    def claim(self) -> bool:
        """Reserve the place for this thread until `release`, when nobody has to be waited for; tell whether it is.

        What is written until then is committed together, by the release of the last claim.
        """

    def release(self) -> bool:
        """Let others have the place again, with the last claim; tell whether what was written meanwhile is kept."""


class Places(Protocol):
    """The places of one installation."""

    durability: str
    templates_max: int  # how many templates to keep, at least two

    def registry(self) -> Store:
        """Return the registry, at the newest schema."""

    def has(self, place: str) -> bool:
        """Tell whether a place is there."""

    def open(self, place: str) -> Store:
        """Return a place brought to the newest schema; raise PlaceGone when it is not there."""

    def create(self, place: str, revision: str = "head", annexed: Mapping[str, str] | None = None) -> Store:
        """Make an empty place at a revision, in the room of whatever a crash left there."""

    def copy(self, source: str, target: str) -> None:
        """Make a place equal to another, or overwrite it, all or nothing; PlaceGone when the other is not there."""

    def rename(self, source: str, target: str) -> None:
        """Give a place another name, in the room of what stood there."""

    def drop(self, place: str) -> None:
        """Remove a place, if it is there."""

    def close(self) -> None:
        """Let everything go."""


class MemoryPlaces:
    """Places of one process that leave nothing behind."""

    durability = "none"
    templates_max = 32  # a test run may want each of its worlds otherwise

    def __init__(self, annexes: Sequence[Annex] = ()) -> None:
        self._annexes = annexes
        self._stores: dict[str, SqliteStore] = {}
        self._registry = SqliteStore(None)
        migrate.upgrade(self._registry, "registry")

    def registry(self) -> Store:
        """Return the registry."""
        return self._registry

    def has(self, place: str) -> bool:
        """Tell whether a place is there."""
        return place in self._stores

    def open(self, place: str) -> Store:
        """Return a place."""
        if place not in self._stores:
            raise PlaceGone(place)
        return self._stores[place]

    def create(self, place: str, revision: str = "head", annexed: Mapping[str, str] | None = None) -> Store:
        """Make an empty place."""
        self.drop(place)
        store = SqliteStore(None)
        _make_tables(store, self._annexes, revision, annexed)
        self._stores[place] = store
        return store

    def copy(self, source: str, target: str) -> None:
        """Copy the pages of one database over another's."""
        if source not in self._stores:
            raise PlaceGone(source)
        if target not in self._stores:
            self._stores[target] = SqliteStore(None)
        with self._stores[source].alone() as pages, self._stores[target].alone() as copy:
            pages.backup(copy)

    def rename(self, source: str, target: str) -> None:
        """Move a database to another name."""
        self.drop(target)
        self._stores[target] = self._stores.pop(source)
        migrate.upgrade_world(self._stores[target], self._annexes)

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

    templates_max = 16  # a file each, one more every day that worlds are made on

    def __init__(self, folder: Path, *, durable: bool = False, annexes: Sequence[Annex] = ()) -> None:
        self._ownership = Ownership(folder)
        self._folder = folder
        self._durable = durable
        self._annexes = annexes
        self._guard = threading.RLock()
        self._stores: dict[str, SqliteStore] = {}
        self.durability = "power-loss" if durable else "process-kill"
        for leftover in folder.glob("*.part*"):
            leftover.unlink()
        self._registry = SqliteStore(self._path(REGISTRY), durable=True)
        try:
            if self._ownership.cut_off:
                # All others are brought to the disk when they are made.
                for path in sorted(folder.glob(f"{WORLD}*.db")):
                    SqliteStore.check(path)
                self._ownership.looked_through()
            if _is_empty(self._registry):
                blank.prepare(("registry",), ("world", *annexes))
                blank.fill(self._registry, ("registry",))
            migrate.upgrade(self._registry, "registry")
        except BaseException:
            self.close()
            raise

    def registry(self) -> Store:
        """Return the registry."""
        return self._registry

    def has(self, place: str) -> bool:
        """Tell whether a place is there."""
        return self._path(place).exists()

    def open(self, place: str) -> Store:
        """Return a place; its file is opened once and kept."""
        with self._guard:
            if place not in self._stores:
                if not self.has(place):
                    raise PlaceGone(place)
                self._stores[place] = store = self._opened(place)
                try:
                    migrate.upgrade_world(store, self._annexes)
                except BaseException:
                    self._shut(place)
                    raise
            return self._stores[place]

    def create(self, place: str, revision: str = "head", annexed: Mapping[str, str] | None = None) -> Store:
        """Make an empty file."""
        with self._guard:
            self.drop(place)
            if annexed is None:
                blank.prepare(("world", *self._annexes))
            store = self._opened(place)
            _make_tables(store, self._annexes, revision, annexed)
            self._stores[place] = store
            return store

    def copy(self, source: str, target: str) -> None:
        """Write the copy beside and rename it, or overwrite an open place in one transaction of SQLite's backup."""
        with self._guard:
            if not self.has(source):
                raise PlaceGone(source)
            if source not in self._stores:
                self._stores[source] = self._opened(source)
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
            if self._path(target).exists():
                self.open(target)  # what its log still holds goes into the file before the log is removed
            self._shut(target)
            sync(self._path(source))
            self._remove_sides(target)
            self._path(source).replace(self._path(target))
            sync(self._folder)

    def drop(self, place: str) -> None:
        """Remove a file."""
        with self._guard:
            self._shut(place)
            self._path(place).unlink(missing_ok=True)
            self._remove_sides(place)

    def close(self) -> None:
        """Close every file and leave the folder to others."""
        with self._guard:
            settled = True
            for place, store in list(self._stores.items()):
                try:
                    store.settle()
                except (sqlite3.Error, OSError):
                    settled = False
                self._shut(place)
            self._registry.close()
            self._ownership.release(settled=settled)

    def _opened(self, place: str) -> SqliteStore:
        """Open a file. A template is on the disk before the registry, which is durable, says that it is there."""
        return SqliteStore(self._path(place), durable=self._durable or place.startswith(TEMPLATE))

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
        sync(part)
        part.replace(path)
        sync(self._folder)


def _make_tables(
    store: SqliteStore, annexes: Sequence[Annex], revision: str, annexed: Mapping[str, str] | None
) -> None:
    """Fill an empty database: by the migrations, or with what they made of another one."""
    if revision != "head" or annexed is not None:
        migrate.upgrade_world(store, annexes, revision, annexed)
    else:
        blank.fill(store, ("world", *annexes))


def _is_empty(store: SqliteStore) -> bool:
    with store.read() as tx:
        return tx.one("SELECT 1 FROM sqlite_master") is None


def failures() -> tuple[type[Exception], ...]:
    """Return what databases raise, for an `except`: it asks for them when something was raised, and only then."""
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - a start without a failure needs none of it

    return (SQLAlchemyError, sqlite3.Error, Conflict)


def open_places(url: str, *, durable: bool = False, annexes: Sequence[Annex] = ()) -> Places:
    """Open the places that a URL names: memory://, sqlite:///<folder> or postgresql+psycopg://…."""
    if url == "memory://":
        return MemoryPlaces(annexes)
    folder = re.fullmatch(r"sqlite:///(.+)", url)
    if folder is not None:
        return FolderPlaces(Path(folder[1]).expanduser(), durable=durable, annexes=annexes)
    if re.match(r"postgres(?:ql)?(?:\+psycopg)?://", url):
        # The driver is an extra of the distribution: whoever stays with SQLite does without.
        from yibaobox.domain.store.schemas import SchemaPlaces  # noqa: PLC0415

        return SchemaPlaces("postgresql+psycopg://" + url.partition("://")[2], annexes=annexes)
    # Of an address only the scheme is repeated: the rest may hold a password.
    raise ValueError(f"--db understands memory://, sqlite:///FOLDER and postgresql://…, not {url.partition(':')[0]!r}")
