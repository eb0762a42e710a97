"""Rules of faults: which fires, how often, on which requests; the same seed, the same run."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ground import BareSeeder
from yibaobox.domain import clock, faults
from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.faults import KINDS, Wanted
from yibaobox.domain.store import Worlds

REQUEST = {"path": "/fsi/api/2207", "method": "POST", "infno": "2207", "fixmedins": "H51040000001", "psn": "7"}
PPM = 1_000_000


@pytest.fixture(scope="module")
def world():
    worlds = Worlds.open("memory://", seeder=BareSeeder(), handlers={})
    yield worlds.create("default")
    worlds.close()


def run(world, wanted, count, facts=REQUEST):
    """Which of so many equal requests a rule strikes."""
    with world.write() as tx:
        tx.run("DELETE FROM faults")
        faults.arm(tx, wanted)
        return [faults.take(tx, facts, "t") is not None for _ in range(count)]


COUNTS = st.integers(0, 6)


@settings(max_examples=60, deadline=None)
@given(st.none() | st.integers(1, 6), COUNTS, st.integers(1, 12))
def test_a_rule_lets_so_many_pass_and_then_fires_so_often(world, times, after, count):
    struck = run(world, Wanted("http.503", times=times, after=after), count)

    due = max(0, count - after)
    fires = due if times is None else min(times, due)
    assert struck == ([False] * after + [True] * fires + [False] * count)[:count]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**63 - 1), st.integers(0, PPM), st.integers(1, 20))
def test_the_same_seed_draws_the_same_and_a_surer_rule_fires_on_no_fewer(world, seed, likely, count):
    wanted = Wanted("http.503", times=None, probability_ppm=likely, seed=seed)
    first = run(world, wanted, count)

    assert first == run(world, wanted, count)
    surer = run(world, Wanted("http.503", times=None, probability_ppm=min(PPM, likely + 1), seed=seed), count)
    assert all(more or not less for less, more in zip(first, surer, strict=True))
    assert run(world, Wanted("http.503", times=None, probability_ppm=0, seed=seed), count) == [False] * count
    assert run(world, Wanted("http.503", times=None, seed=seed), count) == [True] * count


@settings(max_examples=80, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(sorted(REQUEST)), st.sampled_from(("2207", "H5104*", "*", "7", "POST", "x")), max_size=4
    )
)
def test_a_rule_fires_exactly_when_each_of_its_facts_fits(world, match):
    def fits(value, asked):
        return value.startswith(asked[:-1]) if asked.endswith("*") else value == asked

    expected = all(fits(REQUEST[name], asked) for name, asked in match.items())
    assert run(world, Wanted("http.503", match), 1) == [expected]


def test_a_bracket_and_a_question_mark_stand_for_themselves(world):
    facts = REQUEST | {"path": "/fsi/[a]?x"}
    assert run(world, Wanted("http.503", {"path": "/fsi/[a]?*"}), 1, facts) == [True]
    assert run(world, Wanted("http.503", {"path": "/fsi/[a]y*"}), 1, facts) == [False]


def test_a_rule_ends_with_its_time_on_the_sandbox_clock(world):
    with world.write() as tx:
        clock.put(tx, "frozen", 1_000_000_000_000_000)
        now_us = tx.now_us
    assert run(world, Wanted("http.503", expires_us=now_us), 1) == [False]
    assert run(world, Wanted("http.503", expires_us=now_us + 1), 1) == [True]


def test_a_strike_that_met_nothing_is_given_back(world):
    with world.write() as tx:
        tx.run("DELETE FROM faults")
        faults.arm(tx, Wanted("http.503"))
        strike = faults.take(tx, REQUEST, "t")
        assert faults.take(tx, REQUEST, "t") is None
        faults.give_back(tx, strike)

        assert [(rule.times, rule.fired) for rule in faults.rules(tx)] == [(1, 0)]
        assert strike.entry_id not in [entry["seq"] for entry in faults.fired(tx)]
        assert faults.take(tx, REQUEST, "t") is not None


@given(
    st.sampled_from(sorted(KINDS)),
    st.text(max_size=8),
    st.integers() | st.text(max_size=12) | st.booleans() | st.none(),
)
def test_parameters_are_taken_or_refused_never_anything_else(name, key, value):
    try:
        taken = KINDS[name].read({key: value})
    except InvalidInput:
        return
    assert set(taken) == {param.name for param in KINDS[name].params}


@given(st.text(max_size=20))
def test_what_stands_after_the_dot_is_a_fault_or_part_of_the_name(text):
    bare, fault = faults.split(text)
    assert text == (bare if fault is None else f"{bare}·{fault}")
    assert fault is None or fault.isascii()
