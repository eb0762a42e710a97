"""Read single wire values fast: each reader returns the typed value, or None for one that is not allowed.

These are what the compiled validators call. The marshmallow fields in `contract` read the same values in another way,
so that the test that holds the two equal compares two opinions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from yibaobox.domain.clock import SHANGHAI

TOTAL_UNSTATED: Final = 22  # digits of a number whose size the catalogue does not state …
SCALE_UNSTATED: Final = 6  # … and its decimals
SERIAL_DIGITS_HUNAN: Final = 15
INTEGER_LIMIT: Final = 10**30  # JSON integers beyond are not even written out

# Years from 1900: an instant before year 1 would not survive conversion between zones, and nobody is that old.
_DAY: Final = re.compile(r"(?:19|[2-9][0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}").fullmatch
_MOMENT: Final = re.compile(r"(?:19|[2-9][0-9])[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}").fullmatch


# The same days, instants and amounts come again and again, on every row of a bill. What is remembered is bounded in
# number and, by a look at its length first, in size.
_OFTEN: Final = 4096


def day(value: object) -> date | None:
    """Read `yyyy-MM-dd`."""
    return _day(value) if type(value) is str and len(value) == 10 else None  # noqa: PLR2004 - as above


@lru_cache(_OFTEN)
def _day(text: str) -> date | None:
    if _DAY(text) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def moment(value: object) -> datetime | None:
    """Read `yyyy-MM-dd HH:mm:ss` as an instant in China."""
    return _moment(value) if type(value) is str and len(value) == 19 else None  # noqa: PLR2004 - as above


@lru_cache(_OFTEN)
def _moment(text: str) -> datetime | None:
    if _MOMENT(text) is None:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    except ValueError:
        return None


def scaled(total: int, scale: int, unit: int | None = None) -> Callable[[object], int | None]:
    """Return a reader of N(total, scale) as an integer of 10^-unit (10^-scale when not given)."""
    fits = _pattern(total, scale).fullmatch
    places = scale if unit is None else unit
    powers = tuple(10 ** (places - decimals) for decimals in range(scale + 1))
    one, limit, longest = 10**places, 10 ** (total - scale), total + 2  # a sign and a point

    @lru_cache(_OFTEN)
    def known(text: str) -> int | None:
        if fits(text) is None:
            return None
        whole, _, fraction = text.partition(".")
        number = int(whole + fraction) * powers[len(fraction)]
        return number if number or whole[0] != "-" else None

    def read(value: Any) -> int | None:
        kind = type(value)
        if kind is int:
            return int(value * one) if -limit < value < limit else None
        if kind is Decimal:
            value = str(value)
        elif kind is not str:
            return None
        return known(value) if len(value) <= longest else None

    return read


def decimal(total: int, scale: int) -> Callable[[object], Decimal | None]:
    """Return a reader of N(total, scale) as a Decimal."""
    fits, longest = _pattern(total, scale).fullmatch, total + 2  # a sign and a point

    @lru_cache(_OFTEN)
    def known(text: str) -> Decimal | None:
        if fits(text) is None:
            return None
        number = Decimal(text)
        return None if number == 0 and text[0] == "-" else number

    def read(value: object) -> Decimal | None:
        if type(value) is int and not -INTEGER_LIMIT < value < INTEGER_LIMIT:
            return None
        if type(value) not in {int, str, Decimal}:
            return None
        text = str(value)
        return known(text) if len(text) <= longest else None

    return read


def serial(value: object) -> str | None:
    """Read a serial number: any text of up to 30 characters, or a JSON integer of up to 30 digits."""
    if type(value) is int and 0 <= value < INTEGER_LIMIT:
        value = str(value)
    return value if type(value) is str and 0 < len(value) <= 30 else None  # noqa: PLR2004 - N30 and S30 in the catalogue


def serial_hunan(value: object) -> str | None:
    """Read a serial number as Hunan has it: up to 15 digits, not zero."""
    text = serial(value)
    if text is None or len(text) > SERIAL_DIGITS_HUNAN or not (text.isascii() and text.isdigit()):
        return None
    return text if int(text) else None


def _pattern(total: int, scale: int) -> re.Pattern[str]:
    """Plain ASCII digits: no plus, no exponent, no leading zero, no decimals beyond the scale."""
    whole = total - scale
    fraction = rf"(?:\.[0-9]{{1,{scale}}})?" if scale else ""
    return re.compile(rf"-?(?:0|[1-9][0-9]{{0,{whole - 1}}}){fraction}")
