"""What is written between a claim of a place and its last release is one commit: all of it or nothing."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as quiet
from hypothesis import strategies as some

from ground import fresh

NAMES = "abc"


@pytest.fixture(params=["memory", "file"])
def kind(request):
    return request.param


class Stumble(Exception):
    """What a verb may raise."""


def put(tx, name, value):
    tx.run(
        "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name,
        value,
    )


def settings(store):
    with store.read() as tx:
        return dict(tx.known("SELECT name, value FROM settings WHERE length(name) = 1"))


def write(store, name, value):
    with store.write() as tx:
        put(tx, name, value)


def stumble(store, *written):
    with pytest.raises(Stumble), store.write() as tx:
        for name in written:
            put(tx, name, "lost")
        raise Stumble


def kept_on_disk(store):
    """Return what a sandbox would find that starts after a crash at this moment."""
    copy = store.path.with_name(f"{fresh()}.db")
    for end in ("", "-wal"):
        source = store.path.with_name(store.path.name + end)
        copy.with_name(copy.name + end).write_bytes(source.read_bytes() if source.exists() else b"")
    with closing(sqlite3.connect(copy)) as found:
        return dict(found.execute("SELECT name, value FROM settings WHERE length(name) = 1"))


def test_what_was_claimed_once_is_committed_by_its_release(store):
    assert store.claim()
    write(store, "a", "1")
    write(store, "b", "2")
    assert settings(store) == {"a": "1", "b": "2"}
    assert store.pending
    assert store.release()

    assert not store.pending
    assert settings(store) == {"a": "1", "b": "2"}


@pytest.mark.parametrize("kind", ["file"], indirect=True)
def test_a_crash_before_the_last_release_leaves_nothing(store):
    assert store.claim()
    assert store.claim()
    write(store, "a", "1")
    assert store.release()
    assert kept_on_disk(store) == {}

    assert store.release()
    assert kept_on_disk(store) == {"a": "1"}


def test_others_see_it_when_it_is_committed_and_not_before(store):
    assert store.claim()
    write(store, "a", "1")
    settings(store)
    with ThreadPoolExecutor(1) as others:
        seen = others.submit(settings, store)
        with pytest.raises(TimeoutError):
            seen.result(timeout=0.1)
        assert store.release()
        assert seen.result(timeout=20) == {"a": "1"}


def test_nobody_else_can_claim_it_meanwhile(store):
    assert store.claim()
    with ThreadPoolExecutor(1) as others:
        assert not others.submit(store.claim).result(timeout=20)
    store.release()


@pytest.mark.parametrize("verb", [stumble, settings])
def test_what_changes_nothing_waits_for_nothing(store, verb):
    assert store.claim()
    verb(store)

    assert not store.pending
    assert store.release()


def test_who_stumbles_before_anything_was_changed_does_the_others_no_harm(store):
    assert store.claim()
    write(store, "a", "1")
    stumble(store)

    assert store.release()
    assert settings(store) == {"a": "1"}


def test_who_stumbles_after_a_change_takes_all_along(store):
    assert store.claim()
    write(store, "a", "1")
    stumble(store, "b")
    assert settings(store) == {}
    write(store, "c", "3")
    assert store.pending
    assert not store.release()

    assert settings(store) == {}
    write(store, "a", "again")
    assert settings(store) == {"a": "again"}


def test_who_stumbles_first_is_alone_in_it(store):
    assert store.claim()
    stumble(store, "b")
    write(store, "a", "1")

    assert store.release()
    assert settings(store) == {"a": "1"}


def test_a_commit_that_fails_leaves_nothing_and_the_place_to_others(store):
    assert store.claim()
    write(store, "a", "1")
    with store.write() as tx:  # a breach that shows at the commit
        tx.run("INSERT INTO entries (psn_no, txn_id, line, account, amount_fen) VALUES ('nobody', 1, 1, 'OPEN', 5)")
    assert not store.release()

    assert settings(store) == {}
    with ThreadPoolExecutor(1) as others:
        others.submit(write, store, "b", "2").result(timeout=20)
    assert settings(store) == {"b": "2"}


def test_core_statements_share_the_commit(store):
    from sqlalchemy import text

    assert store.claim()
    for value in "12":
        with store.write() as tx:
            tx.execute(text("INSERT OR REPLACE INTO settings (name, value) VALUES ('a', :value)"), {"value": value})
    assert store.pending
    assert store.release()

    assert settings(store) == {"a": "2"}


STEPS = some.lists(
    some.one_of(
        some.tuples(some.just("write"), some.sampled_from(NAMES)),
        some.tuples(some.just("stumble"), some.just("")),
        some.tuples(some.just("stumble"), some.sampled_from(NAMES)),
        some.tuples(some.sampled_from(["claim", "release", "read"]), some.just("")),
    ),
    max_size=20,
)


class Model:
    """What is committed, what is seen, and what becomes of it."""

    def __init__(self):
        self.committed = self.seen = {}
        self.claims = 0
        self.waiting = self.doomed = False

    def write(self, name, value):
        self.seen = self.seen | {name: value}
        self.waiting = True

    def stumble(self, changed):
        if changed and self.waiting:
            self.seen, self.waiting, self.doomed = self.committed, False, True

    def release(self):
        """Tell whether it is kept."""
        self.claims -= 1
        return self.claims > 0 or not self.doomed

    def settle(self):
        if not self.claims:
            self.seen = self.committed = self.committed if self.doomed else self.seen
            self.waiting = self.doomed = False


@given(steps=STEPS)
@quiet(suppress_health_check=[HealthCheck.function_scoped_fixture])  # each example has a place of its own
def test_the_place_behaves_as_a_list_of_what_waits(places, every_places, kind, steps):
    name = f"w_{fresh()}"
    every_places(kind).copy("w_empty", name)
    store, model = places.open(name), Model()
    for number, (what, which) in enumerate([*steps, *[("release", "")] * len(steps)]):
        if what == "write":
            write(store, which, str(number))
            model.write(which, str(number))
        elif what == "stumble":
            stumble(store, *which)
            model.stumble(bool(which))
        elif what == "claim":
            assert store.claim()
            model.claims += 1
        elif what == "release" and model.claims:
            assert store.release() == model.release()
        model.settle()
        assert settings(store) == model.seen
        assert store.pending == (model.waiting or model.doomed)
    places.drop(name)


def test_threads_that_write_between_claims_lose_nothing(store):
    """The loop claims again and again while a thread writes by itself."""
    done = threading.Event()

    def alone():
        for number in range(50):
            write(store, "a", f"alone {number}")
        done.set()

    thread = threading.Thread(target=alone)
    thread.start()
    rounds = 0
    while not done.is_set() or rounds < 20:
        if store.claim():
            write(store, "b", str(rounds))
            write(store, "c", str(rounds))
            assert settings(store)["b"] == settings(store)["c"] == str(rounds)
            assert store.release()
            rounds += 1
    thread.join()

    assert settings(store) == {"a": "alone 49", "b": str(rounds - 1), "c": str(rounds - 1)}
