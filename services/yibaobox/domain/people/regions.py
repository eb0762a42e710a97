"""Pooling areas (统筹区): what they are called, what lies above and below them.

A region is one entry of `regions.yaml`, or a file `<code>/region.yaml` in a folder of the user's (`read_also`). Money
is pooled in a prefecture city, an autonomous prefecture or a municipality. A province or the nation holds rules that
its pooling areas inherit, but insures nobody here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

import yaml

from yibaobox.domain.errors import UnknownRegion

NATION: Final = "100000"
FILE: Final = "region.yaml"  # of a region that the user adds, beside its policy files
_CODE: Final = re.compile(r"[0-9]{6}", re.ASCII)
_KEYS: Final = frozenset({"code", "name", "short", "id_prefix", "postcode", "counties"})
_FURTHER: Final[list[Path]] = []


class RegionDataError(ValueError):
    """A region file is wrong; the text names file, key and value. It stops the start."""


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


def read_also(folder: Path) -> None:
    """Take the regions of a user's folder in as well, for this process; RegionDataError changes nothing."""
    if folder in _FURTHER:
        return
    _FURTHER.append(folder)
    _forget()
    try:
        synthetic_prefixes()
    except ValueError:
        _FURTHER.remove(folder)
        _forget()
        raise


def checked(entry: Any, name: str) -> dict[str, Any]:
    """Return the entry of a region file whose keys and values can stand; `name` is <code>/region.yaml."""
    if not isinstance(entry, dict) or not _KEYS <= set(entry) <= _KEYS | {"province"}:
        raise RegionDataError(f"{name}: its keys should be {', '.join(sorted(_KEYS))} and perhaps province")
    for key in (*sorted(_KEYS - {"counties"}), *({"province"} & set(entry))):
        if not isinstance(entry[key], str) or not entry[key]:
            raise RegionDataError(f"{name}: {key}: {entry[key]!r} is no text")
    counties = entry["counties"]
    if not isinstance(counties, dict) or not counties or not all(isinstance(value, str) for value in counties.values()):
        raise RegionDataError(f"{name}: counties: {counties!r} should name one county at least")
    for code in (entry["code"], entry["id_prefix"], entry["postcode"], *counties):
        if not isinstance(code, str) or _CODE.fullmatch(code) is None:
            raise RegionDataError(f"{name}: {code!r} should be six digits in quotes")
    if name != f"{entry['code']}/{FILE}":
        raise RegionDataError(f"{name}: code: its contents belong in {entry['code']}/{FILE}")
    return entry


@cache
def provinces() -> dict[str, str]:
    """Return the provinces by code, with their names."""
    names: dict[str, str] = _document()["provinces"]
    added = {entry["code"][:2] + "0000": entry["province"] for entry in _further() if "province" in entry}
    return {**added, **names}


@cache
def synthetic_prefixes() -> frozenset[str]:
    """Return the closed table of identity number prefixes that no county issues."""
    return frozenset(region.id_prefix for region in shipped())


@cache
def _table() -> dict[str, Region]:
    own = _document()["regions"]
    codes, prefixes = {entry["code"] for entry in own}, {entry["id_prefix"] for entry in own}
    for entry in _further():
        if entry["code"] in codes or entry["id_prefix"] in prefixes:
            raise RegionDataError(f"{entry['code']}/{FILE}: its code or id_prefix is another region's")
        codes.add(entry["code"])
        prefixes.add(entry["id_prefix"])
    entries = sorted((*own, *_further()), key=lambda entry: str(entry["code"]))
    return {entry["code"]: _region(entry) for entry in entries}


@cache
def _further() -> tuple[dict[str, Any], ...]:
    """The entries of the users' folders, in the order in which the folders were named."""
    return tuple(_read(path) for folder in _FURTHER for path in sorted(folder.glob(f"*/{FILE}")))


def _read(path: Path) -> dict[str, Any]:
    name = f"{path.parent.name}/{path.name}"
    try:
        entry = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RegionDataError(f"{name}: {error}") from error
    return checked(entry, name)


def _forget() -> None:
    for remembered in (_table, _further, provinces, synthetic_prefixes):
        remembered.cache_clear()


def _region(entry: Mapping[str, Any]) -> Region:
    province = entry["code"][:2] + "0000"
    if province not in provinces():
        raise RegionDataError(f"{entry['code']}/{FILE}: province: {province} has no name here; add the key province")
    facts = {key: value for key, value in entry.items() if key != "province"}
    return Region(province=province, province_name=provinces()[province], **facts)


@cache
def _document() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("regions.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.load(text, yaml.CSafeLoader)
    return document
