import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise

import freezegun
import pytest

from ground import ANNA, NOON, grant
from yibaobox.domain import clock, jobs, ledger
from yibaobox.domain.errors import InProgress, InvalidInput, NotEligible
from yibaobox.domain.store import Conflict

MINUTE = 60_000_000


class Stumble(Exception):
    """What a handler may raise."""


def pay(tx, payload):
    grant(tx, ANNA, payload["fen"])


def fail(tx, payload):
    grant(tx, ANNA, 1)
    raise Stumble(payload.get("why", "no reason"))


def refuse(tx, payload):
    raise NotEligible("不在待遇享受期")


def chain(tx, payload):
    if payload["left"]:
        jobs.enqueue(tx, "chain", {"left": payload["left"] - 1}, due_us=tx.now_us + MINUTE)


def note(tx, payload):
    SEEN.append((payload["name"], tx.now_us - NOON))


HANDLERS = {"pay": pay, "fail": fail, "refuse": refuse, "chain": chain, "note": note}
FIRED: list[str] = []
SEEN: list[tuple[str, int]] = []


@pytest.fixture(autouse=True)
def noon(store):
    FIRED.clear()
    SEEN.clear()
    with store.write() as tx:
        clock.put(tx, "frozen", NOON)


def enqueue(store, kind="pay", payload=None, **options):
    with store.write() as tx:
        return jobs.enqueue(tx, kind, payload or {"fen": 1}, **options)


def run(store):
    return [(fired.kind, fired.outcome) for fired in jobs.run_due(store, HANDLERS)]


def advance(store, by):
    return jobs.advance(store, HANDLERS, by)


def job(store, job_id):
    with store.read() as tx:
        return tx.one("SELECT state, attempts, due_us, error, finished_us FROM jobs WHERE job_id = ?", job_id)


def held(store):
    with store.read() as tx:
        return ledger.balance(tx, ANNA)


def lease(store, us):
    with store.write() as tx:
        tx.run("UPDATE clock SET lease_until_us = ?", us)


# --- due, done, once --------------------------------------------------------------------------------------------------
def test_a_job_that_is_due_runs_once(store):
    job_id = enqueue(store)

    assert run(store) == [("pay", "done")]
    assert run(store) == []
    assert held(store) == 1
    assert job(store, job_id) == ("done", 1, NOON, None, NOON)


def test_a_job_waits_for_its_time_on_the_sandbox_clock(store):
    enqueue(store, due_us=NOON + 1)
    assert run(store) == []
    with store.write() as tx:
        clock.put(tx, "frozen", NOON + 1)

    assert run(store) == [("pay", "done")]


def test_a_job_whose_cause_was_undone_was_never_there(store):
    with pytest.raises(Stumble), store.write() as tx:
        jobs.enqueue(tx, "pay", {"fen": 1})
        raise Stumble

    assert run(store) == []


def test_jobs_run_by_due_time_then_by_number(store):
    for name, minutes in (("c", -1), ("a", -3), ("b", -3), ("d", 0)):
        enqueue(store, "note", {"name": name}, due_us=NOON + minutes * MINUTE)
    run(store)

    assert [name for name, _ in SEEN] == ["a", "b", "c", "d"]


def test_a_key_keeps_work_on_the_list_once(store):
    first = enqueue(store, key="posting-1")
    assert enqueue(store, payload={"fen": 500}, key="posting-1") == first
    run(store)

    assert enqueue(store, key="posting-1") == first
    assert run(store) == []
    assert held(store) == 1


def test_a_key_wanted_by_many_at_once_is_one_job(store):
    start = threading.Barrier(8)

    def go(_):
        start.wait(10)
        return enqueue(store, key="k")

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(go, range(8)))) == 1
    assert run(store) == [("pay", "done")]


def test_jobs_without_a_key_are_all_different(store):
    assert len({enqueue(store) for _ in range(3)}) == 3
    assert len(run(store)) == 3


def test_a_cancelled_job_never_runs(store):
    job_id = enqueue(store)
    with store.write() as tx:
        assert jobs.cancel(tx, job_id)
        assert not jobs.cancel(tx, job_id)

    assert run(store) == []
    assert job(store, job_id)[0] == "cancelled"


def test_what_is_done_cannot_be_cancelled(store):
    job_id = enqueue(store)
    run(store)
    with store.write() as tx:
        assert not jobs.cancel(tx, job_id)
        assert not jobs.cancel(tx, 10**9)
    assert job(store, job_id)[0] == "done"


