"""Copies of templates in reserve: a new world on PostgreSQL is then a schema that gets another name.

Building a schema takes half a second, renaming one some milliseconds. A template that is asked for a second time gets
spares, made beside by a thread; any process may take them, and one that is half made is seen by nobody.
"""

from __future__ import annotations

import secrets
import threading
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

from yibaobox.domain.store import clone
from yibaobox.domain.store.postgres import PostgresStore, quoted
from yibaobox.domain.store.tx import Conflict, PlaceGone

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from yibaobox.domain.store.tx import Tx

SPARES: Final = 2  # of each template
_FROM: Final = 2  # how often a template is asked for before it gets any
_CLOSING_S: Final = 3
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('yibaobox spares'))"


class Spares:
    """The reserve of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._guard = threading.Lock()
        self._asked: dict[str, int] = {}
        self._closing = threading.Event()
        self._filler: threading.Thread | None = None

    def take(self, source: str, target: str) -> bool:
        """Give a spare of a template the name of a new place; tell whether there was one. See that there will be."""
        taken = self._renamed(source, target)
        with self._guard:
            self._asked[source] = self._asked.get(source, 0) + 1
            wanted = self._asked[source] >= _FROM and not self._closing.is_set()
            if wanted and (self._filler is None or not self._filler.is_alive()):
                self._filler = threading.Thread(target=self._fill, args=(source,), name="spares", daemon=True)
                self._filler.start()
        return taken

    def drop(self, source: str) -> None:
        """Remove the spares of a template that makes room for others."""
        with PostgresStore(self._engine, source).sole() as tx:
            tx.one(_LOCK)
            for spare in _ready(tx, source):
                tx.script(f"DROP SCHEMA {quoted(spare)} CASCADE")
        with self._guard:
            self._asked.pop(source, None)

    def close(self) -> None:
        """Make no more of them; what is ready stays for whoever comes next."""
        self._closing.set()
        with self._guard:
            filler = self._filler
        if filler is not None:
            filler.join(_CLOSING_S)

    def _renamed(self, source: str, target: str) -> bool:
        with PostgresStore(self._engine, target).sole() as tx:
            tx.one(_LOCK)
            ready = _ready(tx, source)
            if ready:
                tx.script(f"ALTER SCHEMA {quoted(ready[0])} RENAME TO {quoted(target)}")
            return bool(ready)

    def _fill(self, source: str) -> None:
        try:
            while not self._closing.is_set() and self._lacks(source):
                spare = f"{_prefix(source)}{secrets.token_hex(4)}"
                with PostgresStore(self._engine, spare).sole() as tx:
                    clone.build(tx, source, spare)
        except (Conflict, PlaceGone, SQLAlchemyError, OSError):
            return  # the reserve is a convenience: who finds none builds a schema

    def _lacks(self, source: str) -> bool:
        with PostgresStore(self._engine, source).read() as tx:
            return len(_ready(tx, source)) < SPARES


def _ready(tx: Tx, source: str) -> list[str]:
    sql = "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, ?) ORDER BY nspname"
    return [row[0] for row in tx.query(sql, _prefix(source))]


def _prefix(source: str) -> str:
    return f"p_{source.removeprefix('t_')}_"
