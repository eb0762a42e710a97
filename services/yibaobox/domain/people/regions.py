"""Pooling areas (统筹区): what they are called, what lies above and below them.

A region is one entry of `regions.yaml`. Money is pooled in a prefecture city, an autonomous prefecture or a
municipality. A province or the nation holds rules that its pooling areas inherit, but insures nobody here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml

from yibaobox.domain.errors import UnknownRegion

NATION: Final = "100000"
_CODE: Final = re.compile(r"[0-9]{6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Region:
    """A pooling area; `counties` maps codes below it to names, the first being where generated people live."""

    code: str
    name: str
    short: str
    province: str
    province_name: str
    id_prefix: str
    postcode: str
    counties: Mapping[str, str] = field(hash=False)

    @property
    def chain(self) -> tuple[str, ...]:
        """The codes whose rules apply here, nearest first: itself, its province, the nation."""
        return tuple(dict.fromkeys((self.code, self.province, NATION)))

    @property
    def is_municipality(self) -> bool:
        """Whether the pooling area is a whole municipality (直辖市)."""
        return self.code == self.province

    @property
    def full_name(self) -> str:
        """The name with its province, as an address begins."""
        return self.name if self.is_municipality else self.province_name + self.name


def shipped() -> tuple[Region, ...]:
    """Return every pooling area of the sandbox, by code."""
    return tuple(_table().values())


def resolve(code: object) -> Region:
    """Return the pooling area that a code names or lies in (510402 → 510400); refuse any other with UNKNOWN_REGION."""
    if not isinstance(code, str) or _CODE.fullmatch(code) is None:
        raise UnknownRegion("统筹区编码须为6位数字")
    for candidate in (code, code[:4] + "00", code[:2] + "0000"):
        region = _table().get(candidate)
        if region is not None:
            return region
    if code == NATION or code in provinces():
        raise UnknownRegion(f"{code}（{provinces().get(code, '全国')}）不是统筹区，请使用市级区划编码", region=code)
    raise UnknownRegion(f"沙箱中没有统筹区{code}", region=code)


@cache
def provinces() -> dict[str, str]:
    """Return the provinces by code, with their names."""
    names: dict[str, str] = _document()["provinces"]
    return names


@cache
def synthetic_prefixes() -> frozenset[str]:
    """Return the closed table of identity number prefixes that no county issues."""
    return frozenset(region.id_prefix for region in shipped())


@cache
def _table() -> dict[str, Region]:
    entries = sorted(_document()["regions"], key=lambda entry: str(entry["code"]))
    return {entry["code"]: _region(entry) for entry in entries}


def _region(entry: Mapping[str, Any]) -> Region:
    province = entry["code"][:2] + "0000"
    return Region(province=province, province_name=provinces()[province], **entry)


@cache
def _document() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("regions.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    return document
