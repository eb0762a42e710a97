"""On PostgreSQL the event loop runs several brief requests in turns; what would keep it goes to a thread."""

import asyncio
import contextlib
import hashlib
import secrets
import threading
import time

import pytest

from boxes import local
from clinic import Clinic
from loops import asked, serving
from yibaobox.app import Settings, create_app
from yibaobox.domain import journal as ring
from yibaobox.domain import ledger
from yibaobox.domain.store import Conflict, flow, postgres
from yibaobox.edge import journal

MAIN = "MainThread"


class Watched:
    """The application, and the threads that its requests were run by."""

    def __init__(self, app):
        self.app, self.threads = app, []

    def __getattr__(self, name):
        return getattr(self.app, name)

    def __call__(self, environ, start_response):
        self.threads.append(threading.current_thread().name)
        return self.app(environ, start_response)


@pytest.fixture
def app(postgres_url):
    made = create_app(Settings(db=postgres_url))
    yield Watched(made)
    made.close()


@pytest.fixture
def clinic(app):
    return Clinic(local(app.app))


@pytest.fixture
def people(clinic, app):
    """Some who are insured, and connections that wait for whoever needs one."""
    found = [clinic.box.person(enrolled=True) for _ in range(4)]
    store = app.worlds.get("default").store
    with contextlib.ExitStack() as open_at_once:
        for _ in range(8):  # the journal and what is due take some, too
            open_at_once.enter_context(store.read()).one("SELECT 1")
    return found


def tif(clinic):
    keys, nonce, stamp = clinic.box.ask("GET", "/credentials")["fsi"], secrets.token_hex(8), int(time.time())
    signature = hashlib.sha256(f"{stamp}{keys['token']}{nonce}{stamp}".encode()).hexdigest()
    sent = {"paasid": keys["paasid"], "timestamp": str(stamp), "nonce": nonce, "signature": signature}
    return {f"x-tif-{name}": value for name, value in sent.items()}


def registrations(clinic, people):
    return [clinic.envelope("2201", clinic.registration(person)) for person in people]


def test_requests_take_turns_and_no_thread(app, clinic, people):
    messages = registrations(clinic, people[:3])
    traces = set()
    for _ in range(2):  # the same, once more: replayed
        replies = serving(app, lambda adapter: asyncio.gather(*(asked(adapter, message) for message in messages)))
        assert [reply["infcode"] for reply, _ in replies] == [0, 0, 0]
        traces |= {trace for _, trace in replies}
    assert app.threads == [MAIN] * 6
    assert len(traces) == 6
    assert traces <= {row["trace"] for row in clinic.box.ask("GET", "/requests", op="2201")["items"]}


def test_the_journal_is_written_in_turns_with_requests(app, clinic, people, monkeypatch):
    clinic.box.ask("GET", "/requests")  # nothing waits any more
    monkeypatch.setattr(journal, "_INTERVAL_US", 10**12)  # no thread is quicker
    append, written = ring.append, []

    def appending(tx, rows):
        told = append(tx, rows)
        written.append((threading.current_thread().name, flow.current() is not None, len(rows)))
        return told

    monkeypatch.setattr(ring, "append", appending)

    async def ask(adapter):
        replies = []
        for _ in range(12):
            replies += await asyncio.gather(*(asked(adapter, message) for message in registrations(clinic, people)))
        return replies

    replies = serving(app, ask)
    rows = clinic.box.ask("GET", "/requests", op="2201", limit=100)["items"]

    assert [name for name, in_turn, _ in written if in_turn] == [MAIN]
    assert sum(number for _, _, number in written) == len(replies) == 48
    assert next(number for _, in_turn, number in written if in_turn) >= 32
    assert sorted(row["trace"] for row in rows[:48]) == sorted(trace for _, trace in replies)


def test_who_waits_for_a_patient_s_book_keeps_nobody_else(app, clinic, people):
    """The lock is another process's: a loop that waited for it could not even tell its probe that it lives."""
    first, *others = people
    visits = [clinic.visit(person, "100.00") for person in (first, others[0])]
    bills = [clinic.settlement(person, visit, "100.00") for person, visit in zip(people, visits, strict=False)]
    held, free = (clinic.envelope("2207", bill) for bill in bills)
    quick = [free, *registrations(clinic, others[1:2])]
    store = app.worlds.get("default").store

    async def ask(adapter):
        with store.write() as tx:
            ledger.lock(tx, [first["psn_no"]])
            waiting = asyncio.ensure_future(asked(adapter, held))
            replies = await asyncio.gather(*(asked(adapter, message) for message in quick))
            await asyncio.sleep(0.2)
            assert not waiting.done()
        return [*replies, await waiting]

    replies = serving(app, ask)

    assert [reply["infcode"] for reply, _ in replies] == [0] * len(replies)
    assert app.threads == [MAIN] * len(replies)


def test_what_meets_a_fault_goes_to_a_thread(app, clinic, people):
    clinic.box.ask("POST", "/faults", {"name": "latency", "params": {"ms": 30}, "times": 1})
    [message, other, *_] = registrations(clinic, people)

    async def ask(adapter):
        return [await asked(adapter, each) for each in (message, other)]

    began = time.monotonic()
    replies = serving(app, ask)

    assert time.monotonic() - began >= 0.03
    assert [reply["infcode"] for reply, _ in replies] == [0, 0]
    assert app.threads[:2] == [MAIN, "request_0"]
    assert len({reply["output"]["data"]["mdtrt_id"] for reply, _ in replies}) == 2


def test_a_lost_race_is_run_again_by_a_thread_and_its_nonce_is_its_own(app, clinic, people, monkeypatch):
    commit, lost = postgres._commit, []

    def losing(driver, wire):
        if flow.current() is not None and wire._waiting and not lost:
            lost.append(1)
            raise Conflict("another was quicker")
        commit(driver, wire)

    monkeypatch.setattr(postgres, "_commit", losing)
    headers = tif(clinic)
    assert app.worlds.by_credential(headers["x-tif-paasid"]) == "default"  # which is then at hand
    message = registrations(clinic, people)[0]

    async def ask(adapter):
        return [await asked(adapter, message, headers), await asked(adapter, message, headers)]

    (reply, _), (again, _) = serving(app, ask)

    assert lost
    assert reply["infcode"] == 0, reply
    assert again.get("code") == 401, "the nonce was used"
    assert app.threads[:2] == [MAIN, "request_0"]
