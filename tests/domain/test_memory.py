"""What a process remembers of its SQLite world is what the database would answer, whatever happens in between."""

import contextlib
import sqlite3

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from yibaobox.domain.errors import Refusal
from yibaobox.domain.store.memory import ANYTHING, Change, Memory, _weight, change_of
from yibaobox.domain.store.sqlite import SqliteStore

TABLES = (
    "CREATE TABLE visits (psn_no TEXT, visit_id INTEGER, state TEXT)",
    "CREATE TABLE fees (psn_no TEXT, visit_id INTEGER, sn INTEGER, upload INTEGER)",
    "CREATE TABLE fee_uploads (psn_no TEXT, visit_id INTEGER, upload INTEGER, setl_id INTEGER)",
    "CREATE TABLE stays (psn_no TEXT, visit_id INTEGER, state TEXT)",
    "CREATE TABLE sequences (name TEXT PRIMARY KEY, value INTEGER)",
    "INSERT INTO sequences VALUES ('number', 0)",
    "CREATE TABLE given (sn INTEGER PRIMARY KEY)",
    "CREATE TABLE bonds (visit_id INTEGER REFERENCES bound (visit_id) DEFERRABLE INITIALLY DEFERRED)",
    "CREATE TABLE bound (visit_id INTEGER PRIMARY KEY)",
)
VISIT = (
    "SELECT v.state, (SELECT count(*) FROM stays s WHERE s.psn_no = v.psn_no AND s.state = 'IN') FROM visits v"
    " WHERE v.psn_no = ? AND v.visit_id = ?"
)
FEES = (
    "SELECT f.psn_no, f.visit_id, f.sn, u.setl_id FROM fees f JOIN fee_uploads u ON u.psn_no = f.psn_no"
    " AND u.visit_id = f.visit_id AND u.upload = f.upload WHERE f.psn_no = ? AND f.visit_id = ? ORDER BY f.sn"
)
UPLOAD = "INSERT INTO fee_uploads (psn_no, visit_id, upload) VALUES (?, ?, ?)"
CHARGE = "INSERT INTO fees (psn_no, visit_id, sn, upload) VALUES (?, ?, ?, ?)"
WHERE = "WHERE psn_no = ? AND visit_id = ?"
CHANGES = {
    "remove": f"DELETE FROM fees {WHERE}",
    "clear": "DELETE FROM fees",
    "register": "INSERT INTO visits (psn_no, visit_id, state) VALUES (?, ?, 'OPEN')",
    "cancel": f"UPDATE visits SET state = 'CANCELLED' {WHERE}",
    "admit": "INSERT INTO stays (psn_no, visit_id, state) VALUES (?, ?, 'IN')",
    "discharge": f"UPDATE stays SET state = 'OUT' {WHERE}",
}
VISITS = [(psn_no, visit_id) for psn_no in "ab" for visit_id in (1, 2)][:3]


def made():
    store = SqliteStore(None)
    for statement in TABLES:
        store.raw.execute(statement)
    return store


@pytest.fixture
def store():
    own = made()
    yield own
    own.close()


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (VISIT, None),
        ("SAVEPOINT attempt", None),
        ("RELEASE SAVEPOINT attempt", None),
        ("INSERT INTO entries (psn_no) VALUES (?)", None),
        ("UPDATE persons SET name = ? WHERE psn_no = ?", Change("persons")),
        (CHARGE, Change("fees", (0, 1))),
        (UPLOAD, Change("fee_uploads", (0, 1))),
        ("insert into visits (psn_no, visit_id, state)\nvalues (?, ?, 'OPEN')", Change("visits", (0, 1))),
        (f"UPDATE fee_uploads SET setl_id = ?, sn = 4 {WHERE} AND setl_id IS NULL", Change("fee_uploads", (1, 2))),
        (f"DELETE FROM fee_uploads {WHERE} AND upload = ?", Change("fee_uploads", (0, 1))),
        (f"UPDATE visits SET state = 'CANCELLED' {WHERE}", Change("visits", (0, 1))),
        (f"DELETE FROM fees {WHERE}", Change("fees", (0, 1))),
        (f"UPDATE stays SET state = ? {WHERE}", Change("stays", (1,))),
        ("INSERT INTO stays (psn_no, visit_id) VALUES (?, ?)", Change("stays", (0,))),
        # What is not understood, or names one visit and means others.
        ("ROLLBACK TO SAVEPOINT attempt", ANYTHING),
        ("INSERT INTO fees (sn, psn_no, visit_id) VALUES (?, ?, ?)", ANYTHING),
        ("INSERT INTO fees SELECT * FROM fees", ANYTHING),
        ("INSERT INTO fees (psn_no, visit_id) VALUES ('a', ?)", ANYTHING),
        ("INSERT INTO fees (psn_no, visit_id) VALUES (?, ?), (?, ?)", ANYTHING),
        (
            "INSERT INTO visits (psn_no, visit_id) VALUES (?, ?) ON CONFLICT (visit_id) DO NOTHING",
            ANYTHING,
        ),
        ("INSERT OR REPLACE INTO visits (psn_no, visit_id) VALUES (?, ?)", ANYTHING),
        (f"UPDATE OR REPLACE visits SET state = ? {WHERE}", ANYTHING),
        ("UPDATE fees SET setl_id = ? WHERE visit_id = ?", ANYTHING),
        (f"UPDATE fees SET psn_no = ? {WHERE}", ANYTHING),
        (f"UPDATE fees SET visit_id = ? {WHERE}", ANYTHING),
        (f"UPDATE visits SET state = '?' {WHERE}", ANYTHING),
        (f"UPDATE fees SET setl_id = (SELECT max(setl_id) FROM fees {WHERE})", ANYTHING),
        (f"DELETE FROM fees {WHERE} OR sn = 8", ANYTHING),
        (f"DELETE FROM fees {WHERE} AND sn = 1 OR sn = 8", ANYTHING),
        ("DELETE FROM fees WHERE NOT (psn_no = ? AND visit_id = ?)", ANYTHING),
        (f"DELETE FROM fees WHERE sn IN (SELECT sn FROM fees {WHERE})", ANYTHING),
        ("DELETE FROM fees", ANYTHING),
        ('DELETE FROM "fees"', ANYTHING),
        ("DELETE FROM/**/fees", ANYTHING),
        ("DELETE FROM main.fees", ANYTHING),
        ('UPDATE OR IGNORE "persons" SET name = 1', ANYTHING),
        ('INSERT INTO "settings" VALUES (1)', ANYTHING),
        ("UPDATE sequences SET value = 9", ANYTHING),
        ("WITH x AS (SELECT 1) DELETE FROM fees", ANYTHING),
    ],
)
def test_it_is_known_what_a_statement_may_change(sql, expected):
    assert change_of(sql) == expected


