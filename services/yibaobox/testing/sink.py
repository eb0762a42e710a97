"""A receiver of call-backs that a test can read: what came, whether its signature holds, what it says in plain."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from yibaobox.testing import alipay_notice, wechat_notice

if TYPE_CHECKING:
    from yibaobox.testing.box import Box

_TURN_S: Final = 0.02
_FORM: Final = "application/x-www-form-urlencoded"
_LINES: Final = {200: "200 OK", 204: "204 No Content", 401: "401 Unauthorized", 500: "500 Internal Server Error"}


@dataclass(frozen=True, slots=True)
class Received:
    """A call-back; `verified` is None when it carries no signature that we know, `plain` what it says when it holds."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    verified: bool | None = None
    plain: Any = None

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


class WebhookSink:
    """Takes call-backs at `url`; answers as their senders expect it, or what it was told to.

    200, and 401 to a signature that does not hold; Alipay looks at the body alone, `success` or `failure`.
    """

    def __init__(self, box: Box) -> None:
        self.url = ""
        self._box = box
        self._received: list[Received] = []
        self._answer: tuple[int, bytes] | None = None
        self._came = threading.Condition()

    @property
    def received(self) -> list[Received]:
        """What has come so far, oldest first; what is due is delivered before."""
        self._box.events.deliver()
        with self._came:
            return list(self._received)

    def answer_with(self, status: int, body: bytes = b"") -> None:
        """Answer so from now on, whatever comes."""
        self._answer = (status, body)

    def wait(self, count: int = 1, timeout: float = 10) -> list[Received]:
        """Return what has come once it is so many; AssertionError when it is not within so many seconds."""
        deadline = time.monotonic() + timeout
        while len(found := self.received) < count:
            left = deadline - time.monotonic()
            assert left > 0, f"{len(found)} call-backs came, {count} were awaited"
            with self._came:
                self._came.wait(min(left, _TURN_S))
        return found

    def clear(self) -> None:
        """Forget what came."""
        with self._came:
            self._received.clear()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Take one call-back."""
        taken = self._read(environ)
        with self._came:
            self._received.append(taken)
            self._came.notify_all()
        status, body = self._answer or _answered(taken)
        start_response(_LINES.get(status, f"{status} Answer"), [("Content-Length", str(len(body)))])
        return [body]

    def _read(self, environ: dict[str, Any]) -> Received:
        length = environ.get("CONTENT_LENGTH") or "0"
        body = environ["wsgi.input"].read(int(length)) if length.isdigit() else b""
        headers = {name[5:].replace("_", "-").title(): value for name, value in environ.items() if name[:5] == "HTTP_"}
        if environ.get("CONTENT_TYPE"):
            headers["Content-Type"] = environ["CONTENT_TYPE"]
        verified, plain = None, None
        if "Wechatpay-Signature" in headers:
            verified, plain = wechat_notice.read(headers, body, self._box.credentials["wechat"])
        elif headers.get("Content-Type", "").startswith(_FORM):
            verified, plain = alipay_notice.read(body, self._box.credentials["alipay"])
        return Received(environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/"), headers, body, verified, plain)


def _answered(taken: Received) -> tuple[int, bytes]:
    if taken.headers.get("Content-Type", "").startswith(_FORM):
        return 200, b"failure" if taken.verified is False else b"success"
    return 401 if taken.verified is False else 200, b""
