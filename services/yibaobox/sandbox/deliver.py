"""Deliver events: over HTTP, after the commit that caused them, never inside a transaction.

Who may be called: receivers on loopback while the sandbox listens on loopback itself, others by the allow-list
(`YIBAOBOX_CALLBACK_ALLOW`, comma separated hosts or host:port, `*` for any). A receiver has two seconds to let us
in and five in all, no redirect is followed, and of its answer 64 KiB are read.
"""

from __future__ import annotations

import ipaddress
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import requests

from yibaobox.domain import clock, faults, outbox
from yibaobox.domain.errors import Conflicting, NotFound

if TYPE_CHECKING:
    from yibaobox.domain.store import Tx, World

CONNECT_S: Final = 2
TOTAL_S: Final = 5
DOWN: Final = "callback.down"
READ_MAX: Final = 64 << 10
_SUCCESS: Final = range(200, 300)

Accepts = Callable[[int, bytes], bool]
Forger = Callable[[Mapping[str, str], str], tuple[Mapping[str, str], str]]
Seal = Callable[["World", Mapping[str, str], str], Mapping[str, str]]
Home = Callable[["World"], str]


def created_session() -> requests.Session:
    """Return a session that goes straight to the receiver, whatever proxies the environment names."""
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))  # one receiver's cookies are no other's
    return session


