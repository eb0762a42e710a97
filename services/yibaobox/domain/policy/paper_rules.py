"""Which files a form takes: formats and size by region and form (ruling X1). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from yibaobox.domain.policy.model import Citation
from yibaobox.domain.policy.resolve import Book, Place, shipped

Code = Literal["ACCEPTED", "FORMAT_NOT_ALLOWED", "TOO_LARGE"]


@dataclass(frozen=True, slots=True)
class PaperVerdict:
    """Whether a file is taken, and the rules of the form."""

    code: Code
    formats: tuple[str, ...]
    below_bytes: int
    citations: tuple[Citation, ...]


def judge_paper(place: Place, paper: tuple[str, str, int], on: date, *, book: Book | None = None) -> PaperVerdict:
    """Judge a file (form, suffix, bytes) by the list of its form; it must be strictly smaller than the limit."""
    form, suffix, size = paper
    book = book or shipped()
    dims = {"form": form}
    formats = book.find(place, "upload", "formats", on, dims)
    limit = book.find(place, "upload", "max_bytes_exclusive", on, dims)
    code: Code = "ACCEPTED" if suffix.lower() in formats.value else "FORMAT_NOT_ALLOWED"
    if code == "ACCEPTED" and size >= limit.value:
        code = "TOO_LARGE"
    return PaperVerdict(code, formats.value, limit.value, (formats.citation, limit.citation))
