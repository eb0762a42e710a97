import contextlib
import itertools
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import psycopg
import pytest

import oracle
import pgcluster
from ground import ANNA, BORIS, NOON, fresh, give, grant, run_code, spend
from yibaobox.domain import clock, ledger, messages
from yibaobox.domain.store import AS_TEXT, Conflict, OutcomeUnknown, PlaceGone, schema
from yibaobox.domain.store.places import open_places

SETTINGS = schema.world.tables["settings"]


class Stumble(Exception):
    """What a verb may raise in the middle of its work."""


def setting(store, name):
    with store.read() as tx:
        row = tx.one("SELECT value FROM settings WHERE name = ?", name)
    return None if row is None else row[0]


def put(tx, name, value):
    tx.run("INSERT INTO settings (name, value) VALUES (?, ?)", name, value)


# --- all or nothing ---------------------------------------------------------------------------------------------------
def test_what_a_transaction_wrote_is_there_when_it_ends(store):
    with store.write() as tx:
        put(tx, "a", "1")

    assert setting(store, "a") == "1"


@pytest.mark.parametrize("stumble", [Stumble, KeyboardInterrupt, GeneratorExit, SystemExit])
def test_a_transaction_that_is_left_in_any_other_way_leaves_nothing(store, stumble):
    with pytest.raises(stumble), store.write() as tx:
        grant(tx, ANNA, 100)
        put(tx, "a", "1")
        tx.execute(SETTINGS.insert(), [{"name": "b", "value": "2"}])
        raise stumble

    assert setting(store, "a") is setting(store, "b") is None
    with store.read() as tx:
        assert ledger.entries(tx) == []
        assert ledger.balances(tx, ANNA) == {}


def test_hot_and_cold_statements_are_one_transaction(store):
    with store.write() as tx:
        put(tx, "a", "1")
        found = tx.execute(SETTINGS.select()).all()
        tx.execute(SETTINGS.update().values(value="2"))
        assert tx.one("SELECT value FROM settings") == ("2",)

    assert found == [("a", "1")]
    assert setting(store, "a") == "2"


def test_a_statement_that_failed_and_was_swallowed_is_never_taken_for_a_commit(store):
    """PostgreSQL answers COMMIT of a failed transaction with ROLLBACK and no error."""
    try:
        with store.write() as tx:
            put(tx, "a", "1")
            with contextlib.suppress(Exception):  # the mistake
                tx.run("INSERT INTO settings (name, value) VALUES (?, ?)", "b", None)
    except (AssertionError, Conflict):
        assert setting(store, "a") is None
    else:
        assert setting(store, "a") == "1"


def test_a_broken_constraint_at_the_commit_undoes_everything(store):
    with pytest.raises(Exception, match=r"(?i)foreign key|fk_entries"), store.write() as tx:
        put(tx, "a", "1")
        tx.run("INSERT INTO entries (psn_no, txn_id, line, account, amount_fen) VALUES (?, 1, 1, 'OPEN', 5)", ANNA)

    assert setting(store, "a") is None


def test_numbers_rise_through_rollbacks_and_threads(store):
    def draw(_):
        with store.write() as tx:
            return tx.next_number("event")

    with pytest.raises(Stumble), store.write() as tx:
        tx.next_number("event")
        raise Stumble
    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(draw, range(60)))

    assert len(set(drawn)) == 60
    assert draw(0) > max(drawn)


def test_an_unknown_sequence_is_our_own_mistake(store):
    with pytest.raises((AssertionError, PlaceGone)), store.write() as tx:
        tx.next_number("nothing")


# --- reading ----------------------------------------------------------------------------------------------------------
def test_a_reading_transaction_refuses_to_write(store):
    with pytest.raises(Exception, match=r"(?i)read-?only|readonly"), store.read() as tx:
        put(tx, "a", "1")

    with store.write() as tx:
        put(tx, "b", "2")
    assert (setting(store, "a"), setting(store, "b")) == (None, "2")


