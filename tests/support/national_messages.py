"""Valid inputs and wrong values for every transaction, made from the catalogue."""

from __future__ import annotations

import copy
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from yibaobox.settlement.catalogue import Field, Form, Node, Profile, codes, spec

_CORE = "9001 1101 2201 2202 2203 2204 2205 2206 2207 2208 2601 2101 2102 2103 2401 2301 2302 2303 2304 2305 2402 2403"
CORE = _CORE.split()
_SCALES = {Form.FEN: 2, Form.E4: 4, Form.E6: 6, Form.PPM: 4, Form.INTEGER: 0}


def least(infno: str, profile: Profile = "hunan") -> dict[str, Any]:
    """An input with the required fields only."""
    return _least(spec(infno).asks, profile)


def _least(node: Node, profile: Profile) -> dict[str, Any]:
    return {field.name: _value(field, profile) for field in node.fields if profile in field.required_in}


def _value(field: Field, profile: Profile) -> Any:
    if field.child is not None:
        row = _least(field.child, profile)
        return [row] if field.child.is_array else row
    if field.codes:
        return next(iter(codes(field.codes)))
    plain = {Form.TEXT: "1", Form.SERIAL: "1", Form.DATE: "2025-11-20", Form.TIME: "2025-11-20 10:00:00"}
    return plain.get(field.form, "1")


def inputs(infno: str, profile: Profile) -> st.SearchStrategy[dict[str, Any]]:
    """Inputs that are mostly right."""
    return _node(spec(infno).asks, profile)


@st.composite
def _node(draw: st.DrawFn, node: Node, profile: Profile) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for field in node.fields:
        if profile not in field.required_in and draw(st.booleans()):
            continue
        name = draw(st.sampled_from((field.name, field.name, *field.aliases)))
        made[name] = draw(_good(field, profile))
    return made


def _good(field: Field, profile: Profile) -> st.SearchStrategy[Any]:
    if field.child is not None:
        row = _node(field.child, profile)
        return st.lists(row, min_size=1, max_size=2) if field.child.is_array else row
    if field.codes:
        return st.sampled_from(sorted(codes(field.codes)))
    if field.form is Form.TEXT:
        return st.text("甲乙aZ09 -", min_size=1, max_size=min(field.length or 50, 12))
    return _GOOD[field.form] if field.form in _GOOD else _numbers(field)


_GOOD: dict[Form, st.SearchStrategy[Any]] = {
    Form.SERIAL: st.one_of(st.integers(1, 10**15 - 1), st.integers(1, 10**15 - 1).map(str)),
    Form.DATE: st.dates(date(1900, 1, 1)).map(str),
    Form.TIME: st.datetimes(datetime(1900, 1, 1)).map(lambda at: str(at.replace(microsecond=0))),  # noqa: DTZ001 - a text
    Form.BOOL: st.booleans(),
    Form.ANY: st.one_of(st.text(max_size=3), st.dictionaries(st.text(max_size=2), st.integers(), max_size=2)),
}


def _numbers(field: Field) -> st.SearchStrategy[Any]:
    scale = _SCALES.get(field.form, field.scale or 0)
    whole = 10 ** ((field.total or 10) - scale) - 1
    exact = st.decimals(-whole, whole, places=scale, allow_nan=False).filter(lambda n: n != 0 or not n.is_signed())
    plain = exact.map(lambda n: format(n, "f"))
    return st.one_of(plain, plain.map(Decimal), st.integers(-whole, whole))


# What clients and testers send instead; some of it is right for some fields.
ODD: tuple[Any, ...] = (
    None,
    "",
    " ",
    "0",
    "1",
    "01",
    "-1",
    "+1",
    "1.0",
    "1.00",
    "1.000",
    "1.0000",
    "1.00000",
    "1.000000",
    "1.0000000",
    ".5",
    "5.",
    "-0",
    "-0.00",
    "1e2",
    "1E+2",
    "1_000",
    "1,000",
    "１２",
    "٣",
    "NaN",
    "Infinity",
    "1\n",
    "0x10",
    "9" * 12,
    "9" * 15,
    "9" * 16,
    "9" * 31,
    "000000000000000",
    0,
    1,
    -1,
    2,
    10**14,
    10**17,
    10**4000,
    -(10**4000),
    1.5,
    True,
    False,
    Decimal("1.5"),
    Decimal("1.50"),
    Decimal("1.005"),
    Decimal("1E+3"),
    Decimal("-0.0"),
    Decimal("NaN"),
    Decimal("sNaN"),
    Decimal("Infinity"),
    Decimal("1e-7"),
    Decimal("1e-9999"),
    Decimal("1e9999"),
    "2025-11-20",
    "2025-1-2",
    "2025-02-29",
    "2024-02-29",
    "2025-W47-4",
    "1899-12-31",
    "0001-01-01",
    "9999-12-31",
    "2025-11-20 10:00:00",
    "2025-11-20 24:00:00",
    "2025-11-20 10:00:60",
    "2025-11-20T10:00:00",
    "2025-11-20 10:00",
    "2025-11-20 10:00:00\n",
    "2025-11-20 10:00+08",
    "2025-W47-4 10:00:00",
    "２025-11-20",
    "0001-01-01 00:00:00",
    "9999-12-31 23:59:59",
    "20251120",
    [],
    {},
    [{}],
    [None],
    [[]],
    {"0": {}},
    "x" * 40,
    "x" * 65,
    "x" * 4001,
    "甲" * 21,
    "\x00",
    "\ud800",
    b"1",
)


@st.composite
def spoilt(draw: st.DrawFn, message: dict[str, Any]) -> dict[str, Any]:
    """The message with one or two places changed: a value replaced, a field dropped, an unknown one added."""
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.sampled_from(list(_places(message)) or [(message, "data")]))
        _spoil(draw, *place)
    return message


def _spoil(draw: st.DrawFn, holder: Any, key: Any) -> None:
    match draw(st.sampled_from(("replace", "replace", "replace", "drop", "add", "alias"))):
        case "replace":
            holder[key] = _odd(draw)
        case "drop" if isinstance(holder, dict):
            holder.pop(key, None)
        case "alias" if isinstance(holder, dict):
            holder[draw(st.sampled_from(("exp_content", "expContent", "dscg_time", "dscgTime")))] = draw(
                st.sampled_from((None, "", "{}", "2025-11-20", 5))
            )
        case _ if isinstance(holder, dict):
            holder[draw(st.sampled_from(("unknown", "_schema", "", "pric ", "data.x")))] = _odd(draw)


def _odd(draw: st.DrawFn) -> Any:
    """Return one of its own: the next change may be made inside it."""
    return copy.deepcopy(draw(st.sampled_from(ODD)))


def _places(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        return [(value, key) for key in value] + [place for each in value.values() for place in _places(each)]
    if isinstance(value, list):
        return [(value, index) for index in range(len(value))] + [place for each in value for place in _places(each)]
    return []
