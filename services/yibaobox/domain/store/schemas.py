"""Worlds in the schemas of a PostgreSQL database, shared by any number of processes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from yibaobox.domain.store import clone, migrate, schema
from yibaobox.domain.store.places import REGISTRY, TEMPLATE
from yibaobox.domain.store.postgres import PostgresStore, connect, dispose, quoted
from yibaobox.domain.store.spares import Spares
from yibaobox.domain.store.tx import PlaceGone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Table

    from yibaobox.domain.store.migrate import Annex
    from yibaobox.domain.store.places import Store

_TRIES: Final = 5


class SchemaPlaces:
    """Places as schemas of one PostgreSQL database, shared by any number of processes."""

    templates_max = 16  # a schema each, one more every day that worlds are made on

    def __init__(self, url: str, *, size: int = 8, annexes: Sequence[Annex] = ()) -> None:
        self._annexes = annexes
        self._engine: Engine = connect(url, size=size)
        self.durability = self._durability()
        self._spares = Spares(self._engine)
        # The registry keeps a transaction open while worlds are made: were its connections the worlds' as well, enough
        # users at once would hold them all and each wait for one more.
        self._registry_engine = connect(url, size=size)
        self._registry = PostgresStore(self._registry_engine, REGISTRY)
        self._make_schema(REGISTRY)
        migrate.upgrade(self._registry, "registry")

    def registry(self) -> Store:
        """Return the registry."""
        return self._registry

    def has(self, place: str) -> bool:
        """Tell whether a place is there."""
        with self._engine.connect() as connection:
            found = connection.execute(text("SELECT 1 FROM pg_namespace WHERE nspname = :name"), {"name": place})
            return found.first() is not None

    def open(self, place: str) -> Store:
        """Return a place at the newest schema."""
        if not self.has(place):
            raise PlaceGone(place)
        store = PostgresStore(self._engine, place)
        migrate.upgrade_world(store, self._annexes)
        return store

    def create(self, place: str, revision: str = "head", annexed: Mapping[str, str] | None = None) -> Store:
        """Make an empty schema."""
        self.drop(place)
        self._make_schema(place)
        store = PostgresStore(self._engine, place)
        migrate.upgrade_world(store, self._annexes, revision, annexed)
        return store

    def copy(self, source: str, target: str) -> None:
        """Make a place equal to another in one transaction, or overwrite it when it is there."""
        made, template = self.has(target), source.startswith(TEMPLATE)
        if template and not self.has(source):
            raise PlaceGone(source)
        if not made and template and self._spares.take(source, target):
            return
        if not template:
            self.open(source)  # a snapshot may be older than this program
        with PostgresStore(self._engine, target).sole() as tx:
            if not made:
                clone.build(tx, source, target)
            else:
                clone.overwrite(tx, source, _compared(schema.tables(self._annexes)))

    def rename(self, source: str, target: str) -> None:
        """Put a schema in the room of another in one transaction."""
        self._do(
            f"BEGIN; DROP SCHEMA IF EXISTS {quoted(target)} CASCADE; "
            f"ALTER SCHEMA {quoted(source)} RENAME TO {quoted(target)}; COMMIT",
        )
        migrate.upgrade_world(PostgresStore(self._engine, target), self._annexes)

    def drop(self, place: str) -> None:
        """Drop a schema, a template's spares with it."""
        if place.startswith(TEMPLATE):
            self._spares.drop(place)
        self._do(f"DROP SCHEMA IF EXISTS {quoted(place)} CASCADE")

    def close(self) -> None:
        """Close the pools."""
        self._spares.close()
        dispose(self._engine)
        dispose(self._registry_engine)

    def _make_schema(self, place: str) -> None:
        # Two processes that start together may both find it missing; the lock lets one make it.
        self._do(
            f"BEGIN; SELECT pg_advisory_xact_lock({migrate.LOCK}); CREATE SCHEMA IF NOT EXISTS {quoted(place)}; COMMIT",
        )

    def _durability(self) -> str:
        with self._engine.connect() as connection:
            safe = all(
                connection.execute(text(f"SHOW {name}")).scalar_one() != "off"
                for name in ("fsync", "synchronous_commit", "full_page_writes")
            )
        return "power-loss" if safe else "none"

    def _do(self, sql: str) -> None:
        """Run a change of schemas, again when it met a reader halfway: the two lock tables in different orders."""
        for attempt in range(_TRIES):
            try:
                with self._engine.connect() as connection:
                    connection.exec_driver_sql(sql)
                return
            except OperationalError as error:
                if type(error.orig).__name__ != "DeadlockDetected" or attempt == _TRIES - 1:
                    raise


def _compared(tables: Sequence[Table]) -> dict[str, list[str]]:
    """Return the keys by which rows of each table are compared, none where a row cannot be replaced by itself.

    A row that changed is removed and written again. Where another table refers to it and PostgreSQL looks at once,
    that must not happen while the other's rows stay.
    """
    tied = [each for table in tables for each in table.foreign_key_constraints if not each.deferrable]
    whole = {end for each in tied for end in (each.table.name, each.referred_table.name)}
    return {
        table.name: [] if table.name in whole else [column.name for column in table.primary_key] for table in tables
    }
