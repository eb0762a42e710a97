"""Hot statements on PostgreSQL: what goes in comes out. On SQLite what is remembered is what stands there."""

import contextlib
from datetime import date
from decimal import Decimal

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from ground import opened
from stepping import PUT, READ, STEPS, Stepping
from yibaobox.domain import switches
from yibaobox.domain.errors import NotFound
from yibaobox.domain.people import institutions
from yibaobox.domain.store import Conflict, Outdated
from yibaobox.domain.store.memory import REMEMBERED
from yibaobox.domain.store.prepared import numbered

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


def test_a_world_that_is_new_does_not_have_its_tables_read_whole_ever_after(world):
    with world.write() as tx:
        tx.run("ANALYZE postings")  # as PostgreSQL does by itself: it now knows that nothing is there
        plan = tx.query("EXPLAIN SELECT 1 FROM postings WHERE psn_no = ? AND txn_id = ?", "a", 1)
        compiled = tx.one("SHOW jit")

    assert "using pk_postings" in str(plan)
    assert compiled == ("off",)


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


# --- statements that travel together ----------------------------------------------------------------------------------
def test_what_waits_is_seen_by_what_is_asked_after_it(world):
    with world.write() as tx:
        tx.put(PUT, "a", "1")
        assert tx.one(READ, "a") == ("1",)
        tx.put("UPDATE settings SET value = ? WHERE name = ?", "2", "a")
        tx.put("UPDATE settings SET value = value || ?", "3")
        assert tx.run("DELETE FROM settings WHERE value = ?", "23") == 1


@EXAMPLES
@given(st.lists(st.sampled_from(STEPS), max_size=14))
def test_what_was_announced_is_what_would_be_read(world, steps):
    """In whatever order statements are announced, asked and changed, each sees what was written before it."""
    with contextlib.suppress(ZeroDivisionError), world.write() as tx:
        stepping = Stepping(tx)
        for number, step in enumerate(steps, 1):
            getattr(stepping, step)(str(number))
        stepping.ask("")
        raise ZeroDivisionError


def test_a_number_that_was_drawn_ahead_is_given_once_whatever_is_written_meanwhile(world):
    with world.write() as tx:
        first = tx.next_number("number")
        tx.ahead(tx.drawing("number"), (READ, ("drawn",)))
        assert tx.one(READ, "drawn") is None
        tx.put(PUT, "drawn", "1")
        assert tx.foreseen((READ, ("drawn",))) is None, "what is written outdates what was read"
        assert [tx.next_number("number") for _ in range(3)] == [first + 1, first + 2, first + 3]
        tx.run("DELETE FROM settings")


def test_an_announced_statement_that_fails_undoes_the_transaction(world):
    with pytest.raises(psycopg.errors.DivisionByZero), world.write() as tx:
        tx.ahead(("SELECT 1 / CAST(? AS integer)", (0,)))
        tx.put(PUT, "never", "1")
    with world.read() as tx:
        assert tx.one(READ, "never") is None


@pytest.mark.parametrize("place", ["world", "own"])
def test_a_count_that_is_another_than_said_undoes_the_transaction(place, request):
    place = request.getfixturevalue(place)
    with place.write() as tx:
        tx.many(PUT, [("x1", "1"), ("x2", "1")])
        tx.exactly(2, "UPDATE settings SET value = ? WHERE name LIKE 'x%'", "2")

    with pytest.raises(Conflict), place.write() as tx:
        tx.put(PUT, "x3", "1")
        tx.exactly(2, "UPDATE settings SET value = ? WHERE name LIKE 'x%'", "3")

    with place.write() as tx:
        assert tx.query("SELECT DISTINCT value FROM settings WHERE name LIKE 'x%'") == [("2",)]
        tx.run("DELETE FROM settings WHERE name LIKE 'x%'")


