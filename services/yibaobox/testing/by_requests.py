"""The way in for `requests`: through `responses`, and beside whatever the user does with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import requests
import responses
from requests.adapters import HTTPAdapter
from requests.exceptions import ChunkedEncodingError
from responses.registries import FirstMatchRegistry

from yibaobox.edge import faulting
from yibaobox.testing.hosts import NotEmulated
from yibaobox.testing.wire import Asked, BrokenOff

if TYPE_CHECKING:
    from yibaobox.testing.switchboard import Switchboard

CALLS_MAX: Final = 1000  # what `responses` remembers of calls; the journal knows more


def install(switchboard: Switchboard) -> Callable[[], None]:
    """Let our hosts be answered, whoever mocks `requests` besides us; return what ends it."""
    ours = responses.RequestsMock(assert_all_requests_are_fired=False, real_adapter_send=HTTPAdapter.send)
    ours.add(_Line(switchboard, ours))
    ours.add_passthru("http")
    find = responses.RequestsMock._find_match  # noqa: SLF001 - the one place where every mock of the user's looks
    responses.RequestsMock._find_match = _finding(find, ours, switchboard)  # type: ignore[method-assign]  # noqa: SLF001
    ours.start()

    def undo() -> None:
        ours.stop()
        responses.RequestsMock._find_match = find  # type: ignore[method-assign]  # noqa: SLF001

    return undo


def _finding(find: Callable[..., Any], ours: responses.RequestsMock, switchboard: Switchboard) -> Callable[..., Any]:
    """Return a search that comes to us when a mock of the user's knows no answer to one of our hosts."""
    line = ours.registered()[0]

    def found(mock: responses.RequestsMock, request: requests.PreparedRequest) -> tuple[Any, list[str]]:
        # A registry in strict order throws its answers away when it is asked for another.
        strict = type(mock.get_registry()) is not FirstMatchRegistry
        if mock is not ours and strict and switchboard.takes(str(request.url)):
            return line, []
        match, reasons = find(mock, request)
        if match is None and mock is not ours and switchboard.takes(str(request.url)):
            return line, []
        return match, reasons

    return found


class _Line(responses.CallbackResponse):
    """Answers whatever the switchboard takes, by any method."""

    def __init__(self, switchboard: Switchboard, mock: responses.RequestsMock) -> None:
        super().__init__("GET", "http://yibaobox.test/", callback=self._answer, content_type=None)
        self._switchboard = switchboard
        self._mock = mock

    def matches(self, request: requests.PreparedRequest) -> tuple[bool, str]:
        """Tell whether a request is ours."""
        return self._switchboard.takes(str(request.url)), "no host of the sandbox"

    def _answer(self, request: Any) -> Any:
        if len(self._mock.calls) > CALLS_MAX:
            self._mock.calls.reset()
            self.calls.reset()
        patience_ms = _patience(request.req_kwargs.get("timeout"))
        asked = Asked(request.method, request.url, list(request.headers.items()), _body(request.body), patience_ms)
        try:
            reply = self._switchboard.answer(asked)
        except faulting.TimedOut as late:
            return requests.ReadTimeout(str(late), request=request)
        except BrokenOff as short:
            return ChunkedEncodingError(short, request=request)
        except (faulting.Dropped, NotEmulated) as reason:
            return requests.ConnectionError(reason, request=request)
        return reply.status, reply.headers, reply.body


def _patience(timeout: Any) -> int | None:
    """Return how long a client waits for a reply, of what it gave `requests`."""
    seconds = timeout[1] if isinstance(timeout, tuple) else getattr(timeout, "read_timeout", timeout)
    return int(seconds * 1000) if isinstance(seconds, int | float) else None


def _body(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    return body if isinstance(body, bytes) else b"".join(body)  # a generator is sent in chunks