# --- failing ----------------------------------------------------------------------------------------------------------
def test_a_failing_job_leaves_no_trace_but_its_error_and_is_tried_later(store):
    job_id = enqueue(store, "fail", {"why": "网络错误"})

    assert run(store) == [("fail", "postponed")]
    assert held(store) == 0
    assert job(store, job_id) == ("pending", 1, NOON + MINUTE, "Stumble: 网络错误", None)
    assert run(store) == []


def test_what_a_failed_job_left_for_after_the_commit_is_dropped(store):
    enqueue(store, "fail")
    enqueue(store)
    run(store)

    assert FIRED == []


def test_a_refusal_is_noted_by_its_code(store):
    job_id = enqueue(store, "refuse")
    run(store)

    assert job(store, job_id)[3] == "NotEligible: NOT_ELIGIBLE"


def test_a_job_that_nobody_handles_is_postponed_and_does_not_stop_the_others(store):
    enqueue(store, "unheard-of")
    enqueue(store)

    assert run(store) == [("unheard-of", "postponed"), ("pay", "done")]


def test_a_job_fails_for_good_after_ten_attempts_on_a_growing_delay(store):
    job_id = enqueue(store, "fail")
    _, fired = advance(store, "P2D")

    assert [one.outcome for one in fired] == ["postponed"] * 9 + ["failed"]
    waits = [later.due_us - sooner.due_us for sooner, later in pairwise(fired)]
    assert waits == [MINUTE * 2**step for step in range(9)]
    assert job(store, job_id)[:2] == ("failed", 10)
    assert advance(store, "P2D")[1] == []
    assert held(store) == 0


def test_a_job_that_stumbles_over_the_database_is_undone_alone(store):
    def broken(tx, payload):
        grant(tx, ANNA, 5)
        tx.run("INSERT INTO entries (psn_no, txn_id, line, account, amount_fen) VALUES ('p', 1, 1, 'NOBODY', 1)")

    enqueue(store, "broken")
    enqueue(store)
    fired = jobs.run_due(store, HANDLERS | {"broken": broken})

    assert [one.outcome for one in fired] == ["postponed", "done"]
    assert held(store) == 1


def test_a_job_that_loses_a_race_is_done_again_at_once(store):
    tries = []

    def racing(tx, payload):
        grant(tx, ANNA, 5)
        tries.append(ledger.balance(tx, ANNA))
        if len(tries) < 3:
            raise Conflict("somebody else was quicker")

    enqueue(store, "racing")
    fired = jobs.run_due(store, HANDLERS | {"racing": racing})

    assert [one.outcome for one in fired] == ["done"]
    assert (len(tries), len(set(tries)), held(store)) == (3, 1, 5)


def test_a_job_that_always_loses_is_postponed_and_stops_nobody(store):
    def racing(tx, payload):
        raise Conflict("somebody else was quicker")

    enqueue(store, "racing")
    enqueue(store)

    assert [one.outcome for one in jobs.run_due(store, HANDLERS | {"racing": racing})] == ["postponed", "done"]


