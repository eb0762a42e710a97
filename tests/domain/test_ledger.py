import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ground import ANNA, BORIS, CLARA, HOSPITAL, NOON, again, give, grant, spend
from yibaobox.domain import clock, ledger
from yibaobox.domain.errors import AlreadyReversed, InsufficientBalance, NotFound
from yibaobox.domain.ledger import Entry
from yibaobox.domain.ledger.accounts import is_account

DEDUCTIBLE = ledger.accumulator("511700", "resident", 2025, "DED")
POOL = "POOL:511700:390"
EVERYTHING = [
    Entry(ANNA, "ACCT", -300),
    Entry(ANNA, POOL, -700),
    Entry(ANNA, HOSPITAL, 1000),
    Entry(ANNA, DEDUCTIBLE, 300),
]


def write(store, work, *args, **options):
    with store.write() as tx:
        return work(tx, *args, **options)


def balances(store, *persons):
    with store.read() as tx:
        return [ledger.balances(tx, psn_no) for psn_no in persons or (ANNA,)]


def rows(store, sql, *params):
    with store.read() as tx:
        return tx.query(sql, *params)


# --- posting ----------------------------------------------------------------------------------------------------------
def test_a_posting_moves_money_and_counts_memos_beside_it(store):
    write(store, grant, ANNA, 1000)
    txn_id = write(store, ledger.post, "settlement", EVERYTHING, note={"病种": "高血压"})

    assert balances(store) == [{"ACCT": 700, DEDUCTIBLE: 300}]
    with store.read() as tx:
        assert [ledger.total(tx, account) for account in (POOL, HOSPITAL, "OPEN")] == [-700, 1000, -1000]
        shown = ledger.entries(tx, txn_id=txn_id)
    assert [(one["account"], one["amount_fen"], one["kind"]) for one in shown] == [
        ("ACCT", -300, "settlement"),
        (POOL, -700, "settlement"),
        (HOSPITAL, 1000, "settlement"),
        (DEDUCTIBLE, 300, "settlement"),
    ]


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [Entry(ANNA, "ACCT", 0)],
        [Entry(ANNA, "ACCT", 5)],
        [Entry(ANNA, "ACCT", 5), Entry(ANNA, "OPEN", -4)],
        [Entry(ANNA, "ACCT", 5), Entry(ANNA, "OPEN", -5), Entry(BORIS, "ACCT", 5)],
        [Entry(ANNA, "ACCT", 5), Entry(BORIS, "OPEN", -5)],
        [Entry(ANNA, "ACCT", 5), Entry(ANNA, "OPEN", -5), Entry(ANNA, HOSPITAL, 0)],
        [Entry(ANNA, DEDUCTIBLE, 5), Entry(ANNA, "OPEN", -5)],
        [Entry(ANNA, DEDUCTIBLE, 5)],
        [Entry(ANNA, "ACCT", 5.0), Entry(ANNA, "OPEN", -5.0)],
        [Entry(ANNA, "ACCT", True), Entry(ANNA, "OPEN", -1)],
        [Entry(ANNA, "ACCT", 5), Entry(ANNA, "ACCT", 5), Entry(ANNA, "OPEN", -10)],
        [Entry(ANNA, "acct", 5), Entry(ANNA, "OPEN", -5)],
        [Entry(ANNA, "POOL:511700:310 ", 5), Entry(ANNA, "OPEN", -5)],
        [Entry(ANNA, "ACCT", -5), Entry(ANNA, "FAMILY", 5), Entry(BORIS, "FAMILY", -4), Entry(BORIS, "ACCT", 4)],
    ],
)
def test_l1_an_unbalanced_or_shapeless_posting_is_our_own_mistake_and_leaves_nothing(store, lines):
    with store.write() as tx:
        grant(tx, ANNA, 100)
    before = balances(store, ANNA, BORIS)
    with pytest.raises(AssertionError), store.write() as tx:
        ledger.post(tx, "x", lines)

    assert balances(store, ANNA, BORIS) == before


def test_l2_all_money_sums_to_nothing(store):
    with store.write() as tx:
        grant(tx, ANNA, 1000)
        give(tx, ANNA, BORIS, 400)
        spend(tx, BORIS, 123)
        ledger.reverse(tx, ledger.post(tx, "settlement", EVERYTHING))

    assert rows(store, "SELECT coalesce(sum(amount_fen), 0) FROM entries WHERE account NOT LIKE 'ACCM:%'") == [(0,)]


