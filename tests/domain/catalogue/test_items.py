import re
from collections import Counter

import pytest

from yibaobox.domain import catalogue
from yibaobox.domain.errors import InvalidInput, UnknownItem

EVERYTHING = catalogue.search()
FORMS = {
    ("101", "09"): r"X[A-Z][0-9]{2}[A-Z]{2}[A-Z][0-9]{3}[A-Z][0-9]{3}[0-9]{4}99999",
    ("101", "11"): r"Z[A-Z][0-9]{2}[A-Z]{2}[A-Z][0-9]{4}[0-9]{4}99999",
    ("102", "10"): r"T99[0-9]{7}",
    ("301", "08"): r"C[0-9]{6}[0-9]{3}[0-9]{5}99999",
}
SERVICE_CHARGES = {"01", "02", "03", "04", "05", "06", "07", "12", "13", "14"}


def test_there_are_at_least_two_hundred_items_of_every_type_and_class():
    assert len(EVERYTHING) >= 200
    for type_ in catalogue.TYPES:
        for class_ in catalogue.CLASSES:
            assert catalogue.search(class_, type_), (class_, type_)


def test_codes_have_the_national_form_and_are_marked_as_nobodys_product():
    for item in EVERYTHING:
        form = FORMS.get((item.list_type, item.charge_type), r"00[0-9]{9}9999")
        assert re.fullmatch(form, item.code), item
        assert item.list_type != "201" or item.charge_type in SERVICE_CHARGES


def test_drug_codes_have_their_national_lengths():
    lengths = {(item.code[0], len(item.code)) for item in EVERYTHING}

    assert lengths == {("X", 23), ("Z", 20), ("T", 10), ("0", 15), ("C", 20)}


def test_codes_and_names_are_unique():
    assert len({item.code for item in EVERYTHING}) == len(EVERYTHING)
    assert max(Counter((item.name, item.spec) for item in EVERYTHING).values()) == 1


def test_class_a_pays_nothing_first_class_c_everything_and_class_b_a_part():
    for item in EVERYTHING:
        assert {"A": item.first_pay_ppm == 0, "B": 0 < item.first_pay_ppm < 10**6, "C": item.first_pay_ppm == 10**6}[
            item.class_
        ], item


def test_ceilings_are_positive_and_some_items_have_none():
    ceilings = [item.ceiling_fen for item in EVERYTHING if item.class_ != "C"]

    assert None in ceilings
    assert all(ceiling > 0 for ceiling in ceilings if ceiling is not None)


def test_class_c_has_no_ceiling_for_all_of_it_is_the_persons():
    assert {item.ceiling_fen for item in catalogue.search("C")} == {None}


def test_names_fit_the_wire():
    for item in EVERYTHING:
        assert 1 <= len(item.name) <= 200
        assert item.unit
        assert re.search("[\u4e00-\u9fff]", item.name)


def test_only_drugs_are_basic_negotiated_or_for_children():
    flagged = [item for item in EVERYTHING if item.basic or item.negotiated]

    assert {item.list_type for item in flagged} == {"101"}


def test_a_class_is_written_on_the_wire_as_a_number():
    assert {item.class_code for item in catalogue.search("B")} == {"02"}


def test_a_ceiling_is_told_in_the_unit_of_prices():
    item = catalogue.find("001102000019999")

    assert (item.ceiling_fen, item.ceiling_price) == (1000, 10_000_000)
    assert catalogue.find("XJ01CAA901A005010199999").ceiling_price is None


def test_an_item_is_found_by_its_code():
    for item in EVERYTHING:
        assert catalogue.find(item.code) == item


@pytest.mark.parametrize("code", ["XJ01CAA901A005010199998", "", "xj01caa901a005010199999", " 001102000019999"])
def test_an_unknown_code_is_refused_by_name(code):
    with pytest.raises(UnknownItem, match=f"编码{code}不在") as caught:
        catalogue.find(code)

    assert caught.value.code == "UNKNOWN_ITEM"


@pytest.mark.parametrize("code", [None, 1, ["C"], b"C"])
def test_a_code_that_is_no_text_is_refused(code):
    with pytest.raises(UnknownItem):
        catalogue.find(code)


def test_a_search_narrows_by_class_and_type():
    found = catalogue.search("B", "drug")

    assert {(item.class_, item.list_type) for item in found} == {("B", "101")}
    assert found == catalogue.search("B", "101")
    assert [item.code for item in found] == sorted(item.code for item in found)


@pytest.mark.parametrize(("class_", "type_"), [("D", None), ("甲", None), (None, "toys"), ("", None)])
def test_a_search_for_what_is_not_is_refused(class_, type_):
    with pytest.raises(InvalidInput):
        catalogue.search(class_, type_)
