"""Faults of the line, over a real socket: what the client meets, and whether the request had its effect."""

import json
import time

import pytest

pytestmark = pytest.mark.parametrize("place", ["sqlite"], indirect=True, scope="package")


def message(clinic, patient):
    return clinic.envelope("2201", clinic.registration(patient))


def is_json(reply):
    try:
        return isinstance(json.loads(reply.content.decode()), dict)
    except ValueError:
        return False


def accepted(reply):
    return reply.status_code == 200 and reply.json()["infcode"] == 0


MET = {
    "latency;ms=300": (accepted, True),
    "latency.lognormal;median=20;sigma=10": (accepted, True),
    "reset.before_effect": (lambda met: met == "broken", False),
    "reset.after_commit": (lambda met: met == "broken", True),
    "truncate.response;bytes=5": (lambda met: met == "broken", True),
    "slow.response;bps=4000": (accepted, True),
    "malformed.json": (lambda met: met.status_code == 200 and not is_json(met), True),
    "gbk.response": (lambda met: json.loads(met.content.decode("gbk"))["infcode"] == 0, True),
    "empty.200": (lambda met: (met.status_code, met.content) == (200, b""), True),
    "http.502": (lambda met: met.status_code == 502 and b"Bad Gateway" in met.content, False),
    "http.503;position=after_commit": (lambda met: met.status_code == 503 and not is_json(met), True),
    "http.504": (lambda met: met.status_code == 504 and b"Time-out" in met.content, False),
    "rate.429;retry_after=7": (lambda met: (met.status_code, met.headers["Retry-After"]) == (429, "7"), False),
    "duplicate.delivery": (accepted, True),
    "db.serialization": (accepted, True),
    "db.busy": (lambda met: (met.status_code, met.headers["X-Sandbox-Code"]) == (503, "BUSY"), False),
    "db.down": (lambda met: (met.status_code, met.headers["X-Sandbox-Code"]) == (503, "UNAVAILABLE"), False),
    "disk.full": (lambda met: (met.status_code, met.headers["X-Sandbox-Code"]) == (503, "STORAGE_FULL"), False),
    "clock.skew;s=3600": (accepted, True),
    "system_error.-1": (lambda met: met.json()["infcode"] == -1, False),
    "infcode;code=-99;msg=%E7%BB%B4%E6%8A%A4": (
        lambda met: (met.json()["infcode"], met.json()["err_msg"]) == (-99, "维护"),
        False,
    ),
    "version.mismatch": (lambda met: "版本" in met.json()["err_msg"], False),
}


@pytest.mark.parametrize("fault", MET)
def test_a_fault_is_met_by_its_request_alone_and_has_the_effect_it_says(struck, clinic, patient, fault):
    met, effect = MET[fault]
    sent, name = message(clinic, patient), fault.partition(";")[0]

    assert met(struck.national(sent, fault)), fault
    assert struck.state(sent) == ("SETTLED" if effect else "NEVER_SEEN")
    (last, *_) = struck.log()
    assert last["name"] == name
    again = struck.national(sent)
    assert accepted(again)
    assert (again.headers.get("X-Sandbox-Replay") == "1") == effect
    assert struck.log()[0]["seq"] == last["seq"]


@pytest.mark.parametrize(("fault", "effect"), [("timeout.before_effect", False), ("timeout.after_commit", True)])
def test_a_silent_connection_answers_nothing_until_the_client_leaves(struck, clinic, patient, fault, effect):
    sent = message(clinic, patient)

    assert struck.national(sent, f"{fault};s=600", timeout=0.5) == "timeout"
    if effect:
        struck.settled(sent)
    assert (struck.national(sent).headers.get("X-Sandbox-Replay") == "1") == effect


def test_a_silent_connection_is_dropped_in_the_end(struck, clinic, patient):
    assert struck.national(message(clinic, patient), "timeout.before_effect;s=1") == "broken"


def test_late_and_slow_replies_take_their_time(struck, clinic, patient):
    for fault, least_s in (("latency;ms=400", 0.4), ("slow.response;bps=500", 0.4)):
        began = time.monotonic()
        assert accepted(struck.national(message(clinic, patient), fault))
        assert time.monotonic() - began >= least_s


def test_a_truncated_reply_is_a_beginning_of_it(struck, clinic, patient):
    sent = message(clinic, patient)
    got = b""
    headers = {"X-Sandbox-World": struck.box.world, "X-Sandbox-Fault": "truncate.response;bytes=9"}
    url = f"{struck.box.url}/fsi/api/2201"
    with struck.box.session.post(url, json=sent, headers=headers, timeout=60, stream=True) as reply:
        assert int(reply.headers["Content-Length"]) > 100
        got = reply.raw.read1(100)
    assert b'{"infcode'.startswith(got)


def test_a_request_that_was_dropped_arrives_late(struck, clinic, patient):
    sent = message(clinic, patient)

    assert struck.national(sent, "late.delivery;s=60") == "broken"
    assert struck.state(sent) == "NEVER_SEEN"
    struck.advance(61)
    struck.settled(sent)
    assert struck.national(sent).headers["X-Sandbox-Replay"] == "1"


def test_a_wrong_clock_stands_in_the_reply_and_nowhere_else(struck, clinic, patient):
    before = struck.box.ask("GET", "/clock")

    told = struck.national(message(clinic, patient), "clock.skew;s=31536000").json()
    right = struck.national(message(clinic, patient)).json()

    assert int(told["respond_time"][:4]) == int(right["respond_time"][:4]) + 1
    assert struck.box.ask("GET", "/clock") == before
