"""Read policy files: YAML without surprises, checked by JSON Schema, turned into integers.

Floats, repeated keys, unknown keys, two values for one day, a ratio above 100 % and a source that is not listed are
errors that name the file, the path and the value.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from yibaobox.domain.money import PPM, parse_yuan
from yibaobox.domain.people.regions import FILE as PLACE
from yibaobox.domain.policy.model import (
    GAP,
    LEVELS,
    POPULATIONS,
    STATUSES,
    Citation,
    Dated,
    Parameter,
    PolicyDataError,
    Table,
)

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

REGIONS: Final = Path(__file__).parent / "regions"
FURTHER: Final[list[Path]] = []  # folders of regions that the user names, read after our own
SCHEMA: Final = Path(__file__).parent / "policy.schema.json"
_KEYS: Final[Mapping[str, frozenset[str]]] = {
    "population": frozenset({*POPULATIONS, "*"}),
    "level": frozenset({*LEVELS, "*"}),
    "status": frozenset({*STATUSES, "*"}),
}
_TEXTS: Final[Mapping[str, frozenset[str]]] = {
    "deductible_basis": frozenset({"year", "admission"}),
    "year_rule": frozenset({"admission", "discharge", "year_end_split"}),
    "split_deductible": frozenset({"once", "each"}),
    "mode": frozenset({"ratio_minus_points", "ratio_factor", "first_pay_percent"}),
    "pays": frozenset({"in_policy", "personal_all"}),
}


class _Reader(yaml.CSafeLoader):
    """A YAML reader that keeps dates as text and refuses a key written twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        """Build a mapping, refusing a key that stands twice."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise PolicyDataError(f"line {key.start_mark.line + 1}: key {key.value!r} stands twice")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_Reader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(text: str) -> Any:
    """Read YAML; dates stay text and a repeated key is an error."""
    return yaml.load(text, _Reader)  # noqa: S506 - _Reader is a safe loader


def files(root: Path = REGIONS) -> list[Path]:
    """The policy files below a folder."""
    return [path for path in sorted(root.glob("*/*.yaml")) if path.name != PLACE]


def read_tables(root: Path = REGIONS) -> list[Table]:
    """Read every policy file below a folder."""
    return distinct(read_table(path) for path in files(root))


def distinct(tables: Iterable[Table]) -> list[Table]:
    """The tables, when no two are about the same benefit of the same scheme and region."""
    seen: dict[tuple[str, str, str], Table] = {}
    for table in tables:
        key = (table.region, table.scheme, table.benefit)
        if key in seen:
            raise PolicyDataError(f"{table.file}: {'/'.join(key)} stands already in {seen[key].file}")
        seen[key] = table
    return list(seen.values())


def read_table(path: Path) -> Table:
    """Read one policy file."""
    return parse_table(read_raw(path), _name(path))


def read_raw(path: Path) -> Any:
    """Read the tree of one policy file, not checked yet."""
    try:
        return read_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, PolicyDataError) as error:
        raise PolicyDataError(f"{_name(path)}: {error}") from error


def _name(path: Path) -> str:
    """A file as messages and tables name it."""
    return f"{path.parent.name}/{path.name}"


def parse_table(raw: Any, name: str) -> Table:
    """Turn the tree of one policy file into a table; `name` is <region>/<scheme>.<benefit>.yaml."""
    return build_table(checked(raw, name), name)


def checked(raw: Any, name: str) -> Any:
    """The tree of a policy file, when the schema allows it and it stands in its own file."""
    from jsonschema.exceptions import best_match  # noqa: PLC0415 - tables come compiled, a start checks none

    problem = best_match(_validator().iter_errors(raw))
    if problem is not None:
        raise PolicyDataError(f"{name}: {problem.json_path}: {problem.message[:300]}")
    expected = f"{raw['region']}/{raw['scheme']}.{raw['benefit']}.yaml"
    if name != expected:
        raise PolicyDataError(f"{name}: its contents belong in {expected}")
    return raw


def build_table(raw: Any, name: str) -> Table:
    """Turn a tree that was checked into a table; what the schema cannot say is checked here."""
    return Table(
        region=raw["region"],
        scheme=raw["scheme"],
        benefit=raw["benefit"],
        method=raw["method"],
        year=raw.get("year", "calendar"),
        buckets=dict(raw.get("buckets", {})),
        parameters={key: _parameter(raw, key, name) for key in raw["parameters"]},
        file=name,
    )


def problems(raw: Any) -> Iterator[str]:
    """All that the schema has against the tree of a policy file: path and value."""
    from jsonschema.exceptions import best_match  # noqa: PLC0415 - see `checked`

    for error in _validator().iter_errors(raw):
        telling = best_match([error]) or error
        yield f"{telling.json_path}: {telling.message[:300]}"


@cache
def _validator() -> Draft202012Validator:
    """The compiled JSON Schema of a policy file."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - see `checked`

    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def _parameter(raw: Mapping[str, Any], key: str, name: str) -> Parameter:
    """Turn one parameter into dated integers and check that no day has two values."""
    spec = raw["parameters"][key]
    where = f"{name}: $.parameters.{key}"
    by = tuple(spec.get("by", ()))
    values = sorted((_dated(raw, key, entry, where) for entry in spec["values"]), key=lambda dated: dated.since)
    for earlier, later in pairwise(values):
        if earlier.until is None or later.since < earlier.until:
            raise PolicyDataError(f"{where}: two values on {later.since}")
    return Parameter(key, spec["unit"], by, spec.get("carry_forward", False), tuple(values))


