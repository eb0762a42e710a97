"""Hospitals that ask at the same time share a commit: it may fail, and it waits for nobody."""

import asyncio
import sqlite3
import threading
from contextlib import contextmanager

import pytest

from boxes import local
from clinic import Clinic
from loops import asked, serving
from yibaobox.app import Settings, create_app


class Failing:
    """A connection whose next COMMIT by the event loop fails as a full disk makes it fail."""

    def __init__(self, raw):
        self._raw = raw
        self.tried = 0

    def __getattr__(self, name):
        return getattr(self._raw, name)

    def execute(self, sql, params=()):
        if sql == "COMMIT" and threading.current_thread() is threading.main_thread():
            self.tried += 1
            if self.tried == 1:
                raise sqlite3.OperationalError("database or disk is full")
        return self._raw.execute(sql, params)


@pytest.fixture
def app(tmp_path):
    made = create_app(Settings(db=f"sqlite:///{tmp_path}/worlds"))
    yield made
    made.close()


def test_a_commit_that_fails_is_told_to_nobody_and_each_is_asked_again(app):
    box = local(app)
    clinic = Clinic(box)
    people = [box.person(enrolled=True) for _ in range(3)]
    messages = [clinic.envelope("2201", clinic.registration(person)) for person in people]
    box.ask("GET", "/requests")
    store = app.worlds.get("default").store
    store.raw = failing = Failing(store.raw)

    replies = serving(app, lambda adapter: asyncio.gather(*(asked(adapter, message) for message in messages)))

    assert [reply["infcode"] for reply, _ in replies] == [0, 0, 0]
    visits = [reply["output"]["data"]["mdtrt_id"] for reply, _ in replies]
    assert len(set(visits)) == 3
    assert failing.tried == 1  # for all three; threads ran them again
    again = [clinic.send(message) for message in messages]
    assert [(reply.replayed, reply.output["data"]["mdtrt_id"]) for reply in again] == [(True, one) for one in visits]

    app.router.journal.flush()
    told = [trace for _, trace in replies] + [reply.raw.headers["X-Sandbox-Trace"] for reply in again]
    assert sorted(row["trace"] for row in box.ask("GET", "/requests", op="2201")["items"]) == sorted(told)


@contextmanager
def held(store):
    """Let another thread hold a store for as long as the block lasts."""
    holds, ends = threading.Event(), threading.Event()

    def hold():
        with store.write():
            holds.set()
            ends.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    assert holds.wait(20)
    try:
        yield ends.set
    finally:
        ends.set()
        thread.join()


@pytest.mark.parametrize("auth", ["auto", "body-sign"])
def test_who_needs_the_registry_is_waited_for_by_a_thread_and_not_by_those_who_hold_a_world(app, auth):
    """A snapshot holds the registry and waits for the world: whoever did it the other way round would never end."""
    box = local(app)
    clinic = Clinic(box)
    box.ask("PUT", f"/institutions/{clinic.institution}", {"auth": auth})
    people = [box.person(enrolled=True) for _ in range(3)]
    plain, *signed = (clinic.envelope("2201", clinic.registration(person)) for person in people)
    signed = [message | {"signtype": "SM2", "cainfo": "AAAA"} for message in signed]
    if auth == "body-sign":
        plain = clinic.envelope("2201", clinic.registration(people[0])) | {"fixmedins_code": "H51040000002"}

    async def ask(adapter):
        first, *others = (asyncio.ensure_future(asked(adapter, message)) for message in (plain, *signed))
        with held(app.worlds.registry.store) as let_go:
            reply, _ = await asyncio.wait_for(first, 20)
            let_go()
        return reply, *(await asyncio.gather(*others))

    reply, *refused = serving(app, ask)

    assert reply["infcode"] == 0, reply
    assert ["签名" in told["err_msg"] or "验签" in told["err_msg"] for told, _ in refused] == [True, True]
