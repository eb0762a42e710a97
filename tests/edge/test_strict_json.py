"""What goes in comes out, exactly; what must not go in does not."""

import json
from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yibaobox.domain.errors import InvalidJson, PayloadTooLarge
from yibaobox.edge import strict_json

numbers = st.integers(-(10**18) + 1, 10**18 - 1) | st.decimals(
    allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9
)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
trees = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(trees)
def test_what_is_written_is_read_back(tree):
    assert strict_json.loads(strict_json.dumps(tree).encode()) == tree
    assert strict_json.loads(strict_json.canonical(tree)) == tree


@settings(deadline=None)
@given(st.dictionaries(texts, trees, max_size=6))
def test_equal_trees_have_one_canonical_form(tree):
    turned = dict(reversed(tree.items()))

    assert strict_json.canonical(tree) == strict_json.canonical(turned)


# Pieces of JSON, right and wrong, of which texts are made that a quick reader might take otherwise than a strict one.
PIECES = [
    *(b"{", b"}", b"[", b"]", b":", b",", b" ", b"\n", b'"a"', b'"a" ', b'"b"', b'"\xc3\xa9"', b'"\\u0061"', b'"":'),
    *(b'"a":', b'"a" :', b'"b":1', b'{"a":1}', b'":"', b'"\\":"', b'"x\\"y":', b"-0", b"-0.0", b"0", b"1.50", b"1e5"),
    *(b"123456789012345678", b"1234567890123456789", b"12345678901234567890", b"9223372036854775808", b"true"),
    *(b"NaN", b"null", b'"\\ud800"', b'"\\u0000"', b'"\xed\xa0\x80"', b"\x00", b'"2025-01-01"', b'" -0"', b"01", b"\\"),
    *(b"0.00", b"-1.5,", b"1.50}", b"0.5]", b'"\\u4e2d"', b'"\\ud842\\udfb7":', b'"\\u0022"', b'"\\\\":', b"[" * 31),
]


def judged(read, data):
    try:
        return repr(read(data))
    except InvalidJson as refusal:
        return refusal.message


@settings(deadline=None, max_examples=400)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join))
def test_the_quick_reader_takes_nothing_otherwise_than_the_strict_one(data):
    assert judged(strict_json.loads, data) == judged(strict_json._strict, data)


@settings(deadline=None, max_examples=200)
@given(trees, st.data())
def test_a_changed_document_is_judged_alike(tree, data):
    whole = strict_json.dumps(tree).encode()
    place, piece = data.draw(st.integers(0, len(whole))), data.draw(st.sampled_from(PIECES))
    changed = whole[:place] + piece + whole[data.draw(st.integers(place, len(whole))) :]

    assert judged(strict_json.loads, changed) == judged(strict_json._strict, changed)


@settings(deadline=None, max_examples=200)
@given(trees, st.data())
def test_what_is_read_to_be_shown_is_written_as_ever(tree, data):
    whole = strict_json.dumps(tree).encode()
    place, piece = data.draw(st.integers(0, len(whole))), data.draw(st.sampled_from([b"", *PIECES]))
    changed = whole[:place] + piece + whole[place:]

    def shown(read):
        return lambda given: strict_json.dumps(read(given), exact=True)

    assert judged(shown(strict_json.loads_to_show), changed) == judged(shown(strict_json._strict), changed)


@pytest.mark.parametrize("inner", [b"", b"0", b"0.5", b'{"a":1.50}', b'"["'])
@pytest.mark.parametrize("depth", range(29, 35))
def test_depth_is_judged_alike_by_either_reader(depth, inner):
    data = b"[" * depth + inner + b"]" * depth

    assert judged(strict_json.loads, data) == judged(strict_json._strict, data)


@pytest.mark.parametrize(
    "text",
    [b'{"a":1,"a":2}', b'{"a" :1,"a"\n:2}', b'{"a":{"b":1,"b":1}}', b'[{"":1,"":2}]', b'{"a":"\\":","a":":"}'],
)
def test_a_repeated_key_is_refused_however_it_is_spaced(text):
    with pytest.raises(InvalidJson, match="重复的键"):
        strict_json.loads(text)


@settings(deadline=None, max_examples=200)
@given(
    st.recursive(
        trees | st.text(max_size=5) | st.integers() | st.floats() | st.sampled_from([date(2025, 1, 1), object, b"x"]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=8,
    )
)
def test_the_quick_writer_writes_nothing_otherwise_than_the_strict_one(tree):
    quick = strict_json._quick(tree, strict_json.SORTED)

    if quick is not None:
        assert quick == "".join(strict_json._pieces(tree, ordered=True)).encode()


def test_without_the_quick_library_everything_is_the_same(monkeypatch):
    tree = {"b": [1, Decimal("1.50"), "é\n"], "a": None}
    texts = strict_json.dumps(tree), strict_json.canonical(tree), repr(strict_json.loads(b'{"a":[1,2]}'))

    monkeypatch.setattr(strict_json, "orjson", None)

    assert texts == (strict_json.dumps(tree), strict_json.canonical(tree), repr(strict_json.loads(b'{"a":[1,2]}')))


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    with suppress(InvalidJson, PayloadTooLarge):
        strict_json.loads(data)


@settings(deadline=None)
@given(trees.filter(lambda tree: isinstance(tree, dict | list)), st.data())
def test_a_cut_document_is_refused(tree, data):
    whole = strict_json.dumps(tree).encode()
    cut = data.draw(st.integers(0, len(whole) - 1))

    with pytest.raises(InvalidJson):
        strict_json.loads(whole[:cut])


@settings(deadline=None)
@given(trees)
def test_the_standard_reader_agrees(tree):
    data = strict_json.dumps(tree)

    assert json.loads(data, parse_float=Decimal) == strict_json.loads(data.encode())


def test_fractions_stay_decimal_and_keep_their_digits():
    assert strict_json.dumps(strict_json.loads(b'{"a":0.10,"b":[1.50]}')) == '{"a":0.10,"b":[1.50]}'


def test_an_escaped_pair_of_surrogates_is_one_character():
    assert strict_json.loads(b'"\\ud842\\udfb7"') == "𠮷"


def test_brackets_in_strings_do_not_count_as_depth():
    text = "[" * 100 + '\\"' + "{" * 100

    assert strict_json.loads(f'{{"a":"{text}"}}'.encode())["a"] == text.replace("\\", "")


def test_the_size_is_judged_before_anything_else():
    with pytest.raises(PayloadTooLarge):
        strict_json.loads(b"\xff" * 11, limit=10)


def test_a_refusal_repeats_nothing_of_the_document():
    with pytest.raises(InvalidJson) as caught:
        strict_json.loads(b'{"certno": 310105199001011242 x}')

    assert "310105" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("value", [1.5, float("nan"), object(), {1, 2}])
def test_what_json_cannot_carry_exactly_is_not_written_canonically(value):
    with pytest.raises(TypeError):
        strict_json.canonical([value])