def test_a_reader_sees_one_instant_while_others_write(store):
    with store.write() as tx:
        grant(tx, ANNA, 1000)
        grant(tx, BORIS, 1000)
    stop = threading.Event()

    def stir():
        for giver, taker in itertools.cycle(((ANNA, BORIS), (BORIS, ANNA))):  # neither ever runs out of money
            with store.write() as tx:
                give(tx, giver, taker, 1)
            if stop.wait(0.0005):
                return

    with ThreadPoolExecutor(1) as pool:
        stirring = pool.submit(stir)
        try:
            for _ in range(60):
                with store.read() as tx:
                    assert ledger.balance(tx, ANNA) + ledger.balance(tx, BORIS) == 2000
                    assert ledger.total(tx, "OPEN") == -2000
                    assert oracle.violations(tx) == []
        finally:
            stop.set()
        stirring.result()


def test_percent_signs_and_text_of_any_script_pass_through(store):
    with store.write() as tx:
        put(tx, "100%", "患者 %s ? 王小明 \U00020bb7 'quoted' \\")

    assert setting(store, "100%") == "患者 %s ? 王小明 \U00020bb7 'quoted' \\"
    with store.read() as tx:
        assert tx.one("SELECT count(*) FROM settings WHERE name LIKE '1%'") == (1,)


@pytest.mark.parametrize("rows", [1, 150])
def test_a_text_may_be_given_as_its_bytes(store, rows):
    text = '{"患者":"王小明 \U00020bb7 \'quoted\' ? %s \\\\u0000"}'

    with store.write() as tx:
        tx.put(f"INSERT INTO settings (name, value) VALUES ('one', {AS_TEXT})", text.encode())
        tx.many(
            f"INSERT INTO settings (name, value) VALUES (?, {AS_TEXT})", [(f"n{i}", text.encode()) for i in range(rows)]
        )

    with store.read() as tx:
        assert tx.query("SELECT value, count(*) FROM settings GROUP BY value") == [(text, 1 + rows)]
        assert tx.query("SELECT DISTINCT length(value) FROM settings") == [(len(text),)]


def test_bytes_are_a_text_beside_values_that_only_psycopg_knows(pg):
    with pg.write() as tx:
        tx.put(f"INSERT INTO settings (name, value) VALUES (CAST(? AS TEXT), {AS_TEXT})", Decimal("1.5"), "王".encode())

    assert setting(pg, "1.5") == "王"


def test_bytes_of_a_text_with_a_nul_are_refused(pg):
    with pytest.raises(psycopg.DataError), pg.write() as tx:
        tx.put(f"INSERT INTO settings (name, value) VALUES ('nul', {AS_TEXT})", b"a\0b")


# --- nesting, after the commit ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["file"], indirect=True)
def test_what_some_transactions_wrote_is_copied_back_in_passing_and_waits_for_nobody(store):
    base, log = store.path, store.path.with_name(f"{store.path.name}-wal")
    before = base.read_bytes()
    for number in range(40):
        with store.write() as tx:
            put(tx, f"{number}", "1" * 500)
    assert log.stat().st_size > 0

    with store.write(), ThreadPoolExecutor(1) as others:
        assert not others.submit(store.rest).result(timeout=20)
    assert base.read_bytes() == before

    assert store.rest()
    assert base.read_bytes() != before
    assert not store.rest()
    assert setting(store, "39") == "1" * 500


@pytest.mark.parametrize("kind", ["memory", "file"], indirect=True)
def test_transactions_of_one_thread_do_not_nest(store):
    with pytest.raises(AssertionError, match=r"nest"), store.write(), store.write():
        pass
    with pytest.raises(AssertionError, match=r"nest"), store.read(), store.write():
        pass

    with store.write() as tx:
        put(tx, "a", "1")
    assert setting(store, "a") == "1"


# --- what the database says, in our words -----------------------------------------------------------------------------
def backend(tx):
    return tx.one("SELECT pg_backend_pid()")[0]


def kill(url, pid):
    with pgcluster.connect(url) as admin:
        assert admin.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,)).fetchone() == (True,)


def test_a_connection_that_breaks_before_the_commit_is_a_conflict_and_the_work_is_done_again(pg, postgres_url):
    with pytest.raises(Conflict), pg.write() as tx:
        put(tx, "a", "1")
        kill(postgres_url, backend(tx))
        put(tx, "b", "2")
    assert setting(pg, "a") is None

    with pg.write() as tx:
        put(tx, "a", "1")
    assert setting(pg, "a") == "1"


