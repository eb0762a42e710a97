from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yibaobox.domain import money
from yibaobox.domain.errors import InvalidInput

READERS = (money.parse_yuan, money.parse_price, money.parse_count)
amounts = st.integers(-money.FEN_MAX, money.FEN_MAX)


@given(amounts)
def test_an_amount_written_and_read_again_is_the_same(fen):
    assert money.parse_yuan(money.format_yuan(fen)) == fen


@given(amounts)
def test_an_amount_is_the_same_as_text_and_as_decimal(fen):
    assert money.parse_yuan(Decimal(money.format_yuan(fen))) == fen


@given(st.integers(-(10**14) + 1, 10**14 - 1))
def test_a_whole_number_of_yuan_is_a_hundred_times_as_many_fen(yuan):
    assert money.parse_yuan(yuan) == money.parse_yuan(str(yuan)) == yuan * 100


@pytest.mark.parametrize(
    ("text", "fen"), [("0", 0), ("0.0", 0), ("0.1", 10), ("0.01", 1), ("-0.01", -1), ("12.30", 1230)]
)
def test_up_to_two_decimals_are_read(text, fen):
    assert money.parse_yuan(text) == fen


@pytest.mark.parametrize("text", ["0.001", "1.000", "-3.145", Decimal("1.000"), Decimal("0.005")])
def test_a_third_decimal_is_refused_even_when_it_is_zero(text):
    with pytest.raises(InvalidInput):
        money.parse_yuan(text)


@pytest.mark.parametrize(
    "value",
    [
        "1e2", "1E2", "1e-2", Decimal("1E+2"), Decimal("1E-7"), "１２", "1２", "٣", "1_000", "1,000", "1 000",
        "NaN", "nan", "Infinity", "-inf", Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"),
        True, False, "True", "-0", "-0.0", "-0.00", Decimal("-0"), Decimal("-0.00"), 1.0, 0.1, float("nan"),
        "", " ", " 1", "1 ", "1\n", "\t1", "\u30001", "+1", "+0", "--1", "-", ".", ".5", "5.", "-.5", "1.2.3",
        "00", "01", "007.00", "-01", "0x10", "0b1", "¥1", "1元", "1\u0000", None, b"1", [], {}, 1j, Fraction(1, 2),
        "1" * 15, 10**14, -(10**14), Decimal(10**14), "9" * 400, 10**5000, "1" + "0" * 10**5,
    ],
    ids=lambda value: f"{type(value).__name__} {value % 97 if isinstance(value, int) else str(value)[:12]!a}",
)  # fmt: skip
@pytest.mark.parametrize("read", READERS)
def test_what_could_only_be_read_by_guessing_is_refused(read, value):
    with pytest.raises(InvalidInput):
        read(value)


@given(st.text(max_size=12))
def test_any_text_is_read_exactly_or_refused(text):
    try:
        fen = money.parse_yuan(text)
    except InvalidInput:
        return
    assert Decimal(text) == Decimal(fen) / 100
    assert text.isascii()


@given(st.integers(-(10**13) + 1, 10**13 - 1), st.integers(0, 6))
def test_a_price_keeps_six_decimals_and_a_count_four(digits, decimals):
    text = str(Decimal(digits).scaleb(-decimals)) if decimals else str(digits)
    if "E" in text:
        return
    if digits == 0 and text.startswith("-"):
        return

    assert money.parse_price(text) == digits * 10 ** (6 - decimals)
    if decimals <= 4:
        assert money.parse_count(text) == digits * 10 ** (4 - decimals)
    else:
        with pytest.raises(InvalidInput):
            money.parse_count(text)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(5, 10, 1), (4, 10, 0), (-5, 10, -1), (-4, 10, 0), (15, 10, 2), (25, 10, 3), (1, 3, 0), (2, 3, 1), (0, 7, 0)],
)
def test_a_half_is_rounded_away_from_zero(numerator, denominator, rounded):
    assert money.half_up(numerator, denominator) == rounded


@given(st.integers(-(10**24), 10**24), st.integers(1, 10**12))
def test_rounding_is_nearest_and_odd(numerator, denominator):
    rounded = money.half_up(numerator, denominator)
    off = Fraction(numerator, denominator) - rounded

    assert abs(off) <= Fraction(1, 2)
    assert abs(off) < Fraction(1, 2) or abs(rounded) > abs(Fraction(numerator, denominator))
    assert money.half_up(-numerator, denominator) == -rounded


@pytest.mark.parametrize("denominator", [0, -1])
def test_a_rounding_has_a_positive_denominator(denominator):
    with pytest.raises(AssertionError):
        money.half_up(1, denominator)


@given(st.integers(0, money.FEN_MAX), st.integers(0, money.PPM))
def test_a_share_and_its_rest_miss_the_whole_by_a_fen_at_most(amount, ratio):
    part, rest = money.share(amount, ratio), money.share(amount, money.PPM - ratio)

    assert 0 <= part <= amount
    assert 0 <= part + rest - amount <= 1


@given(st.integers(0, 10**9), st.integers(0, money.PPM), st.integers(0, money.PPM))
def test_a_larger_ratio_never_gives_less(amount, one, other):
    low, high = sorted((one, other))

    assert money.share(amount, low) <= money.share(amount, high)


@pytest.mark.parametrize(
    ("count", "price", "fen"),
    [
        ("1", "0.004999", 0),
        ("1", "0.005", 1),
        ("2", "1.5", 300),
        ("0.3333", "3", 100),
        ("0.5", "0.01", 1),
        ("-1", "0.005", -1),
    ],
)
def test_a_row_is_count_times_price_rounded_half_up_once(count, price, fen):
    assert money.row_fen(money.parse_count(count), money.parse_price(price)) == fen


@given(st.decimals(0, 10**6, places=4), st.decimals(0, 10**6, places=6))
def test_a_row_agrees_with_exact_decimals(count, price):
    exact = Fraction(count) * Fraction(price) * 100
    fen = money.row_fen(int(Fraction(count) * 10**4), int(Fraction(price) * 10**6))

    assert fen == (exact + Fraction(1, 2)).__floor__()
