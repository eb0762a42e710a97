"""One page for each region, written from the policy tables when the documentation is built.

`docs/regions/<code>.md` is not kept: the tables are the source. What is in force is told as of the day of the build
(`SOURCE_DATE_EPOCH` where it is set); every dated figure of the region's own files stands below, with its quotes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from yibaobox.domain.people import regions
from yibaobox.domain.policy import in_force, shipped
from yibaobox.domain.policy.model import Dated, Parameter, Table

CHINA = timezone(timedelta(hours=8))
FOLDER = "regions"


def codes() -> list[str]:
    """Every region that gets a page: pooling areas, and whatever else has tables."""
    return sorted({*in_force.regions(), *(region.code for region in regions.shipped())})


def build_day() -> date:
    """The day as of which the pages are written."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    instant = datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)
    return instant.astimezone(CHINA).date()


def page(code: str, on: date) -> str:
    """The page of one region as Markdown."""
    tables = sorted(shipped().tables(code), key=lambda table: (table.scheme, table.benefit))
    return "\n".join(
        (
            f"# {code} {in_force.name_of(code)}",
            "",
            f"## In force on {on.isoformat()}",
            "",
            "With what is inherited from wider regions, in the profile `demo`.",
            "",
            *(line for table in in_force.tables(code, on) for line in now(table)),
            f"## Every figure of {code}",
            "",
            *(line for table in tables for line in history(table)),
            *(() if tables else ("It has no tables of its own.", "")),
        )
    )


def now(table: dict[str, Any]) -> Iterator[str]:
    """The figures of one benefit that hold on the day."""
    yield from (f"### {table['scheme']}.{table['benefit']}", "", f"Method: `{table['method']}`", "")
    rows = [
        (
            f"`{row['parameter']}`",
            written(row["value"]),
            row["citation"]["region"],
            f"{row['citation']['source']} {row['citation']['at']}",
            confidence(row["citation"]["confidence"], row["citation"]["assumed"], row["citation"]["carried"]),
        )
        for row in table["parameters"]
    ]
    yield from markdown(("parameter", "value", "whose", "source", "confidence"), rows)


def history(table: Table) -> Iterator[str]:
    """All dated figures of one file."""
    yield from (f"### {table.file.partition('/')[2]}", "")
    rows = [past(parameter, dated) for parameter in table.parameters.values() for dated in parameter.values]
    yield from markdown(("parameter", "from", "until", "value", "source", "confidence", "quote"), rows)


def past(parameter: Parameter, dated: Dated) -> Sequence[str]:
    """One dated figure."""
    cited = dated.citation
    return (
        f"`{parameter.name}`",
        dated.since.isoformat(),
        dated.until.isoformat() if dated.until else "",
        written(dated.raw),
        f"{cited.source} {cited.at}" + (f" <{cited.url}>" if cited.url else ""),
        confidence(cited.confidence, cited.assumed, cited.carried),
        "；".join((*cited.quote, *((cited.note,) if cited.note else ()))),
    )


def confidence(word: str, assumed: bool, carried: bool) -> str:  # noqa: FBT001 - as a citation has them
    """How far a figure can be trusted."""
    marks = [mark for mark, holds in (("assumed", assumed and not carried), ("carried over", carried)) if holds]
    return ", ".join((word, *marks))


def written(value: Any) -> str:
    """A value or a table of values in one cell."""
    if isinstance(value, dict):
        return "; ".join(
            f"{key}: {'(' + written(child) + ')' if isinstance(child, dict) else written(child)}"
            for key, child in value.items()
        )
    return ", ".join(map(written, value)) if isinstance(value, list) else str(value)


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|").replace("*", "\\*") for cell in row) + " |"
    yield ""


def write(app: Sphinx) -> None:
    """Write the pages, and remove those of regions that are no more."""
    folder, on = Path(app.srcdir) / FOLDER, build_day()
    folder.mkdir(exist_ok=True)
    pages = {f"{code}.md": page(code, on) for code in codes()}
    for path in folder.glob("*.md"):
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Write the pages before Sphinx looks for them."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
