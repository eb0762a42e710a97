"""What a process remembers of its SQLite world is what the database would answer, whatever happens in between."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from yibaobox.domain.errors import Refusal
from yibaobox.domain.store.memory import ANYBODY, HARMLESS, Memory, Whose, whose
from yibaobox.domain.store.sqlite import SqliteStore

TABLES = (
    "CREATE TABLE visits (psn_no TEXT, visit_id INTEGER, state TEXT, PRIMARY KEY (psn_no, visit_id))",
    "CREATE TABLE fees (psn_no TEXT, visit_id INTEGER, sn INTEGER, setl_id INTEGER)",
    "CREATE TABLE stays (psn_no TEXT, visit_id INTEGER, state TEXT)",
    "CREATE TABLE sequences (name TEXT PRIMARY KEY, value INTEGER)",
    "INSERT INTO sequences VALUES ('number', 0)",
)
VISIT = (
    "SELECT v.state, (SELECT count(*) FROM stays s WHERE s.psn_no = v.psn_no AND s.state = 'IN') FROM visits v"
    " WHERE v.psn_no = ? AND v.visit_id = ?"
)
FEES = "SELECT psn_no, visit_id, sn, setl_id FROM fees WHERE psn_no = ? AND visit_id = ? ORDER BY sn"
WHERE = "WHERE psn_no = ? AND visit_id = ?"
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
        (VISIT, HARMLESS),
        ("INSERT INTO entries (psn_no) VALUES (?)", HARMLESS),
        ("INSERT INTO fees (psn_no, visit_id, sn) VALUES (?, ?, ?)", Whose("fees", (0, 1))),
        ("insert or replace into fees (psn_no, visit_id, sn) values (?, ?, ?)", Whose("fees", (0, 1))),
        (f"UPDATE fees SET setl_id = ? {WHERE} AND setl_id IS NULL", Whose("fees", (1, 2))),
        (f"DELETE FROM fees {WHERE}", Whose("fees", (0, 1))),
        (f"UPDATE stays SET state = ? {WHERE}", Whose("stays", (1,))),
        ("INSERT INTO stays (psn_no, visit_id) VALUES (?, ?)", Whose("stays", (0,))),
        ("INSERT INTO fees (sn, psn_no, visit_id) VALUES (?, ?, ?)", ANYBODY),
        ("INSERT INTO fees SELECT * FROM fees", ANYBODY),
        ("INSERT INTO fees (psn_no, visit_id) VALUES ('a', ?)", ANYBODY),
        ("UPDATE fees SET setl_id = ? WHERE visit_id = ?", ANYBODY),
        (f"UPDATE fees SET psn_no = ? {WHERE}", ANYBODY),
        ("DELETE FROM fees", ANYBODY),
        ("UPDATE sequences SET value = 9", ANYBODY),
        ("UPDATE persons SET name = ? WHERE psn_no = ?", ANYBODY),
        ("SAVEPOINT attempt", ANYBODY),
        ("WITH x AS (SELECT 1) DELETE FROM fees", ANYBODY),
    ],
)
def test_it_is_known_whose_rows_a_statement_may_change(sql, expected):
    assert whose(sql) == expected


class Broken(Exception):
    pass


class Remembering(RuleBasedStateMachine):
    """Transactions that are committed, fail, share a commit or take a part of themselves back, and reads between."""

    @initialize()
    def begin(self):
        self.store = made()
        self.claimed = 0
        self.drawn = 0

    def teardown(self):
        while self.claimed:
            self.release()
        self.store.close()

    def change(self, tx, what, visit):
        sn = tx.next_number("number")
        if what == "upload":
            known = tx.query(FEES, *visit)
            tx.many("INSERT INTO fees (psn_no, visit_id, sn) VALUES (?, ?, ?)", [(*visit, sn), (*visit, -sn)])
            if not known:
                tx.learn_of(*visit, FEES, rows=[(*visit, -sn, None), (*visit, sn, None)])
        elif what == "settle":
            tx.run(f"UPDATE fees SET setl_id = ? {WHERE} AND setl_id IS NULL", sn, *visit)
        elif what == "remove":
            tx.run(f"DELETE FROM fees {WHERE}", *visit)
        elif what == "register":
            tx.run("INSERT OR REPLACE INTO visits (psn_no, visit_id, state) VALUES (?, ?, 'OPEN')", *visit)
        elif what == "cancel":
            tx.run(f"UPDATE visits SET state = 'CANCELLED' {WHERE}", *visit)
        elif what == "admit":
            tx.put("INSERT INTO stays (psn_no, visit_id, state) VALUES (?, ?, 'IN')", *visit)
        else:
            tx.run(f"UPDATE stays SET state = 'OUT' {WHERE}", *visit)

    steps = st.lists(
        st.tuples(
            st.sampled_from(["upload", "settle", "remove", "register", "cancel", "admit", "discharge"]),
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
                assert tx.known_of(*visit, sql) == tx.query(sql, *visit)
        known = self.store._memory.numbers.get("number")
        assert known in (None, *tx.one("SELECT value FROM sequences WHERE name = 'number'"))


TestRemembering = Remembering.TestCase


def test_what_a_message_wrote_the_next_one_need_not_read(store):
    with store.write() as tx:
        tx.many("INSERT INTO fees (psn_no, visit_id, sn) VALUES (?, ?, ?)", [("a", 1, 7)])
        tx.learn_of("a", 1, FEES, rows=[("a", 1, 7, None)])
    store.raw.execute("DELETE FROM fees")  # behind its back

    with store.read() as tx:
        assert tx.known_of("a", 1, FEES) == [("a", 1, 7, None)]
        assert tx.known_of("a", 2, FEES) == []


def test_it_is_bounded_and_the_oldest_make_room(monkeypatch):
    monkeypatch.setattr("yibaobox.domain.store.memory._ROWS_MAX", 30)
    memory = Memory()
    reads = [(FEES, (str(number), number)) for number in range(10)]
    for read in reads:
        memory.learn(read, [(1,)] * 9)
        memory.ended()

    assert [memory.of_visit(read) is not None for read in reads] == [False] * 7 + [True] * 3
    memory.keep_of_visit((FEES, ("long", 1)), [(1,)] * 1000)
    assert memory.of_visit((FEES, ("long", 1))) is None
    assert memory.of_visit(reads[-1]) is not None


def test_what_was_written_and_changed_again_is_read(store):
    with store.write() as tx:
        tx.many("INSERT INTO fees (psn_no, visit_id, sn) VALUES (?, ?, ?)", [("a", 1, 7)])
        tx.learn_of("a", 1, FEES, rows=[("a", 1, 7, None)])
        tx.run(f"UPDATE fees SET setl_id = ? {WHERE}", 5, "a", 1)

    with store.read() as tx:
        assert tx.known_of("a", 1, FEES) == [("a", 1, 7, 5)]


def test_after_a_transaction_that_forgot_everything_it_remembers_again(store):
    with store.write() as tx, tx.savepoint():
        tx.next_number("number")
    with store.read() as tx:
        assert tx.known_of("a", 1, FEES) == []
    store.raw.execute("INSERT INTO fees (psn_no, visit_id, sn) VALUES ('a', 1, 7)")  # behind its back

    with store.read() as tx:
        assert tx.known_of("a", 1, FEES) == []
        assert tx.query(FEES, "a", 1) == [("a", 1, 7, None)]
