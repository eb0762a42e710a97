"""The tables of a region as they stand on a day, with source and confidence."""

from __future__ import annotations

from datetime import date
from typing import Any

from yibaobox.domain.policy.model import Profile, Table
from yibaobox.domain.policy.resolve import Book, regions_above, shipped


def regions(book: Book | None = None) -> list[str]:
    """The codes that have tables of their own, the nation included."""
    return sorted({table.region for table in (book or shipped()).tables()})


def tables(region: str, on: date, profile: Profile = "demo", *, book: Book | None = None) -> list[dict[str, Any]]:
    """Every figure that a region or a wider one has in force on a day; a nearer figure hides a wider one."""
    book = book or shipped()
    shown: dict[tuple[str, str], dict[str, Any]] = {}
    for above in regions_above(region):
        for table in book.tables(above):
            document = shown.setdefault((table.scheme, table.benefit), _head(table))
            known = {row["parameter"] for row in document["parameters"]}
            document["parameters"] += [row for row in _rows(table, on, profile) if row["parameter"] not in known]
    return [document for _, document in sorted(shown.items()) if document["parameters"]]


def _head(table: Table) -> dict[str, Any]:
    """The head of a shown table."""
    return {"scheme": table.scheme, "benefit": table.benefit, "method": table.method, "parameters": []}


def _rows(table: Table, on: date, profile: Profile) -> list[dict[str, Any]]:
    """The figures of one table on a day, as the file writes them."""
    rows = []
    for parameter in table.parameters.values():
        dated = parameter.on(on, skip_illustrative=profile == "strict")
        if dated is not None:
            head = {"parameter": parameter.name, "unit": parameter.unit, "by": list(parameter.by), "value": dated.raw}
            rows.append({**head, "citation": dated.citation.document()})
    return rows
