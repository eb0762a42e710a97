"""Pages in PDF with Chinese text: the font is embedded, as far as a page uses it."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from datetime import datetime

    from fpdf import FPDF

MEDIA_TYPE: Final = "application/pdf"
_FAMILY: Final = "Yibaobox Sans"
_MARGIN_MM: Final = 20
_LABEL_MM: Final = 48
_LINE_MM: Final = 9
_GREY: Final = 110
_RED: Final = (200, 30, 30)


class Page:
    """One A4 page, filled from the top: a title, rows of label and text, notes, a code to scan, a stamp across it."""

    def __init__(self, title: str, subtitle: str, written: datetime) -> None:
        self._pdf = _blank(title, written)
        self._pdf.set_font(_FAMILY, size=20)
        self._pdf.cell(0, 14, title, align="C", new_x="LMARGIN", new_y="NEXT")
        self.note(subtitle, align="C")
        self._pdf.ln(4)

    def rows(self, rows: Iterable[tuple[str, str]]) -> None:
        """Write a table of two columns; a long text goes on in the next line."""
        pdf = self._pdf
        pdf.set_font(_FAMILY, size=11)
        pdf.set_draw_color(_GREY)
        for label, text in rows:
            top = pdf.get_y()
            pdf.set_x(_MARGIN_MM + _LABEL_MM)
            pdf.multi_cell(0, _LINE_MM, text, border=1, padding=(0, 2), new_x="LMARGIN", new_y="NEXT")
            bottom = pdf.get_y()
            pdf.set_xy(_MARGIN_MM, top)
            pdf.cell(_LABEL_MM, bottom - top, label, border=1, align="C", new_x="LMARGIN", new_y="NEXT")

    def note(self, text: str, align: str = "L") -> None:
        """Write a small grey line."""
        self._pdf.set_font(_FAMILY, size=9)
        self._pdf.set_text_color(_GREY)
        self._pdf.multi_cell(0, 5, text, align=align, new_x="LMARGIN", new_y="NEXT")
        self._pdf.set_text_color(0)

    def code(self, text: str, said: str) -> None:
        """Draw a QR code at the foot of what was written, with what it is for beside it."""
        import segno  # noqa: PLC0415 - needed for pages alone

        pdf, size = self._pdf, 32.0
        matrix = [list(row) for row in segno.make(text, error="m").matrix_iter(border=2)]
        left, top, unit = float(_MARGIN_MM), pdf.get_y() + 4, size / len(matrix)
        pdf.set_fill_color(0)
        for y, row in enumerate(matrix):
            for x, dark in enumerate(row):
                if dark:
                    pdf.rect(left + x * unit, top + y * unit, unit, unit, style="F")
        pdf.set_xy(left + size + 4, top + size / 2 - 6)
        self.note(f"{said}\n{text}")
        pdf.set_y(max(pdf.get_y(), top + size + 4))

    def stamp(self, text: str) -> None:
        """Write a red word across the page: what it shows no longer holds."""
        pdf = self._pdf
        pdf.set_font(_FAMILY, size=56)
        pdf.set_text_color(*_RED)
        with pdf.rotation(30, pdf.w / 2, pdf.h / 3):
            pdf.text(pdf.w / 2 - pdf.get_string_width(text) / 2, pdf.h / 3, text)
        pdf.set_text_color(0)

    def content(self) -> bytes:
        """Return the file."""
        return bytes(self._pdf.output())


def _blank(title: str, written: datetime) -> FPDF:
    from fpdf import FPDF  # noqa: PLC0415 - it loads slowly, and few processes print

    pdf: Any = FPDF(format="A4")
    pdf.set_title(title)
    pdf.set_creation_date(written)
    pdf.set_margin(_MARGIN_MM)
    with resources.as_file(resources.files(__package__) / "fonts" / "YibaoboxSans.ttf") as font:
        pdf.add_font(_FAMILY, fname=font)
    pdf.add_page()
    return pdf  # type: ignore[no-any-return]
