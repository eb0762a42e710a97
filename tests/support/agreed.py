"""Every reply that a test sees is held to its contract: in process and over a socket, of every service.

What sends requests here is `requests`, so one place sees them all: `Session.send`. What no contract
covers passes, and so does what a test has stubbed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest
import requests

from yibaobox.app import agreement
from yibaobox.app.agreement import Exchange

# A test that puts something else in the place of a service says so by the marker.
MARKER = "foreign_replies"
FAULT = "X-Sandbox-Fault"
seen: dict[str, int] = {}


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker."""
    config.addinivalue_line("markers", f"{MARKER}: replies come from something else than the services")


def exchange(request: requests.PreparedRequest, reply: requests.Response) -> Exchange:
    """Return a request and its reply as the contracts judge them; a body that was streamed in is not known."""
    asked = request.body
    return Exchange(
        method=str(request.method),
        path=unquote(str(request.path_url).partition("?")[0]),
        asked=asked.encode() if isinstance(asked, str) else asked if isinstance(asked, bytes) else b"",
        status=reply.status_code,
        media_type=reply.headers.get("Content-Type", "").partition(";")[0],
        body=reply.content,
    )


def check(told: Exchange) -> None:
    """Fail when a reply, or a request that was accepted, is not what the contract says."""
    where = f"{told.method} {told.path}"
    wrong = agreement.wrong(told)
    assert wrong is None, f"{where} answers: {wrong}\n{told.body[:500]!r}"
    operation = agreement.find(told)
    if operation is None:
        return
    seen[operation.service] = seen.get(operation.service, 0) + 1
    if told.status < 300 and b'"infcode":-1' not in told.body:
        took = operation.took(told)
        assert took is None, f"{where} took: {took}\n{told.asked[:500]!r}"


@pytest.fixture(autouse=True)
def replies_are_as_agreed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Look at every reply of the test; also one that a thread got fails the test, at its end."""
    sent = requests.Session.send
    found: list[AssertionError] = []

    def send(session: requests.Session, asked: requests.PreparedRequest, **more: Any) -> requests.Response:
        reply = sent(session, asked, **more)
        if more.get("stream") or FAULT in asked.headers:
            return reply  # read by whoever asked for it, piece by piece; or spoilt because the test asked for it
        try:
            check(exchange(reply.request, reply))
        except AssertionError as wrong:
            found.append(wrong)
        return reply

    if request.node.get_closest_marker(MARKER) is None:
        monkeypatch.setattr(requests.Session, "send", send)
    yield
    if found:
        raise found[0]
