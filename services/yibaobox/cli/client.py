"""Talk to a running sandbox over its control routes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Final

import click
import requests

from yibaobox.app.settings import TOKEN

URL: Final = "YIBAOBOX_URL"
WORLD: Final = "YIBAOBOX_WORLD"
DEFAULT_URL: Final = "http://127.0.0.1:8097"
CHECK_FAILED: Final = 1
UNREACHABLE: Final = 3
_PATIENCE_S: Final = (5, 600)
_REFUSED: Final = 400
_CHUNK: Final = 1 << 16


class Unreachable(click.ClickException):
    """Nobody answers as a sandbox would."""

    exit_code = UNREACHABLE


class Refused(click.ClickException):
    """The sandbox said no."""

    exit_code = CHECK_FAILED

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(f"{problem.get('detail')} ({problem.get('code')})")
        self.problem = problem


class Client:
    """The control routes of one sandbox; `world` None leaves the choice to it."""

    def __init__(self, url: str, world: str | None = None) -> None:
        self.url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False
        if world:
            self._session.headers["X-Sandbox-World"] = world
        if os.environ.get(TOKEN):
            self._session.headers["Authorization"] = f"Bearer {os.environ[TOKEN]}"

    def get(self, path: str, **query: Any) -> Any:
        """Return what stands at a route below /_sandbox/v1; a query of None is left out."""
        return self._asked("GET", path, params={name: value for name, value in query.items() if value is not None})

    def post(self, path: str, **body: Any) -> Any:
        """Post a body whose values of None are left out."""
        return self._asked("POST", path, json=_given(body))

    def post_as_is(self, path: str, body: dict[str, Any]) -> Any:
        """Post a body as it is: where null says something."""
        return self._asked("POST", path, json=body)

    def put(self, path: str, **body: Any) -> Any:
        """Put a body whose values of None are left out."""
        return self._asked("PUT", path, json=_given(body))

    def delete(self, path: str) -> Any:
        """Delete what stands at a route."""
        return self._asked("DELETE", path)

    def health(self) -> Any:
        """Return how the sandbox is."""
        return self._asked("GET", "/_sandbox/health")

    def download(self, path: str) -> Iterator[bytes]:
        """Yield the bytes at a route."""
        reply = self._send("GET", path, stream=True)
        yield from reply.iter_content(_CHUNK)

    def upload(self, path: str, data: Any, **query: Any) -> Any:
        """Put JSON lines."""
        headers = {"Content-Type": "application/x-ndjson"}
        return self._asked("PUT", path, data=data, headers=headers, params=query)

    def _asked(self, method: str, path: str, **more: Any) -> Any:
        reply = self._send(method, path, **more)
        try:
            return reply.json() if reply.content else {}
        except ValueError as error:
            raise Unreachable(f"{self.url} does not answer as a sandbox does") from error

    def _send(self, method: str, path: str, **more: Any) -> requests.Response:
        address = self.url + (path if path.startswith("/_sandbox/") else f"/_sandbox/v1{path}")
        try:
            reply = self._session.request(method, address, timeout=_PATIENCE_S, allow_redirects=False, **more)
        except (requests.RequestException, ValueError) as error:
            raise Unreachable(f"no sandbox answers at {self.url}: start one with `yibaobox up`") from error
        if reply.status_code < _REFUSED and "X-Sandbox-Trace" in reply.headers:
            return reply
        if "X-Sandbox-Trace" not in reply.headers:
            raise Unreachable(f"{self.url} is not a sandbox")
        raise Refused(_problem(reply))


def _given(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}


def _problem(reply: requests.Response) -> dict[str, Any]:
    try:
        problem = reply.json()
    except ValueError:
        problem = None
    return problem if isinstance(problem, dict) else {"detail": f"HTTP {reply.status_code}", "code": "REFUSED"}
