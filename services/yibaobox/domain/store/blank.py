"""Empty databases at the newest revision, for SQLite: what the revisions made once is copied ever after.

A server has them made by a process of their own: SQLAlchemy, Alembic and the definitions of all tables are a third of
what the server needs, are wanted once, and go with that process.
"""

from __future__ import annotations

import os
import pickle
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from yibaobox.domain.store import migrate
from yibaobox.domain.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from yibaobox.domain.store.migrate import Branch

Kind = tuple["Branch", ...]  # what a database holds: the registry, or a world with its annexes

_PAGES: Final[dict[tuple[object, ...], bytes]] = {}  # of each kind, by the heads that it stands at


def prepare(*kinds: Kind) -> None:
    """Have kinds made that are not yet, by one process beside this; ChildProcessError when it failed and said why."""
    missing = [kind for kind in kinds if _stand(kind) not in _PAGES]
    if missing and _is_python():
        _PAGES.update(zip(map(_stand, missing), _made_apart(missing), strict=True))


def fill(store: SqliteStore, kind: Kind) -> None:
    """Overwrite a database with an empty one of a kind."""
    stand = _stand(kind)
    if stand not in _PAGES:
        _PAGES[stand] = make(kind)
    image = sqlite3.connect(":memory:")
    try:
        image.deserialize(_PAGES[stand])
        with store.alone() as pages:
            image.backup(pages)
    finally:
        image.close()


def make(kind: Kind) -> bytes:
    """Run the revisions of a kind on an empty database and return it."""
    store = SqliteStore(None)
    try:
        for branch in kind:
            migrate.upgrade(store, branch)
        with store.alone() as pages:
            return pages.serialize()
    finally:
        store.close()


def _stand(kind: Kind) -> tuple[object, ...]:
    return tuple((branch, migrate.head(branch)) for branch in kind)


def _is_python() -> bool:
    """Tell whether our interpreter can be started once more: it may be part of another program."""
    return Path(sys.executable or "").name.startswith("python")


def _made_apart(kinds: list[Kind]) -> list[bytes]:
    done = subprocess.run(
        [sys.executable, "-m", "yibaobox.domain.store.apart"],
        input=pickle.dumps(kinds),
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        check=False,
    )
    if done.returncode:
        raise ChildProcessError(f"the process that makes new databases ended with {done.returncode}")
    made: list[bytes] = pickle.loads(done.stdout)  # noqa: S301 - our own process wrote it
    return made
