"""The clock of a world, its snapshots."""

import pytest

from boxes import local
from clinic import Clinic
from yibaobox.app import Settings, create_app
from yibaobox.domain import clock, jobs


def test_the_clock_can_stand_still_and_go_on(any_box):
    at = "2025-12-31T23:59:30+08:00"

    assert any_box.ask("PUT", "/clock", {"mode": "frozen", "at": at})["now"] == at
    assert any_box.ask("GET", "/clock") == {"mode": "frozen", "now": at, "today": "2025-12-31"}
    assert any_box.ask("PUT", "/clock", {"mode": "offset", "at": "2031-01-01T00:00:00Z"})["today"] == "2031-01-01"
    assert any_box.ask("PUT", "/clock", {"mode": "follow"})["mode"] == "follow"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"mode": "stopped"},
        {"mode": "frozen", "at": "2025-12-31T23:59:30"},
        {"mode": "frozen", "at": "1066-10-14T00:00:00Z"},
        {"mode": "follow", "at": "2025-12-31T23:59:30Z"},
        {"mode": "frozen", "zone": "UTC"},
    ],
)
def test_a_clock_that_cannot_be_set_is_refused(any_box, body):
    assert any_box.refusal("PUT", "/clock", body) == (422, "INVALID_INPUT")


def test_advance_moves_on_by_calendar_months(any_box):
    any_box.ask("PUT", "/clock", {"mode": "frozen", "at": "2026-01-31T10:00:00+08:00"})

    moved = any_box.ask("POST", "/clock/advance", {"by": "P1M"})

    assert moved == {"mode": "frozen", "now": "2026-02-28T10:00:00+08:00", "today": "2026-02-28", "fired": []}


@pytest.mark.parametrize("by", ["3 days", "-P1D", "", "P9999Y", 3, None])
def test_a_length_of_time_that_is_none_is_refused(any_box, by):
    assert any_box.refusal("POST", "/clock/advance", {"by": by}) == (422, "INVALID_INPUT")


def test_advance_tells_what_fired_each_at_its_own_time():
    ran = []
    app = create_app(Settings(ticker=False), handlers={"note": lambda tx, payload: ran.append((tx.now, payload["n"]))})
    box = local(app)
    box.ask("PUT", "/clock", {"mode": "frozen", "at": "2026-01-01T00:00:00+08:00"})
    with app.worlds.get("default").write() as tx:
        for hours in (30, 3, 80):
            jobs.enqueue(tx, "note", {"n": hours}, due_us=tx.now_us + hours * 3_600_000_000)

    fired = box.ask("POST", "/clock/advance", {"by": "P3D"})["fired"]

    assert [(job["kind"], job["due_at"], job["outcome"]) for job in fired] == [
        ("note", "2026-01-01T03:00:00+08:00", "done"),
        ("note", "2026-01-02T06:00:00+08:00", "done"),
    ]
    assert [(when.isoformat(), n) for when, n in ran] == [
        ("2026-01-01T03:00:00+08:00", 3),
        ("2026-01-02T06:00:00+08:00", 30),
    ]


def test_without_a_ticker_due_work_is_done_before_the_next_request():
    ran = []
    app = create_app(Settings(ticker=False), handlers={"note": lambda _, payload: ran.append(payload["n"])})
    with app.worlds.get("default").write() as tx:
        jobs.enqueue(tx, "note", {"n": 1})

    local(app).ask("GET", "/clock")

    assert ran == [1]


def test_the_ticker_does_due_work_by_itself():
    import threading

    ran = threading.Event()
    app = create_app(Settings(ticker=True), handlers={"note": lambda *_: ran.set()})
    with app.worlds.get("default").write() as tx:
        jobs.enqueue(tx, "note", {})

    assert ran.wait(10)