def test_l3_a_balance_is_the_sum_of_its_entries(store):
    with store.write() as tx:
        grant(tx, ANNA, 1000)
        spend(tx, ANNA, 1)
        spend(tx, ANNA, 999)
        grant(tx, ANNA, 5)

    assert balances(store) == [{"ACCT": 5}]
    assert rows(store, "SELECT sum(amount_fen) FROM entries WHERE psn_no = ? AND account = 'ACCT'", ANNA) == [(5,)]


@pytest.mark.parametrize("fen", [1001, 10**12])
def test_l4_nobody_spends_more_than_they_have(store, fen):
    write(store, grant, ANNA, 1000)
    with pytest.raises(InsufficientBalance) as refusal:
        write(store, spend, ANNA, fen)

    assert refusal.value.detail == {"account": "ACCT"}
    assert "1000" not in refusal.value.message
    assert balances(store) == [{"ACCT": 1000}]


def test_l4_an_accumulator_never_falls_below_zero(store):
    lines = [Entry(ANNA, "ACCT", 5), Entry(ANNA, "OPEN", -5), Entry(ANNA, DEDUCTIBLE, -1)]
    with pytest.raises(InsufficientBalance):
        write(store, ledger.post, "x", lines)

    assert balances(store) == [{}]


def test_l4_the_last_fen_may_be_spent(store):
    write(store, grant, ANNA, 1000)
    write(store, spend, ANNA, 1000)

    assert balances(store) == [{"ACCT": 0}]


def test_l5_the_books_only_grow(store):
    write(store, grant, ANNA, 1000)
    before = rows(store, "SELECT * FROM entries")
    write(store, ledger.reverse, 1)
    write(store, grant, ANNA, 7)

    assert [row for row in rows(store, "SELECT * FROM entries ORDER BY txn_id, line") if row[1] == 1] == before


# --- the chain --------------------------------------------------------------------------------------------------------
def test_l7_the_chain_is_the_hash_of_what_is_written_down(store):
    write(store, clock.put, "frozen", NOON)
    with store.write() as tx:
        txn_id = grant(tx, ANNA, 1000)
        second = spend(tx, ANNA, 300, 备注="感冒")
    head, note = "0" * 64, r'"{\"备注\":\"感冒\"}"'
    for text in (
        f'[["{ANNA}",{txn_id},1,"opening",null,{NOON},"{{}}"],[[1,"ACCT",1000],[2,"OPEN",-1000]]]',
        f'[["{ANNA}",{second},2,"settlement",null,{NOON},{note}],[[1,"ACCT",-300],[2,"{HOSPITAL}",300]]]',
    ):
        head = hashlib.sha256(f"{head}\n{text}".encode()).hexdigest()

    assert rows(store, "SELECT length, head FROM books WHERE psn_no = ?", ANNA) == [(2, head)]


def test_the_same_run_gives_the_same_chain_on_any_database(store):
    write(store, clock.put, "frozen", NOON)
    with store.write() as tx:
        grant(tx, ANNA, 1000)
        give(tx, ANNA, BORIS, 300)
        ledger.reverse(tx, 2)

    heads = rows(store, "SELECT head FROM books ORDER BY psn_no")
    assert hashlib.sha256("".join(row[0] for row in heads).encode()).hexdigest() == (
        "58fe5b7a01e7163142a9ba15edb530e7bc569157090f47534a7a22f76ec94e9d"
    )


def test_t1_numbers_rise_when_the_clock_is_set_back(store):
    write(store, clock.put, "frozen", NOON)
    first = write(store, grant, ANNA, 1)
    write(store, clock.put, "frozen", NOON - 10**12)
    second = write(store, grant, ANNA, 1)

    assert second > first
    assert rows(store, "SELECT txn_id, biz_at_us FROM postings ORDER BY place") == [
        (first, NOON),
        (second, NOON - 10**12),
    ]