def _dated(raw: Mapping[str, Any], key: str, entry: Mapping[str, Any], where: str) -> Dated:
    """Turn one dated entry into its value and citation."""
    spec = raw["parameters"][key]
    since, until = _day(entry["from"], where), _day(entry["to"], where) if entry.get("to") else None
    if until is not None and until <= since:
        raise PolicyDataError(f"{where}: from {since} to {until} holds on no day")
    source = raw["sources"].get(entry["source"])
    if source is None:
        raise PolicyDataError(f"{where}: source {entry['source']!r} is not listed")
    citation = Citation(
        raw["region"],
        raw["scheme"],
        raw["benefit"],
        key,
        since,
        until,
        source.get("file") or source.get("doc_no") or entry["source"],
        source["title"],
        source.get("url"),
        entry["at"],
        tuple(entry.get("quote", ())),
        entry["confidence"],
        entry.get("assumed", entry["confidence"] == "assumption"),
        entry.get("note"),
    )
    written = entry["value"] if "value" in entry else entry["table"]
    value = _tree(written, tuple(spec.get("by", ())), spec["unit"], where)
    _check_words(key, value, where)
    if spec["unit"] == "CNY" and (key != "deductible" or raw["benefit"] == "medical_aid"):
        _check_single(value, written, where)
    return Dated(since, until, value, written, citation)


def _day(text: str, where: str) -> date:
    """Read a date of a policy file."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise PolicyDataError(f"{where}: {text!r} is no date") from error


def _tree(node: Any, by: tuple[str, ...], unit: str, where: str) -> Any:
    """Turn a table into integers, one storey for each dimension."""
    if node == GAP:
        return GAP
    if not by:
        return _leaf(node, unit, where)
    if not isinstance(node, dict):
        raise PolicyDataError(f"{where}: {node!r} should be a table by {by[0]}")
    allowed = _KEYS.get(by[0])
    unknown = sorted(set(node) - allowed) if allowed else []
    if unknown:
        raise PolicyDataError(f"{where}: unknown {by[0]} {unknown[0]!r}")
    return {key: _tree(child, by[1:], unit, f"{where}.{key}") for key, child in node.items()}


def _check_words(key: str, value: Any, where: str) -> None:
    """Refuse a word that the methods of computation do not know."""
    for leaf in value.values() if isinstance(value, dict) else [value]:
        if key in _TEXTS and leaf != GAP and leaf not in _TEXTS[key]:
            raise PolicyDataError(f"{where}: {leaf!r} is none of {', '.join(sorted(_TEXTS[key]))}")


def _check_single(value: Any, written: Any, where: str) -> None:
    """Refuse a list of amounts: only a deductible goes by admission."""
    for leaf in value.values() if isinstance(value, dict) else [value]:
        if isinstance(leaf, dict):
            _check_single(leaf, written, where)
        elif isinstance(leaf, tuple):
            raise PolicyDataError(f"{where}: {written!r} has several amounts where one is due")


def _leaf(node: Any, unit: str, where: str) -> Any:
    """Turn a written value into what the engine computes with: fen, parts per million, counts, texts."""
    if unit == "CNY":
        return _money(node, where)
    if unit == "pct":
        return _ratio(node, where)
    if unit == "bands":
        return _bands(node, where)
    kinds = {"count": int, "months": int, "bool": bool, "text": str, "list": list, "season": dict}
    if type(node) is not kinds[unit]:
        raise PolicyDataError(f"{where}: {node!r} is not of unit {unit}")
    return tuple(node) if isinstance(node, list) else node


def _money(node: Any, where: str) -> int | tuple[int, ...] | None:
    """Read yuan as fen; "none" is no limit, a list goes by admission (the last repeats)."""
    if isinstance(node, list):
        return tuple(parse_yuan(amount) for amount in node)
    if node == "none":
        return None
    if not isinstance(node, str):
        raise PolicyDataError(f"{where}: {node!r} is no amount in quotes with two decimals")
    return parse_yuan(node)


def _ratio(node: Any, where: str) -> int:
    """Read a percentage as parts per million."""
    if not isinstance(node, str) or not node.endswith("%"):
        raise PolicyDataError(f"{where}: {node!r} is no percentage in quotes")
    whole, _, decimals = node[:-1].partition(".")
    ppm = int(whole + decimals.ljust(4, "0"))
    if ppm > PPM:
        raise PolicyDataError(f"{where}: {node!r} is above 100%")
    return ppm


def _bands(node: Any, where: str) -> tuple[tuple[int, int], ...]:
    """Read rising bands as (over_fen, ratio_ppm)."""
    bands = tuple((parse_yuan(band["over"]), _ratio(band["pct"], where)) for band in node)
    if any(low[0] >= high[0] for low, high in pairwise(bands)):
        raise PolicyDataError(f"{where}: the bands do not rise")
    return bands
