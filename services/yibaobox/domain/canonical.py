"""JSON as it is kept: a value has one text, which hashes and comparisons rely on.

The standard library decides what that text is. orjson writes the same one in a fraction of the time and is asked for
values of which that is beyond doubt; where there is no orjson (it is made for CPython) nothing is asked of it.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

orjson: Final[Any] = import_module("orjson") if find_spec("orjson") else None
EXACT: Final = 0 if orjson is None else orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
SORTED: Final = 0 if orjson is None else EXACT | orjson.OPT_SORT_KEYS
PLAIN: Final[frozenset[type]] = frozenset({str, int, bool, type(None)})
TOLD: Final[frozenset[type]] = PLAIN | {Decimal, date, datetime}  # what `str` is asked for


def written(
    value: Any, *, default: Callable[[Any], Any] | None = None, ordered: bool = True, exact: bool = False
) -> str:
    """Write JSON without spaces and without escapes that are not needed; keys sorted unless told otherwise.

    Raises what `json.dumps` raises. `default` is asked as there. With `exact` no float is in it: the caller vouches.
    """
    leaves = TOLD if default is str else PLAIN
    found = quick(value, SORTED if ordered else EXACT, leaves, default, exact=exact)
    return _strict(value, default, ordered=ordered) if found is None else found.decode()


def encoded(value: Any, *, default: Callable[[Any], Any] | None = None) -> bytes:
    """Write JSON as `written` does, its keys as they come, in UTF-8, which has a question mark for lone surrogates."""
    found = quick(value, EXACT, TOLD if default is str else PLAIN, default)
    return _strict(value, default, ordered=False).encode("utf-8", "replace") if found is None else found


def quick(
    value: Any, option: int, leaves: frozenset[type], default: Callable[[Any], Any] | None, *, exact: bool = False
) -> bytes | None:
    """Return a tree of such leaves as orjson writes it, nothing where that is not beyond doubt. `exact` as above."""
    if orjson is None or not (exact or holds_only(value, leaves)):
        return None
    try:
        text: bytes = orjson.dumps(value, default=default, option=option)
    except TypeError:  # lone surrogates, integers of more than 64 bits, keys that are no text, what JSON cannot carry
        return None
    return text


def _strict(value: Any, default: Callable[[Any], Any] | None, *, ordered: bool) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=ordered, separators=(",", ":"), default=default)


def holds_only(value: Any, leaves: frozenset[type]) -> bool:
    """Tell whether a tree is made of dicts, lists, tuples and leaves of these very types: no float, no subclass."""
    kind = type(value)
    if kind is dict:
        value = value.values()
    elif kind is not list and kind is not tuple:
        return kind in leaves
    if leaves.issuperset(map(type, value)):
        return True
    return all(type(each) in leaves or holds_only(each, leaves) for each in value)
