"""Every fact of the sources is a dated figure in a policy file, or is listed with the reason why it is none.

`facts/register.csv` has the facts. A dated figure names those it states (`facts: [F139]`); `facts/<region>.yaml` says
of each of the others why no policy file has it.
"""

import csv
import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from yibaobox.domain.policy.load import REGIONS, read_yaml
from yibaobox.domain.policy.resolve import regions_above

FACTS = Path(__file__).with_name("facts")
WORDS = {"township": "community", "L3-provincial": "L3P"}  # how policy files call what the facts call so
WEAK = {"illustrative", "assumption"}


class Stated(NamedTuple):
    """A dated figure that names facts."""

    file: str
    region: str
    by: list
    entry: dict
    fact: str


@cache
def register():
    with (FACTS / "register.csv").open(encoding="utf-8", newline="") as lines:
        return {row["fact"]: row for row in csv.DictReader(lines)}


@cache
def stated():
    found = []
    for path in sorted(REGIONS.glob("*/*.yaml")):
        raw = read_yaml(path.read_text(encoding="utf-8"))
        for parameter in raw["parameters"].values():
            for entry in parameter["values"]:
                name = f"{path.parent.name}/{path.name}"
                head = (name, raw["region"], parameter.get("by", []))
                found += [Stated(*head, entry, one) for one in entry.get("facts", ())]
    return found


@cache
def set_aside():
    """Fact → why no policy file has it."""
    reasons = {}
    for path in sorted(FACTS.glob("*.yaml")):
        for fact, reason in read_yaml(path.read_text(encoding="utf-8")).items():
            assert register()[fact]["region"] == path.stem, f"{fact} is no fact of {path.stem}"
            reasons[fact] = reason
    return reasons


def leaves(node):
    if isinstance(node, dict):
        return [leaf for part in node.values() for leaf in leaves(part)]
    return [leaf for part in node for leaf in leaves(part)] if isinstance(node, list) else [node]


def written(fact):
    """How a policy file would write a single number or word of the register; None for what is no single one."""
    value, unit = fact["value"], fact["unit"].split("/")[0]
    if not value.isdecimal():
        return {"true": True, "false": False}.get(value)
    if unit in {"CNY", "pct"}:
        return f"{value}.00" if unit == "CNY" else f"{value}%"
    return int(value) if unit in {"count", "months", "days", "bytes", "years"} else None


def kind(leaf):
    """What sort of thing a figure is: only like can be compared with like."""
    return (type(leaf), isinstance(leaf, str) and leaf.endswith("%"))


@pytest.mark.parametrize("region", sorted({row["region"] for row in register().values()}))
def test_every_fact_of_a_region_is_placed_once_as_a_figure_or_has_a_reason(region):
    facts = {fact for fact, row in register().items() if row["region"] == region}
    figures = {one.fact for one in stated()}

    assert facts - figures - set(set_aside()) == set()
    assert facts & figures & set(set_aside()) == set()


def test_figure_stands_in_a_file_of_the_region_of_its_fact_or_above_it():
    strays = [one for one in stated() if one.region.split("-")[0] not in regions_above(register()[one.fact]["region"])]

    assert strays == []


def test_figure_is_the_number_of_its_fact():
    wrong = []
    for one in stated():
        expected = written(register()[one.fact])
        found = leaves(one.entry.get("value", one.entry.get("table")))
        alike = [leaf for leaf in found if kind(leaf) == kind(expected)]
        if alike and expected not in alike:
            wrong.append((one.file, one.fact, expected, found))

    assert wrong == []


def cells(node, by, dims):
    """The cells of a table that a fact with these dimensions may mean."""
    if not by or not isinstance(node, dict):
        return [node]
    key = WORDS.get(str(dims.get(by[0])), str(dims.get(by[0])))
    keys = [key] if key in node else ["*"] if by[0] in dims else list(node)
    return [cell for one in keys if one in node for cell in cells(node[one], by[1:], dims)]


def test_figure_stands_in_the_cell_of_its_level_and_kind_of_person():
    checked, wrong = 0, []
    for one in stated():
        fact = register()[one.fact]
        dims = json.loads(fact["dims"]) if fact["dims"] else {}
        expected = written(fact)
        if not isinstance(expected, str) or not {"level", "population", "tier"} & set(dims) or "-L" in str(dims):
            continue
        checked += 1
        found = [leaves(cell) for cell in cells(one.entry.get("value", one.entry.get("table")), one.by, dims)]
        if not any(expected in cell for cell in found):
            wrong.append((one.file, one.fact, expected, found))

    assert wrong == []
    assert checked > 150


def test_figure_claims_no_more_confidence_than_its_fact():
    overrated = [
        (one.file, one.fact)
        for one in stated()
        if register()[one.fact]["confidence"] not in {one.entry["confidence"], "illustrative"}
        and one.entry["confidence"] not in WEAK
    ]

    assert overrated == []


def test_illustration_is_never_the_only_fact_behind_a_sourced_figure():
    alone = {
        (one.file, json.dumps(one.entry, ensure_ascii=False, sort_keys=True))
        for one in stated()
        if one.entry["confidence"] != "illustrative"
        and all(register()[fact]["confidence"] == "illustrative" for fact in one.entry["facts"])
    }

    assert alone == set()


def test_reasons_are_sentences_and_facts_are_counted_once():
    assert len(register()) == 436
    assert all(len(reason) >= 8 for reason in set_aside().values())
    assert max(Counter(row["region"] for row in register().values()).values()) == 67