class Broken(Exception):
    pass


class Remembering(RuleBasedStateMachine):
    """Transactions that are committed, fail, share a commit or take a part of themselves back, and reads between."""

    @initialize()
    def begin(self):
        self.store = made()
        self.claimed = 0

    def teardown(self):
        while self.claimed:
            self.release()
        self.store.close()

    def change(self, tx, what, visit):
        sn = tx.next_number("number")
        assert sn > tx.one("SELECT coalesce(max(sn), 0) FROM given")[0], "numbers rise, and none is given twice"
        tx.run("INSERT INTO given (sn) VALUES (?)", sn)
        if what == "upload":
            known = tx.query(FEES, *visit)
            tx.run(UPLOAD, *visit, sn)
            tx.many(CHARGE, [(*visit, sn, sn), (*visit, -sn, sn)])
            if not known:
                tx.learn_of(*visit, FEES, rows=[(*visit, -sn, None), (*visit, sn, None)])
        elif what == "upload everywhere":
            tx.many(UPLOAD, [(*each, sn) for each in VISITS])
            tx.many(CHARGE, [(*each, sn, sn) for each in VISITS])
        elif what == "settle":
            tx.run(f"UPDATE fee_uploads SET setl_id = ? {WHERE} AND setl_id IS NULL", sn, *visit)
        else:
            tx.run(CHANGES[what], *(visit if "?" in CHANGES[what] else ()))

    steps = st.lists(
        st.tuples(
            st.sampled_from(["upload", "upload everywhere", "settle", *CHANGES]),
            st.sampled_from(VISITS),
            st.booleans(),
        ),
        max_size=3,
    )

    @rule(steps=steps, looks=st.booleans())
    def commit(self, steps, looks):
        with self.store.write() as tx:
            for what, visit, refused in steps:
                if refused:
                    with pytest.raises(Refusal), tx.savepoint():
                        self.change(tx, what, visit)
                        raise Refusal("no")
                else:
                    self.change(tx, what, visit)
                if looks:
                    self.look(tx)

    @rule(steps=steps)
    def fail(self, steps):
        with pytest.raises(Broken), self.store.write() as tx:
            for what, visit, _ in steps:
                self.change(tx, what, visit)
                self.look(tx)
            raise Broken

    @rule()
    def replace(self):
        """As a reset does, between transactions."""
        if not self.claimed:
            with self.store.alone() as raw:
                raw.execute("DELETE FROM fees")
                raw.execute("UPDATE visits SET state = 'RESET'")
                raw.execute("UPDATE sequences SET value = value + 100")

    @rule(count=st.integers(1, 40))
    def draw(self, count):
        """Only numbers: of a transaction that writes nothing else, some are never reserved."""
        with self.store.write() as tx:
            numbers = [*tx.next_numbers("number", count), tx.next_number("number")]
            assert numbers == list(range(numbers[0], numbers[0] + count + 1))
            assert numbers[0] > tx.one("SELECT coalesce(max(sn), 0) FROM given")[0]

    @rule()
    def start_again(self):
        """As another process would, which remembers nothing."""
        if not self.claimed:
            self.store._memory = Memory()

    @rule(visit=st.sampled_from(VISITS))
    def cannot_commit(self, visit):
        """A transaction whose COMMIT fails, alone or with those that share it."""
        with contextlib.suppress(sqlite3.IntegrityError), self.store.write() as tx:
            self.change(tx, "upload", visit)
            tx.run("INSERT INTO bonds (visit_id) VALUES (99)")

    @rule()
    def claim(self):
        assert self.store.claim()
        self.claimed += 1

    @rule()
    def release(self):
        if self.claimed:
            self.claimed -= 1
            self.store.release()

    @invariant()
    def all_is_as_the_database_has_it(self):
        if not hasattr(self, "store"):
            return
        with self.store.read() as tx:
            self.look(tx)

    def look(self, tx):
        for visit in VISITS:
            for sql in (VISIT, FEES):
                assert tx.known_of(*visit, sql, of=tuple) == tx.query(sql, *visit)
        memory = self.store._memory
        assert memory._size == sum(_weight(kept.rows) for known in memory._visits.values() for kept in known.values())
        last, reserved = memory.numbers.get("number", (0, None))
        assert reserved in (None, *tx.one("SELECT value FROM sequences WHERE name = 'number'"))
        assert reserved is None or last <= reserved


