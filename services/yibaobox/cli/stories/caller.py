"""Speak HTTP to one world of a sandbox, as any client would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import requests

CONTROL: Final = "/_sandbox/v1"
_PATIENCE_S: Final = 60
_REFUSED: Final = 400


class Unexpected(Exception):
    """An answer of another kind than the story tells of."""

    def __init__(self, wanted: str, found: str) -> None:
        super().__init__(f"{wanted} / {found}")
        self.wanted = wanted
        self.found = found


class LostReply(Exception):
    """The connection was torn down before the reply arrived: what became of the request is not known."""


class Caller:
    """A client of one world. The session may lead to a server or to an application in the same process."""

    def __init__(self, url: str, world: str, session: requests.Session | None = None) -> None:
        self.url = url.rstrip("/")
        self.world = world
        self._session = session or requests.Session()
        self._session.trust_env = False

    @property
    def session(self) -> requests.Session:
        """What carries its requests, for a client of another world."""
        return self._session

    def send(self, method: str, path: str, **more: Any) -> requests.Response:
        """Send a request and return whatever is answered; LostReply when nothing is."""
        headers = {"X-Sandbox-World": self.world} | more.pop("headers", {})
        try:
            return self._session.request(method, self.url + path, headers=headers, timeout=_PATIENCE_S, **more)
        except (requests.ConnectionError, ConnectionResetError) as error:
            raise LostReply(f"{method} {path}") from error

    def ask(self, method: str, path: str, body: Any = None, token: str | None = None, **more: Any) -> Any:
        """Return the JSON of a success; anything else is unexpected."""
        reply = self.send(method, path, json=body, headers=bearer(token), **more)
        if reply.status_code >= _REFUSED:
            raise Unexpected(f"{method} {path} 成功", f"{reply.status_code} {told(reply)}")
        return reply.json() if reply.content else {}

    def refused(self, method: str, path: str, body: Any = None, token: str | None = None) -> dict[str, Any]:
        """Return the problem of a refusal; a success is unexpected."""
        reply = self.send(method, path, json=body, headers=bearer(token))
        if reply.status_code < _REFUSED:
            raise Unexpected(f"{method} {path} 被拒绝", f"{reply.status_code} {reply.text}")
        problem: dict[str, Any] = reply.json()
        return problem

    def control(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Use a control route (`/people`) and return its JSON."""
        return self.ask(method, CONTROL + path, body, params=query)

    def person(self, **wanted: Any) -> dict[str, Any]:
        """Make a synthetic person for a story."""
        made: dict[str, Any] = self.control("POST", "/people", wanted)
        return made

    def account_fen(self, person: Mapping[str, Any]) -> int:
        """Return what a person's own account holds."""
        return int(self.control("GET", f"/people/{person['psn_no']}")["account_fen"])


def bearer(token: str | None) -> dict[str, str]:
    """Return the header of a session."""
    return {} if token is None else {"Authorization": f"Bearer {token}"}


def told(reply: requests.Response) -> str:
    """Return what a refusal says, or its first words when it is no problem document."""
    try:
        problem = reply.json()
    except ValueError:
        problem = None
    if isinstance(problem, dict) and "detail" in problem:
        return f"{problem.get('code')}：{problem['detail']}"
    return reply.text[:200]
