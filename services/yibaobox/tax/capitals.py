"""Amounts in capitals (大写), as receipts have them."""

from __future__ import annotations

from typing import Final

_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("", "拾", "佰", "仟")
_GROUPS: Final = ("", "万", "亿", "兆")


def written(fen: int) -> str:
    """Write an amount that is not negative: 320.05 is 叁佰贰拾元零伍分, whole yuan end in 整."""
    assert fen >= 0, "a receipt is over an amount"
    yuan, jiao, rest = fen // 100, fen // 10 % 10, fen % 10
    told = _whole(yuan) + "元" if yuan else ""
    if not jiao and not rest:
        return (told or "零元") + "整"
    if jiao:
        told += f"{_DIGITS[jiao]}角"
    elif yuan:
        told += "零"
    return told + (f"{_DIGITS[rest]}分" if rest else "整")


def _whole(number: int) -> str:
    """Write a whole number: groups of four places; empty places between digits are said once, as 零."""
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    told, gap = "", False
    for power in range(len(groups) - 1, -1, -1):
        group = groups[power]
        if group:
            empty = gap or group < 1000  # noqa: PLR2004 - the first of its four places is empty
            told += ("零" if told and empty else "") + _four(group) + _GROUPS[power]
        gap = not group
    return told


def _four(group: int) -> str:
    told, gap = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if digit:
            told += ("零" if gap and told else "") + _DIGITS[digit] + _PLACES[place]
            gap = False
        else:
            gap = True
    return told
