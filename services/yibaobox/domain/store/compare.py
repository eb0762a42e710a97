"""What differs between two places, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Table, select

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yibaobox.domain.store.places import Store

ROWS_MAX: Final = 200
_ASIDE: Final = ("requests",)

Row = dict[str, Any]


def compare(before: Store, after: Store, tables: Iterable[Table]) -> dict[str, Any]:
    """Return, per table that differs, the rows added, removed and changed, at most 200 of each, and their counts."""
    differing = {}
    for table in tables:
        if table.name in _ASIDE:
            continue
        found = _differences(_rows(before, table), _rows(after, table))
        if any(found.values()):
            differing[table.name] = {
                kind: {"count": len(rows), "rows": rows[:ROWS_MAX]} for kind, rows in found.items()
            }
    return {"equal": not differing, "tables": differing}


def _rows(store: Store, table: Table) -> dict[tuple[Any, ...], Row]:
    keys = [column.name for column in table.primary_key]
    with store.read() as tx:
        rows = [dict(row._mapping) for row in tx.execute(select(table))]  # noqa: SLF001 - SQLAlchemy's public name
    return {tuple(row[key] for key in keys): row for row in rows}


def _differences(before: dict[tuple[Any, ...], Row], after: dict[tuple[Any, ...], Row]) -> dict[str, list[Any]]:
    return {
        "added": [after[key] for key in sorted(after.keys() - before.keys())],
        "removed": [before[key] for key in sorted(before.keys() - after.keys())],
        "changed": [
            {"before": before[key], "after": after[key]}
            for key in sorted(before.keys() & after.keys())
            if before[key] != after[key]
        ],
    }