# --- advance ----------------------------------------------------------------------------------------------------------
def test_advance_runs_each_job_at_its_own_time_in_order(store):
    for name, minutes in (("late", 90), ("soon", 5), ("never", 121), ("overdue", -5), ("edge", 120)):
        enqueue(store, "note", {"name": name}, due_us=NOON + minutes * MINUTE)
    now, fired = advance(store, "PT2H")

    assert [(name, us // MINUTE) for name, us in SEEN] == [("overdue", 0), ("soon", 5), ("late", 90), ("edge", 120)]
    assert [one.outcome for one in fired] == ["done"] * 4
    assert clock.to_us(now) == NOON + 120 * MINUTE


def test_jobs_that_jobs_put_on_the_list_run_in_the_same_advance_when_due(store):
    enqueue(store, "chain", {"left": 3}, due_us=NOON + MINUTE)
    _, fired = advance(store, "PT3M")
    _, rest = advance(store, "PT1M")

    assert [(one.due_us - NOON) // MINUTE for one in fired + rest] == [1, 2, 3, 4]


def test_advance_reports_what_fired_as_the_control_api_shows_it(store):
    job_id = enqueue(store, due_us=NOON + MINUTE)
    _, fired = advance(store, "PT1M")

    assert [one.shown() for one in fired] == [
        {"id": job_id, "kind": "pay", "due_at": "2025-11-20T12:01:00+08:00", "outcome": "done"}
    ]


def test_a_frozen_clock_stays_frozen_and_any_other_runs_on(store):
    advance(store, "P1D")
    with store.read() as tx:
        assert (clock.read(tx).mode, tx.now_us) == ("frozen", NOON + 1440 * MINUTE)
    with store.write() as tx:
        clock.put(tx, "follow")
    now, _ = advance(store, "P1D")

    with store.read() as tx:
        assert clock.read(tx).mode == "offset"
        assert tx.now >= now


def test_a_step_that_the_database_gives_up_is_done_again_and_the_way_is_not_gone_twice(store):
    stumbles = [Conflict(), Conflict()]

    class Unsteady:
        @contextmanager
        def write(self):
            with store.write() as tx:
                yield tx
                if SEEN and stumbles:
                    raise stumbles.pop()

    for name, minutes in (("a", 1), ("b", 2)):
        enqueue(store, "note", {"name": name}, due_us=NOON + minutes * MINUTE)
    now, fired = jobs.advance(Unsteady(), HANDLERS, "PT1H")

    assert clock.to_us(now) == NOON + 60 * MINUTE
    assert [one.kind for one in fired] == ["note", "note"]
    with store.read() as tx:
        assert tx.query("SELECT state FROM jobs") == [("done",), ("done",)]


@pytest.mark.parametrize("by", ["-P1D", "P", "", "1D", None, "P90Y"])
def test_an_advance_that_makes_no_sense_is_refused_and_holds_nothing(store, by):
    enqueue(store, due_us=NOON + 1)
    with pytest.raises(InvalidInput):
        advance(store, by)

    assert run(store) == []
    with store.read() as tx:
        assert (tx.now_us, tx.one("SELECT lease_until_us FROM clock")) == (NOON, (0,))


def test_tickers_pause_while_somebody_moves_the_clock(store):
    enqueue(store)
    lease(store, clock.wall_us() + 60 * 10**6)
    assert run(store) == []

    lease(store, 0)
    assert run(store) == [("pay", "done")]


def test_the_lease_of_a_dead_process_expires(store):
    enqueue(store, due_us=NOON + MINUTE)
    lease(store, clock.wall_us() + 300_000)
    _, fired = advance(store, "PT1M")

    assert [one.outcome for one in fired] == ["done"]


def test_who_waits_too_long_for_the_clock_is_told_so(store, monkeypatch):
    monkeypatch.setattr(jobs, "_PATIENCE_US", 100_000)
    lease(store, clock.wall_us() + 60 * 10**6)
    with pytest.raises(InProgress):
        advance(store, "P1D")


def test_patience_ends_under_a_frozen_wall_as_well(store, monkeypatch):
    monkeypatch.setattr(jobs, "_PATIENCE_US", 100_000)
    lease(store, clock.wall_us() + 10**15)
    with freezegun.freeze_time("2025-11-20"), pytest.raises(InProgress):
        advance(store, "P1D")


def test_the_lease_is_let_go_when_an_advance_stumbles(store):
    def interrupted(tx, payload):
        raise KeyboardInterrupt

    job_id = enqueue(store, "interrupted")
    with pytest.raises(KeyboardInterrupt):
        jobs.advance(store, {"interrupted": interrupted}, "P1D")

    assert job(store, job_id)[:2] == ("pending", 0)
    with store.read() as tx:
        assert tx.one("SELECT lease_until_us FROM clock") == (0,)


def test_two_who_advance_at_once_add_up_and_run_each_job_once(store):
    for minute in range(0, 120, 10):
        enqueue(store, due_us=NOON + minute * MINUTE)
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: advance(store, "PT1H"), range(2)))

    assert sum(len(fired) for _, fired in both) == held(store) == 12
    assert max(now for now, _ in both) == clock.from_us(NOON + 120 * MINUTE)


def test_tickers_and_an_advance_together_run_each_job_once(store):
    for minute in range(0, 60, 2):
        enqueue(store, due_us=NOON + minute * MINUTE)
    stop = threading.Event()

    def tick():
        count = 0
        while not stop.is_set():
            count += len(run(store))
        return count

    with ThreadPoolExecutor(2) as pool:
        ticking = [pool.submit(tick) for _ in range(2)]
        _, fired = advance(store, "PT1H")
        stop.set()
        ticked = sum(one.result() for one in ticking)

    assert len(fired) + ticked == held(store) == 30


# --- many workers -----------------------------------------------------------------------------------------------------
def test_four_threads_run_each_job_once(store):
    numbers = [enqueue(store, payload={"fen": 1}) for _ in range(60)]
    with ThreadPoolExecutor(4) as pool:
        fired = [one for batch in pool.map(lambda _: jobs.run_due(store, HANDLERS), range(4)) for one in batch]

    assert Counter(one.job_id for one in fired) == Counter(numbers)
    assert held(store) == 60
