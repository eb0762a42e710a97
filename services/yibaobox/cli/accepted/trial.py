"""Try the operations of the contracts at a running sandbox: one accepted request each, and what each has to refuse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, unquote

import requests

from yibaobox.app.agreement import Exchange, Operation
from yibaobox.cli.accepted.stage import Request, Stage
from yibaobox.cli.stories.caller import LostReply, Unexpected

_JSON: Final = {"Content-Type": "application/json"}
_SUCCESS: Final = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one request came to; `wrong` says what is not as agreed."""

    service: str
    operation: str
    tried: str
    status: int
    wrong: str | None


def outcomes(stage: Stage, operation: Operation, prepare: Any) -> Iterator[Outcome]:
    """Yield what the requests to an operation come to."""
    try:
        request: Request = prepare(stage)
    except (Unexpected, LostReply, LookupError, AssertionError) as failed:
        yield Outcome(operation.service, operation.name, "prepare", 0, f"{type(failed).__name__}: {failed}")
        return
    for tried, status, changed in _refused(operation, request):
        yield _outcome(operation, tried, _sent(stage, operation, changed), status)
    yield _outcome(operation, "accepted", _sent(stage, operation, request), None)


def needs_session(operation: Operation) -> bool:
    """Tell whether an operation asks for a bearer token at every sandbox."""
    asked = operation.spec.get("security", [])
    return bool(asked) and {} not in asked


def sent(stage: Stage, operation: Operation, request: Request) -> requests.Response:
    """Send a request to an operation."""
    path = operation.path
    for name, value in request.path.items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
    more: dict[str, Any] = request.content | {"params": request.query, "headers": dict(request.headers)}
    return stage.caller.send(operation.method.upper(), path, **more)


def exchange(reply: requests.Response) -> Exchange:
    """Return a reply as the contracts judge it."""
    asked = reply.request.body or b""
    return Exchange(
        str(reply.request.method),
        unquote(str(reply.request.path_url).partition("?")[0]),
        asked.encode() if isinstance(asked, str) else bytes(asked),
        reply.status_code,
        reply.headers.get("Content-Type", "").partition(";")[0],
        reply.content,
    )


def _sent(stage: Stage, operation: Operation, request: Request) -> Exchange | str:
    try:
        return exchange(sent(stage, operation, request))
    except LostReply as lost:
        return f"no reply: {lost}"


def _outcome(operation: Operation, tried: str, found: Exchange | str, status: int | None) -> Outcome:
    if isinstance(found, str):
        return Outcome(operation.service, operation.name, tried, 0, found)
    wrong = operation.wrong(found)
    if wrong is None and status is not None and found.status != status:
        wrong = f"status {found.status}, not {status}"
    if wrong is None and status is None:
        wrong = _not_accepted(found) or operation.took(found)
    return Outcome(operation.service, operation.name, tried, found.status, wrong)


def _not_accepted(found: Exchange) -> str | None:
    refused = found.status // 100 != _SUCCESS or b'"infcode":-1' in found.body
    return f"not accepted: {found.status} {found.body[:300].decode(errors='replace')}" if refused else None


def _refused(operation: Operation, request: Request) -> Iterator[tuple[str, int, Request]]:
    """Yield requests that have to be refused, each with its status."""
    if operation.service == "settlement":
        return
    headers = dict(request.headers)
    yield "another world", 404, _changed(request, headers={**headers, "X-Sandbox-World": "nobody-made-it"})
    if needs_session(operation):
        without = {name: value for name, value in headers.items() if name != "Authorization"}
        yield "nobody", 401, _changed(request, headers=without)
    if isinstance(request.body, dict):
        more = {**request.body, "nobody_asked": 1}
        if not operation.allows(json.dumps(more).encode()):
            yield "an unknown key", 422, _changed(request, body=more)
        yield "half a body", 400, _changed(request, body=b'{"half":', headers=headers | _JSON)
        yield "another form", 415, _changed(request, body=b"half", headers=headers | {"Content-Type": "text/plain"})
    if any(part["in"] == "query" for part in operation.spec.get("parameters", ())):
        yield "an unknown parameter", 422, _changed(request, query={**request.query, "nobody_asked": "1"})


def _changed(request: Request, **parts: Any) -> Request:
    known = {name: getattr(request, name) for name in Request.__dataclass_fields__}
    return Request(**(known | parts))