TestRemembering = Remembering.TestCase


def charge(tx):
    tx.run(UPLOAD, "a", 1, 7)
    tx.run(CHARGE, "a", 1, 7, 7)


def test_what_a_message_wrote_the_next_one_need_not_read(store):
    with store.write() as tx:
        charge(tx)
        tx.learn_of("a", 1, FEES, rows=[("a", 1, 7, None)])
    store.raw.execute("DELETE FROM fees")  # behind its back

    with store.read() as tx:
        assert tx.known_of("a", 1, FEES, of=tuple) == [("a", 1, 7, None)]
        assert tx.known_of("a", 2, FEES, of=tuple) == []


def test_it_is_bounded_and_the_oldest_make_room(monkeypatch):
    monkeypatch.setattr("yibaobox.domain.store.memory._VISITS_MAX", 34_000)
    memory = Memory()
    reads = [(FEES, (str(number), number)) for number in range(10)]
    for read in reads:
        memory.learn(read, [("x" * 10,)] * 9)  # some 10 kB
        memory.ended()

    assert [memory.of_visit(read) is not None for read in reads] == [False] * 7 + [True] * 3
    for rows in ([(1,)] * 1000, [("x" * 40_000,)]):  # many, and large
        memory.keep_of_visit((FEES, ("long", 1)), rows)
        assert memory.of_visit((FEES, ("long", 1))) is None


def test_what_was_written_and_changed_again_is_read(store):
    with store.write() as tx:
        charge(tx)
        tx.learn_of("a", 1, FEES, rows=[("a", 1, 7, None)])
        tx.run(f"UPDATE fee_uploads SET setl_id = ? {WHERE}", 5, "a", 1)

    with store.read() as tx:
        assert tx.known_of("a", 1, FEES, of=tuple) == [("a", 1, 7, 5)]


def test_after_a_transaction_that_forgot_everything_it_remembers_again(store):
    with store.write() as tx, tx.savepoint():
        tx.next_number("number")
    with store.read() as tx:
        assert tx.known_of("a", 1, FEES, of=tuple) == []
    store.raw.execute(UPLOAD, ("a", 1, 7))  # behind its back
    store.raw.execute(CHARGE, ("a", 1, 7, 7))

    with store.read() as tx:
        assert tx.known_of("a", 1, FEES, of=tuple) == []
        assert tx.query(FEES, "a", 1) == [("a", 1, 7, None)]


def test_of_a_shared_commit_that_is_taken_back_nothing_is_remembered(store):
    store.claim()
    with store.write() as tx:
        charge(tx)
        tx.learn_of("a", 1, FEES, rows=[("a", 1, 7, None)])
        tx.next_number("number")
    with pytest.raises(Broken), store.write() as tx:
        tx.next_number("number")
        tx.run("INSERT INTO visits (psn_no, visit_id, state) VALUES (?, ?, 'OPEN')", "a", 2)
        raise Broken
    with store.write() as tx:
        assert tx.next_number("number") == 1, "the numbers of all that was taken back are free again"
        tx.run("INSERT INTO visits (psn_no, visit_id, state) VALUES (?, ?, 'OPEN')", "a", 1)
    assert not store.release()

    with store.read() as tx:
        assert tx.known_of("a", 1, FEES, of=tuple) == tx.query(FEES, "a", 1) == []


def test_numbers_are_reserved_in_blocks_and_one_that_was_only_drawn_is_lost(store):
    with store.write() as tx:
        assert tx.next_number("number") == 1
    before = store.raw.total_changes
    with pytest.raises(Broken), store.write() as tx:
        assert tx.next_number("number") == 2
        raise Broken
    with store.write() as tx:
        assert tx.next_number("number") == 3
        assert tx.next_numbers("number", 3) == [4, 5, 6]
    assert store.raw.total_changes == before, "they were reserved with the first"

    store._memory = Memory()  # another process
    with store.write() as tx:
        assert tx.next_number("number") == 33


def test_what_only_reads_draws_no_number(store):
    with store.write() as tx:
        tx.next_number("number")
    with pytest.raises(AssertionError, match="draws no number"), store.read() as tx:
        tx.next_number("number")