# --- reversal ---------------------------------------------------------------------------------------------------------
def test_l8_a_reversal_restores_every_balance_and_accumulator_exactly(store):
    with store.write() as tx:
        grant(tx, ANNA, 1000)
        ledger.post(tx, "settlement", EVERYTHING)
    before = balances(store, ANNA)
    with store.write() as tx:
        txn_id = ledger.post(tx, "settlement", EVERYTHING)
    mirror = write(store, ledger.reverse, txn_id, note={"reason": "冲正"})

    assert balances(store, ANNA) == before
    lines = "SELECT line, account, amount_fen FROM entries WHERE txn_id = ? ORDER BY line"
    assert rows(store, lines, mirror) == [(line, account, -fen) for line, account, fen in rows(store, lines, txn_id)]
    assert rows(store, "SELECT reverses FROM postings WHERE txn_id = ?", mirror) == [(txn_id,)]


def test_l8_a_reversal_mirrors_every_book_of_the_transaction(store):
    write(store, grant, ANNA, 1000)
    txn_id = write(store, give, ANNA, BORIS, 300)
    write(store, ledger.reverse, txn_id)

    assert balances(store, ANNA, BORIS) == [{"ACCT": 1000}, {"ACCT": 0}]


def test_l8_a_transaction_is_reversed_once(store):
    txn_id = write(store, grant, ANNA, 1000)
    write(store, ledger.reverse, txn_id)
    for _ in range(2):
        with pytest.raises(AlreadyReversed):
            write(store, ledger.reverse, txn_id)

    assert balances(store) == [{"ACCT": 0}]


def test_l8_a_reversal_is_not_reversed(store):
    mirror = write(store, ledger.reverse, write(store, grant, ANNA, 1000))
    with pytest.raises(AlreadyReversed):
        write(store, ledger.reverse, mirror)


@pytest.mark.parametrize("txn_id", [0, -1, 99, 2**62])
def test_nothing_is_reversed_that_never_was(store, txn_id):
    write(store, grant, ANNA, 1000)
    with pytest.raises(NotFound):
        write(store, ledger.reverse, txn_id)


def test_money_that_was_spent_meanwhile_cannot_be_taken_back(store):
    txn_id = write(store, grant, ANNA, 1000)
    write(store, spend, ANNA, 1)
    with pytest.raises(InsufficientBalance):
        write(store, ledger.reverse, txn_id)

    assert balances(store) == [{"ACCT": 999}]


def test_l8_a_reversal_goes_to_the_accumulator_of_the_original_s_year(store):
    write(store, clock.put, "frozen", NOON)
    with store.write() as tx:
        grant(tx, ANNA, 1000)
        txn_id = ledger.post(tx, "settlement", EVERYTHING)
    write(store, clock.put, "frozen", NOON + 366 * 86_400_000_000)
    write(store, ledger.reverse, txn_id)

    assert balances(store) == [{"ACCT": 1000, DEDUCTIBLE: 0}]


# --- reading ----------------------------------------------------------------------------------------------------------
def test_entries_are_found_by_account_person_transaction_and_time(store):
    write(store, clock.put, "frozen", NOON)
    first = write(store, grant, ANNA, 1000)
    write(store, clock.put, "frozen", NOON + 60_000_000)
    second = write(store, give, ANNA, BORIS, 300)

    def found(**wanted):
        with store.read() as tx:
            return [(one["txn_id"], one["psn_no"], one["account"]) for one in ledger.entries(tx, **wanted)]

    assert found(txn_id=first) == [(first, ANNA, "ACCT"), (first, ANNA, "OPEN")]
    assert found(psn_no=BORIS) == [(second, BORIS, "FAMILY"), (second, BORIS, "ACCT")]
    assert found(account="FAMILY") == [(second, ANNA, "FAMILY"), (second, BORIS, "FAMILY")]
    assert {txn_id for txn_id, *_ in found(since_us=NOON + 1)} == {second}
    assert found(limit=1) == found()[:1]
    assert len(found()) == 6
    assert found(account="' OR 1=1 --") == []


def test_an_account_never_touched_holds_nothing(store):
    with store.read() as tx:
        assert (ledger.balance(tx, ANNA), ledger.balances(tx, ANNA), ledger.total(tx, "OPEN")) == (0, {}, 0)


@pytest.mark.parametrize(
    "name", ["ACCT", "FAMILY", "OPEN", DEDUCTIBLE, POOL, HOSPITAL, "CASH:wechat", "PREM:511700:2026"]
)
def test_names_of_accounts_are_known(name):
    assert is_account(name)


