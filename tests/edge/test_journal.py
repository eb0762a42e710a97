"""A row for each request, written in batches, never in the way."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from werkzeug.test import Client

from yibaobox.domain import clock
from yibaobox.domain import journal as ring
from yibaobox.domain.store import Occupied
from yibaobox.edge import journal as journal_of
from yibaobox.edge.journal import Body, Journal
from yibaobox.edge.router import Router

_FORM = "application/x-www-form-urlencoded"


def rows(worlds, name="default"):
    with worlds.get(name).read() as tx:
        return ring.page(tx, {}, limit=10_000)


def test_a_request_leaves_one_row(client, journal):
    trace = client.post("/portal/v1/bills?x=1", json={"payer": "a", "amount_fen": 5}).headers["X-Sandbox-Trace"]

    (row,) = journal()
    assert (row["trace"], row["op"]) == (trace, "bills.pay")
    assert (row["method"], row["path"], row["status"], row["code"]) == ("POST", "/portal/v1/bills", 201, None)
    assert json.loads(row["detail"]["request"]) == {"payer": "a", "amount_fen": 5}
    assert row["detail"]["query"] == "x=1"


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("filler", ["", "x" * 10_000, "x" * 70_000])
def test_a_row_shows_the_body_that_came(client, header, journal, kind, filler):
    data = json.dumps(header(input={"amt": [0.10, 5], "certno": "310105199001011242"}, dev_no="", x=filler))
    client.post("/fsi/api/1101", data=data.replace("0.1", "0.10"), content_type=kind)

    shown = journal()[0]["detail"]["request"]
    assert ('"amt":[0.10,5],"certno":"310*****42"' in shown) is (kind != _FORM and len(filler) < 70_000)
    assert "310105199001011242" not in shown


@pytest.fixture
def entry(router, header, monkeypatch):
    """What the journal is told of a query that answers with what it is asked."""
    entries = []
    monkeypatch.setattr(router.journal, "add", entries.append)
    asked = header(input={"certno": "310105199001011242", "psn_name": "王小婧", "amt": 5, "x": ["13912345678"]})
    Client(router).post("/fsi/api/1101", json=asked)
    return entries[0]


def test_a_reply_is_shown_alike_from_its_tree_and_from_its_bytes(entry):
    assert entry.told is not None
    of_tree = journal_of._row(entry)
    entry.told = None

    assert journal_of._row(entry) == of_tree
    assert "310*****42" in str(of_tree.detail["response"])


def test_what_is_sent_in_place_of_a_reply_is_what_the_row_shows(entry):
    entry.reply = Body.of(b'{"infcode":-1,"certno":"310105199001011242"}', "application/json")

    assert journal_of._row(entry).detail["response"] == '{"infcode":-1,"certno":"310*****42"}'


def test_refusals_leave_their_code(client, journal):
    client.get("/portal/v1/bills/b1")

    assert [(row["status"], row["code"]) for row in journal()] == [(404, "NOT_FOUND")]


def test_files_are_told_by_their_size(client, journal, header):
    client.post("/fsi/api/9102", json=header(infno="9102"))

    assert journal()[0]["detail"]["response"] == "<application/octet-stream 4 bytes>"


def test_the_journal_does_not_look_at_itself(client, journal):
    client.get("/_sandbox/health")
    client.get("/_sandbox/v1/requests")

    assert journal() == []


def test_each_world_keeps_its_own(client, worlds, journal):
    worlds.ensure("beside")
    client.get("/portal/v1/world", headers={"X-Sandbox-World": "beside"})

    assert len(journal("beside")) == 1
    assert journal("default") == []


def test_the_sandboxs_time_stands_beside_the_walls(client, worlds, journal):
    at = clock.parse_instant("2025-01-01T00:00:00+08:00")
    with worlds.get("default").write() as tx:
        clock.put(tx, "frozen", clock.to_us(at))
    client.get("/portal/v1/world")

    assert journal()[0]["at"] == "2025-01-01T00:00:00+08:00"
    with worlds.get("default").write() as tx:
        clock.put(tx, "follow")


@pytest.fixture
def ticking(worlds, router):
    made = Router(worlds, router._services, journal=Journal())
    yield made
    made.journal.close()


def test_a_row_is_written_soon_without_anyone_asking(worlds, ticking, journal):
    Client(ticking).get("/portal/v1/world")
    deadline = time.monotonic() + 3
    while not rows(worlds) and time.monotonic() < deadline:
        time.sleep(0.02)

    assert len(rows(worlds)) == 1


def test_the_end_writes_the_rest(worlds, ticking, journal):
    client = Client(ticking)
    for _ in range(30):
        client.get("/portal/v1/world")
    ticking.journal.close()

    assert len(rows(worlds)) == 30


def test_rows_are_written_in_batches(worlds, router, journal, monkeypatch):
    written = []
    monkeypatch.setattr(ring, "append", lambda tx, batch: written.append(len(batch)))
    client = Client(router)
    for _ in range(450):
        client.get("/portal/v1/world")
    router.journal.flush()

    assert written == [200, 200, 50]


@pytest.mark.parametrize(("sizes", "all_stay"), [((0,), True), ((0, 3_000, 100), True), ((20_000, 0), False)])
def test_the_ring_is_bounded_by_bytes_whoever_writes(worlds, router, journal, monkeypatch, sizes, all_stay):
    monkeypatch.setattr(ring, "BYTES_MAX", 320_000)
    monkeypatch.setattr(ring, "WEIGHED_EVERY", 5_000)
    routers = [Router(worlds, router._services, journal=Journal(ticking=False)) for _ in range(4)]
    total = []
    for number in range(150):
        here = routers[number % 4]
        Client(here).post("/portal/v1/bills", json={"note": "x" * sizes[number % len(sizes)]})
        if number % 5 == 0:
            here.journal.flush()
            with worlds.get("default").read() as tx:
                total += tx.one("SELECT sum(bytes) FROM requests")

    for here in routers:
        here.journal.flush()
    assert max(total) <= 320_000
    assert (len(rows(worlds)) == 150) is all_stay


def test_the_ring_is_weighed_when_so_many_bytes_were_written(worlds, router, monkeypatch):
    weighed = []
    monkeypatch.setattr(ring, "weigh", weighed.append)
    monkeypatch.setattr(ring, "append", lambda tx, batch: 1_000)
    monkeypatch.setattr(ring, "WEIGHED_EVERY", 3_000)
    fresh = Router(worlds, router._services, journal=Journal(ticking=False))
    told = []
    for _ in range(10):
        ask(fresh, 1)
        fresh.journal.flush()
        told.append(len(weighed))

    assert told == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4]  # at first, too: who wrote before is not known


def ask(router, times, world="default"):
    client = Client(router)
    for _ in range(times):
        client.get("/portal/v1/world", headers={"X-Sandbox-World": world})


def relieve(journal, moment="passing"):
    work = journal.relief(moment)
    return work is not None and work()


def test_a_handful_is_written_in_passing_and_less_is_left(worlds, router, journal):
    ask(router, journal_of.HANDFUL - 1)
    assert not relieve(router.journal)
    assert rows(worlds) == []

    ask(router, 1)
    assert relieve(router.journal)
    assert len(rows(worlds)) == journal_of.HANDFUL


def test_what_is_written_in_passing_waits_for_nobody(worlds, router, journal):
    ask(router, journal_of.HANDFUL)
    with ThreadPoolExecutor(1) as others, worlds.get("default").write():
        assert not others.submit(relieve, router.journal).result(timeout=20)

    assert rows(worlds) == []
    router.journal.flush()
    assert len(rows(worlds)) == journal_of.HANDFUL


def test_while_others_write_there_is_nothing_to_do_in_passing(router, journal):
    ask(router, journal_of.HANDFUL)
    work = router.journal.relief("passing")
    with router.journal._writing:
        assert router.journal.relief("passing") is None
        assert not work()


def test_what_waits_is_written_in_turns_whatever_its_world(worlds, router, journal):
    worlds.create("abreast")
    for _ in range(10):
        ask(router, 2)
        ask(router, 1, "abreast")
    assert not relieve(router.journal, "turns")
    ask(router, 2)
    assert relieve(router.journal, "turns")

    assert (len(rows(worlds)), len(rows(worlds, "abreast"))) == (22, 10)


def test_what_would_have_to_wait_after_all_is_written_later_in_its_place(worlds, router, journal, monkeypatch):
    worlds.create("later")
    append = ring.append

    def occupied(tx, batch):
        if len(batch) == 1:
            return append(tx, batch)
        ask(router, 2, "later")  # meanwhile
        raise Occupied

    ask(router, 1)
    ask(router, 40, "later")
    traces = [entry.trace for entry in router.journal._waiting][1:]
    monkeypatch.setattr(ring, "append", occupied)
    assert not relieve(router.journal, "turns")
    assert (len(rows(worlds)), rows(worlds, "later")) == (1, [])
    monkeypatch.setattr(journal_of, "WAITING_MAX", 41)  # the oldest fall out first
    assert not relieve(router.journal, "turns")

    monkeypatch.setattr(ring, "append", append)
    router.journal.flush()
    assert [row["trace"] for row in reversed(rows(worlds, "later"))][: 40 - 3] == traces[3:]


def test_one_world_at_a_time_is_written_in_passing_in_the_order_of_the_requests(worlds, router, journal):
    worlds.create("other")
    ask(router, 10)
    ask(router, 10, "other")
    ask(router, 3)
    assert relieve(router.journal, "idle")
    assert len(rows(worlds)) == journal_of.BIT
    assert relieve(router.journal, "idle")
    assert (len(rows(worlds)), len(rows(worlds, "other"))) == (10, 0)

    router.journal.flush()
    assert (len(rows(worlds)), len(rows(worlds, "other"))) == (13, 10)
    numbers = [row["id"] for row in rows(worlds)]
    assert numbers == sorted(numbers, reverse=True)


def test_a_world_that_is_gone_takes_its_rows_along(worlds, router, journal):
    worlds.create("doomed")
    Client(router).get("/portal/v1/world", headers={"X-Sandbox-World": "doomed"})
    worlds.delete("doomed")

    router.journal.flush()

    assert journal() == []


def test_a_journal_that_fails_fails_no_request(router, journal, monkeypatch, caplog):
    def fail(tx, batch):
        raise RuntimeError("310105199001011242")

    monkeypatch.setattr(ring, "append", fail)
    reply = Client(router).get("/portal/v1/world")
    router.journal.flush()

    assert reply.status_code == 200
    assert '"lost":1' in caplog.text
    assert "310105" not in caplog.text


@pytest.mark.parametrize(
    "path", ["/portal/v1/%00", "/portal/v1/%ff%fe", "/portal/v1/bills/%ED%A0%80", "/portal/v1/%2e%00"]
)
def test_a_hostile_address_costs_neither_its_row_nor_the_batch(client, journal, caplog, path):
    client.get("/portal/v1/world")
    client.get(path)
    client.get("/portal/v1/world")

    assert [row["status"] for row in journal()] == [200, 404, 200]
    assert not any("lost" in record.getMessage() for record in caplog.records)


def test_who_is_turned_away_at_the_door_leaves_a_row(client, journal):
    client.get("/nowhere")
    client.get("/_sandbox/v1/credentials", headers={"Origin": "http://evil.example"})
    client.get("/portal/v1/world", headers={"X-Sandbox-World": "nobodys"})

    assert [(row["path"], row["status"]) for row in journal()] == [
        ("/portal/v1/world", 404),
        ("/_sandbox/v1/credentials", 403),
        ("/nowhere", 404),
    ]


def test_a_row_names_a_person_by_psn_no_only(client, header, journal):
    client.post("/fsi/api/1101", json=header(input={"psn_no": "510401199002030035"}))
    client.post("/fsi/api/1101", json=header(input={"psn_no": "51040000000000000001"}))

    assert [row["psn_no"] for row in journal()] == ["51040000000000000001", None]
