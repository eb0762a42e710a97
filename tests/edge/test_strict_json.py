"""What goes in comes out, exactly; what must not go in does not."""

import json
from contextlib import suppress
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