@pytest.mark.parametrize(
    "name", ["", "ACCT\n", "ACCT:1", "POOL", "POOL:511700", "POOL:５１1700:310", "INST:X1", "pool:511700:310"]
)
def test_other_names_are_no_accounts(name):
    assert not is_account(name)


# --- at once ----------------------------------------------------------------------------------------------------------
def test_one_account_is_never_overdrawn_by_many_who_spend_at_once(store):
    write(store, grant, ANNA, 1000)
    start = threading.Barrier(8)

    def try_it(_):
        start.wait(10)
        done = 0
        for _ in range(10):
            try:
                again(lambda: write(store, spend, ANNA, 30))
                done += 1
            except InsufficientBalance:
                pass
        return done

    with ThreadPoolExecutor(8) as pool:
        spent = sum(pool.map(try_it, range(8)))

    assert (spent, balances(store)) == (33, [{"ACCT": 10}])


def test_givers_in_a_ring_never_wait_for_each_other_for_ever(store):
    ring = [(ANNA, BORIS), (BORIS, CLARA), (CLARA, ANNA), (BORIS, ANNA), (CLARA, BORIS), (ANNA, CLARA)]
    with store.write() as tx:
        for psn_no in (ANNA, BORIS, CLARA):
            grant(tx, psn_no, 1000)
    start = threading.Barrier(6)

    def go(pair):
        start.wait(10)
        for _ in range(15):
            write(store, give, *pair, 1)  # no Conflict: the order of locks leaves no room for a deadlock

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(go, ring))

    assert balances(store, ANNA, BORIS, CLARA) == [{"ACCT": 1000}] * 3


def test_of_many_who_reverse_at_once_one_succeeds(store):
    txn_id = write(store, grant, ANNA, 1000)
    start = threading.Barrier(8)

    def go(_):
        start.wait(10)
        try:
            again(lambda: write(store, ledger.reverse, txn_id))
        except AlreadyReversed:
            return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(go, range(8))) == 1
    assert balances(store) == [{"ACCT": 0}]


def test_a_book_opened_by_two_at_once_is_one_book(store):
    start = threading.Barrier(4)

    def go(_):
        start.wait(10)
        return again(lambda: write(store, grant, ANNA, 1))

    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(go, range(4)))

    assert len(set(numbers)) == 4
    assert rows(store, "SELECT length FROM books") == [(4,)]


# --- any sequence at all ----------------------------------------------------------------------------------------------
moves = st.lists(
    st.one_of(
        st.tuples(st.just("grant"), st.sampled_from([ANNA, BORIS]), st.integers(1, 2000)),
        st.tuples(st.just("spend"), st.sampled_from([ANNA, BORIS]), st.integers(1, 2000)),
        st.tuples(st.just("give"), st.sampled_from([ANNA, BORIS]), st.integers(1, 2000)),
        st.tuples(st.just("reverse"), st.integers(0, 30), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves)
def test_whatever_is_posted_the_balances_are_those_of_a_child_s_sum(store, sequence):
    with store.read() as tx:
        held = {p: ledger.balance(tx, p) for p in (ANNA, BORIS)}
    effects = {}
    for verb, who, fen in sequence:
        other = BORIS if who == ANNA else ANNA
        numbers = list(effects)
        if verb == "reverse":
            number = numbers[who % len(numbers)] if numbers else -1
            effect = {p: -change for p, change in (effects.get(number) or {}).items()}
            work = (ledger.reverse, number)
        else:
            effect = {"grant": {who: fen}, "spend": {who: -fen}, "give": {who: -fen, other: fen}}[verb]
            work = {"grant": (grant, who, fen), "spend": (spend, who, fen), "give": (give, who, other, fen)}[verb]
        allowed = bool(effect) and all(held[p] + change >= 0 for p, change in effect.items())
        try:
            txn_id = write(store, *work)
        except (InsufficientBalance, NotFound, AlreadyReversed):
            assert not allowed
            continue
        assert allowed
        held = {p: fen + effect.get(p, 0) for p, fen in held.items()}
        effects[txn_id] = effect if verb != "reverse" else None
        if verb == "reverse":
            effects[number] = None
    with store.read() as tx:
        assert held == {p: ledger.balance(tx, p) for p in (ANNA, BORIS)}
