"""Write the output of a transaction: every field of the catalogue, amounts as JSON numbers.

Amounts, prices and ratios become Decimal with the decimals of their type; the JSON writer has to print them as numbers.
An optional field that a verb leaves out is "" for a text, 0 for a number, null for a day or a time, as the interface
has it. Leaving out a required one is a bug.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any, Final

from yibaobox.domain.clock import SHANGHAI
from yibaobox.settlement.catalogue import Field, Form, Node, spec

_Writer = Callable[[Any], Any]
_Line = tuple[str, _Writer, bool, Any]  # name, writer, needed, what stands for an absent value
_RATIO: Final = Decimal("0.0001")  # N5,4
_PPM: Final = Decimal("0.000001")


def render(infno: str, values: Mapping[str, Any] | list[Mapping[str, Any]]) -> Any:
    """Return the `output` of a transaction; AssertionError for an unknown, missing or mistyped field."""
    return _writer_of(infno)(values)


@cache
def _writer_of(infno: str) -> _Writer:
    node = spec(infno).answers
    if not node.fields:
        return _nothing
    return _rows(node) if node.is_array else _object(node, node.name or infno)


def _nothing(values: Any) -> None:
    assert not values, "this transaction has no output"


def _object(node: Node, where: str) -> _Writer:
    known = frozenset(field.name for field in node.fields)
    lines = [(each.name, _writer(each), "base" in each.required_in, _absent(each)) for each in node.fields]

    def write(values: Any) -> dict[str, Any]:
        assert known.issuperset(values), f"{where} has no field {sorted(set(values) - known)}"
        get = values.get
        try:
            return {
                name: writer(value) if (value := get(name)) is not None or needed else absent
                for name, writer, needed, absent in lines
            }
        except AssertionError as error:
            raise _named(error, values, lines, where) from error

    return write


def _named(error: AssertionError, values: Mapping[str, Any], lines: list[_Line], where: str) -> AssertionError:
    """Return the error with the name of the field that cannot be written."""
    for name, writer, needed, _ in lines:
        if values.get(name) is None:
            if needed:
                return AssertionError(f"{where}.{name} is missing")
            continue
        try:
            writer(values[name])
        except AssertionError as cause:
            return AssertionError(f"{where}.{name} cannot be written: {cause}")
    return error


def _rows(node: Node) -> _Writer:
    write = _object(node, node.name)

    def write_all(rows: Any) -> list[dict[str, Any]]:
        return [write(row) for row in rows]

    return write_all


def _writer(field: Field) -> _Writer:
    if field.child is None:
        return _FORMS[field.form]
    return _rows(field.child) if field.child.is_array else _object(field.child, field.child.name)


def _absent(field: Field) -> Any:
    if field.child is not None:
        return [] if field.child.is_array else None
    if field.form in {Form.TEXT, Form.SERIAL}:
        return ""
    if field.form in {Form.DATE, Form.TIME, Form.BOOL, Form.ANY}:
        return None
    return _FORMS[field.form](0)


def _whole(value: Any) -> int:
    assert type(value) is int, f"{value!r} is no whole number"
    return value


def _scaled(decimals: int) -> _Writer:
    unit = Decimal(1).scaleb(-decimals)  # a product with it is exact and has its decimals

    def write(value: Any) -> Decimal:
        assert type(value) is int, f"{value!r} is no whole number of 10^-{decimals}"
        return value * unit

    return write


def _ratio(value: Any) -> Decimal:
    assert type(value) is int, f"{value!r} is no whole number of parts per million"
    return (value * _PPM).quantize(_RATIO, ROUND_HALF_UP)


def _decimal(value: Any) -> Decimal:
    assert isinstance(value, int | Decimal), f"{value!r} is no Decimal"
    return Decimal(value)


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
    Form.PPM: _ratio,
    Form.INTEGER: _whole,
    Form.DECIMAL: _decimal,
    Form.DATE: _day,
    Form.TIME: _moment,
    Form.BOOL: _bool,
    Form.ANY: _any,
}
