import re

import pytest

from yibaobox.domain.errors import InvalidInput, NotFound, UnknownRegion
from yibaobox.domain.people import institutions, regions

HOSPITAL = "H51170000001"


def seeded(store, *codes):
    with store.write() as tx:
        institutions.seed(tx, codes)


def put(store, code, **wanted):
    with store.write() as tx:
        return institutions.put(tx, code, **wanted)


def test_every_region_has_hospitals_of_three_levels_and_a_pharmacy():
    for region in regions.shipped():
        levels = {institution.level for institution in institutions.defaults([region.code])}
        assert {"L1", "L2", "L3", "pharmacy"} <= levels


def test_default_institutions_have_codes_of_twelve_characters_and_fitting_kinds():
    for institution in institutions.defaults([region.code for region in regions.shipped()]):
        assert re.fullmatch(rf"[HP]{institution.region}[0-9]{{5}}", institution.code)
        assert institution.kind == institutions.KINDS[institution.code[0]]
        assert institution.level in institutions.LEVELS
        assert "沙箱" in institution.name


def test_codes_of_default_institutions_are_unique():
    everywhere = institutions.defaults([region.code for region in regions.shipped()] * 2)

    assert len({institution.code for institution in everywhere}) == len(everywhere)


def test_a_seeded_world_lists_the_institutions_of_its_regions(store):
    seeded(store, "511700", "510402")

    with store.read() as tx:
        found = institutions.listed(tx)

    assert found == sorted(institutions.defaults(["510400", "511700"]), key=lambda one: one.code)


def test_an_institution_is_found_by_its_code(store):
    seeded(store, "511700")

    with store.read() as tx:
        assert institutions.get(tx, HOSPITAL).name == "达州沙箱人民医院"


@pytest.mark.parametrize("code", ["H51170000099", "h51170000001", "", "H５１１７０００００１", None, 5])
def test_an_unknown_institution_is_refused_and_gets_no_name(store, code):
    seeded(store, "511700")

    with store.read() as tx, pytest.raises(NotFound):
        institutions.get(tx, code)


def test_the_way_of_authentication_can_be_changed_alone(store):
    seeded(store, "511700")
    before = institutions.defaults(["511700"])[0]

    after = put(store, HOSPITAL, auth="csb")

    assert (after.auth, after.level, after.name) == ("csb", before.level, before.name)
    with store.read() as tx:
        assert institutions.get(tx, HOSPITAL) == after


def test_a_new_institution_says_that_nobody_named_it(store):
    made = put(store, "H51040200077", auth="none", level="L2", kind="hospital")

    assert made.name == "未命名机构（H51040200077）"
    assert made.region == "510400"
    with store.read() as tx:
        assert institutions.get(tx, "H51040200077") == made


def test_a_new_pharmacy_needs_no_level(store):
    assert put(store, "P51040000077", auth="auto").level == "pharmacy"


@pytest.mark.parametrize(
    ("code", "wanted", "message"),
    [
        (HOSPITAL, {"auth": "basic"}, "认证方式"),
        (HOSPITAL, {"auth": "auto", "level": "L4"}, "机构等级"),
        (HOSPITAL, {"auth": "auto", "level": "pharmacy"}, "机构等级"),
        (HOSPITAL, {"auth": "auto", "kind": "pharmacy"}, "机构类别"),
        ("P51170000001", {"auth": "auto", "level": "L3"}, "机构等级"),
        ("H51170000088", {"auth": "auto"}, "须给出等级"),
        ("H5117000008", {"auth": "auto", "level": "L3"}, "机构编码"),
        ("X51170000088", {"auth": "auto", "level": "L3"}, "机构编码"),
        ("H51170000088\n", {"auth": "auto", "level": "L3"}, "机构编码"),
        (None, {"auth": "auto", "level": "L3"}, "机构编码"),
    ],
)
def test_an_institution_that_cannot_be_is_refused_and_changes_nothing(store, code, wanted, message):
    seeded(store, "511700")

    with pytest.raises(InvalidInput, match=message):
        put(store, code, **wanted)

    with store.read() as tx:
        assert institutions.listed(tx) == sorted(institutions.defaults(["511700"]), key=lambda one: one.code)


def test_an_institution_lies_in_a_pooling_area_of_the_sandbox(store):
    with pytest.raises(UnknownRegion):
        put(store, "H11010500001", auth="auto", level="L3")
