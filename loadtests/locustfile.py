"""Visits at a steady pace, as hospital windows make them: 2201, 2203, 2204 (ten rows), 2206, 2207, each one signed.

    locust -f loadtests/locustfile.py --headless -H http://127.0.0.1:8097 -u 20 -r 5 -t 60s --html build/visits.html

Every user plays a visit a second (YIBAOBOX_VISITS_PER_SECOND): locust waits for the server and so hides how late it is;
a constant throughput hides less of it. Bodies are encoded once; only the visit's number and the msgid change.
"""

from __future__ import annotations

import itertools
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from locust import FastHttpUser, constant_throughput, events, task

from loadtests.bench.hosts import Host
from loadtests.bench.visits import OK, PATH, STEPS, Window

PACE = float(os.environ.get("YIBAOBOX_VISITS_PER_SECOND", "1"))
PEOPLE = int(os.environ.get("YIBAOBOX_PEOPLE", "100"))
_VISIT = re.compile(rb'"mdtrt_id":"(\d+)"')
_MSGID = re.compile(rb'"msgid": "([^"]+)"')
_OPENED: list[Window] = []


@events.test_start.add_listener
def _open(environment: Any, **_: Any) -> None:
    """Make the people before the clock runs."""
    _OPENED.append(Window.open(Host(0, environment.host, {}), PEOPLE))


class HospitalWindow(FastHttpUser):
    """One window of a hospital."""

    wait_time = constant_throughput(PACE)
    _numbers = itertools.count(1)

    def on_start(self) -> None:
        """Encode one visit of one person and keep it."""
        window = _OPENED[-1]
        self._mark = f"{time.time_ns() // 1_000_000:x}{next(self._numbers):04d}"
        person = window.people[next(self._numbers) % len(window.people)]
        whole = window.steps(person)
        self._bodies = {infno: whole[infno].partition(b"\r\n\r\n")[2] for infno in STEPS}
        self._headers = {infno: dict(window.signed(infno)) | {"Content-Type": "application/json"} for infno in STEPS}

    @task
    def visit(self) -> None:
        """Play one visit; its later messages carry the number that the first one got."""
        number = b""
        for infno in STEPS:
            msgid = b'"msgid": "%s%05d"' % (self._mark.encode(), next(self._numbers))
            body = _MSGID.sub(msgid, self._bodies[infno], count=1).replace(b"@@VISIT@@", number)
            with self.client.post(
                PATH, data=body, headers=self._headers[infno], name=infno, catch_response=True
            ) as reply:
                if OK not in (reply.content or b""):
                    reply.failure(f"{infno} refused: {reply.headers.get('X-Sandbox-Code')}")
                    return
            if infno == STEPS[0]:
                found = _VISIT.search(reply.content)
                assert found is not None, "2201 answers with the number of the visit"
                number = found[1]
