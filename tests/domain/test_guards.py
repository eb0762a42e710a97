"""Each trigger of the first revision refuses, by raw SQL, what the program would never send."""

import hashlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ground import ANNA, BORIS, HOSPITAL, give, grant
from yibaobox.domain import ledger, messages, outbox, visits
from yibaobox.domain.ledger.chain import digest
from yibaobox.domain.store.migrations import guards_0001

ENTRY = "INSERT INTO entries (psn_no, txn_id, line, account, amount_fen) VALUES (?, ?, ?, ?, ?)"
POSTING = (
    "INSERT INTO postings (psn_no, txn_id, place, kind, reverses, biz_at_us, note, rec_at_us, prev_hash, hash)"
    " VALUES (?, ?, ?, 'raw', ?, 0, '{}', 0, ?, ?)"
)
EVENT = {"topic": "t", "cause": "c", "url": "http://127.0.0.1/", "headers": {}, "body": "{}", "schedule": [1]}


@pytest.fixture
def furnished(store):
    with store.write() as tx:
        grant(tx, ANNA, 1000)
        messages.store_refused(tx, messages.Key("H", "2207", "m"), "f", "{}", code="NOT_ELIGIBLE")
        outbox.record(tx, outbox.stage(tx, **EVENT), accepted=False, status=500, error=None)
    return store


def head(tx, psn_no=ANNA):
    return tx.one("SELECT length, head FROM books WHERE psn_no = ?", psn_no)


def post(tx, lines, *, txn_id=100, place=None, prev=None, reverses=None):
    """A posting as an intruder would write it: right in all but what the case changes."""
    psn_no = ANNA
    length, last = head(tx, psn_no)
    for number, (account, fen) in enumerate(lines, 1):
        tx.run(ENTRY, psn_no, txn_id, number, account, fen)
    place, prev = length + 1 if place is None else place, last if prev is None else prev
    facts = (psn_no, txn_id, place, "raw", reverses, 0, "{}")
    hashed = digest(prev, facts, [(number, *line) for number, line in enumerate(lines, 1)])
    tx.run(POSTING, psn_no, txn_id, place, reverses, prev, hashed)


class Done(Exception):
    """The end of a transaction that is to leave nothing."""


FAIR = [("ACCT", 5), ("OPEN", -5)]


def test_the_intruder_s_posting_is_accepted_when_nothing_is_wrong_with_it(furnished):
    with furnished.write() as tx:
        post(tx, FAIR)
    with furnished.read() as tx:
        assert ledger.balance(tx, ANNA) == 1005


@pytest.mark.parametrize("table", guards_0001._APPEND_ONLY)
@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM {table}",
        "UPDATE {table} SET {column} = {column}",
        "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
        "UPDATE OR REPLACE {table} SET {column} = {column}",
        "TRUNCATE {table} CASCADE",
    ],
)
def test_what_is_append_only_cannot_be_changed_replaced_or_removed(furnished, table, sql):
    column = {"entries": "amount_fen", "postings": "note", "messages": "reply", "deliveries": "error"}[table]
    with furnished.read() as tx:
        before = tx.query(f"SELECT * FROM {table}")
        foreign = {"sqlite": "TRUNCATE", "postgresql": "OR REPLACE"}[tx.dialect] in sql
    assert before
    words = r"(?i)syntax error" if foreign else rf"{table} is append-only|sealed|does not follow|rise"
    with pytest.raises(Exception, match=words), furnished.write() as tx:
        tx.run(sql.format(table=table, column=column))

    with furnished.read() as tx:
        assert tx.query(f"SELECT * FROM {table}") == before


def test_entries_sealed_a_posting_takes_no_further_entry(furnished):
    with pytest.raises(Exception, match=r"sealed"), furnished.write() as tx:
        tx.run(ENTRY, ANNA, 1, 3, "OPEN", 7)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [("OPEN", 5)],
        [("ACCT", 5), ("OPEN", -4)],
        [("ACCT", 5), ("OPEN", -5), (HOSPITAL, 1)],
        [("ACCM:511700:resident:2025:DED", 5)],
        [("ACCM:511700:resident:2025:DED", 5), ("ACCM:511700:resident:2025:CAP", -5)],
        [("ACCT", 5), ("ACCM:511700:resident:2025:DED", -5)],
    ],
)
def test_postings_balanced_two_sides_of_money_sum_to_zero(furnished, lines):
    with pytest.raises(Exception, match=r"does not sum to zero|not_negative"), furnished.write() as tx:
        post(tx, lines)


