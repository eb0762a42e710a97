"""Numbers of visits and settlements: texts of digits on the wire, whole numbers in here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from yibaobox.domain import canonical

_DIGITS: Final = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


def number_of(text: object) -> int | None:
    """Return the number that a wire text may stand for, or nothing."""
    return int(text) if isinstance(text, str) and _DIGITS.fullmatch(text) else None


def written(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """Write facts as JSON in one way only; days, times and decimals as the text that they have."""
    return canonical.written(value, default=str)
