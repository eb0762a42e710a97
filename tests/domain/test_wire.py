"""Hot statements on PostgreSQL: what goes in comes out. On SQLite what is remembered is what stands there."""

from datetime import date
from decimal import Decimal

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ground import opened
from yibaobox.domain import switches
from yibaobox.domain.people import institutions
from yibaobox.domain.store.wire import numbered

EXAMPLES = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def world(postgres_url):
    with opened(postgres_url) as worlds:
        yield worlds.ensure("wire")


@pytest.fixture
def own():
    with opened("memory://") as worlds:
        yield worlds.ensure("own")


@EXAMPLES
@given(
    texts=st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1),
    number=st.integers(-(2**63), 2**63 - 1),
    truth=st.booleans(),
)
def test_values_come_back_as_they_went(world, texts, number, truth):
    with world.read() as tx:
        sql = "SELECT CAST(? AS text), CAST(? AS bigint), CAST(? AS boolean), CAST(NULL AS integer)"
        for text in texts:
            assert tx.one(sql, text, number, truth) == (text, number, truth, None)


def test_other_types_go_by_psycopg(world):
    with world.read() as tx:
        row = tx.one("SELECT CAST(? AS numeric), CAST(? AS date), CAST(? AS text)", Decimal("1.50"), "2025-01-02", "é")

    assert row == (Decimal("1.50"), date(2025, 1, 2), "é")


def test_a_statement_that_returns_what_psycopg_has_to_read_runs_once(world):
    with world.write() as tx:
        made = tx.query("INSERT INTO settings (name, value) VALUES (?, ?) RETURNING now() IS NOT NULL, 1.5", "a", "1")
        assert made == [(True, Decimal("1.5"))]
        assert tx.one("SELECT count(*) FROM settings WHERE name = ?", "a") == (1,)


def test_a_text_with_a_nul_is_refused_and_not_cut_short(world):
    with pytest.raises(psycopg.DataError), world.write() as tx:
        tx.run("INSERT INTO settings (name, value) VALUES (?, ?)", "a", "before\0after")


def test_many_rows_are_written_whatever_their_number(world):
    with world.write() as tx:
        tx.many("INSERT INTO settings (name, value) VALUES (?, ?)", [(f"n{i}", str(i)) for i in range(150)])
        tx.many("INSERT INTO settings (name, value) VALUES (?, ?)", [])
        assert tx.one("SELECT count(*), max(length(value)) FROM settings WHERE name LIKE 'n%'") == (150, 3)
        assert tx.run("UPDATE settings SET value = ? WHERE name LIKE 'n%'", "x") == 150


def test_numbers_of_a_sequence_are_drawn_several_at_a_time(world, own):
    for place in (world, own):
        with place.write() as tx:
            first = tx.next_number("number")
            assert tx.next_numbers("number", 3) == [first + 1, first + 2, first + 3]
            assert tx.next_number("number") == first + 4


def test_marks_are_numbered():
    assert numbered("SELECT ? WHERE a = ? AND b LIKE 'x%'") == "SELECT $1 WHERE a = $2 AND b LIKE 'x%'"


def test_what_is_remembered_is_forgotten_when_it_changes_and_when_the_change_is_taken_back(own):
    code = "H51170000001"
    assert institutions.glance(own, code).auth == "sm4"
    with own.write() as tx:
        tx.run("UPDATE institutions SET auth = ? WHERE code = ?", "none", code)
        assert institutions.find(tx, code).auth == "none"
    assert institutions.glance(own, code).auth == "none"

    with pytest.raises(ZeroDivisionError), own.write() as tx:
        tx.run("UPDATE institutions SET auth = ? WHERE code = ?", "csb", code)
        assert institutions.find(tx, code).auth == "csb"
        raise ZeroDivisionError
    assert institutions.glance(own, code).auth == "none"


def test_a_restored_world_remembers_nothing(tmp_path):
    with opened(f"sqlite:///{tmp_path}") as worlds:
        world = worlds.ensure("own")
        worlds.snapshot("own", "before")
        with world.write() as tx:
            switches.put(tx, {"unknown_keys": "refuse"})
        with worlds.get("own").read() as tx:
            assert switches.read(tx)["unknown_keys"] == "refuse"

        worlds.restore("own", "before")

        with worlds.get("own").read() as tx:
            assert switches.read(tx)["unknown_keys"] == "ignore"
