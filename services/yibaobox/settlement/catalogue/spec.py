"""A transaction of the national interface as one tree of nodes and fields, built from the catalogue."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final, Literal, cast

from yibaobox.domain.errors import InvalidInput
from yibaobox.settlement.catalogue import readings
from yibaobox.settlement.catalogue.importer import Kind, Row, rows_of

Profile = Literal["base", "hunan"]
_BOTH: Final[frozenset[Profile]] = frozenset({"base", "hunan"})
_HUNAN: Final[frozenset[Profile]] = frozenset({"hunan"})
_MONEY_DIGITS: Final = 10  # a number of fewer digits is a measure, not an amount, a price or a quantity


class Form(StrEnum):
    """What a value is inside: its Python type and, for numbers, its unit."""

    TEXT = "text"  # str
    SERIAL = "serial"  # str, also accepted as a JSON integer
    FEN = "fen"  # int, N16,2 and the like
    E4 = "e4"  # int, 10^-4: quantities
    E6 = "e6"  # int, 10^-6 yuan: prices
    PPM = "ppm"  # int, parts per million: ratios, N5,4
    INTEGER = "integer"  # int
    DECIMAL = "decimal"  # Decimal
    DATE = "date"  # date
    TIME = "time"  # datetime, Asia/Shanghai
    BOOL = "bool"  # bool
    ANY = "any"  # whatever JSON holds
    NODE = "node"  # dict, or list of dicts


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a node, or a node as a field of the node that holds it."""

    name: str
    zh: str
    form: Form
    length: int | None = None
    total: int | None = None
    scale: int | None = None
    codes: str = ""  # name of the code list that is checked
    required_in: frozenset[Profile] = frozenset()
    blank: bool = False  # "" will do although required
    aliases: tuple[str, ...] = ()
    child: Node | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON object, or an array of such objects."""

    name: str
    is_array: bool
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field | None:
        """Return the field of that name or alias."""
        return next((field for field in self.fields if name == field.name or name in field.aliases), None)


@dataclass(frozen=True, slots=True)
class TransactionSpec:
    """One infno: its Chinese title, its paths, whether it writes, what it asks and answers."""

    infno: str
    title: str
    paths: tuple[str, ...]
    writes: bool
    asks: Node
    answers: Node


@cache
def spec(infno: str) -> TransactionSpec:
    """Return the specification of a transaction; InvalidInput for a number that the catalogue does not have."""
    if infno not in titles():
        raise InvalidInput(f"交易编号 {infno[:12]} 不存在", infno=infno[:12])
    rows = [*rows_of(infno), *(row for row in readings.ADDITIONS if row.infno == infno)]
    return TransactionSpec(
        infno=infno,
        title=titles()[infno],
        paths=(*paths().get(infno, ()), f"/fsi/api/{infno}"),
        writes=infno in readings.WRITES,
        asks=_root(infno, "in", [row for row in rows if row.direction == "in"]),
        answers=_root(infno, "out", [row for row in rows if row.direction == "out"]),
    )


@cache
def titles() -> dict[str, str]:
    """Return infno → Chinese title of every transaction in the catalogue."""
    return cast("dict[str, str]", _load("titles.json"))


@cache
def paths() -> dict[str, list[str]]:
    """Return infno → the paths that sites serve it on, besides the single URL and /fsi/api/<infno>."""
    return cast("dict[str, list[str]]", _load("paths.json"))


@cache
def codes(name: str) -> dict[str, str]:
    """Return code → meaning of a list, empty where there is none."""
    known = _dicts().get(name, {"codes": {}})["codes"]
    return {**known, **readings.CODES.get(name, {})} if known else {}


@cache
def _dicts() -> dict[str, dict[str, dict[str, str]]]:
    return cast("dict[str, dict[str, dict[str, str]]]", _load("dicts.json"))


def _load(name: str) -> object:
    return json.loads(files(__package__).joinpath(name).read_bytes())


def _root(infno: str, direction: str, rows: list[Row]) -> Node:
    """Build the node that `input` or `output` is."""
    nodes: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in rows:
        for place in _places(row):
            nodes[place].setdefault(row.name, row)  # twelve fields are printed twice in their node
    nested = {row.name for fields in nodes.values() for row in fields.values() if _holds(row, nodes)}
    inline = nodes.get("", {})
    tops = [name for name in nodes if name and name not in nested]
    fields = [_field(row, nodes, ("",)) for row in inline.values()]
    for position, name in enumerate(tops):
        required = direction == "in" and (position == 0 or (infno, name) in readings.REQUIRED_NODES)
        child = _node(name, nodes, ())
        fields.append(Field(name, "", Form.NODE, required_in=_BOTH if required else frozenset(), child=child))
    return Node("", (infno, direction) in readings.ROOT_ARRAYS, tuple(fields))


def _places(row: Row) -> tuple[str, ...]:
    where = (row.infno, row.direction, row.node)
    if where in readings.FILES:
        return ()
    return readings.PLACES.get(where, ("" if row.node in readings.INLINE else row.node,))


def _holds(row: Row, nodes: dict[str, dict[str, Row]]) -> bool:
    """Tell whether the field is the place of another node of the same message."""
    return row.kind in {Kind.LIST, Kind.OBJECT, Kind.ANY} and row.name in nodes and row.name != row.node


def _node(name: str, nodes: dict[str, dict[str, Row]], above: tuple[str, ...]) -> Node:
    rows = nodes[name].values()
    first = next(iter(rows))
    is_array = name in readings.ARRAYS or (first.infno, first.direction, name) in readings.ARRAYS_HERE
    return Node(name, is_array, tuple(_field(row, nodes, (*above, name)) for row in rows))


def _field(row: Row, nodes: dict[str, dict[str, Row]], above: tuple[str, ...]) -> Field:
    child = _node(row.name, nodes, above) if _holds(row, nodes) and row.name not in above else None
    if child is not None and row.kind is Kind.LIST:
        child = Node(child.name, is_array=True, fields=child.fields)
    form = Form.NODE if child is not None else _form(row)
    return Field(
        name=row.name,
        zh=row.zh,
        form=form,
        length=readings.LENGTHS.get(row.name, row.length),
        total=row.total,
        scale=row.scale,
        codes=row.name if row.coded and form is Form.TEXT and codes(row.name) else "",
        required_in=_required(row),
        blank=row.name in readings.BLANK,
        aliases=readings.ALIASES.get(row.name, ()),
        child=child,
    )


def _required(row: Row) -> frozenset[Profile]:
    """Hunan as printed; base without what C or M, having the node, do not have."""
    if not row.required:
        return frozenset()
    asked = row.direction == "in" and (row.infno, row.name) in readings.OF_HUNAN
    return _HUNAN if asked or "." in row.seen_in[1:3] else _BOTH


_PLAIN: Final = {Kind.TEXT: Form.TEXT, Kind.DATE: Form.DATE, Kind.TIME: Form.TIME, Kind.BOOL: Form.BOOL}
_UNITS: Final = {2: Form.FEN, 4: Form.E4, 6: Form.E6}


def _form(row: Row) -> Form:
    kind = readings.KINDS.get((row.infno, row.name), row.kind)
    if row.name in readings.SERIALS:
        return Form.SERIAL
    return _number_form(row) if kind is Kind.NUMBER else _PLAIN.get(kind, Form.ANY)


def _number_form(row: Row) -> Form:
    if row.total is None or row.scale is None:
        return Form.DECIMAL
    if row.scale == 0:
        return Form.INTEGER
    if (row.total, row.scale) == (5, 4):
        return Form.PPM
    return _UNITS.get(row.scale, Form.DECIMAL) if row.total >= _MONEY_DIGITS else Form.DECIMAL
