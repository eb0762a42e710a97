"""Find the figure in force: school → city → province → nation, per parameter and date, or say that there is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from yibaobox.domain.errors import InvalidInput, PolicyGap
from yibaobox.domain.policy.compiled import read_compiled
from yibaobox.domain.policy.load import FURTHER, read_tables
from yibaobox.domain.policy.model import (
    GAP,
    LEVELS,
    NATION,
    POPULATIONS,
    SCHEMES,
    STATUSES,
    Citation,
    Dated,
    Found,
    Parameter,
    Profile,
    Table,
)


class Place(NamedTuple):
    """Where a question is asked: a region, one scheme of it, and whether illustrations may answer."""

    region: str
    scheme: str
    profile: Profile = "demo"


class Book:
    """All policy tables, ready to be asked."""

    def __init__(self, tables: Iterable[Table]) -> None:
        self._tables = {(table.region, table.scheme, table.benefit): table for table in tables}

    def tables(self, region: str | None = None) -> list[Table]:
        """Every table, or those of one region."""
        return [table for table in self._tables.values() if region is None or table.region == region]

    def chain(self, place: Place, benefit: str) -> Iterator[Table]:
        """The tables that may answer for one benefit, nearest first."""
        if place.scheme not in SCHEMES:
            raise InvalidInput(f"未知险种：{place.scheme}", scheme=place.scheme)
        for region in regions_above(place.region):
            for scheme in SCHEMES[place.scheme]:
                table = self._tables.get((region, scheme, benefit))
                if table is not None:
                    yield table

    def look(
        self, place: Place, benefit: str, name: str, on: date, dims: Mapping[str, str] | None = None
    ) -> Found | None:
        """The figure in force, or None where no region of the chain has one.

        A blank cell of the nearest source stops the search; in the profile demo an illustration further on may fill it.
        """
        parameters = [t.parameters[name] for t in self.chain(place, benefit) if name in t.parameters]
        blank = False
        for parameter in parameters:
            dated = parameter.on(on, skip_illustrative=place.profile == "strict")
            if dated is None or (blank and dated.citation.confidence != "illustrative"):
                continue
            found = _found(parameter, dated, dims or {})
            if found is not None or place.profile == "strict":
                return found
            blank = True
        return None if blank else self._carried(place, parameters, on, dims or {})

    def knows(self, place: Place, benefit: str, name: str, on: date) -> bool:
        """Whether a figure is in force for anybody: the nearest one on that day is not blank as a whole."""
        parameters = (t.parameters[name] for t in self.chain(place, benefit) if name in t.parameters)
        dated = (parameter.on(on, skip_illustrative=place.profile == "strict") for parameter in parameters)
        nearest = next((one for one in dated if one is not None), None)
        return nearest is not None and nearest.value != GAP

    def find(self, place: Place, benefit: str, name: str, on: date, dims: Mapping[str, str] | None = None) -> Found:
        """The figure in force; PolicyGap names path, region and date."""
        found = self.look(place, benefit, name, on, dims)
        if found is None:
            raise gap(place, on, (f"{benefit}.{name}",))
        return found

    @staticmethod
    def _carried(place: Place, parameters: list[Parameter], on: date, dims: Mapping[str, str]) -> Found | None:
        """In the profile demo, the last known year of a yearly figure, marked as carried."""
        if place.profile == "strict":
            return None
        for parameter in parameters:
            dated = parameter.last_before(on) if parameter.carry_forward else None
            if dated is not None:
                found = _found(parameter, dated, dims)
                return found and Found(found.value, replace(found.citation, carried=True))
        return None


def gap(place: Place, on: date, missing: tuple[str, ...]) -> PolicyGap:
    """The refusal that says which parameters have no value."""
    paths = "、".join(missing)
    return PolicyGap(
        f"政策缺口：统筹区{place.region}（{place.scheme}）在{on.isoformat()}没有 {paths} 的可用数值",
        path=list(missing),
        missing=list(missing),
        region=place.region,
        scheme=place.scheme,
        on=on.isoformat(),
        profile=place.profile,
    )


def regions_above(region: str) -> tuple[str, ...]:
    """A region and everything above it: school scope, county, city, province, nation."""
    city = region.split("-", maxsplit=1)[0]
    if len(city) != len(NATION) or not city.isdecimal():
        raise InvalidInput(f"统筹区代码应为6位数字：{region[:16]}", region=region[:16])
    return tuple(dict.fromkeys((region, city, city[:4] + "00", city[:2] + "0000", NATION)))


def steps_of(dimension: str, key: str) -> tuple[str, ...]:
    """The keys under which a value may stand for one dimension, most special first."""
    known = {"level": LEVELS, "population": POPULATIONS, "status": STATUSES}.get(dimension)
    if known is None:
        return (key, "*")
    if key not in known:
        word = {"level": "医疗机构等级", "population": "人员类别", "status": "异地就医备案状态"}[dimension]
        raise InvalidInput(f"未知{word}：{key[:32]}", **{dimension: key[:32]})
    return (*known[key], "*")


def _found(parameter: Parameter, dated: Dated, dims: Mapping[str, str]) -> Found | None:
    """Walk down the table of a dated value by the dimensions asked for."""
    node: Any = dated.value
    for dimension in parameter.by:
        if node == GAP:
            return None
        if dimension not in dims and "*" not in node:
            break
        keys = steps_of(dimension, dims[dimension]) if dimension in dims else ("*",)
        node = next((node[key] for key in keys if key in node), GAP)
    return None if node == GAP else Found(node, dated.citation)


@cache
def shipped() -> Book:
    """The tables that come with this package, and those of the user's folders after them; read once per process."""
    return Book([*read_compiled(), *(table for root in FURTHER for table in read_tables(root))])


def cited(citations: Iterable[Citation]) -> list[Citation]:
    """The citations without repetition, in order."""
    return list(dict.fromkeys(citations))