def test_a_snapshot_brings_everything_back(any_box):
    any_box.ask("PUT", "/clock", {"mode": "frozen", "at": "2026-03-01T00:00:00+08:00"})
    psn_no = any_box.person(account_fen=100)["psn_no"]
    head = any_box.ask("GET", "/audit")["head"]
    any_box.ask("POST", "/snapshots", {"name": "before"})
    any_box.ask("POST", f"/people/{psn_no}/topup", {"amount_fen": 50})
    any_box.ask("POST", "/clock/advance", {"by": "P1D"})

    any_box.ask("POST", "/snapshots/before/restore")

    assert any_box.ask("GET", f"/people/{psn_no}")["account_fen"] == 100
    assert any_box.ask("GET", "/clock")["now"] == "2026-03-01T00:00:00+08:00"
    assert any_box.ask("GET", "/audit")["head"] == head


def test_a_diff_names_what_changed(any_box):
    any_box.ask("PUT", "/clock", {"mode": "frozen", "at": "2026-03-01T00:00:00+08:00"})
    any_box.ask("POST", "/snapshots", {"name": "a"})
    psn_no = any_box.person(account_fen=100)["psn_no"]
    any_box.ask("POST", "/snapshots", {"name": "b"})

    assert any_box.ask("GET", "/snapshots/b/diff/current") == {"equal": True, "tables": {}}
    found = any_box.ask("GET", "/snapshots/a/diff/b")
    assert found["equal"] is False
    assert found["tables"]["persons"]["added"]["count"] == 1
    assert found["tables"]["persons"]["added"]["rows"][0]["psn_no"] == psn_no
    assert found["tables"]["entries"]["added"]["count"] == 2


def test_snapshots_are_listed_and_removed(any_box):
    any_box.ask("POST", "/snapshots", {"name": "kept"})
    any_box.ask("POST", "/snapshots", {"name": "gone"})

    any_box.ask("DELETE", "/snapshots/gone")

    assert [each["name"] for each in any_box.ask("GET", "/snapshots")["items"]] == ["kept"]
    assert any_box.refusal("POST", "/snapshots", {"name": "kept"}) == (409, "ALREADY_EXISTS")
    assert any_box.refusal("POST", "/snapshots", {"name": "no name"}) == (422, "INVALID_INPUT")
    assert any_box.refusal("POST", "/snapshots/gone/restore") == (404, "SNAPSHOT_NOT_FOUND")
    assert any_box.refusal("DELETE", "/snapshots/gone") == (404, "SNAPSHOT_NOT_FOUND")
    assert any_box.refusal("GET", "/snapshots/kept/diff/gone") == (404, "SNAPSHOT_NOT_FOUND")
    assert any_box.refusal("POST", "/snapshots", {"name": "current"}) == (422, "INVALID_INPUT")


def test_a_day_is_a_day_in_china_whatever_the_host_says(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        box = local(create_app(Settings(ticker=False)))
        told = box.ask("PUT", "/clock", {"mode": "frozen", "at": "2025-12-31T16:30:00Z"})
        assert told == {"mode": "frozen", "now": "2026-01-01T00:30:00+08:00", "today": "2026-01-01"}
        assert clock.parse_instant(told["now"]).utcoffset().total_seconds() == 8 * 3600
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_snapshot_is_restored_over_visits_and_settlements(any_box):
    clinic, patient = Clinic(any_box), any_box.person(enrolled=True, account_fen=500_00)
    first = clinic.visit(patient, "100.00")
    settled = clinic.settle(patient, first, "100.00").setlinfo["setl_id"]
    any_box.ask("POST", "/snapshots", {"name": "settled"})
    assert clinic.reverse(patient, first, settled).ok
    clinic.settle(patient, clinic.visit(patient, "30.00"), "30.00")

    any_box.ask("POST", "/snapshots/settled/restore")

    assert any_box.ask("GET", "/snapshots/settled/diff/current")["equal"]
    assert any_box.ask("GET", f"/settlements/{settled}/explain")["state"] == "SETTLED"
