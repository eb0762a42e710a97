"""Policy cases that went wrong: a worked case with a few of its values replaced, removed, or put where none belongs."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

FOLDER = Path(__file__).parents[1] / "domain/cases"
CASES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "golden.yaml").read_text(encoding="utf-8"))["cases"]
_ALL: list[dict[str, Any]] = [
    case
    for path in sorted(FOLDER.glob("*.yaml"))
    for case in yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))["cases"]
]
_BY_KIND = {kind: [case for case in _ALL if case["kind"] == kind] for kind in sorted({case["kind"] for case in _ALL})}
_ODD = [
    *(None, True, False, 0, 1, -1, 7, 2**31, 10**17, "", " ", "0.00", "-0.01", "0.001", "1e3", "NaN", "1,00"),
    *("99999999999999999999.99", "2025-02-30", "0001-01-01", "9999-12-31", "2025-03-10T00:00:00", "12:00", "昨天"),
    *([], {}, [[]], [None], {"": None}, ["0.00", None, 60], {"L3": {}}, "gap", "none", "*", "L9", "510402", "000000"),
    *("resident", "any", "chronic", "pharmacy", "first_pay_percent", "9999-12-31T23:59:59+08:00", "x" * 500),
]


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all values of a tree, its own parts included."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(found for key, child in items for found in places(child, (*path, key)))]


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """A worked case with one to three changes."""
    case = copy.deepcopy(draw(st.sampled_from(_BY_KIND[draw(st.sampled_from(sorted(_BY_KIND)))])))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([path for path in places(case) if path]))
        parent: Any = case
        for key in path[:-1]:
            parent = parent[key]
        deed = draw(st.sampled_from(("replace", "remove", "add")))
        if deed == "remove":
            del parent[path[-1]]
        elif deed == "add" and isinstance(parent, dict):
            parent[draw(st.sampled_from(("surprise", "ooa", "limit", "major", "date", "level", "acc", "profile")))] = (
                copy.deepcopy(draw(st.sampled_from(_ODD)))
            )
        else:
            parent[path[-1]] = copy.deepcopy(draw(st.sampled_from(_ODD)))
    return case
