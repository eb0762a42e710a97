"""What holds of all shipped tables together."""

from collections import Counter
from pathlib import Path

from yibaobox.domain.people import regions
from yibaobox.domain.policy import shipped
from yibaobox.domain.policy.load import read_yaml
from yibaobox.domain.policy.model import NATION, SCHEMES
from yibaobox.domain.policy.resolve import regions_above

OURS = {"illustrative", "assumption", "memory-unverified"}
CASES = Path(__file__).parents[1] / "cases"
WITH_TABLES = sorted({table.region.partition("-")[0] for table in shipped().tables()})


def wider(table):
    """The tables that answer where this one has no figure."""
    found = {(one.region, one.scheme): one for one in shipped().tables() if one.benefit == table.benefit}
    places = [(region, scheme) for region in regions_above(table.region)[1:] for scheme in SCHEMES[table.scheme]]
    return [found[place] for place in places if place in found]


def overlap(one, other):
    return (one.until is None or other.since < one.until) and (other.until is None or one.since < other.until)


def test_no_illustration_hides_a_sourced_figure_of_a_wider_region():
    hidden = [
        (table.file, name, above.file)
        for table in shipped().tables()
        for name, parameter in table.parameters.items()
        for dated in parameter.values
        if dated.citation.confidence == "illustrative"
        for above in wider(table)
        if name in above.parameters
        for other in above.parameters[name].values
        if other.citation.confidence not in OURS and overlap(dated, other)
    ]

    assert hidden == []


def test_nation_has_no_illustration():
    assert not [
        (table.file, name)
        for table in shipped().tables(NATION)
        for name, parameter in table.parameters.items()
        for dated in parameter.values
        if dated.citation.confidence == "illustrative"
    ]


def test_every_illustration_says_that_it_is_one_of_ours_or_whose_it_is():
    for table in shipped().tables():
        for parameter in table.parameters.values():
            for dated in parameter.values:
                if dated.citation.confidence == "illustrative":
                    named = ("示例", "src/data/")
                    told = dated.citation.at.startswith(named) or dated.citation.note
                    assert told, (table.file, parameter.name, dated.citation.at)


def test_every_region_has_five_worked_cases_of_its_own():
    files = [path for path in CASES.glob("*.yaml") if path.stem != "golden"]
    worked = Counter(case["region"] for path in files for case in read_yaml(path.read_text("utf-8"))["cases"])
    shipped_regions = {*WITH_TABLES, *(region.code for region in regions.shipped())}

    assert {region for region in shipped_regions if worked[region] < 5} == set()
