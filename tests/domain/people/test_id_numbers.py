from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yibaobox.domain.errors import InvalidInput, RealisticId
from yibaobox.domain.people import id_numbers, regions

FRESHMAN = "511701200403150022"
STRANGER = "110105199001011005"  # right in form, of a county that issues numbers

areas = st.sampled_from([region.code for region in regions.shipped()])
births = st.dates(date(1900, 1, 1), date(2099, 12, 31))
sexes = st.sampled_from([id_numbers.MALE, id_numbers.FEMALE])


def refusal(id_no: object) -> str:
    with pytest.raises(InvalidInput) as caught:
        id_numbers.validate(id_no)
    return caught.value.message


@pytest.mark.parametrize("id_no", [FRESHMAN, "51040119900909033X", "341101199202290248", "310100200508010117"])
def test_published_magic_numbers_are_synthetic(id_no):
    assert id_numbers.is_synthetic(id_no)


def test_birth_and_sex_are_read_from_the_number():
    number = id_numbers.validate(FRESHMAN)

    assert (number.birth, number.sex) == (date(2004, 3, 15), id_numbers.FEMALE)
    assert (id_numbers.birth_of(FRESHMAN), id_numbers.sex_of(FRESHMAN)) == (number.birth, number.sex)


@given(areas, births, sexes, st.integers(0, 10**6))
def test_every_number_made_is_valid_and_says_what_was_asked(region, birth, sex, serial):
    number = id_numbers.validate(id_numbers.make(region, birth, sex, serial))

    assert (number.birth, number.sex, number.is_synthetic) == (birth, sex, True)
    assert number.text[:6] == regions.resolve(region).id_prefix


def test_serials_of_one_sex_birth_and_region_give_different_numbers():
    made = {
        id_numbers.make("511700", date(2004, 3, 15), sex, serial)
        for sex in (id_numbers.MALE, id_numbers.FEMALE)
        for serial in range(id_numbers.ORDERS)
    }

    assert len(made) == 2 * id_numbers.ORDERS


@given(areas, births, sexes, st.integers(0, 498), st.integers(0, 17), st.integers(1, 9))
def test_one_mistyped_digit_is_never_a_valid_number(region, birth, sex, serial, place, shift):
    right = id_numbers.make(region, birth, sex, serial)
    old = "0123456789X".index(right[place])
    wrong = right[:place] + "0123456789"[(old + shift) % 10] + right[place + 1 :]

    assert wrong == right or not id_numbers.is_well_formed(wrong)


def test_a_wrong_check_digit_is_refused():
    assert refusal(FRESHMAN[:17] + "3") == "身份证号码校验位不正确"


@pytest.mark.parametrize("day", ["20230229", "20041301", "20040431", "00000000", "18991231"])
def test_a_birth_date_that_no_calendar_has_is_refused(day):
    first = f"511701{day}001"

    assert refusal(first + id_numbers.check_digit(first)) == "身份证号码中的出生日期不存在"


@pytest.mark.parametrize(
    "id_no",
    [
        "",
        FRESHMAN[:17],
        FRESHMAN + "0",
        FRESHMAN + "\n",
        " " + FRESHMAN,
        "５１１７０１２００４０３１５００２２",
        "51170120040315002٢",
        "51040119900909033x",
        "5117012004031500_2",
        None,
        511701200403150022,
        FRESHMAN.encode(),
        "\ud800" * 18,
    ],
)
def test_anything_but_eighteen_ascii_characters_is_refused(id_no):
    assert refusal(id_no) == "身份证号码须为18位，前17位为数字，末位为数字或大写X"


def test_a_number_that_may_be_real_is_refused_unless_the_operator_allows_it():
    with pytest.raises(RealisticId):
        id_numbers.validate(STRANGER)

    assert id_numbers.validate(STRANGER, allow_realistic=True).text == STRANGER


def test_a_refusal_does_not_repeat_the_number():
    with pytest.raises(RealisticId) as caught:
        id_numbers.validate(STRANGER)

    assert STRANGER not in caught.value.message + repr(caught.value.detail)


@given(st.integers(0, 79_999_999))
def test_mobiles_have_eleven_digits_in_a_segment_without_subscribers(serial):
    mobile = id_numbers.mobile(serial)

    assert len(mobile) == 11
    assert "1742" <= mobile[:4] <= "1749"


def test_mobiles_of_different_serials_differ():
    assert len({id_numbers.mobile(serial) for serial in range(1000)}) == 1000


def test_the_range_of_mobiles_has_an_end():
    with pytest.raises(AssertionError):
        id_numbers.mobile(80_000_000)
