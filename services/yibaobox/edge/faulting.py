"""Faults on the way through the router: which one strikes this request, and how a connection is dropped."""

import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import faults
from yibaobox.domain.errors import InvalidInput
from yibaobox.edge import context
from yibaobox.edge.envelope import INFNO

if TYPE_CHECKING:
    from yibaobox.domain.store import World

HEADER: Final = "HTTP_X_SANDBOX_FAULT"
_ENVELOPE: Final = {"infno": "infno", "msgid": "msgid", "fixmedins_code": "fixmedins"}


class Dropped(ConnectionResetError):
    """The connection is torn down without a reply; the server, or the adapter in process, carries it out."""


class TimedOut(Dropped):
    """The client in process has waited as long as it is willing to; in no time."""


def wait(environ: Mapping[str, Any], ms: int) -> None:
    """Let the client wait; one in process spends no time, and gets TimedOut when it is not that patient."""
    waited = environ.get(context.WAIT)
    if waited is not None:
        waited(ms)
    else:
        time.sleep(ms / 1000)


def draw(world: "World", environ: Mapping[str, Any], path: str, body: bytes, trace: str) -> str | None:
    """Return the fault that strikes a request: the header's, else the first rule's that fires; each is logged."""
    asked = environ.get(HEADER)
    if asked is not None:
        name = str(asked).encode("latin-1", "replace").decode("utf-8", "replace")
        return _by_header(world, name, _facts(environ, path, body), trace)
    with world.read() as tx:
        if not faults.any_armed(tx):
            return None
    with world.write() as tx:
        rule = faults.take(tx, _facts(environ, path, body), trace)
    return rule.name if rule else None


def strike(name: str | None, position: str) -> None:
    """Drop the connection when the fault strikes at this position."""
    if name is not None and faults.kind(name).position == position:
        raise Dropped(name)


def _by_header(world: "World", asked: str, facts: Mapping[str, str], trace: str) -> str:
    name, *parameters = asked.split(";")
    if any(parameter.strip() for parameter in parameters):
        raise InvalidInput(f"故障 {name[:40]} 没有参数")
    name = faults.kind(name.strip()).name
    with world.write() as tx:
        faults.log(tx, name, facts, trace)
    return name


def _facts(environ: Mapping[str, Any], path: str, body: bytes) -> dict[str, str]:
    """Return what a rule may match: address and method, and what the national envelope says of itself."""
    facts = {"path": path, "method": str(environ["REQUEST_METHOD"])}
    try:
        told = json.loads(body) if body[:1] == b"{" else None
    except (ValueError, RecursionError):
        told = None
    if isinstance(told, dict):
        facts |= {fact: told[name] for name, fact in _ENVELOPE.items() if isinstance(told.get(name), str)}
        psn_no = _psn_no(told.get("input"))
        if psn_no is not None:
            facts["psn"] = psn_no
    last = path.rsplit("/", 1)[-1]
    if "infno" not in facts and INFNO.fullmatch(last):
        facts["infno"] = last
    return facts


def _psn_no(node: Any) -> str | None:
    """Return the psn_no that stands in the input or one storey below."""
    if not isinstance(node, dict):
        return None
    for each in (node, *node.values()):
        first = each[0] if isinstance(each, list) and each else each
        if isinstance(first, dict) and isinstance(first.get("psn_no"), str):
            return str(first["psn_no"])
    return None
