"""Money as whole fen, ratios as whole parts per million, one rounding.

On the wire amounts are yuan with at most two decimals, unit prices with at most six (`pric`, N16,6) and quantities
with at most four (`cnt`, N16,4). In here everything is an integer and the unit stands last in the name. Reading is
strict: what could only be read by guessing or rounding is refused.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from yibaobox.domain.errors import InvalidInput

PPM: Final = 1_000_000
FEN_MAX: Final = 10**14 - 1  # N16,2: fourteen digits before the point
_PRICE_UNIT: Final = 1_000_000  # `pric` counts 10^-6 yuan
_COUNT_UNIT: Final = 10_000  # `cnt` counts 10^-4 pieces
_NUMBER: Final = re.compile(r"(-?)(0|[1-9][0-9]{0,13})(?:\.([0-9]{1,6}))?", re.ASCII)


def parse_yuan(value: object) -> int:
    """Read an amount of yuan and return fen; refuse more than two decimals."""
    return _scaled(value, 2)


def parse_price(value: object) -> int:
    """Read a unit price in yuan and return 10^-6 yuan; refuse more than six decimals."""
    return _scaled(value, 6)


def parse_count(value: object) -> int:
    """Read a quantity and return 10^-4 pieces; refuse more than four decimals."""
    return _scaled(value, 4)


def format_yuan(fen: int) -> str:
    """Write fen as yuan with exactly two decimals."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def half_up(numerator: int, denominator: int) -> int:
    """Divide and round to the nearest whole number, a half away from zero."""
    assert denominator > 0, "a rounding has a positive denominator"
    quotient, remainder = divmod(abs(numerator), denominator)
    rounded = quotient + (2 * remainder >= denominator)
    return rounded if numerator >= 0 else -rounded


def share(amount_fen: int, ratio_ppm: int) -> int:
    """Return the part of an amount that a ratio gives, in fen, rounded half up once."""
    return half_up(amount_fen * ratio_ppm, PPM)


def row_fen(count_e4: int, price_e6: int) -> int:
    """Return quantity times unit price in fen, rounded half up (architecture: a detail row)."""
    return half_up(count_e4 * price_e6, _COUNT_UNIT * _PRICE_UNIT // 100)


def _scaled(value: object, decimals: int) -> int:
    """Read a decimal number exactly as an integer of 10^-decimals."""
    text = _plain(value)
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise InvalidInput(f"“{text[:32]}”不是规范的数字", value=text[:32])
    sign, whole, fraction = match[1], match[2], match[3] or ""
    if len(fraction) > decimals:
        raise InvalidInput(f"“{text}”的小数位超过{decimals}位", value=text)
    scaled = int(whole) * 10**decimals + int(fraction.ljust(decimals, "0") or "0")
    if sign and scaled == 0:
        raise InvalidInput("不接受负零", value=text)
    result: int = -scaled if sign else scaled
    return result


def _plain(value: object) -> str:
    """Return the digits of a text, an integer or a Decimal; refuse every other type."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        if abs(value) > FEN_MAX:  # also because str() of thousands of digits raises
            raise InvalidInput("数字过大")
        return str(value)
    if isinstance(value, Decimal):
        # str() of a Decimal keeps the exponent that the sender wrote, and the pattern refuses it.
        return str(value)
    raise InvalidInput("金额或数量必须是数字或数字文本", type=type(value).__name__)