@pytest.mark.parametrize("txn_id", [1, 0, -5])
def test_postings_ordered_numbers_rise_along_a_chain(furnished, txn_id):
    with pytest.raises(Exception, match=r"rise along a chain|sealed"), furnished.write() as tx:
        post(tx, FAIR, txn_id=txn_id)


@pytest.mark.parametrize("wrong", [{"place": 1}, {"place": 3}, {"place": 0}, {"prev": "0" * 64}, {"prev": "x"}])
def test_postings_chained_a_posting_follows_the_head_of_the_book(furnished, wrong):
    with pytest.raises(Exception, match=r"does not follow|ck_postings_place"), furnished.write() as tx:
        post(tx, FAIR, **wrong)


def test_postings_chained_a_posting_needs_a_book(furnished):
    with pytest.raises(Exception, match=r"does not follow"), furnished.write() as tx:
        for number, (account, fen) in enumerate(FAIR, 1):
            tx.run(ENTRY, BORIS, 100, number, account, fen)
        tx.run(POSTING, BORIS, 100, 1, None, "0" * 64, "h")


def test_postings_chained_intruders_at_the_same_time_take_one_place_each(furnished):
    lines = [("POOL:511700:310", 5), ("OPEN", -5)]  # no balance, whose row would be waited for first
    seen = threading.Event()

    def intrude():
        with furnished.write() as tx:
            length, last = head(tx)
            seen.set()
            post(tx, lines, txn_id=101, place=length + 1, prev=last)

    with ThreadPoolExecutor(1) as pool:
        with furnished.write() as tx:
            post(tx, lines)
            other = pool.submit(intrude)
            seen.wait(5 if furnished.dialect == "postgresql" else 0)
            time.sleep(0.5)  # on PostgreSQL it has seen the book as it was, and waits for its row
        error = other.exception()

    if furnished.dialect == "postgresql":
        assert "does not follow" in str(error)
    with furnished.read() as tx:
        places = [row[0] for row in tx.query("SELECT place FROM postings ORDER BY txn_id")]
        assert places == [*range(1, 4 - (error is not None))]
        assert head(tx)[0] == places[-1]


@pytest.mark.parametrize(
    "lines",
    [
        [("ACCT", -1000), (HOSPITAL, 1000)],
        [("OPEN", 1000), ("ACCT", -1000)],
        [("ACCT", -999), ("OPEN", 999)],
        [("ACCT", -1000), ("OPEN", 999), ("OPEN", 1)],
        [("ACCT", 1000), ("OPEN", -1000)],
    ],
)
def test_postings_mirrored_a_reversal_is_the_mirror_line_by_line(furnished, lines):
    with pytest.raises(Exception, match=r"mirrors one posting"), furnished.write() as tx:
        post(tx, lines, reverses=1)


def test_postings_mirrored_a_reversal_mirrors_something(furnished):
    with pytest.raises(Exception, match=r"mirrors one posting"), furnished.write() as tx:
        post(tx, FAIR, reverses=2)


def test_postings_mirrored_a_reversal_is_not_reversed(furnished):
    with furnished.write() as tx:
        mirror = ledger.reverse(tx, 1)
    with pytest.raises(Exception, match=r"mirrors one posting"), furnished.write() as tx:
        post(tx, [("ACCT", 1000), ("OPEN", -1000)], reverses=mirror)


def test_postings_mirrored_a_posting_is_reversed_once(furnished):
    with furnished.write() as tx:
        grant(tx, ANNA, 1000)
        ledger.reverse(tx, 1)
    with pytest.raises(Exception, match=r"(?i)unique|not_negative|conflict"), furnished.write() as tx:
        post(tx, [("ACCT", -1000), ("OPEN", 1000)], reverses=1)


