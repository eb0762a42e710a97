"""Write the output of a transaction: every field of the catalogue, amounts as JSON numbers.

Amounts, prices and ratios become numbers with the decimals of their type, which the JSON writer prints as they are. An
optional field that a verb leaves out is "" for a text, 0 for a number, null for a day or a time, as the interface has
it. Leaving out a required one is a bug.

A node is written by a function generated from the catalogue, as the validators are; only what it cannot write is looked
at field by field, to name it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any, Final

from yibaobox.domain.clock import SHANGHAI
from yibaobox.edge import strict_json
from yibaobox.settlement.catalogue import Field, Form, Node, spec
from yibaobox.settlement.schemas.compiled import executed

_Writer = Callable[[Any], Any]
_OFTEN: Final = 4096  # numbers of a kind
_RATIO: Final = Decimal("0.0001")  # N5,4


def render(infno: str, values: Mapping[str, Any] | list[Mapping[str, Any]]) -> Any:
    """Return the `output` of a transaction; AssertionError for an unknown, missing or mistyped field."""
    return _writer_of(infno)(values)


@cache
def _writer_of(infno: str) -> _Writer:
    node = spec(infno).answers
    return _node(node, node.name or infno) if node.fields else _nothing


def _nothing(values: Any) -> None:
    assert not values, "this transaction has no output"


def _node(node: Node, where: str) -> _Writer:
    """Generate the function that writes a node."""
    writers = {each.name: _writer(each) for each in node.fields}
    needed = frozenset(each.name for each in node.fields if "base" in each.required_in)

    def bug(values: Any, error: Exception) -> AssertionError:
        return _named(values, writers, needed, where) or AssertionError(f"{where} cannot be written: {error}")

    names: dict[str, Any] = {"known": frozenset(writers), "bug": bug}
    lines = [f"{each.name!r}: {_expression(each, f'w{i}', names, writers)}," for i, each in enumerate(node.fields)]
    text = _FUNCTION.format(lines="\n            ".join(lines))
    write: _Writer = executed(text, names, f"<writer {where}>")["write"]
    return (lambda rows: [write(row) for row in rows]) if node.is_array else write


_FUNCTION: Final = """\
def write(row):
    get = row.get
    try:
        if not known.issuperset(row):
            raise AssertionError
        return {{
            {lines}
        }}
    except (AssertionError, KeyError) as error:
        raise bug(row, error) from error
"""


def _expression(field: Field, w: str, names: dict[str, Any], writers: Mapping[str, _Writer]) -> str:
    """Return what makes the value of a field of `row`; what it names stands in `names`."""
    name, writer = field.name, writers[field.name]
    names[w] = writer
    needed = "base" in field.required_in
    v = f"(v := row[{name!r}])" if needed else f"(v := get({name!r}))"
    if field.child is None and field.form in {Form.TEXT, Form.SERIAL}:
        written = f"v if type{v} is str"
    elif isinstance(writer, _Numbers):
        written = f"{w}[v] if type{v} is int"
    else:
        return f"{w}(row[{name!r}])" if needed else f"{w}(v) if {v} is not None else {_absent(field, w, names)}"
    return f"{written} else {w}(v)" if needed else f"{written} else {_absent(field, w, names)} if v is None else {w}(v)"


def _absent(field: Field, w: str, names: dict[str, Any]) -> str:
    """Return what stands for an absent value."""
    if field.child is not None:
        return "[]" if field.child.is_array else "None"
    if field.form in {Form.TEXT, Form.SERIAL}:
        return "''"
    if field.form in {Form.DATE, Form.TIME, Form.BOOL, Form.ANY}:
        return "None"
    names[f"{w}_absent"] = _FORMS[field.form](0)
    return f"{w}_absent"


def _named(values: Any, writers: Mapping[str, _Writer], needed: frozenset[str], where: str) -> AssertionError | None:
    """Return the error with the name of the field that cannot be written."""
    if unknown := set(values) - set(writers):
        return AssertionError(f"{where} has no field {sorted(unknown)}")
    for name, writer in writers.items():
        if values.get(name) is None:
            if name in needed:
                return AssertionError(f"{where}.{name} is missing")
            continue
        try:
            writer(values[name])
        except AssertionError as cause:
            return AssertionError(f"{where}.{name} cannot be written: {cause}")
    return None


def _writer(field: Field) -> _Writer:
    return _FORMS[field.form] if field.child is None else _node(field.child, field.child.name)


class _Numbers(dict[int, Any]):
    """Whole numbers of a unit as they are written; amounts come again and again."""

    def __init__(self, told: str, digits: Callable[[int], str]) -> None:
        super().__init__()
        self._told = told
        self._digits = digits

    def __call__(self, value: Any) -> Any:
        assert type(value) is int, f"{value!r} is no whole number of {self._told}"
        return self[value]

    def __missing__(self, value: int) -> Any:
        if len(self) >= _OFTEN:
            self.clear()
        self[value] = number = strict_json.number(self._digits(value))
        return number


def _scaled(decimals: int) -> _Numbers:
    unit = Decimal(1).scaleb(-decimals)  # a product with it is exact and has its decimals
    return _Numbers(f"10^-{decimals}", lambda value: f"{value * unit:f}")


def _ratio(value: int) -> str:
    return f"{Decimal(value).scaleb(-6).quantize(_RATIO, ROUND_HALF_UP):f}"


def _whole(value: Any) -> int:
    assert type(value) is int, f"{value!r} is no whole number"
    return value


def _decimal(value: Any) -> Any:
    if type(value) is int:
        return value
    assert isinstance(value, Decimal), f"{value!r} is no Decimal"
    return strict_json.number(f"{value:f}")


def _text(value: Any) -> str:
    assert isinstance(value, str), f"{value!r} is no text"
    return value


def _day(value: Any) -> str:
    assert isinstance(value, date), f"{value!r} is no day"
    return value.isoformat()[:10]


def _moment(value: Any) -> str:
    assert isinstance(value, datetime), f"{value!r} is no instant"
    assert value.tzinfo is not None, "an instant has a zone"
    return value.astimezone(SHANGHAI).isoformat(" ", "seconds")[:19]


def _bool(value: Any) -> bool:
    assert isinstance(value, bool), f"{value!r} is no boolean"
    return value


def _any(value: Any) -> Any:
    return value


_FORMS: Final[dict[Form, _Writer]] = {
    Form.TEXT: _text,
    Form.SERIAL: _text,
    Form.FEN: _scaled(2),
    Form.E4: _scaled(4),
    Form.E6: _scaled(6),
    Form.PPM: _Numbers("parts per million", _ratio),
    Form.INTEGER: _whole,
    Form.DECIMAL: _decimal,
    Form.DATE: _day,
    Form.TIME: _moment,
    Form.BOOL: _bool,
    Form.ANY: _any,
}
