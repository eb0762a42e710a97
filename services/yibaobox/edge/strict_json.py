"""JSON as every interface here reads and writes it: strict on the way in, exact on the way out.

The standard library's parser accepts far more than RFC 8259 needs and turns fractions into floats; its hooks are enough
to close each gap. What is refused, and why, is the list of `Refused` messages below.

Most texts are plain, and for those orjson gives the same value, or the same text, in a fraction of the time. It is
asked first; whatever is not beyond doubt goes the strict way, which alone decides what is refused, and in which words.
Where there is no orjson (it is made for CPython) everything goes that way.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from yibaobox.domain.errors import InvalidJson, PayloadTooLarge

orjson: Final[Any] = import_module("orjson") if find_spec("orjson") else None

LIMIT: Final = 1 << 20
DEPTH: Final = 32
_INT_DIGITS: Final = 18
_FRACTION_DIGITS: Final = 30
_EXPONENT: Final = 18
_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_OPENING: Final = (b"[", b"{")
_CLOSING: Final = (b"]", b"}")
_INT_MAX: Final = 10**_INT_DIGITS
_quote: Final = json.encoder.encode_basestring


def loads(data: bytes, *, limit: int = LIMIT, depth: int = DEPTH) -> Any:
    """Read one JSON text: whole numbers as int, others as Decimal.

    Raises InvalidJson (400) or PayloadTooLarge (413). No message repeats a word of the input.
    """
    if len(data) > limit:
        raise PayloadTooLarge(f"请求体超过 {limit} 字节")
    _check_depth(data, depth)
    plain = _DOUBTFUL if orjson is None else _plain(data)
    return _strict(data) if plain is _DOUBTFUL else plain


def _strict(data: bytes) -> Any:
    """Read with every check."""
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


def dumps(value: Any) -> str:
    """Write JSON without spaces; a Decimal keeps its digits, Chinese stays readable."""
    quick = _quick(value, _OURS)
    if quick is not None:
        return quick.decode()
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_not_plain)
    except _HasDecimalError:
        return "".join(_pieces(value, ordered=False))


def canonical(value: Any) -> bytes:
    """Write JSON in one way only: keys sorted, no spaces, UTF-8. Two equal trees give equal bytes."""
    quick = _quick(value, _SORTED)
    return "".join(_pieces(value, ordered=True)).encode("utf-8") if quick is None else quick


# --- the quick way, for what is beyond doubt ---
_DOUBTFUL: Final = object()
_OURS: Final = 0 if orjson is None else orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
_SORTED: Final = 0 if orjson is None else _OURS | orjson.OPT_SORT_KEYS


class _DoubtError(Exception):
    """Something that the strict way has to judge."""


def _plain(data: bytes) -> Any:
    """Return the value of a text without fractions, zeros, long integers or repeated keys, else `_DOUBTFUL`."""
    escaped = 0
    if b"\\" in data:
        if b"\\u" in data or b"\\\\" in data:
            return _DOUBTFUL
        escaped = data.count(b'\\"')
    try:
        value = orjson.loads(data)
        texts = _texts(value)
    except (orjson.JSONDecodeError, _DoubtError):
        return _DOUBTFUL
    # orjson keeps the last of two equal keys. As many quotes as the texts of the tree need: none was lost.
    return value if data.count(b'"') - escaped == 2 * texts else _DOUBTFUL


def _texts(value: Any) -> int:
    """Count the texts of a tree, keys too; doubt what orjson reads otherwise: fractions, -0, long integers."""
    kind = type(value)
    if kind is str:
        return 1
    if kind is dict:
        count = len(value)
        for each in value.values():
            count += 1 if type(each) is str else _texts(each)
        return count
    if kind is list:
        return sum(map(_texts, value))
    if kind is float or (kind is int and (value == 0 or not -_INT_MAX < value < _INT_MAX)):
        raise _DoubtError
    return 0


def _quick(value: Any, option: int) -> bytes | None:
    """Return a tree of plain values and Decimals as orjson writes it, nothing where the strict way has to judge."""
    if orjson is None or _has_float(value):
        return None
    try:
        written: bytes = orjson.dumps(value, default=_digits, option=option)
    except TypeError:  # lone surrogates, integers of more than 64 bits, keys that are no text, what JSON cannot carry
        return None
    return written


def _has_float(value: Any) -> bool:
    kind = type(value)
    if kind is not dict and kind is not list and kind is not tuple:
        return isinstance(value, float)
    for each in value.values() if kind is dict else value:  # noqa: SIM110 - a generator costs more than the check
        if type(each) not in _SAFE and _has_float(each):
            return True
    return False


_SAFE: Final = frozenset({str, int, bool, type(None), Decimal})


def _digits(value: Any) -> Any:
    if type(value) is Decimal and value.is_finite():
        return orjson.Fragment(format(value, "f"))
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