def test_a_posting_is_reversed_once_whatever_its_balance(furnished):
    grown = [("POOL:511700:310", 5), ("OPEN", -5)]
    with furnished.write() as tx:
        post(tx, grown)
        post(tx, [(account, -fen) for account, fen in grown], txn_id=101, reverses=100)
    with pytest.raises(Exception, match=r"(?i)unique|conflict"), furnished.write() as tx:
        post(tx, [(account, -fen) for account, fen in grown], txn_id=102, reverses=100)


@pytest.mark.parametrize("reverses", [100, 101])
def test_a_posting_reverses_neither_itself_nor_a_later_one(furnished, reverses):
    with pytest.raises(Exception, match=r"mirrors one posting|ck_postings_reverses"), furnished.write() as tx:
        post(tx, FAIR, reverses=reverses)


def test_postings_head_the_head_of_the_book_moves_with_the_chain(furnished):
    with furnished.write() as tx:
        post(tx, FAIR)
        length, last = head(tx)
        assert (length, tx.one("SELECT hash FROM postings WHERE txn_id = 100")) == (2, (last,))


def test_entries_balance_a_balance_is_the_sum_of_its_entries_and_never_below_zero(furnished):
    with furnished.write() as tx:
        post(tx, [("ACCT", -1000), ("OPEN", 1000)])
        assert ledger.balance(tx, ANNA) == 0
    with pytest.raises(Exception, match=r"not_negative"), furnished.write() as tx:
        post(tx, [("ACCT", -1), ("OPEN", 1)], txn_id=101)


@pytest.mark.parametrize("column", guards_0001._FACTS)
def test_outbox_facts_an_event_never_changes(furnished, column):
    number = column in {"event_id", "version", "created_us"}
    words = r"an event never changes" if column != "event_id" else r"an event never|agrees with its deliveries"
    with pytest.raises(Exception, match=words), furnished.write() as tx:
        tx.run(f"UPDATE outbox SET {column} = {column} || 'x'" if not number else f"UPDATE outbox SET {column} = 77")


@pytest.mark.parametrize(
    "change", ["state = 'delivered'", "attempts = 2", "attempts = 0", "state = 'pending', attempts = 5"]
)
def test_outbox_counted_the_state_of_an_event_agrees_with_its_deliveries(furnished, change):
    with pytest.raises(Exception, match=r"agrees with its deliveries|attempted"), furnished.write() as tx:
        tx.run(f"UPDATE outbox SET {change}")


def test_every_trigger_has_a_test_here():
    tests = " ".join(globals())

    for name in (*guards_0001.REFUSALS, *guards_0001.EFFECTS):
        assert f"test_{name}_" in tests


# --- constraints, by raw SQL ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "account", ["", "acct", "ACCT ", "BANK", "POOL", "accm:x", "ACCm:x", "ACCM;", "XPOOL:511700:310", "POOLX"]
)
def test_an_account_that_nobody_knows_is_refused(furnished, account):
    with pytest.raises(Exception, match=r"ck_entries_account"), furnished.write() as tx:
        post(tx, [("OPEN", 5), (account, -5)])


@pytest.mark.parametrize("amount", [0.5, -0.01, "x", "0.5", "1e-3", b"5"])
def test_money_that_is_no_whole_number_is_refused_by_the_database(furnished, amount):
    with pytest.raises(Done), furnished.write() as tx:
        with pytest.raises(Exception, match=r"(?i)ck_entries_whole|type|invalid input|ck_entries_amount"):
            tx.run(ENTRY, ANNA, 100, 1, "OPEN", amount)
        raise Done


@pytest.mark.parametrize("amount", [0, None, 2**63, -(2**64)])
def test_an_entry_moves_something_that_fits(furnished, amount):
    with (
        pytest.raises(Exception, match=r"(?i)amount|null|large|range|out of|ck_entries_whole"),
        furnished.write() as tx,
    ):
        tx.run(ENTRY, ANNA, 100, 1, "OPEN", amount)


def test_entries_without_their_posting_never_see_the_commit(furnished):
    with pytest.raises(Exception, match=r"(?i)foreign key|fk_entries"), furnished.write() as tx:
        tx.run(ENTRY, ANNA, 100, 1, "OPEN", 5)


