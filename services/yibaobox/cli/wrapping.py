"""Break Chinese text into lines: anywhere between its characters, but not inside figures nor before punctuation."""

from __future__ import annotations

import re
from typing import Final

from rich.cells import cell_len

_PIECE: Final = re.compile(r"[!-~]+|.", re.DOTALL)
_NOT_FIRST: Final = frozenset("，。；：、！？）》」”’%")
_NOT_LAST: Final = frozenset("（《「“‘")


def wrapped(text: str, width: int) -> str:
    """Return the text with line breaks, so that no line is wider than `width` cells where its pieces allow it."""
    lines = [""]
    for piece in _pieces(text):
        if cell_len(lines[-1]) + cell_len(piece.rstrip()) > width and lines[-1]:
            lines[-1] = lines[-1].rstrip()
            lines.append(piece.lstrip())
        else:
            lines[-1] += piece
    return "\n".join(line.rstrip() for line in lines)


def _pieces(text: str) -> list[str]:
    """Split into what stays together: a run of ASCII, a character with the punctuation around it."""
    pieces: list[str] = []
    for piece in _PIECE.findall(text):
        if pieces and (piece in _NOT_FIRST or pieces[-1][-1] in _NOT_LAST):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces
