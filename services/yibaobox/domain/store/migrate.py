"""Bring a database to the schema of this program, once, or refuse it when it is newer.

Most starts find the newest schema. So what looks is small, and what migrates (`upgrade`: Alembic, SQLAlchemy, the
definitions of all tables) is loaded when there is something to do. A revision is the first word of its file's name.

A world's database may also hold an *annex*: tables of an outside party, with revisions and a version of their own, of
which this package knows nothing but where they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from sqlalchemy import MetaData

    from yibaobox.domain.store.postgres import PostgresStore
    from yibaobox.domain.store.sqlite import SqliteStore


@dataclass(frozen=True, slots=True)
class Annex:
    """Tables that somebody else keeps in each world: what tells them, and the folder of their Alembic revisions."""

    name: str
    metadata: Callable[[], MetaData]
    versions: Path


Branch = Literal["world", "registry"] | Annex
First = Callable[[str], Sequence[Any] | None]

HERE: Final = Path(__file__).parent / "migrations"
LOCK: Final = 0x79696261  # "yiba": one advisory lock for every schema of a database
_BASE: Final = "base"
_THERE: Final = {
    "sqlite": "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '{}'",
    # Not to_regclass: after the wait for the lock it may still say what its session knew before.
    "postgresql": "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = '{}'",
}


class DatabaseNewer(Exception):
    """The database was written by a newer program; nothing was touched."""

    def __init__(self, found: str, known: str) -> None:
        super().__init__(
            f"the database has schema {found}, this program knows up to {known}: "
            "start the newer program, or export there and import here",
        )


def upgrade(store: SqliteStore | PostgresStore, branch: Branch, revision: str = "head") -> None:
    """Bring the store to a revision; several processes may call it at once."""
    with store.read() as tx:
        found = current(tx.one, tx.dialect, branch)
    if found != wanted(branch, revision):
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
        named = "head" if annexed is None else annexed.get(annex.name, _BASE)
        if named != _BASE:
            upgrade(store, annex, named)


def downgrade(store: SqliteStore | PostgresStore, branch: Branch, revision: str) -> None:
    """Take the store back to an older revision."""
    _run(store, branch, revision, up=False)


def current(first: First, dialect: str, branch: Branch = "world") -> str | None:
    """Return the revision a database stands at, or nothing when it is empty; `first` gives the first row of a query."""
    table = version_table(branch)
    row = first(f"SELECT version_num FROM {table}") if first(_THERE[dialect].format(table)) else None
    return None if row is None else str(row[0])


def version_table(branch: Branch) -> str:
    """Return the table in which Alembic keeps the revision of a branch."""
    return f"alembic_version_{branch.name}" if isinstance(branch, Annex) else "alembic_version"


def heads(annexes: Iterable[Annex]) -> dict[str, str]:
    """Return the newest revision of each annex by name."""
    return {annex.name: head(annex) for annex in annexes}


@cache
def head(branch: Branch) -> str:
    """Return the newest revision this program knows."""
    return max(_known(branch))


def wanted(branch: Branch, revision: str) -> str:
    """Return the number of the revision that is asked for."""
    return head(branch) if revision == "head" else revision


def knows(branch: Branch, revision: object) -> bool:
    """Tell whether this program knows a revision."""
    return isinstance(revision, str) and revision in _known(branch)


def refuse_newer(found: str | None, branch: Branch) -> None:
    """Raise DatabaseNewer for a revision that this program does not know."""
    if found is not None and not knows(branch, found):
        raise DatabaseNewer(found, head(branch))


def folder(branch: Branch) -> Path:
    """Return where the revisions of a branch stand."""
    return branch.versions if isinstance(branch, Annex) else HERE / branch


def _run(store: SqliteStore | PostgresStore, branch: Branch, revision: str, *, up: bool) -> None:
    from yibaobox.domain.store import upgrade as running  # noqa: PLC0415 - see above

    running.run(store, branch, revision, up=up)


@cache
def _known(branch: Branch) -> frozenset[str]:
    found = [path.name.partition("_")[0] for path in folder(branch).glob("*_*.py") if path.name[0] != "_"]
    assert len(set(found)) == len(found) > 0, f"each revision of {branch} has a number of its own"
    return frozenset(found)