def test_a_message_has_one_row_for_ever(furnished):
    with pytest.raises(Exception, match=r"(?i)unique|conflict"), furnished.write() as tx:
        messages.store_refused(tx, messages.Key("H", "2207", "m"), "g", "{}", code="OTHER")


def test_two_messages_have_no_effect_in_common(furnished):
    with pytest.raises(Exception, match=r"(?i)unique|conflict"), furnished.write() as tx:
        txn_id = give(tx, ANNA, BORIS, 1)
        for msgid in ("a", "b"):
            messages.store_settled(tx, messages.Key("H", "2207", msgid), "f", "{}", psn_no=ANNA, txn_id=txn_id)


@pytest.mark.parametrize(
    "facts", ["'SETTLED', NULL", "'REFUSED', 1", "'TOMBSTONED', 1", "'PENDING', NULL", "'REVERSED', 1"]
)
def test_a_message_is_settled_exactly_when_it_has_an_effect(furnished, facts):
    with pytest.raises(Exception, match=r"ck_messages"), furnished.write() as tx:
        tx.run(
            "INSERT INTO messages (institution, infno, msgid, fingerprint, code, reply, biz_at_us, rec_at_us, outcome,"
            f" txn_id) VALUES ('H', '2207', 'n', 'f', '', '', 0, 0, {facts})"
        )


@pytest.mark.parametrize("msgid", ["", "m" * 41])
def test_a_msgid_has_one_to_forty_characters(furnished, msgid):
    with pytest.raises(Exception, match=r"ck_messages_msgid"), furnished.write() as tx:
        messages.store_tombstone(tx, messages.Key("H", "2207", msgid))


def test_a_msgid_of_forty_characters_of_any_script_is_kept(furnished):
    key = messages.Key("H", "2207", "报" * 40)
    with furnished.write() as tx:
        messages.store_tombstone(tx, key)
        assert messages.find(tx, key).state == "TOMBSTONED"


def test_hashes_are_sha256_of_what_they_say():
    text = 'genesis\n[["p",1,1,"k",null,0,"{}"],[[1,"ACCT",5]]]'

    assert (
        digest("genesis", ("p", 1, 1, "k", None, 0, "{}"), [(1, "ACCT", 5)])
        == hashlib.sha256(text.encode()).hexdigest()
    )


WRITTEN = {
    "entries": ("psn_no", "txn_id", "line", "account", "amount_fen"),
    "messages": ("institution", "infno", "msgid", "fingerprint", "outcome", "code", "reply", "biz_at_us", "rec_at_us"),
    "fees": ("psn_no", "visit_id", "feedetl_sn", "upload", "place", "item", "grade", "count_e4", "price_e6"),
    "postings": ("psn_no", "txn_id", "place", "kind", "biz_at_us", "note", "rec_at_us", "prev_hash", "hash"),
    "settlements": visits.Settlement._fields,
}


@pytest.mark.parametrize("table", WRITTEN)
def test_sqlite_checks_a_row_of_a_settlement_without_a_table_beside_it(store, table):
    columns = WRITTEN[table]
    insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    with store.read() as tx:
        if tx.dialect == "sqlite":
            steps = [row[1] for row in tx.query(f"EXPLAIN {insert}", *[None] * len(columns))]
            assert "OpenEphemeral" not in steps
            assert len(steps) > 20


@pytest.mark.parametrize("account", ["acct", "ACCT ", "OPENED", "", "POOL", "XYZ:1"])
def test_an_entry_of_no_account_is_refused(furnished, account):
    with pytest.raises(Exception, match=r"ck_entries_account|check constraint"), furnished.write() as tx:
        post(tx, [("ACCT", 5), (account, -5)])


@pytest.mark.parametrize("outcome", ["settled", "", "DONE"])
def test_a_message_of_no_outcome_is_refused(furnished, outcome):
    insert = "INSERT INTO messages (institution, infno, msgid, fingerprint, outcome, code, reply, biz_at_us, rec_at_us)"
    with pytest.raises(Exception, match=r"ck_messages_outcome|check constraint"), furnished.write() as tx:
        tx.run(f"{insert} VALUES ('H', '2207', 'other', 'f', ?, '', '{{}}', 0, 0)", outcome)