def test_a_transaction_sees_what_another_process_changed_before_it(world, postgres_url):
    """What most transactions ask travels with their BEGIN, and is none the older for that."""
    with opened(postgres_url) as others:
        for unknown in ("refuse", "ignore", "refuse"):
            with others.get("wire").write() as tx:
                switches.put(tx, {"unknown_keys": unknown})
            with world.write() as tx:
                assert switches.read(tx)["unknown_keys"] == unknown
                assert switches.put(tx, {"review": "manual"})["review"] == "manual"
                assert tx.today
    with world.write() as tx:
        tx.run("DELETE FROM settings")


@pytest.fixture
def far(world, postgres_url):
    """The same world as another process has it."""
    with opened(postgres_url) as others:
        yield others.get("wire")


def worked(world, ending, name):
    """Glance as a request does that may believe what it saw before, and write or read, or do neither."""
    with world.store.believing():
        seen = institutions.glance(world, CODE).auth
        if ending == "writes":
            with world.write() as tx:
                tx.put(PUT, name, seen)
        elif ending != "neither":
            with world.read() as tx:
                assert institutions.find(tx, CODE).auth == seen
                if ending == "refused":
                    raise NotFound("refused")
    return seen


CODE = "H51170000001"
CHANGES = st.none() | st.sampled_from(("none", "csb", "sm4"))
ENDINGS = st.sampled_from(("writes", "reads", "refused", "neither"))


@EXAMPLES
@given(st.lists(st.tuples(CHANGES, ENDINGS), max_size=8))
def test_what_was_believed_holds_or_the_work_is_done_again(world, far, steps):
    truth, written = institutions.glance(world, CODE).auth, []
    for change, ending in steps:
        if change is not None:
            truth = change
            with far.write() as tx:
                tx.run("UPDATE institutions SET auth = ? WHERE code = ?", change, CODE)
        for attempt in range(2):
            try:
                assert worked(world, ending, f"b{len(written)}") == truth
            except Outdated:
                assert attempt == 0, "what was outdated is looked up afresh"
                continue
            except NotFound:
                pass
            written += [truth] if ending == "writes" else []
            break
    with far.write() as tx:
        assert [row[0] for row in tx.query("SELECT value FROM settings WHERE name LIKE 'b%' ORDER BY name")] == written
        tx.run("DELETE FROM settings")


def test_a_refusal_is_no_more_believed_than_an_answer(world, far):
    institutions.glance(world, CODE)
    with far.write() as tx:
        tx.run("UPDATE institutions SET auth = 'none' WHERE code = ?", CODE)
    with pytest.raises(Outdated), world.store.believing():
        raise NotFound(institutions.glance(world, CODE).auth)


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


WAYS = {
    "run": lambda tx, sql: tx.run(sql),
    "put": lambda tx, sql: tx.put(sql),
    "many": lambda tx, sql: tx.many(sql, [()]),
    "exactly": lambda tx, sql: tx.exactly(0, sql),
    "execute": lambda tx, sql: tx.execute(text(sql)),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("table", sorted(REMEMBERED - {"worlds"}))  # which the registry has
def test_every_way_to_change_a_remembered_table_makes_forget(own, table, way):
    asked = "SELECT value FROM settings WHERE name = 'behind'"

    def known():
        with own.read() as tx:
            return tx.known(asked)

    assert known() == []
    own.store.raw.execute("INSERT INTO settings (name, value) VALUES ('behind', 'x')")
    with own.write() as tx:
        tx.run("DELETE FROM diagnoses WHERE 1 = 0")
    assert known() == [], "it was remembered, and other tables do not make forget"

    with own.write() as tx:
        WAYS[way](tx, f"DELETE FROM {table} WHERE 1 = 0")

    assert known() == [("x",)]


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


def test_a_connection_that_comes_back_to_the_pool_knows_its_statements(world):
    """More transactions at once than connections are kept aside for: those above come from the pool and go back."""
    for _ in range(2):
        with contextlib.ExitStack() as open_at_once:
            for number in range(10):
                tx = open_at_once.enter_context(world.read())
                assert tx.one("SELECT CAST(? AS integer)", number) == (number,)
