"""CSV that somebody hands in: a heading that has to be there, and rows."""

import csv
import io
from collections.abc import Sequence

from yibaobox.domain.errors import InvalidInput


def rows(text: str, heading: Sequence[str], *, called: str, field: str, most: int) -> list[tuple[int, list[str]]]:
    """Return the rows below the heading with the number of each, 2 and up; InvalidInput names the field."""
    try:
        found = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise InvalidInput(f"{called}不是有效的CSV", field=field) from error
    if not found or found[0] != list(heading):
        raise InvalidInput(f"{called}首行须为 {','.join(heading)}", field=field)
    if len(found) > most:
        raise InvalidInput(f"{called}最多{most}行", field=field)
    return list(enumerate(found[1:], 2))
