"""A value has one text, whichever library writes it."""

import enum
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yibaobox.domain import canonical


class Word(enum.StrEnum):
    A = "a"


class Other(enum.Enum):
    A = "a"


leaves = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.datetimes() | st.decimals()
)
odd = st.sampled_from([Word.A, Other.A, 10**30, "\ud800", '\0\x1f\x7f\u2028"\\\\', (), object, {1}, b"x"])
keys = st.text(max_size=3) | st.sampled_from([1, None, Word.A, "\udfff"])
trees = st.recursive(
    leaves | odd,
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=8,
)


def judged(write, *args, **options):
    try:
        return write(*args, **options)
    except (TypeError, ValueError) as error:
        return type(error)


@settings(deadline=None, max_examples=300)
@given(trees, st.sampled_from([None, str]), st.booleans())
def test_the_text_is_that_of_the_standard_library(tree, default, ordered):
    wanted = judged(json.dumps, tree, ensure_ascii=False, sort_keys=ordered, separators=(",", ":"), default=default)

    assert judged(canonical.written, tree, default=default, ordered=ordered) == wanted
    if not ordered:
        assert judged(canonical.encoded, tree, default=default) == (
            wanted.encode("utf-8", "replace") if isinstance(wanted, str) else wanted
        )


def test_without_the_quick_library_the_text_is_the_same(monkeypatch):
    tree = {"b": [1, Decimal("1.50"), date(2025, 1, 1), datetime(2025, 1, 1, 12, tzinfo=UTC)], "a": {"é\n": None}}
    text = canonical.written(tree, default=str)

    monkeypatch.setattr(canonical, "orjson", None)

    assert canonical.written(tree, default=str) == text


@pytest.mark.parametrize(
    ("value", "only"),
    [({"a": [1, "b", (None, True)]}, True), (1.5, False), ([{"a": 1.5}], False), (Word.A, False), ({"a": {1}}, False)],
)
def test_a_tree_is_searched_to_its_leaves(value, only):
    assert canonical.holds_only(value, canonical.PLAIN) is only