@dataclass(frozen=True, slots=True)
class Receivers:
    """Who may be called."""

    loopback: bool = True
    allowed: frozenset[str] = frozenset()

    @classmethod
    def of(cls, text: str, *, loopback: bool) -> Receivers:
        """Read the allow-list of the environment."""
        return cls(loopback, frozenset(entry.strip().lower() for entry in text.split(",") if entry.strip()))

    def why_not(self, url: str) -> str | None:
        """Return the reason why a URL may not be called, or nothing."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").rstrip("."), parts.port
        except ValueError:
            return "the URL cannot be read"
        if parts.scheme not in ("http", "https") or not host or parts.username is not None:
            return "only http and https URLs without credentials are called"
        if self.allowed & {"*", host, f"{host}:{port}"} or (self.loopback and _is_loopback(host)):
            return None
        return "the receiver is neither on loopback nor in YIBAOBOX_CALLBACK_ALLOW"


@dataclass(slots=True)
class Outcome:
    """What one attempt came to; until the receiver answers it is late. A fault may say what it comes to."""

    status: int | None = None
    body: bytes = b""
    error: str | None = "no answer within 5 s"
    fault: str | None = None


@dataclass(slots=True)
class Courier:
    """Takes due events of a world to their receivers.

    `accepts` says by topic (the part before the first colon) whether an answer means that the event was taken; any
    other topic takes each status of 2xx for a yes. `seals` gives the headers of an event as it leaves, for a signature
    must be fresh at each attempt. `homes` gives the address of a topic whose events are errands of our own, with an URL
    that is a path. `forgers` give headers and body of an event with a signature that does not hold. Without `threads`
    receivers are called one after another by whoever delivers: in a test the receiver then shares its thread, and with
    it transactions and context.
    """

    session: requests.Session = field(default_factory=created_session)
    receivers: Receivers = field(default_factory=Receivers)
    accepts: Mapping[str, Accepts] = field(default_factory=dict)
    seals: Mapping[str, Seal] = field(default_factory=dict)
    forgers: Mapping[str, Forger] = field(default_factory=dict)
    homes: Mapping[str, Home] = field(default_factory=dict)
    threads: bool = True

    def deliver(self, world: World) -> int:
        """Send what is due, all at once, write down the outcomes and return how many were tried."""
        with world.read() as tx:
            if not outbox.any_due(tx):
                return 0
        with world.write() as tx:
            events = outbox.claim(tx)
        self._send_all(world, events)
        return len(events)

    def resend(self, world: World, event_id: int) -> str:
        """Send one event again, whatever became of it, and return its state."""
        with world.read() as tx:
            event = _event(tx, event_id)
        return self._send_all(world, [event])[0]

    def copy(self, world: World, event_id: int, times: int) -> list[tuple[int, str]]:
        """Send an event so many times more, each as an event of its own; return their numbers and states."""
        with world.write() as tx:
            event = _event(tx, event_id)
            made = [outbox.again(tx, event, "copy") for _ in range(times)]
        return [(each, self.resend(world, each)) for each in made]

    def forge(self, world: World, event_id: int) -> tuple[int, str]:
        """Send an event with a signature that does not hold, as an event of its own; return its number and state."""
        with world.write() as tx:
            event = _event(tx, event_id)
            forger = self.forgers.get(event.topic.partition(":")[0])
            if forger is None:
                raise Conflicting("这种通知没有可以伪造的签名")
            headers, body = forger(event.headers, event.body)
            made = outbox.again(tx, event, "forged", headers=headers, body=body)
        return made, self.resend(world, made)

    def _send_all(self, world: World, events: Sequence[outbox.Event]) -> list[str]:
        outcomes = [Outcome(fault=fault) for fault in _struck(world, events)]
        if self.threads:
            self._send_at_once(world, events, outcomes)
        else:
            for event, outcome in zip(events, outcomes, strict=True):
                self._send(world, event, outcome)
        return [self._record(world, event, outcome) for event, outcome in zip(events, outcomes, strict=True)]

    def _send_at_once(self, world: World, events: Sequence[outbox.Event], outcomes: Sequence[Outcome]) -> None:
        senders = [
            threading.Thread(target=self._send, args=(world, *pair), name="courier", daemon=True)
            for pair in zip(events, outcomes, strict=True)
        ]
        for sender in senders:
            sender.start()
        deadline_us = clock.elapsed_us() + TOTAL_S * 1_000_000
        for sender in senders:
            sender.join(max(0, deadline_us - clock.elapsed_us()) / 1_000_000)

    def _send(self, world: World, event: outbox.Event, outcome: Outcome) -> None:
        url = self._address(world, event)
        refused = self.receivers.why_not(url)
        if refused is not None:
            outcome.error = refused
            return
        if outcome.fault == DOWN:
            outcome.error = "ConnectionError"
            return
        try:
            with self.session.post(
                url,
                data=event.body.encode(),
                headers=self._headers(world, event),
                timeout=(CONNECT_S, TOTAL_S - CONNECT_S),
                allow_redirects=False,
                stream=True,
            ) as reply:
                body = reply.raw.read(READ_MAX, decode_content=True)
                if outcome.fault is None:  # a receiver that a fault makes slow has answered too late
                    outcome.status, outcome.body, outcome.error = reply.status_code, body, None
        except (requests.RequestException, OSError, ValueError) as error:
            outcome.error = type(error).__name__

    def _address(self, world: World, event: outbox.Event) -> str:
        home = self.homes.get(event.topic.partition(":")[0])
        return event.url if home is None else home(world) + event.url

    def _headers(self, world: World, event: outbox.Event) -> Mapping[str, str]:
        seal = self.seals.get(event.topic.partition(":")[0])
        return event.headers if seal is None else seal(world, event.headers, event.body)

    def _record(self, world: World, event: outbox.Event, outcome: Outcome) -> str:
        accepted = outcome.status is not None and self._accepted(event, outcome.status, outcome.body)
        with world.write() as tx:
            return outbox.record(tx, event.event_id, accepted=accepted, status=outcome.status, error=outcome.error)

    def _accepted(self, event: outbox.Event, status: int, body: bytes) -> bool:
        accepts = self.accepts.get(event.topic.partition(":")[0])
        return status in _SUCCESS if accepts is None else accepts(status, body)


def _struck(world: World, events: Sequence[outbox.Event]) -> list[str | None]:
    """Return the fault that strikes each delivery, if any."""
    if not faults.any_armed(world):
        return [None] * len(events)
    with world.write() as tx:
        strikes = [faults.take(tx, _facts(event), f"event:{event.event_id}") for event in events]
    return [None if strike is None else strike.kind.name for strike in strikes]


def _facts(event: outbox.Event) -> dict[str, str]:
    parts = urlsplit(event.url)
    return {"url": event.url, "path": parts.path or "/", "method": "POST", "channel": event.topic.partition(":")[0]}


def _event(tx: Tx, event_id: int) -> outbox.Event:
    row = tx.one(
        "SELECT event_id, topic, version, url, headers, body, attempts FROM outbox WHERE event_id = ?", event_id
    )
    if row is None:
        raise NotFound("没有这个事件")
    number, topic, version, url, headers, body, attempts = row
    return outbox.Event(number, topic, version, url, json.loads(headers), body, attempts)


def _is_loopback(host: str) -> bool:
    """Tell whether a host is this machine by its own word: no name but `localhost` is looked up."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
