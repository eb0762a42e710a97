"""Tables made anew, for SQLite, which changes no constraint of a table that is there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from alembic import op

Changes = Mapping[str, Sequence[tuple[str, str]]]  # of each table: words before, and after


def change(changes: Changes, *more: Callable[[str], str]) -> None:
    """Make tables by changed words, all of them in some more ways."""
    for table, pairs in changes.items():
        remake(table, *(replaced(*pair) for pair in pairs), *more)


def restore(changes: Changes, *more: Callable[[str], str]) -> None:
    """Take back what `change` did."""
    change({table: [(after, before) for before, after in pairs] for table, pairs in changes.items()}, *more)


def remake(table: str, *changes: Callable[[str], str], rows: str = "") -> None:
    """Make a table by changed words under its old name, with all its rows, indexes and triggers.

    Where its columns change, `rows` is the SELECT that makes them of what there is.

    Triggers of others that speak of it are made again as well. Foreign keys of others stay: `upgrade` sets them aside.
    """
    run = op.get_bind().exec_driver_sql
    made = run("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
    [words] = [sql for kind, name, _, sql in made if (kind, name) == ("table", table)]
    kept = [
        (kind, name, sql)
        for kind, name, owner, sql in made
        if (owner == table and kind != "table") or (kind == "trigger" and re.search(rf"\b{table}\b", sql))
    ]
    for kind, name, _ in kept:
        run(f"DROP {kind} {name}")
    for change in changes:
        words = change(words)
    run(re.sub(rf'^CREATE TABLE "?{table}"?', f"CREATE TABLE {table}_anew", words, count=1))
    run(f"INSERT INTO {table}_anew {rows or f'SELECT * FROM {table}'}")
    run(f"DROP TABLE {table}")
    run(f"ALTER TABLE {table}_anew RENAME TO {table}")
    for _, _, sql in kept:
        run(sql)


def replaced(before: str, after: str) -> Callable[[str], str]:
    """Return a change of words that stand there once."""

    def change(words: str) -> str:
        assert words.count(before) == 1, f"{before!r} is as the last revision made it"
        return words.replace(before, after)

    return change
