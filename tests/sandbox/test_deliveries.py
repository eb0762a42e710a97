"""Events go out after their cause, to receivers that may be called, and are tried again."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from boxes import local
from yibaobox.app import Settings, create_app
from yibaobox.domain import outbox
from yibaobox.sandbox import deliver
from yibaobox.sandbox.deliver import Courier, Receivers


class Receiver(ThreadingHTTPServer):
    """Answers as told and remembers what it got."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.got, self.status, self.body, self.delay = [], 200, b"ok", 0
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/notify"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, body, dict(self.headers)))
        time.sleep(self.server.delay)
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def sandbox():
    return create_app(Settings(ticker=False))


@pytest.fixture
def world(sandbox):
    return sandbox.worlds.get("default")


def stage(world, url, topic="order:1", schedule=(60, 60)):
    with world.write() as tx:
        return outbox.stage(
            tx, topic=topic, cause="test", url=url, headers={"X-Mark": "1"}, body='{"中":1}', schedule=schedule
        )


def events(app):
    return local(app).get("/_sandbox/v1/events").json()["items"]


def test_an_event_arrives_whole_and_is_delivered(sandbox, world, receiver):
    stage(world, receiver.url)

    assert sandbox.installation.courier.deliver(world) == 1

    ((path, body, headers),) = receiver.got
    assert (path, body.decode(), headers["X-Mark"]) == ("/notify", '{"中":1}', "1")
    (event,) = events(sandbox)
    assert (event["state"], [each["status"] for each in event["deliveries"]]) == ("delivered", [200])
    assert sandbox.installation.courier.deliver(world) == 0


@pytest.mark.parametrize("status", [302, 400, 500])
def test_an_answer_that_is_no_success_leaves_the_event_pending(sandbox, world, receiver, status):
    receiver.status = status
    stage(world, receiver.url)

    sandbox.installation.courier.deliver(world)

    (event,) = events(sandbox)
    assert (event["state"], event["attempts"], len(receiver.got)) == ("pending", 1, 1)


def test_a_pending_event_goes_out_again_when_its_time_has_come(sandbox, world, receiver):
    receiver.status = 500
    stage(world, receiver.url)
    sandbox.installation.courier.deliver(world)
    receiver.status = 204

    local(sandbox).ask("POST", "/clock/advance", {"by": "PT2M"})

    assert [(event["state"], event["attempts"]) for event in events(sandbox)] == [("delivered", 2)]


def test_an_event_whose_tries_are_used_up_is_exhausted(sandbox, world):
    stage(world, "http://127.0.0.1:9/", schedule=())

    sandbox.installation.courier.deliver(world)

    (event,) = events(sandbox)
    assert event["state"] == "exhausted"
    assert event["deliveries"][0]["error"] == "ConnectionError"


def test_the_second_of_an_order_waits_for_the_first(sandbox, world, receiver):
    receiver.status = 500
    stage(world, receiver.url)
    stage(world, receiver.url)

    sandbox.installation.courier.deliver(world)

    assert [(event["version"], event["attempts"]) for event in events(sandbox)] == [(2, 0), (1, 1)]


def test_an_event_is_sent_again_on_demand(sandbox, world, receiver):
    event_id = stage(world, receiver.url)
    sandbox.installation.courier.deliver(world)

    told = local(sandbox).ask("POST", f"/events/{event_id}/resend")

    assert (told["state"], len(receiver.got)) == ("delivered", 2)
    assert local(sandbox).refusal("POST", "/events/999/resend") == (404, "NOT_FOUND")


def test_a_receiver_may_say_yes_in_its_own_words(world, receiver):
    courier = Courier(accepts={"alipay": lambda status, body: status == 200 and body == b"success"})
    stage(world, receiver.url, "alipay:1")
    courier.deliver(world)
    receiver.body = b"success"

    assert courier.resend(world, 1) == "delivered"
    with world.read() as tx:
        attempts = outbox.listed(tx)[0]["deliveries"]
    assert [each["accepted"] for each in attempts] == [False, True]


def test_a_slow_receiver_keeps_nobody_waiting(world, receiver, monkeypatch):
    monkeypatch.setattr(deliver, "TOTAL_S", 1)
    monkeypatch.setattr(deliver, "CONNECT_S", 0.5)
    receiver.delay = 5
    stage(world, receiver.url)
    began = time.monotonic()

    Courier().deliver(world)

    assert time.monotonic() - began < 3
    with world.read() as tx:
        assert outbox.listed(tx)[0]["state"] == "pending"


@pytest.mark.parametrize(
    ("url", "loopback", "allowed", "may"),
    [
        ("http://127.0.0.1:9000/x", True, "", True),
        ("http://[::1]:9000/x", True, "", True),
        ("https://localhost/x", True, "", True),
        ("http://127.0.0.1:9000/x", False, "", False),
        ("http://127.0.0.1:9000/x", False, "127.0.0.1:9000", True),
        ("http://127.0.0.1:9001/x", False, "127.0.0.1:9000", False),
        ("http://his.example/x", True, "", False),
        ("http://his.example/x", True, "his.example, other.example", True),
        ("http://localhost.evil.example/x", True, "", False),
        ("http://127.0.0.1.nip.io/x", True, "", False),
        ("http://169.254.169.254/latest", True, "", False),
        ("http://user:pass@127.0.0.1/x", True, "", False),
        ("file:///etc/passwd", True, "*", False),
        ("http://[bad/x", True, "*", False),
        ("https://any.example/x", False, "*", True),
    ],
)
def test_only_receivers_that_may_be_called_are_called(url, loopback, allowed, may):
    assert (Receivers.of(allowed, loopback=loopback).why_not(url) is None) is may


def test_a_receiver_elsewhere_is_not_called_and_the_event_says_why(sandbox, world):
    stage(world, "http://his.example/notify")

    sandbox.installation.courier.deliver(world)

    (event,) = events(sandbox)
    assert "YIBAOBOX_CALLBACK_ALLOW" in event["deliveries"][0]["error"]
