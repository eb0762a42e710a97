"""kill -9 during a load of settlements: nothing acknowledged is lost, nothing is done twice.

Of two worker processes on PostgreSQL one is killed again and again while the others serve; on SQLite the one process is
killed and started again. Windows that get no answer send the same message until they get one.
"""

import contextlib
import json
import threading
import time

import psutil
import pytest
import requests

from boxes import Box, Server, session
from clinic import Clinic
from yibaobox.cli.stories.telling import AT

WINDOWS = 4
KILLS = 2
KILLS_MAX = 15
OPENING_FEN = 100_000
BILL = "7.00"


class Window(threading.Thread):
    """One window that settles small bills of one patient, one after the other, until it is told to stop."""

    def __init__(self, server: Server, world: str, number: int) -> None:
        super().__init__(daemon=True)
        self.server, self.world = server, world
        self.patient = server.box(world).person(enrolled=True, account_fen=OPENING_FEN)
        self.clinic = Clinic(server.box(world), f"H5104000000{number % 3 + 1}")
        self.replies: dict[str, bytes] = {}
        self.cut = 0
        self.stop = threading.Event()
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                self.serve_one()
        except BaseException as failure:  # noqa: BLE001 - told by the test's own thread
            self.failure = failure

    def serve_one(self) -> None:
        registered = self.until_answered("2201", self.inputs_of_registration())
        visit = registered.output["data"]["mdtrt_id"]
        assert self.until_answered("2204", {"feedetail": [self.clinic.row(self.patient, visit, BILL)]}).ok
        msgid = self.clinic.msgid()
        settled = self.until_answered("2207", self.clinic.settlement(self.patient, visit, BILL), msgid)
        assert settled.ok, settled.raw.text
        self.replies[msgid] = settled.raw.content

    def inputs_of_registration(self):
        facts = {"psn_no": self.patient["psn_no"], "insutype": "310", "begntime": self.clinic.now, "ipt_otp_no": "1"}
        who = {"atddr_no": "D1", "dr_name": "测医生", "dept_code": "A01", "dept_name": "内科", "caty": "A03"}
        return {"data": self.clinic.card(self.patient) | facts | who}

    def until_answered(self, infno, body, msgid=None):
        """Send one message until it is answered: a torn connection tells nothing of what became of it."""
        message = self.clinic.envelope(infno, body, msgid)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                return self.clinic.send(message)
            except (requests.ConnectionError, requests.Timeout):
                self.cut += 1
                self.clinic.box = Box(self.server.url, session(), self.world)
                time.sleep(0.02)
        raise AssertionError(f"{infno}: no answer within a minute")


@pytest.fixture(params=["two workers on postgresql", "one process on sqlite"])
def server(request, tmp_path):
    db = ["--db", request.getfixturevalue("fresh_postgres_url"), "--workers", "2"] if "two" in request.param else []
    made = Server(tmp_path, "--population", "0", *db)
    yield made
    made.audited_stop()


def kill_one(server: Server) -> None:
    """Kill a worker of several, or the process that is alone and start it again."""
    workers = [each for each in psutil.Process(server.pid).children() if "worker" in " ".join(each.cmdline())]
    if workers:
        with contextlib.suppress(psutil.NoSuchProcess):
            max(workers, key=lambda each: each.create_time()).kill()
    else:
        server.kill()
        server.start_again()


def test_kill_9_during_settlement_load_loses_nothing_and_does_nothing_twice(server):
    made = server.box().ask("POST", "/worlds", {"regions": ["510400"], "at": AT, "population": 0})
    windows = [Window(server, made["name"], number) for number in range(WINDOWS)]
    for window in windows:
        window.start()
    kills = 0
    while kills < KILLS or (sum(window.cut for window in windows) == 0 and kills < KILLS_MAX):
        time.sleep(0.7)
        kill_one(server)
        kills += 1
    time.sleep(0.5)
    for window in windows:
        window.stop.set()
    for window in windows:
        window.join(90)

    assert [window.failure for window in windows if window.failure is not None] == []
    assert not any(window.is_alive() for window in windows)
    assert sum(window.cut for window in windows) > 0, "no request was cut, so nothing was tried"
    box = server.box(made["name"])
    for window in windows:
        check(box, window)


def check(box: Box, window: Window) -> None:
    """Every acknowledged settlement is there, with the very reply, and each moved the money once."""
    assert len(window.replies) > 0
    for msgid, reply in window.replies.items():
        found = box.ask("GET", f"/txns/{window.clinic.institution}/2207/{msgid}")
        assert (found["state"], found["reply"]) == ("SETTLED", json.loads(reply))
    psn_no = window.patient["psn_no"]
    entries = box.ask("GET", "/ledger/entries", account="ACCT", person=psn_no, limit=1000)["items"]
    spent = [-entry["amount_fen"] for entry in entries if entry["kind"] == "settlement"]
    told = [json.loads(reply)["output"]["setlinfo"]["acct_pay"] for reply in window.replies.values()]
    assert sorted(spent) == sorted(round(yuan * 100) for yuan in told)
    assert box.ask("GET", f"/people/{psn_no}")["account_fen"] == OPENING_FEN - sum(spent)
