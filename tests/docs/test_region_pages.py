"""Each region has a page in the documentation, written from its tables."""

import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from yibaobox.domain.people import regions
from yibaobox.domain.policy import in_force, shipped

sys.path.append(str(Path(__file__).parents[2] / "docs/_ext"))

import region_pages

ON = date(2025, 11, 20)


def test_every_shipped_region_and_whatever_else_has_tables_gets_a_page(tmp_path):
    region_pages.write(SimpleNamespace(srcdir=str(tmp_path)))
    (tmp_path / "regions/999999.md").write_text("a region that is no more")
    region_pages.write(SimpleNamespace(srcdir=str(tmp_path)))

    written = {path.stem for path in (tmp_path / "regions").iterdir()}
    assert written == {*in_force.regions(), *(region.code for region in regions.shipped())}


@pytest.mark.parametrize("code", region_pages.codes())
def test_a_page_holds_every_figure_of_the_region_with_source_and_confidence(code):
    text = region_pages.page(code, ON)
    rows = text.partition("## Every figure")[2]

    assert f"# {code} {in_force.name_of(code)}" in text
    for table in shipped().tables(code):
        for parameter in table.parameters.values():
            for dated in parameter.values:
                row = next(row for row in rows.splitlines() if f"`{parameter.name}` | {dated.since}" in row)
                assert row.count(" | ") >= 6
                assert any(
                    dated.citation.confidence in row and dated.citation.at[:12] in row for row in rows.splitlines()
                )


def test_a_page_tells_what_is_in_force_and_what_is_inherited():
    now = region_pages.page("510400", ON).partition("## Every figure")[0]

    assert "| `cap` | active: 1000.00; retired: 1500.00 | 510400 |" in now
    assert "| `first_pay` | 10% | 100000 |" in now
    assert "sibling" in now
    assert "sibling" not in region_pages.page("510400", date(2025, 7, 3)).partition("## Every figure")[0]
