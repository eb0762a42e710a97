"""Folders of regions that a user adds: read like our own, checked file by file, begun as a skeleton of gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import yaml

from yibaobox.domain.people import regions
from yibaobox.domain.policy import load, terms
from yibaobox.domain.policy.model import GAP, NATION, PolicyDataError
from yibaobox.domain.policy.resolve import regions_above, shipped

_CITY_CODES: Final = (("01", "20"), ("51", "70"))  # GB/T 2260: what stands between is a 地区, 自治州 or 盟
_UNNAMED: Final = "未命名"
_SOURCE: Final = "fill-in"
_HEAD: Final = "# {name}: every figure is a gap until it is filled in with its source; see docs/policy-files.md\n"


@dataclass(frozen=True, slots=True)
class Finding:
    """What lint says of a file. A warning does not keep the file from being read."""

    file: str
    problem: str
    warning: bool = False


def read_also(folders: Iterable[Path]) -> None:
    """Read regions of these folders too, for this process; PolicyDataError or RegionDataError changes nothing."""
    for folder in folders:
        place = folder.expanduser().absolute()
        if place in load.FURTHER:
            continue
        if not place.is_dir():
            raise PolicyDataError(f"{folder} is no folder")
        load.read_tables(place)
        regions.read_also(place)
        load.FURTHER.append(place)
        shipped.cache_clear()
        terms.forget()


def lint(paths: Iterable[Path]) -> list[Finding]:
    """Check files and folders of regions, every file on its own; no finding that is no warning: it will be read."""
    return [finding for path in paths for file in _files(path) for finding in _checked(file)]


def _files(path: Path) -> Iterator[Path]:
    """The files of a path: itself, a region's folder, or a folder of regions."""
    if not path.is_dir():
        yield path
        return
    found = sorted({*path.glob("*.yaml"), *path.glob("*/*.yaml")})
    yield from found
    if not found:
        yield path / "*.yaml"


def _checked(file: Path) -> Iterator[Finding]:
    name = f"{file.absolute().parent.name}/{file.name}"
    try:
        raw = load.read_yaml(file.read_text(encoding="utf-8"))
        if file.name == regions.FILE:
            regions.checked(raw, name)
            return
        problems = list(load.problems(raw))
        if not problems:
            load.parse_table(raw, name)
            _place(raw["region"], file)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError) as error:
        problems = [str(error).removeprefix(f"{name}: ")]
    yield from (Finding(str(file), problem) for problem in problems)
    if not problems:
        yield from (Finding(str(file), problem, warning=True) for problem in (*_unused(raw), *_holes(raw)))


def _place(code: str, file: Path) -> None:
    """Check that the region of a table is one that a sandbox knows, or that the user's folder describes."""
    known = {NATION, *regions.provinces(), *(area.code for area in regions.shipped())}
    if code.partition("-")[0] not in known and not (file.parent / regions.FILE).exists():
        raise PolicyDataError(f"$.region: {code!r} is no region here, and there is no {code}/{regions.FILE}")


def _unused(raw: Mapping[str, Any]) -> Iterator[str]:
    """Sources that no figure names."""
    used = {entry["source"] for spec in raw["parameters"].values() for entry in spec["values"]}
    yield from (f"$.sources.{name}: no figure names this source" for name in raw["sources"] if name not in used)


def _holes(raw: Mapping[str, Any]) -> Iterator[str]:
    """Days between two values of a parameter on which neither is in force."""
    for name, spec in raw["parameters"].items():
        values = sorted(spec["values"], key=lambda entry: str(entry["from"]))
        for earlier, later in pairwise(values):
            ends, begins = (str(day) for day in (earlier.get("to"), later["from"]))
            if ends < begins:
                yield f"$.parameters.{name}: no value from {ends} until {begins}; write a gap if no source has one"


def skeleton(code: str, model: str, name: str | None = None) -> dict[str, str]:
    """The files of a new region as texts by their names, after a region's; every value a gap. PolicyDataError."""
    city = regions_above(code)[0]
    tables = sorted(shipped().tables(model), key=lambda table: (table.scheme, table.benefit))
    if not tables:
        raise PolicyDataError(f"{model} has no tables of its own to begin with")
    files = {f"{table.scheme}.{table.benefit}.yaml": _skeleton(code, table.file) for table in tables}
    area = {each.code: each for each in regions.shipped()}.get(city)
    if area is None and "-" not in code and code not in {NATION, *regions.provinces()}:
        files[regions.FILE] = _written(code, _described(code, name or f"{_UNNAMED}{code}"))
    return files


def _skeleton(code: str, file: str) -> str:
    """One table with the same parameters and dimensions, all values gaps."""
    root = next(root for root in reversed((load.REGIONS, *load.FURTHER)) if (root / file).exists())
    raw = load.read_yaml((root / file).read_text(encoding="utf-8"))
    kept = {
        key: raw[key] for key in ("schema", "region", "scheme", "benefit", "method", "year", "buckets") if key in raw
    }
    sources = {_SOURCE: {"kind": "official", "title": "（文件名称，待填写）"}}
    parameters = {key: _emptied(spec) for key, spec in raw["parameters"].items()}
    return _written(code, {**kept, "region": code, "sources": sources, "parameters": parameters})


def _emptied(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter whose newest value became a gap."""
    newest = max(spec["values"], key=lambda entry: entry["from"])
    head = {key: spec[key] for key in ("unit", "by", "carry_forward") if key in spec}
    value = {"table": _gaps(newest["table"])} if "table" in newest else {"value": GAP}
    entry = {"from": newest["from"], "source": _SOURCE, "at": "（条款，待填写）", "confidence": "assumption", **value}
    return {**head, "values": [entry]}


def _gaps(node: Any) -> Any:
    return {key: _gaps(child) for key, child in node.items()} if isinstance(node, dict) else GAP


def _described(code: str, name: str) -> dict[str, Any]:
    """The description of a pooling area as far as its code tells it; the rest is to be corrected by hand."""
    number = code[2:4]
    is_city = any(low <= number <= high for low, high in _CITY_CODES)
    prefix = code[:2] + "0100" if number == "00" else code[:4] + "01" if is_city else code
    province = {} if code[:2] + "0000" in regions.provinces() else {"province": "（省份，待填写）"}
    district = code[:2] + "0102" if number == "00" else code[:4] + "02"
    return {
        "code": code,
        "name": name,
        "short": name.removesuffix("市"),
        "id_prefix": prefix,
        "postcode": "000000",
        "counties": {district: f"{name}（区县，待填写）"},
        **province,
    }


def _written(code: str, document: Mapping[str, Any]) -> str:
    text = yaml.safe_dump(dict(document), allow_unicode=True, sort_keys=False, width=120)
    return _HEAD.format(name=code) + text
