"""JSON as every interface here reads and writes it: strict on the way in, exact on the way out.

The standard library's parser accepts far more than RFC 8259 needs and turns fractions into floats; its hooks are enough
to close each gap. What is refused, and why, is the list of `Refused` messages below.

Most texts are plain, and for those orjson gives the same value, or the same text, in a fraction of the time. It is
asked first; whatever is not beyond doubt goes the strict way, which alone decides what is refused, and in which words.
Where there is no orjson (it is made for CPython) everything goes that way.
"""

import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import compress
from typing import Any, Final

from yibaobox.domain import canonical as canonical_json
from yibaobox.domain.canonical import EXACT, SORTED, orjson
from yibaobox.domain.errors import InvalidJson, PayloadTooLarge

LIMIT: Final = 1 << 20
DEPTH: Final = 32
_INT_DIGITS: Final = 18
_FRACTION_DIGITS: Final = 30
_EXPONENT: Final = 18
_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_OPENING: Final = (b"[", b"{")
_CLOSING: Final = (b"]", b"}")
_INT_MAX: Final = 10**_INT_DIGITS
_LOOKED_AT: Final = frozenset({dict, list, float, int})
_quote: Final = json.encoder.encode_basestring


def loads(data: bytes, *, limit: int = LIMIT, depth: int = DEPTH) -> Any:
    """Read one JSON text: whole numbers as int, others as Decimal.

    Raises InvalidJson (400) or PayloadTooLarge (413). No message repeats a word of the input.
    """
    if len(data) > limit:
        raise PayloadTooLarge(f"请求体超过 {limit} 字节")
    return _read(data, depth, _DECIMALS)


def loads_to_show(data: bytes) -> Any:
    """Read as `loads` does what is only masked and written again: short fractions come as `Kept`."""
    if len(data) > LIMIT:
        raise PayloadTooLarge(f"请求体超过 {LIMIT} 字节")
    return _read(data, DEPTH, _KEPT)


def _read(data: bytes, depth: int, with_fractions: json.JSONDecoder) -> Any:
    try:
        return _plain(data, depth, with_fractions)
    except (_DoubtError, InvalidJson, ValueError, TypeError, RecursionError):
        return _strict(data, depth)


def _strict(data: bytes, depth: int = DEPTH) -> Any:
    """Read with every check."""
    _check_depth(data, depth)
    try:
        value = _DECODER.decode(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise InvalidJson("请求体不是 UTF-8 编码") from None
    except json.JSONDecodeError as error:
        # The library's exception carries the whole document; it must not reach a log.
        place = f"第 {error.lineno} 行第 {error.colno} 列"
        raise InvalidJson(f"请求体不是合法的 JSON（{place}）") from None
    if b"\\u" in data:
        # Only an escape can bring these in: UTF-8 has no surrogates, the parser refuses control characters.
        _check_text(value)
    return value


def dumps(value: Any, *, exact: bool = False) -> str:
    """Write JSON without spaces; a Decimal keeps its digits, Chinese stays readable.

    With `exact` the caller vouches that there is no float in the tree: it was read here, or made of a schema's values.
    """
    quick = _quick(value, EXACT, exact=exact)
    if quick is not None:
        return quick.decode()
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_not_plain)
    except _HasDecimalError:
        return "".join(_pieces(value, ordered=False))


def encoded(value: Any, *, exact: bool = False) -> bytes:
    """Write JSON as `dumps` does, in UTF-8."""
    quick = _quick(value, EXACT, exact=exact)
    return dumps(value).encode("utf-8") if quick is None else quick


def canonical(value: Any, *, exact: bool = False) -> bytes:
    """Write JSON in one way only: keys sorted, no spaces, UTF-8. Two equal trees give equal bytes. `exact` as above."""
    quick = _quick(value, SORTED, exact=exact)
    return "".join(_pieces(value, ordered=True)).encode("utf-8") if quick is None else quick


# --- the quick way, for what is beyond doubt ---
Kept: Final[Any] = None if orjson is None else orjson.Fragment
KEPT_MAX: Final = 10  # characters of a fraction that comes as `Kept`
_OFTEN: Final = 4096  # fractions
_LEAVES: Final[frozenset[type]] = canonical_json.PLAIN | {Decimal}
# What the value of an escape may upset: a NUL is refused, a quote is counted.
_ODD_ESCAPE: Final = b"\\u00"
# A sign before a zero is lost in an int. Inside a text the mark of a zero with a sign only makes a doubt.
_SIGNED_ZERO: Final = re.compile(rb"-0(?<![^:,\[\s]-0)")  # begins with what is searched for: quicker than `[:,\[\s]-0`
_FRACTION: Final = re.compile(rb"\.[0-9]+[,}\]\s]")  # most likely one


def number(text: str) -> Any:
    """Return a number that is written with these digits; one of few digits is `Kept`, as `loads_to_show` reads it."""
    return Decimal(text) if Kept is None or len(text) > KEPT_MAX else Kept(text)


class _DoubtError(Exception):
    """Something that the strict way has to judge."""


class _FractionError(_DoubtError):
    """A fraction, of which orjson makes a float."""


