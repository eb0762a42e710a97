"""Statements as libpq takes them: their texts in PostgreSQL's spelling, their values as bytes, what they give.

Values are texts, or the bytes of one, whole numbers, truth values and NULL; whatever else is psycopg's affair.
"""

from __future__ import annotations

import re
from functools import lru_cache
from operator import call
from typing import TYPE_CHECKING, Any, Final

from psycopg import pq

from yibaobox.domain.store.memory import STEADY, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from psycopg import abc

Kinds = tuple[type, ...]

TUPLES: Final = int(pq.ExecStatus.TUPLES_OK)
_VALUES: Final = re.compile(r"(.*\bVALUES )(\((?:[^()]|\([^()]*\))*\))", re.DOTALL | re.IGNORECASE)
_LOOKS: Final = re.compile(r"\s*SELECT\b(?!.*(?:\bFOR (?:UPDATE|SHARE)\b|\bpg_advisory))", re.DOTALL | re.IGNORECASE)
_STIRS: Final = re.compile(rf"\b(?:{'|'.join(sorted(STEADY))}|pg_advisory\w*)\b", re.IGNORECASE)
# By type of a value: the object id of PostgreSQL's type, and a function in C that writes it (0: what fits the place).
_FORMS: Final[dict[type, tuple[int, Callable[[Any], bytes | None]]]] = {
    str: (0, str.encode),
    bytes: (25, bytes.__bytes__),
    int: (20, b"%d".__mod__),
    bool: (16, {True: b"t", False: b"f"}.__getitem__),
    type(None): (0, {None: None}.__getitem__),
}


class Result:
    """What a statement gave."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: list[Row], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def fetchall(self) -> list[Row]:
        """Return all rows."""
        return self._rows

    def fetchone(self) -> Row | None:
        """Return the first row, or nothing."""
        return self._rows[0] if self._rows else None


class Prepared:
    """A statement on its connection, for values of certain types.

    It `looks` when it neither changes nor locks anything, and `stirs` when that may be a remembered table; what it
    `draws` nothing makes untrue.
    """

    __slots__ = ("_forms", "_loader", "_ready", "draws", "looks", "name", "stirs", "types")

    def __init__(self, name: bytes, loader: abc.Transformer, sql: str, kinds: Kinds) -> None:
        self.name = name
        self.types = [_FORMS[kind][0] for kind in kinds]
        self.looks = _LOOKS.match(sql) is not None
        self.stirs = not self.looks and _STIRS.search(sql) is not None
        self.draws = "nextval(" in sql
        self._forms = [_FORMS[kind][1] for kind in kinds]
        self._loader = loader
        self._ready = False

    def written(self, params: Sequence[object]) -> list[bytes | None] | None:
        """Return values as libpq takes them; nothing where a text holds a NUL, at which libpq would take it to end."""
        values: list[bytes | None] = list(map(call, self._forms, params))
        return None if b"\0" in b"".join(filter(None, values)) else values

    def result(self, given: pq.abc.PGresult) -> Result:
        """Read what libpq gave."""
        if given.status != TUPLES:
            return Result([], given.command_tuples or 0)
        loader = self._loader
        loader.set_pgresult(given, set_loaders=not self._ready)
        self._ready = True
        rows = loader.load_rows(0, given.ntuples, tuple)
        loader.set_pgresult(None, set_loaders=False)  # or it would be held until the statement is run again
        return Result(rows, len(rows))


def kinds_of(params: Sequence[object]) -> Kinds:
    """Return the types of values."""
    return tuple(map(type, params))


def is_ours(kinds: Kinds) -> bool:
    """Tell whether values of these types are written here."""
    return _FORMS.keys() >= set(kinds)


@lru_cache(maxsize=1024)
def numbered(sql: str) -> str:
    """Return a `?` statement in PostgreSQL's spelling."""
    first, *rest = sql.split("?")
    return first + "".join(f"${place}{part}" for place, part in enumerate(rest, 1))


@lru_cache(maxsize=1024)
def counted(sql: str) -> str:
    """Return an UPDATE or DELETE that divides by zero unless it touches as many rows as its last value says.

    So the count is judged before the COMMIT that travels with it.
    """
    return f"WITH touched AS ({sql} RETURNING 1) SELECT 1 / CAST(count(*) = ? AS integer) FROM touched"


@lru_cache(maxsize=1024)
def percent(sql: str) -> str:
    """Return a `?` statement in psycopg's spelling."""
    return sql.replace("%", "%%").replace("?", "%s")


@lru_cache(maxsize=1024)
def takes_rows(sql: str) -> bool:
    """Tell whether a statement is an INSERT of one row, which may as well take several."""
    return _VALUES.fullmatch(sql) is not None


@lru_cache(maxsize=1024)
def repeated(sql: str, times: int) -> str:
    """Return the INSERT of one row as one of several."""
    match = _VALUES.fullmatch(sql)
    assert match is not None, "asked before"
    return match[1] + ", ".join([match[2]] * times)
