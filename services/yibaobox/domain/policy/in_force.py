"""The tables of a region as they stand on a day, with source and confidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from yibaobox.domain.people import regions as areas
from yibaobox.domain.policy.model import NATION, Dated, Parameter, Profile, Table
from yibaobox.domain.policy.resolve import Book, regions_above, shipped


def regions(book: Book | None = None) -> list[str]:
    """The codes that have tables of their own, the nation included."""
    return sorted({table.region for table in (book or shipped()).tables()})


def overview(book: Book | None = None) -> list[dict[str, Any]]:
    """Each region with tables: its name, its benefits, how many dated values its files hold."""
    book, rows = book or shipped(), []
    for code in regions(book):
        tables_ = book.tables(code)
        values = [dated for table in tables_ for dated in _values(table)]
        rows.append(
            {
                "code": code,
                "name": name_of(code),
                "benefits": sorted(f"{table.scheme}.{table.benefit}" for table in tables_),
                "figures": len(values),
                "illustrative": sum(dated.citation.confidence == "illustrative" for dated in values),
            }
        )
    return rows


def document(code: str, on: date, profile: Profile = "demo", *, book: Book | None = None) -> dict[str, Any]:
    """What holds in a region (or the one that a county lies in) on a day; UnknownRegion."""
    book = book or shipped()
    region = code if code in regions(book) else areas.resolve(code).code
    return {
        "region": region,
        "name": name_of(region),
        "on": on.isoformat(),
        "profile": profile,
        "tables": tables(region, on, profile, book=book),
    }


def name_of(code: str) -> str:
    """The name of a region, a province, a school's scope or the nation; the code where it has none."""
    city, _, school = code.partition("-")
    known = {NATION: "全国", **areas.provinces(), **{area.code: area.name for area in areas.shipped()}}
    name = known.get(city, city)
    return f"{name}（{school}）" if school else name


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
        dated = _in_force(parameter, on, profile)
        if dated is not None:
            head = {"parameter": parameter.name, "unit": parameter.unit, "by": list(parameter.by), "value": dated.raw}
            rows.append({**head, "citation": dated.citation.document()})
    return rows


def _in_force(parameter: Parameter, on: date, profile: Profile) -> Dated | None:
    """The value of a day; in the profile demo also a yearly figure of the last known year."""
    dated = parameter.on(on, skip_illustrative=profile == "strict")
    if dated is not None or profile == "strict" or not parameter.carry_forward:
        return dated
    last = parameter.last_before(on)
    return None if last is None else replace(last, citation=replace(last.citation, carried=True))


def _values(table: Table) -> Iterator[Dated]:
    for parameter in table.parameters.values():
        yield from parameter.values
