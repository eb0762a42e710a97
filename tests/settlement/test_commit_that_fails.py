"""Hospitals that ask at the same time share a commit; when it cannot be kept, none of them was told so."""

import asyncio
import json
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from boxes import local
from clinic import SINGLE, Clinic
from yibaobox.app import Settings, create_app
from yibaobox.server.adapter import Adapter
from yibaobox.server.commits import Gauge
from yibaobox.server.config import ServerConfig


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


def scope(body):
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    place = {"server": ("127.0.0.1", 80), "client": ("127.0.0.1", 5), "scheme": "http", "http_version": "1.1"}
    return place | {
        "type": "http",
        "method": "POST",
        "raw_path": SINGLE.encode(),
        "query_string": b"",
        "headers": headers,
    }


def at_once(app, messages):
    """Let a server's event loop have all messages at the same time; return the replies and their traces."""

    async def one(adapter, message):
        body, sent = json.dumps(message).encode(), []

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(part):
            sent.append(part)

        await adapter(scope(body), receive, send)
        traces = [value.decode() for name, value in sent[0]["headers"] if name == b"x-sandbox-trace"]
        return json.loads(sent[1]["body"]), *traces

    async def main():
        with ThreadPoolExecutor(4) as pool:
            adapter = Adapter(app, ServerConfig("none:none"), pool, Gauge())
            return await asyncio.gather(*(one(adapter, message) for message in messages))

    return asyncio.run(main())


def test_a_commit_that_fails_is_told_to_nobody_and_each_is_asked_again(app):
    box = local(app)
    clinic = Clinic(box)
    people = [box.person(enrolled=True) for _ in range(3)]
    messages = [clinic.envelope("2201", clinic.registration(person)) for person in people]
    box.ask("GET", "/requests")
    store = app.worlds.get("default").store
    store.raw = failing = Failing(store.raw)

    replies = at_once(app, messages)

    assert [reply["infcode"] for reply, _ in replies] == [0, 0, 0]
    visits = [reply["output"]["data"]["mdtrt_id"] for reply, _ in replies]
    assert len(set(visits)) == 3
    assert failing.tried == 1  # for all three; threads ran them again
    again = [clinic.send(message) for message in messages]
    assert [(reply.replayed, reply.output["data"]["mdtrt_id"]) for reply in again] == [(True, one) for one in visits]

    app.router.journal.flush()
    told = [trace for _, trace in replies] + [reply.raw.headers["X-Sandbox-Trace"] for reply in again]
    assert sorted(row["trace"] for row in box.ask("GET", "/requests", op="2201")["items"]) == sorted(told)
