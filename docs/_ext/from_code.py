"""Tables that are read off the code when the documentation is built, so that they cannot fall behind.

`refusals` is the family of refusals with codes and statuses, `regions` the pooling areas.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import yibaobox.edge.refusals  # noqa: F401  adds its members to the family
from yibaobox.domain.errors import Refusal
from yibaobox.domain.people import regions

Row = Sequence[str]


def family(refusal: type[Refusal] = Refusal, depth: int = 0) -> Iterator[tuple[int, type[Refusal]]]:
    """A refusal and all that descend from it, parents first."""
    yield depth, refusal
    for child in refusal.__subclasses__():
        yield from family(child, depth + 1)


def refusal_rows() -> Iterator[Row]:
    """Code, status and meaning of every refusal."""
    for depth, refusal in family():
        meaning = (refusal.__doc__ or "").split("\n")[0]
        yield refusal.code, str(refusal.status), "\N{EM SPACE}" * depth + refusal.__name__, meaning


def region_rows() -> Iterator[Row]:
    """Code, name, province and codes that resolve to it, of every pooling area."""
    for region in regions.shipped():
        yield region.code, region.name, region.province_name, " ".join(sorted(region.counties))


def table(head: Row, rows: Sequence[Row]) -> nodes.table:
    """A plain table; the first column is set as code."""
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=24) for _ in head]  # counts for plain text; pages fit columns to their content
    top, body = nodes.thead(), nodes.tbody()
    top += line([nodes.paragraph(text=cell) for cell in head])
    for first, *rest in rows:
        code = nodes.paragraph()
        code += nodes.literal(text=first)
        body += line([code, *(nodes.paragraph(text=cell) for cell in rest)])
    group += [top, body]
    whole = nodes.table(classes=["colwidths-auto"])
    whole += group
    return whole


def line(cells: Sequence[nodes.paragraph]) -> nodes.row:
    """One row of a table."""
    row = nodes.row()
    for cell in cells:
        entry = nodes.entry()
        entry += cell
        row += entry
    return row


class Refusals(SphinxDirective):
    """The family of refusals."""

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        return [table(("code", "HTTP", "class", "meaning"), list(refusal_rows()))]


class Regions(SphinxDirective):
    """The pooling areas."""

    def run(self) -> list[nodes.Node]:
        """Build the table."""
        return [table(("code", "pooling area", "province", "counties it knows"), list(region_rows()))]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("refusals", Refusals)
    app.add_directive("regions", Regions)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
