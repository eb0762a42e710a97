import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ground import ANNA, BORIS, again, grant, spend
from yibaobox.domain import ledger, messages
from yibaobox.domain.errors import InsufficientBalance, MsgidConflict, Refusal, Reversed, Tombstoned
from yibaobox.domain.messages import Key

KEY = Key("H51170000001", "2207", "H51170000001202511200000000000001")
OTHERS = [
    Key("H51170000002", KEY.infno, KEY.msgid),
    Key(KEY.institution, "2208", KEY.msgid),
    Key(KEY.institution, KEY.infno, KEY.msgid + "1"),
    Key(KEY.institution, KEY.infno, KEY.msgid.lower()),
    Key(KEY.institution, KEY.infno, KEY.msgid + " "),
]


def settle(tx, key=KEY, fingerprint="f1", fen=100):
    """What every writing transaction does: look, act, keep the answer."""
    known = messages.replay(tx, key, fingerprint)
    if known is not None:
        return known.reply
    try:
        txn_id = spend(tx, ANNA, fen)
    except InsufficientBalance as refusal:
        messages.store_refused(tx, key, fingerprint, f"refused {key.msgid}", code=refusal.code, psn_no=ANNA)
        return f"refused {key.msgid}"
    reply = f"settled {txn_id}"
    messages.store_settled(tx, key, fingerprint, reply, psn_no=ANNA, txn_id=txn_id)
    return reply


def call(store, *args, **options):
    def once():
        with store.write() as tx:
            return settle(tx, *args, **options)

    return again(once)


@pytest.fixture(autouse=True)
def money(store):
    with store.write() as tx:
        grant(tx, ANNA, 1000)


def held(store):
    with store.read() as tx:
        return ledger.balance(tx, ANNA)


def state(store, key=KEY):
    with store.read() as tx:
        found = messages.find(tx, key)
    return found and found.state


def reverse(store, key=KEY):
    with store.write() as tx:
        ledger.reverse(tx, messages.find(tx, key).txn_id)


def test_l6_a_repeated_message_gets_the_first_answer_and_has_one_effect(store):
    replies = {call(store) for _ in range(5)}

    assert len(replies) == 1
    assert held(store) == 900


def test_a_reused_msgid_with_another_body_is_refused_and_names_nothing_of_the_first(store):
    reply = call(store)
    with pytest.raises(MsgidConflict) as refusal:
        call(store, fingerprint="f2", fen=1)

    assert reply not in refusal.value.message
    assert refusal.value.detail == {}
    assert (held(store), call(store)) == (900, reply)


def test_what_was_refused_stays_refused_when_the_money_is_there_at_last(store):
    refused = call(store, fen=1001)
    with store.write() as tx:
        grant(tx, ANNA, 10_000)

    assert call(store, fen=1001) == refused == f"refused {KEY.msgid}"
    assert (held(store), state(store)) == (11_000, "REFUSED")
    with pytest.raises(MsgidConflict):
        call(store, fingerprint="f2")


def test_what_was_reversed_never_settles_again(store):
    call(store)
    reverse(store)
    for _ in range(2):
        with pytest.raises(Reversed):
            call(store)

    assert (held(store), state(store)) == (1000, "REVERSED")


def test_a_tombstone_bars_a_message_that_comes_late(store):
    with store.write() as tx:
        messages.store_tombstone(tx, KEY)
    for fingerprint in ("f1", "", "f2"):
        with pytest.raises(Tombstoned):
            call(store, fingerprint=fingerprint)

    assert (held(store), state(store)) == (1000, "TOMBSTONED")


@pytest.mark.parametrize("other", OTHERS)
def test_another_institution_transaction_or_spelling_is_another_message(store, other):
    call(store)
    call(store, other, "f2")

    assert held(store) == 800
    assert (state(store), state(store, other)) == ("SETTLED", "SETTLED")


@pytest.mark.parametrize("other", OTHERS)
def test_a_tombstone_bars_one_message_only(store, other):
    with store.write() as tx:
        messages.store_tombstone(tx, other)

    assert call(store) == call(store)
    assert held(store) == 900


def test_a_message_never_seen_is_nowhere(store):
    with store.read() as tx:
        assert messages.find(tx, KEY) is None
        assert messages.replay(tx, KEY, "f1") is None


def test_a_message_without_money_has_a_number_of_its_own(store):
    with store.write() as tx:
        numbers = [messages.store_settled(tx, Key("H", "9001", msgid), "f", "{}", psn_no=None) for msgid in ("a", "b")]
        posted = grant(tx, BORIS, 1)

    assert sorted({*numbers, posted}) == [*numbers, posted]


def test_an_effect_on_the_books_belongs_to_a_person(store):
    """Its reversal is looked for on that person's book: without one it would never be seen."""
    with pytest.raises(AssertionError), store.write() as tx:
        messages.store_settled(tx, KEY, "f", "{}", psn_no=None, txn_id=grant(tx, ANNA, 1))


def test_l9_a_message_goes_from_new_to_one_end_and_no_further(store):
    ends = {}
    for msgid, end in (("a", "SETTLED"), ("b", "REFUSED"), ("c", "TOMBSTONED"), ("d", "REVERSED")):
        key = Key("H", "2207", msgid)
        if end == "TOMBSTONED":
            with store.write() as tx:
                messages.store_tombstone(tx, key)
        else:
            call(store, key, fen=10**6 if end == "REFUSED" else 1)
        if end == "REVERSED":
            reverse(store, key)
        ends[key] = end
    assert {key: state(store, key) for key in ends} == ends

    for key, end in ends.items():
        for store_it in (messages.store_tombstone, lambda tx, key: messages.store_refused(tx, key, "f", "", code="X")):
            with pytest.raises(Exception, match=r"(?i)unique|conflict"), store.write() as tx:
                store_it(tx, key)
        assert state(store, key) == end


def test_reply_and_effect_are_kept_together_or_not_at_all(store):
    with pytest.raises(ZeroDivisionError), store.write() as tx:
        settle(tx)
        raise ZeroDivisionError

    assert (held(store), state(store)) == (1000, None)


def test_thirty_two_callers_with_one_key_get_one_effect_and_identical_answers(store):
    start = threading.Barrier(32)

    def go(_):
        start.wait(30)
        return call(store)

    with ThreadPoolExecutor(32) as pool:
        replies = set(pool.map(go, range(32)))

    assert len(replies) == 1
    assert held(store) == 900


def test_callers_with_two_bodies_under_one_key_get_one_effect_and_the_rest_a_conflict(store):
    start = threading.Barrier(16)

    def go(number):
        start.wait(30)
        try:
            return call(store, fingerprint=f"f{number % 2}")
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(go, range(16)))

    assert held(store) == 900
    assert sorted({reply.split()[0] for reply in replies}) == ["MSGID_CONFLICT", "settled"]
    assert replies.count("MSGID_CONFLICT") == 8


def test_settling_and_burying_at_once_ends_in_exactly_one_of_the_two(store):
    start = threading.Barrier(2)

    def bury():
        with store.write() as tx:
            if messages.find(tx, KEY) is None:
                messages.store_tombstone(tx, KEY)

    def go(work):
        start.wait(10)
        try:
            again(work)
        except Tombstoned:
            return

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(go, [bury, lambda: call(store)]))

    assert (held(store), state(store)) in {(900, "SETTLED"), (1000, "TOMBSTONED")}
