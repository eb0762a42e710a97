"""What differs between two regions, or between two days of one."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from yibaobox.domain.policy import in_force
from yibaobox.domain.policy.model import Profile


class Side(NamedTuple):
    """One side of a comparison."""

    region: str
    on: date


def changes(before: Side, after: Side, profile: Profile = "demo") -> list[dict[str, Any]]:
    """Figures whose value or source differs, by path; None where a side has none."""
    old, new = _figures(before, profile), _figures(after, profile)
    return [
        {"figure": path, "before": old.get(path), "after": new.get(path)}
        for path in sorted({*old, *new})
        if old.get(path) != new.get(path)
    ]


def _figures(side: Side, profile: Profile) -> dict[str, dict[str, Any]]:
    """Value, source and confidence of each figure in force, by path."""
    told = in_force.document(side.region, side.on, profile)
    return {
        f"{table['scheme']}.{table['benefit']}.{row['parameter']}": _figure(row)
        for table in told["tables"]
        for row in table["parameters"]
    }


def _figure(row: dict[str, Any]) -> dict[str, Any]:
    cited = row["citation"]
    shown = {"value": row["value"], "source": f"{cited['source']} {cited['at']}", "confidence": cited["confidence"]}
    return shown | {"region": cited["region"], "assumed": cited["assumed"]}
