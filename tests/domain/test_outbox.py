import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from ground import ANNA, NOON, again, grant
from yibaobox.domain import clock, ledger, outbox

SECOND = 1_000_000
FACTS = {"cause": "txn 1", "url": "http://127.0.0.1:9000/notify", "headers": {"X-类": "通知"}, "body": '{"金额":1}'}


@pytest.fixture(autouse=True)
def noon(store):
    with store.write() as tx:
        clock.put(tx, "frozen", NOON)


def stage(store, topic="order-1", schedule=(15, 30), **options):
    def once():
        with store.write() as tx:
            return outbox.stage(tx, topic=topic, schedule=schedule, **FACTS, **options)

    return again(once)


def claim(store, **options):
    with store.write() as tx:
        return outbox.claim(tx, **options)


def record(store, event_id, *, accepted=False, status=500):
    with store.write() as tx:
        return outbox.record(tx, event_id, accepted=accepted, status=status, error=None if accepted else "失败")


def wait(store, seconds):
    with store.write() as tx:
        clock.move(tx, tx.now_us + seconds * SECOND)


def listed(store):
    with store.read() as tx:
        return outbox.listed(tx)


def test_o1_an_event_is_written_with_its_cause_or_not_at_all(store):
    with pytest.raises(ZeroDivisionError), store.write() as tx:
        grant(tx, ANNA, 1)
        outbox.stage(tx, topic="t", schedule=[], **FACTS)
        raise ZeroDivisionError
    assert listed(store) == []

    with store.write() as tx:
        grant(tx, ANNA, 1)
        outbox.stage(tx, topic="t", schedule=[], **FACTS)
    with store.read() as tx:
        assert ledger.balance(tx, ANNA) == len(outbox.listed(tx)) == 1


def test_a_claimed_event_carries_what_was_staged(store):
    event_id = stage(store)
    (event,) = claim(store)

    assert (event.event_id, event.topic, event.version, event.attempts) == (event_id, "order-1", 1, 0)
    assert (event.url, event.headers, event.body) == (FACTS["url"], FACTS["headers"], FACTS["body"])


def test_o2_events_of_a_topic_are_handed_out_in_order_of_their_version(store):
    stage(store)
    stage(store)
    other = stage(store, topic="order-2")
    first = claim(store)
    assert [(event.topic, event.version) for event in first] == [("order-1", 1), ("order-2", 1)]
    assert claim(store) == []

    record(store, other, accepted=True)
    record(store, first[0].event_id, accepted=True, status=200)
    assert [(event.topic, event.version) for event in claim(store)] == [("order-1", 2)]


def test_an_event_is_not_due_before_its_delay(store):
    stage(store, delay=10)
    assert claim(store) == []
    wait(store, 10)

    assert len(claim(store)) == 1


def test_a_refused_delivery_is_tried_again_on_the_schedule_and_then_exhausted(store):
    event_id = stage(store)
    outcomes = []
    for seconds in (0, 15, 30):
        wait(store, max(seconds - 1, 0))
        if seconds:
            assert claim(store) == []
            wait(store, 1)
        assert [event.attempts for event in claim(store)] == [len(outcomes)]
        outcomes.append(record(store, event_id))

    assert outcomes == ["pending", "pending", "exhausted"]
    wait(store, 10**6)
    assert claim(store) == []


def test_o2_what_was_never_delivered_is_visible_as_exhausted_with_its_attempts(store):
    event_id = stage(store, schedule=())
    claim(store)
    record(store, event_id, status=None)

    (shown,) = listed(store)
    assert (shown["state"], shown["attempts"], shown["cause"]) == ("exhausted", 1, "txn 1")
    assert [(one["attempt"], one["status"], one["accepted"], one["error"]) for one in shown["deliveries"]] == [
        (1, None, False, "失败")
    ]


def test_an_exhausted_event_does_not_hold_up_the_next(store):
    event_id = stage(store, schedule=())
    second = stage(store, schedule=())
    claim(store)
    record(store, event_id)

    assert [event.event_id for event in claim(store)] == [second]


def test_a_delivered_event_is_done(store):
    event_id = stage(store)
    claim(store)
    assert record(store, event_id, accepted=True, status=200) == "delivered"
    wait(store, 10**6)

    assert claim(store) == []
    assert listed(store)[0]["state"] == "delivered"


def test_an_event_whose_sender_died_is_sent_again(store, monkeypatch):
    """At least once: between the claim and the record nothing is lost, whatever was on the wire."""
    event_id = stage(store)
    claim(store)  # and the process dies here
    assert claim(store) == []
    monkeypatch.setattr(clock, "wall_us", lambda: time.time_ns() // 1000 + 60_000_000)  # the sandbox's stands still

    assert [event.event_id for event in claim(store)] == [event_id]
    assert listed(store)[0]["state"] == "pending"


def test_an_answer_that_comes_after_another_sender_took_over_is_counted_and_changes_no_end(store):
    event_id = stage(store)
    claim(store)
    wait(store, 60)
    claim(store)
    assert record(store, event_id, accepted=True, status=200) == "delivered"
    assert record(store, event_id) == "delivered"

    (shown,) = listed(store)
    assert (shown["state"], shown["attempts"]) == ("delivered", 2)


def test_a_late_success_delivers_what_was_exhausted(store):
    event_id = stage(store, schedule=())
    claim(store)
    assert record(store, event_id) == "exhausted"

    assert record(store, event_id, accepted=True) == "delivered"


def test_at_most_so_many_are_claimed_as_asked_for(store):
    for number in range(5):
        stage(store, topic=f"order-{number}")

    assert (len(claim(store, limit=2)), len(claim(store, limit=9)), len(claim(store))) == (2, 3, 0)


def test_senders_at_once_never_take_the_same_event(store):
    events = {stage(store, topic=f"order-{number}") for number in range(30)}
    start = threading.Barrier(6)

    def go(_):
        start.wait(10)
        taken = []
        while batch := claim(store, limit=3):
            taken += [event.event_id for event in batch]
        return taken

    with ThreadPoolExecutor(6) as pool:
        taken = Counter(event_id for batch in pool.map(go, range(6)) for event_id in batch)
    for event in claim(store, limit=100):  # what a rival's lock made everybody skip
        taken[event.event_id] += 1

    assert taken == Counter(events)


def test_causes_that_race_for_a_version_get_one_each(store):
    start = threading.Barrier(8)

    def go(_):
        start.wait(10)
        return stage(store)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(go, range(8)))

    assert sorted(one["version"] for one in listed(store)) == list(range(1, 9))
