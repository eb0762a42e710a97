"""A request of the journal as something to use elsewhere: a curl command, a test, a HAR file. Masks stay on."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from yibaobox import __version__

_HEADERS: Final = {"CONTENT_TYPE": "Content-Type"}
_UNSENT: Final = ("HTTP_USER_AGENT", "HTTP_ACCEPT", "HTTP_X_SANDBOX_WORLD")


@dataclass(frozen=True, slots=True)
class Where:
    """The sandbox and the world that a copy is sent to."""

    base_url: str
    world: str


def curl(row: Mapping[str, Any], where: Where) -> str:
    """Return a curl command."""
    parts = ["curl", "-sS", "-X", str(row["method"]), shlex.quote(_url(row, where))]
    for name, value in _headers(row, where).items():
        parts += ["-H", shlex.quote(f"{name}: {value}")]
    if row["detail"]["request"]:
        parts += ["--data-raw", shlex.quote(row["detail"]["request"])]
    return " ".join(parts)


def as_test(row: Mapping[str, Any], where: Where) -> str:
    """Return a test for the pytest plugin; it asks for the status that was answered."""
    headers = {name: value for name, value in _headers(row, where).items() if name != "X-Sandbox-World"}
    target = row["path"] + (f"?{row['detail']['query']}" if row["detail"]["query"] else "")
    body = row["detail"]["request"]
    data = f"        data={body!r}.encode(),\n" if body else ""
    return (
        "import requests\n\n\n"
        f"def test_request_{row['id']}(yibaobox):\n"
        "    reply = requests.request(\n"
        f"        {row['method']!r},\n"
        f"        yibaobox.url + {target!r},\n"
        f"        headers={headers!r},\n"
        f"{data}"
        "        timeout=10,\n"
        "    )\n\n"
        f"    assert reply.status_code == {row['status']}\n"
    )


def har(rows: Sequence[Mapping[str, Any]], where: Where) -> dict[str, Any]:
    """Return an HTTP archive, format 1.2, the oldest request first."""
    entries = [_entry(row, where) for row in sorted(rows, key=lambda row: int(row["id"]))]
    return {"log": {"version": "1.2", "creator": {"name": "yibaobox", "version": __version__}, "entries": entries}}


def _entry(row: Mapping[str, Any], where: Where) -> dict[str, Any]:
    ms, detail = row["duration_us"] // 1000, row["detail"]
    query = [pair.partition("=") for pair in detail["query"].split("&") if pair]
    request: dict[str, Any] = {
        "method": row["method"],
        "url": _url(row, where),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(_headers(row, where)),
        "queryString": [{"name": name, "value": value} for name, _, value in query],
        "headersSize": -1,
        "bodySize": len(detail["request"].encode()),
    }
    if detail["request"]:
        request["postData"] = {"mimeType": _media(row), "text": detail["request"]}
    return {
        "startedDateTime": row["recorded_at"],
        "time": ms,
        "request": request,
        "response": _response(row),
        "cache": {},
        "timings": {"send": 0, "wait": ms, "receive": 0},
        "comment": f"{row['op']} {row['code'] or ''} trace {row['trace']}, sandbox time {row['at']}".replace("  ", " "),
    }


def _response(row: Mapping[str, Any]) -> dict[str, Any]:
    text = row["detail"]["response"]
    known = {status.value: status.phrase for status in HTTPStatus}
    return {
        "status": row["status"],
        "statusText": known.get(row["status"], ""),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [],
        "content": {"size": len(text.encode()), "mimeType": "application/json", "text": text},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": len(text.encode()),
    }


def _headers(row: Mapping[str, Any], where: Where) -> dict[str, str]:
    """Return the headers that make the request what it was, in the spelling of the wire."""
    told = {name: value for name, value in row["detail"]["headers"].items() if name not in _UNSENT}
    shown = {_HEADERS.get(name) or _spelled(name.removeprefix("HTTP_")): value for name, value in told.items()}
    return shown | {"X-Sandbox-World": where.world}


def _spelled(name: str) -> str:
    return name.lower() if name.startswith("_") else name.replace("_", "-").title()


def _url(row: Mapping[str, Any], where: Where) -> str:
    return where.base_url + str(row["path"]) + (f"?{row['detail']['query']}" if row["detail"]["query"] else "")


def _pairs(headers: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]


def _media(row: Mapping[str, Any]) -> str:
    return str(row["detail"]["headers"].get("CONTENT_TYPE", "application/octet-stream"))


FORMATS: Final[Mapping[str, Callable[[Mapping[str, Any], Where], Any]]] = {
    "curl": curl,
    "pytest": as_test,
    "har": lambda row, where: har([row], where),
}
