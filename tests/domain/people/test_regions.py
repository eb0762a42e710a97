import pytest

from yibaobox.domain.errors import UnknownRegion
from yibaobox.domain.people import regions


@pytest.mark.parametrize(
    ("code", "area"),
    [
        ("511700", "511700"),
        ("510402", "510400"),
        ("510499", "510400"),
        ("622901", "622900"),
        ("622900", "622900"),
        ("500000", "500000"),
        ("500103", "500000"),
        ("500230", "500000"),
        ("310110", "310000"),
        ("341101", "341100"),
    ],
)
def test_a_county_code_resolves_to_its_pooling_area(code, area):
    assert regions.resolve(code).code == area


@pytest.mark.parametrize("code", ["510000", "340000", "430000", "360000", "620000", "100000"])
def test_a_province_and_the_nation_pool_nothing(code):
    with pytest.raises(UnknownRegion, match="不是统筹区"):
        regions.resolve(code)


@pytest.mark.parametrize("code", ["110105", "999999", "511800", "000000"])
def test_a_region_that_the_sandbox_does_not_have_is_refused_by_code(code):
    with pytest.raises(UnknownRegion, match=code):
        regions.resolve(code)


@pytest.mark.parametrize("code", ["", "51170", "5117000", "５１１７００", "51170x", "511700\n", None, 511700])
def test_a_code_that_is_not_six_ascii_digits_is_refused(code):
    with pytest.raises(UnknownRegion, match="6位数字"):
        regions.resolve(code)


def test_every_pooling_area_with_facts_is_shipped():
    east_and_south = ["310000", "341100", "430100", "451200", "460100"]
    west = ["500000", "510300", "510400", "510500", "511700", "611000", "620100", "620800", "622900"]

    assert [region.code for region in regions.shipped()] == east_and_south + west


def test_synthetic_prefixes_are_codes_that_no_county_issues():
    for region in regions.shipped():
        prefix = region.id_prefix
        municipality = prefix == region.code[:2] + "0100" and region.is_municipality
        summary = prefix == region.code[:4] + "01" and region.code.endswith("00")
        autonomous_prefecture = prefix == region.code and region.name.endswith("自治州")
        assert municipality or summary or autonomous_prefecture, region
        assert prefix not in region.counties


def test_each_pooling_area_has_a_prefix_of_its_own():
    assert len(regions.synthetic_prefixes()) == len(regions.shipped())


def test_counties_lie_in_their_pooling_area():
    for region in regions.shipped():
        assert region.counties
        assert all(regions.resolve(county) == region for county in region.counties)


def test_rules_are_inherited_from_province_and_nation():
    assert regions.resolve("510402").chain == ("510400", "510000", "100000")
    assert regions.resolve("310110").chain == ("310000", "100000")


def test_an_address_begins_with_the_province_save_in_a_municipality():
    assert regions.resolve("511700").full_name == "四川省达州市"
    assert regions.resolve("500000").full_name == "重庆市"