def test_a_connection_that_breaks_in_a_core_statement_is_a_conflict_as_well(pg, postgres_url):
    with pytest.raises(Conflict), pg.write() as tx:
        kill(postgres_url, backend(tx))
        tx.execute(SETTINGS.select())

    assert setting(pg, "a") is None


def test_a_connection_that_breaks_while_reading_is_a_conflict(pg, postgres_url):
    with pytest.raises(Conflict), pg.read() as tx:
        kill(postgres_url, backend(tx))
        tx.one("SELECT 1")


def test_a_connection_that_breaks_at_the_commit_leaves_the_outcome_unknown(pg, postgres_url):
    with pytest.raises(OutcomeUnknown), pg.write() as tx:
        put(tx, "a", "1")
        kill(postgres_url, backend(tx))

    assert setting(pg, "a") is None


def test_a_commit_whose_answer_is_lost_may_have_happened_and_says_unknown(pg):
    """The server commits, then the wire breaks before the answer arrives."""
    with pytest.raises(OutcomeUnknown), pg.write() as tx:
        put(tx, "a", "1")
        lose_the_answer(tx._driver)

    assert setting(pg, "a") == "1"


def lose_the_answer(wire):
    """Let the connection break after the server has committed."""
    plain = wire.commit

    def commit():
        assert plain() == "COMMIT"
        wire._connection.close()
        raise psycopg.OperationalError("the connection is lost")

    wire.commit = commit


def test_a_connection_that_breaks_under_what_waits_for_the_commit_leaves_the_outcome_unknown(pg, postgres_url):
    with pytest.raises(OutcomeUnknown), pg.write() as tx:
        pid = backend(tx)
        tx.put("INSERT INTO settings (name, value) VALUES (?, ?)", "a", "1")
        kill(postgres_url, pid)

    assert setting(pg, "a") is None


def test_an_idle_connection_that_died_leaves_no_outcome_open(pg, postgres_url):
    with pg.read() as tx:
        pid = backend(tx)
    kill(postgres_url, pid)

    with pytest.raises(Conflict), pg.write() as tx:
        tx.put("INSERT INTO settings (name, value) VALUES (?, ?)", "a", "1")

    assert setting(pg, "a") is None


def test_idle_connections_that_died_are_replaced(pg, postgres_url):
    with pg.read() as tx:
        pid = backend(tx)
    kill(postgres_url, pid)
    with pytest.raises(Conflict), pg.read() as tx:
        tx.one("SELECT 1")

    with pg.read() as tx:
        assert tx.one("SELECT 1") == (1,)


def test_a_lost_race_for_a_unique_key_is_a_conflict(pg):
    first_has_it, second_waits = threading.Event(), threading.Event()

    def first():
        with pg.write() as tx:
            put(tx, "a", "first")
            first_has_it.set()
            second_waits.wait(5)

    with ThreadPoolExecutor(1) as pool:
        racing = pool.submit(first)
        first_has_it.wait(5)
        with pytest.raises(Conflict), pg.write() as tx:
            threading.Timer(0.2, second_waits.set).start()
            put(tx, "a", "second")
        racing.result()

    assert setting(pg, "a") == "first"


def test_a_lost_race_that_shows_at_the_commit_is_a_conflict(pg):
    with pg.write() as tx:
        put(tx, "a", "first")

    with pytest.raises(Conflict), pg.write() as tx:
        assert tx.one("SELECT 1") == (1,)
        tx.put("INSERT INTO settings (name, value) VALUES (?, ?)", "b", "1")
        tx.put("INSERT INTO settings (name, value) VALUES (?, ?)", "a", "second")
        tx.put("INSERT INTO settings (name, value) VALUES (?, ?)", "c", "1")

    assert [setting(pg, name) for name in "abc"] == ["first", None, None]


