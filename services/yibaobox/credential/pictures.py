"""A code as a picture: QR (ISO/IEC 18004) and Code 128 (ISO/IEC 15417), as SVG and PNG (C3).

The libraries are imported with the first picture: they are a tenth of a start.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from typing import Final

SVG: Final = "image/svg+xml"
PNG: Final = "image/png"
_QR_SCALE: Final = 8
_BAR_WIDTH: Final = 2  # pixels of the narrowest bar
_BAR_HEIGHT: Final = 120
_QUIET: Final = 10  # narrowest bars of white on each side, the least that the standard allows


def inline(text: str) -> str:
    """Return a QR code as SVG to be put into a page."""
    import segno  # noqa: PLC0415 - see above

    return str(segno.make_qr(text, error="m").svg_inline(scale=4))


def qr_svg(text: str) -> bytes:
    """Return a QR code as SVG."""
    return _qr(text, "svg")


def qr_png(text: str) -> bytes:
    """Return a QR code as PNG."""
    return _qr(text, "png")


def bar_svg(text: str) -> bytes:
    """Return a bar code as SVG: one path, a stroke for each bar."""
    bars = _bars(text)
    strokes = "".join(f"M{x} 0h1v60h-1z" for x, dark in enumerate(bars) if dark)
    wide = len(bars)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} 60" width="{wide * _BAR_WIDTH}"'
        f' height="{_BAR_HEIGHT}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{wide}v60h-{wide}z"/>'
        f'<path d="{strokes}"/></svg>'
    ).encode()


def bar_png(text: str) -> bytes:
    """Return a bar code as PNG: one bit a pixel, all rows alike."""
    pixels = [dark for dark in _bars(text) for _ in range(_BAR_WIDTH)]
    padded = pixels + [False] * (-len(pixels) % 8)
    row = bytes(
        sum((not dark) << (7 - place) for place, dark in enumerate(padded[start : start + 8]))
        for start in range(0, len(padded), 8)
    )
    header = struct.pack(">IIBBBBB", len(pixels), _BAR_HEIGHT, 1, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + row) * _BAR_HEIGHT)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


PICTURES: Final[dict[str, tuple[str, Callable[[str], bytes]]]] = {
    "qr.svg": (SVG, qr_svg),
    "qr.png": (PNG, qr_png),
    "bar.svg": (SVG, bar_svg),
    "bar.png": (PNG, bar_png),
}


def _qr(text: str, kind: str) -> bytes:
    import segno  # noqa: PLC0415 - see above

    made = io.BytesIO()
    segno.make_qr(text, error="m").save(made, kind=kind, scale=_QR_SCALE)
    return made.getvalue()


def _bars(text: str) -> list[bool]:
    """Return the modules of a Code 128 with its quiet zones, dark ones true."""
    import barcode  # type: ignore[import-untyped]  # noqa: PLC0415 - see above

    modules: str = barcode.Code128(text).build()[0]
    return [False] * _QUIET + [module == "1" for module in modules] + [False] * _QUIET


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