def _plain(data: bytes, depth: int, with_fractions: json.JSONDecoder) -> Any:
    """Return the value of a text without long integers, repeated keys or deep trees, else raise a doubt."""
    if orjson is None or _ODD_ESCAPE in data or _SIGNED_ZERO.search(data):
        raise _DoubtError
    # The library's own reader takes lone surrogates, so what it is given has no escapes of that kind, or is known well.
    likely = _FRACTION.search(data) is not None and b"\\u" not in data
    value = with_fractions.decode(data.decode()) if likely else orjson.loads(data)
    try:
        texts = _texts(value, depth)
    except _FractionError:
        value = with_fractions.decode(data.decode())
        texts = _texts(value, depth)
    # Both readers keep the last of two equal keys. As many quotes as the texts of the tree need: none was lost.
    quotes = orjson.dumps(value, default=_digits).count(b'"') if b"\\" in data else 2 * texts
    if data.count(b'"') != quotes:
        raise _DoubtError
    return value


class _Fractions(dict[str, Any]):
    """Fractions by their texts, for amounts come again and again."""

    def __init__(self, *, kept: bool) -> None:
        super().__init__()
        self._kept = kept

    def __missing__(self, text: str) -> Any:
        value: Any = _fraction(text)
        if len(text) > KEPT_MAX:
            return value
        if self._kept and "e" not in text.lower():
            value = Kept(text)
        if len(self) >= _OFTEN:
            self.clear()
        self[text] = value
        return value


def _texts(value: Any, depth: int) -> int:
    """Count the texts of a tree, keys too; doubt what orjson reads otherwise: fractions, long integers, depth."""
    kind = type(value)
    if kind is dict:
        return len(value) + _texts_of(value.values(), depth)
    if kind is list:
        return _texts_of(value, depth)
    return _texts_of((value,), depth + 1)


def _texts_of(items: Iterable[Any], depth: int) -> int:
    if not depth:
        raise _DoubtError
    kinds = [*map(type, items)]
    count = kinds.count(str)
    for each in compress(items, map(_LOOKED_AT.__contains__, kinds)):
        kind = type(each)
        if kind is dict or kind is list:
            count += _texts(each, depth - 1)
        elif kind is float:
            raise _FractionError
        elif kind is int and not -_INT_MAX < each < _INT_MAX:
            raise _DoubtError
    return count


def _quick(value: Any, option: int, *, exact: bool = False) -> bytes | None:
    """Return a tree of plain values and Decimals as orjson writes it, nothing where the strict way has to judge."""
    return None if orjson is None else canonical_json.quick(value, option, _LEAVES, _digits, exact=exact)


def _digits(value: Any) -> Any:
    if type(value) is Decimal and value.is_finite():
        text = str(value)
        return orjson.Fragment(format(value, "f") if "E" in text else text)
    raise TypeError


class _HasDecimalError(Exception):
    """The fast encoder has met a Decimal."""


def _not_plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        raise _HasDecimalError
    raise TypeError(f"JSON cannot carry a {type(value).__name__}")


def _pieces(value: Any, *, ordered: bool) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _members(value, ordered=ordered)
    elif isinstance(value, list | tuple):
        yield from _items(value, ordered=ordered)
    else:
        yield _scalar(value)


def _members(value: dict[str, Any], *, ordered: bool) -> Iterator[str]:
    mark = "{"
    for key in sorted(value) if ordered else value:
        yield f"{mark}{_quote(key)}:"
        yield from _pieces(value[key], ordered=ordered)
        mark = ","
    yield "}" if value else "{}"


def _items(value: list[Any] | tuple[Any, ...], *, ordered: bool) -> Iterator[str]:
    mark = "["
    for item in value:
        yield mark
        yield from _pieces(item, ordered=ordered)
        mark = ","
    yield "]" if value else "[]"


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return _quote(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    raise TypeError(f"JSON cannot carry a {type(value).__name__}")


def _check_depth(data: bytes, depth: int) -> None:
    """Refuse deep nesting before the recursive parser sees it; text inside strings does not count."""
    if data.count(b"[") + data.count(b"{") <= depth:
        return
    level = 0
    for match in _TOKEN.finditer(data):
        token = match.group()
        if token in _OPENING:
            level += 1
        elif token in _CLOSING:
            level -= 1
        if level > depth:
            raise InvalidJson(f"JSON 嵌套超过 {depth} 层")


def _check_text(value: Any) -> None:
    if isinstance(value, str):
        _check_string(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_string(key)
            _check_text(item)
    elif isinstance(value, list):
        for item in value:
            _check_text(item)


def _check_string(text: str) -> None:
    if "\0" in text:
        raise InvalidJson("JSON 字符串不得含有空字符")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidJson("JSON 字符串含有不成对的代理字符") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise InvalidJson("JSON 对象有重复的键")
    return members


def _integer(text: str) -> int | Decimal:
    if len(text.lstrip("-")) > _INT_DIGITS:
        raise InvalidJson(f"JSON 整数超过 {_INT_DIGITS} 位")
    if text == "-0":
        return Decimal(text)  # int would drop the sign that a money field has to refuse
    return int(text)


def _fraction(text: str) -> Decimal:
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa) > _FRACTION_DIGITS + 2:
        raise InvalidJson(f"JSON 数字超过 {_FRACTION_DIGITS} 位")
    if exponent and (len(exponent) > 4 or abs(int(exponent)) > _EXPONENT):  # noqa: PLR2004 - a sign and three digits
        raise InvalidJson("JSON 数字的指数过大")
    return Decimal(text)


def _constant(_: str) -> Any:
    raise InvalidJson("JSON 不允许 NaN 或 Infinity")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=_fraction,
    parse_int=_integer,
    parse_constant=_constant,
)
_DECIMALS: Final = json.JSONDecoder(parse_float=_Fractions(kept=False).__getitem__, parse_constant=_constant)
_KEPT: Final = json.JSONDecoder(parse_float=_Fractions(kept=True).__getitem__, parse_constant=_constant)