def test_a_deadlock_costs_one_of_two_a_conflict_and_nothing_else(pg):
    with pg.write() as tx:
        put(tx, "a", "0")
        put(tx, "b", "0")
    both = threading.Barrier(2)

    def cross(one, other):
        with pg.write() as tx:
            tx.run("UPDATE settings SET value = value || ? WHERE name = ?", one, one)
            both.wait(5)
            tx.run("UPDATE settings SET value = value || ? WHERE name = ?", one, other)
        return "committed"

    def outcome(pair):
        try:
            return cross(*pair)
        except Conflict:
            return "conflict"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(outcome, [("a", "b"), ("b", "a")]))

    assert outcomes == ["committed", "conflict"]


def test_a_row_that_the_rules_forbid_is_no_conflict(pg):
    with pytest.raises(psycopg.errors.CheckViolation), pg.write() as tx:
        tx.run("INSERT INTO balances (psn_no, account, balance_fen) VALUES (?, 'ACCT', -1)", ANNA)


def test_a_dropped_place_is_gone(places, place):
    store = places.open(place)
    places.drop(place)

    with pytest.raises(PlaceGone), store.read() as tx:
        setting_of = tx.one("SELECT value FROM settings")
        assert setting_of is None
    with pytest.raises(PlaceGone), store.write() as tx:
        put(tx, "a", "1")


def test_opening_a_place_that_is_not_there_makes_none(places):
    name = f"w_{fresh()}"

    for _ in range(2):
        with pytest.raises(PlaceGone):
            places.open(name)


def test_rows_locked_for_a_decision_are_waited_for(pg):
    with pg.write() as tx:
        grant(tx, ANNA, 100)
    locked, order = threading.Event(), []

    def first():
        with pg.write() as tx:
            ledger.lock(tx, [ANNA])
            locked.set()
            threading.Event().wait(0.2)
            spend(tx, ANNA, 60)
            order.append("first")

    with ThreadPoolExecutor(1) as pool:
        racing = pool.submit(first)
        locked.wait(5)
        with pg.write() as tx:
            ledger.lock(tx, [ANNA])
            order.append("second")
            assert ledger.balance(tx, ANNA) == 40
        racing.result()

    assert order == ["first", "second"]


# --- the program around it --------------------------------------------------------------------------------------------
def test_sqlite_needs_no_driver_of_postgresql():
    code = """
import sys
sys.modules["psycopg"] = None
from yibaobox.domain.store.places import open_places
store = open_places("memory://").create("w_x")
with store.write() as tx:
    print(tx.next_number("txn"))
"""
    assert run_code(code) == "1\n"


@pytest.mark.parametrize(
    "url", ["mysql://localhost/x", "sqlite", "postgres", "", "oracle+foo://x", "memory", "sqlite://"]
)
def test_an_address_of_another_kind_is_refused_in_words(url):
    with pytest.raises(ValueError, match=r"--db understands"):
        open_places(url)


def test_a_query_on_another_thread_waits_for_its_turn_on_sqlite(tmp_path):
    places = open_places(f"sqlite:///{tmp_path}")
    store = places.create("w_x")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: write_one(store, number), range(50)))
    with store.read() as tx:
        assert tx.one("SELECT count(*) FROM settings") == (50,)
    places.close()


def write_one(store, number):
    with store.write() as tx:
        put(tx, str(number), "x")


def test_a_file_of_a_world_is_closed_to_every_other_connection(tmp_path):
    places = open_places(f"sqlite:///{tmp_path}")
    store = places.create("w_x")
    write_one(store, 1)
    stranger = sqlite3.connect(tmp_path / "w_x.db", timeout=0.05)
    with pytest.raises(sqlite3.OperationalError, match=r"locked"):
        stranger.execute("SELECT * FROM settings").fetchall()
    stranger.close()
    places.close()


def test_messages_and_money_of_one_operation_are_one_transaction(store):
    key = messages.Key("H51170000001", "2207", "m-1")
    with pytest.raises(Stumble), store.write() as tx:
        clock.put(tx, "frozen", NOON)
        txn_id = grant(tx, ANNA, 100)
        messages.store_settled(tx, key, "f", "{}", psn_no=ANNA, txn_id=txn_id)
        raise Stumble

    with store.read() as tx:
        assert messages.find(tx, key) is None
        assert ledger.balance(tx, ANNA) == 0
