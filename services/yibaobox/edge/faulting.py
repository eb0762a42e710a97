"""Faults on the way through the router: which one strikes this request, and what it finds there.

How a fault reaches the client depends on who carries the reply. A server puts a dict under `context.LINE` into the
environ and does what it finds there afterwards: `delay_ms` before the reply, `cut` the body after so many bytes and
drop the connection, `bps` bytes a second. A client in process puts a function under `context.WAIT` that spends no time
and raises TimedOut when it is not that patient. Where there is neither, the thread sleeps. The exceptions are Dropped
(the connection is reset), TimedOut and Silent (nothing is answered for some seconds, then the connection is dropped).
"""

import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import unquote

from werkzeug.wrappers import Response

from yibaobox.domain import credentials, faults, people
from yibaobox.domain.accounts import logins
from yibaobox.domain.billing import orders, sessions
from yibaobox.domain.credentials.activate import applicant, session
from yibaobox.domain.errors import InvalidInput, Refusal
from yibaobox.domain.faults import Strike, UnknownFault, striking
from yibaobox.domain.faults.kinds import Kind, Value
from yibaobox.edge import context
from yibaobox.edge.envelope import INFNO

if TYPE_CHECKING:
    from yibaobox.domain.store import Tx, World

HEADER: Final = "HTTP_X_SANDBOX_FAULT"
ITSELF: Final = "http://itself.yibaobox.internal"  # every service of this process, without a socket
# The control routes that are no control: the payer acts.
PAYERS: Final = ("/_sandbox/v1/wechat/pay/", "/_sandbox/v1/alipay/pay/")
_SIZE_MAX: Final = 1 << 20  # of a body in which facts are looked for
_ENVELOPE: Final = {"infno": "infno", "msgid": "msgid", "fixmedins_code": "fixmedins"}
_ID_KEYS: Final = ("certno", "mdtrt_cert_no", "id_no", "idNo")
CODE_PATHS: Final = ("/ec/v1/decode", "/localcfc/api/hsecfc/localQrCodeQuery")
_RELATIVES_FACE: Final = re.compile(r"/ec/v1/family/([0-9]{1,18})/face", re.ASCII)
AUTH_PATHS: Final = ("/ec/v1/authorisations", "/api/mipuserquery/userQuery/")
_CHANNELS: Final = {"/v3/": "wechat", PAYERS[0]: "wechat", PAYERS[1]: "alipay", "/gateway.do": "alipay"}
_SESSIONS: Final[Mapping[str, Callable[["Tx", str], str]]] = {
    "/portal/": lambda tx, token: logins.session(tx, token).psn_no,
    "/tax/": lambda tx, token: sessions.current(tx, token).psn_no,
    "/ec/": session,
}


class Dropped(ConnectionResetError):
    """The connection is torn down without a reply; the server, or the adapter in process, carries it out."""


class TimedOut(Dropped):
    """The client in process has waited as long as it is willing to; in no time."""


class Silent(Dropped):
    """Nothing is answered for some seconds, then the connection is dropped."""

    def __init__(self, name: str, seconds: int) -> None:
        super().__init__(name)
        self.seconds = seconds


@dataclass
class Scene:
    """A request that is struck: what it is, how it would be served, and what was done to it so far.

    `serve` may be called never, once or twice, with another world if need be. What `once` did is not done again when
    the router runs the request again after a conflict.
    """

    world: "World"
    environ: dict[str, Any]
    facts: Mapping[str, str]
    body: bytes
    strike: Strike
    serve: Callable[["World"], Response]
    router: Callable[..., Iterable[bytes]]
    done: set[str] = field(default_factory=set)

    @property
    def params(self) -> Mapping[str, Any]:
        """The parameters of the fault."""
        return self.strike.params

    def served(self, world: "World | None" = None) -> Response:
        """Serve the request with the strike under way."""
        with striking.under(self.strike):
            return self.serve(world or self.world)

    def once(self, what: str) -> bool:
        """Tell whether this is still to be done, and take it as done."""
        if what in self.done:
            return False
        self.done.add(what)
        return True

    def missed(self) -> None:
        """Say that there was nothing to strike: the fault did not fire."""
        if self.once("missed"):
            with self.world.write() as tx:
                faults.give_back(tx, self.strike)

    def person(self) -> str | None:
        """Return the psn_no that the request is about, where it can be told."""
        with self.world.read() as tx:
            return whose(tx, self.environ, self.facts, told(self.body))


Effect = Callable[[Scene], Response]


def wait(environ: Mapping[str, Any], ms: int) -> None:
    """Let the client wait; one in process spends no time, and gets TimedOut when it is not that patient."""
    waited, line = environ.get(context.WAIT), environ.get(context.LINE)
    if waited is not None:
        waited(ms)
    elif line is not None:
        line["delay_ms"] = line.get("delay_ms", 0) + ms
    else:
        time.sleep(ms / 1000)


def silence(environ: Mapping[str, Any], name: str, seconds: int) -> Dropped:
    """Return the exception of a connection on which nothing comes; a client in process waits in no time."""
    waited = environ.get(context.WAIT)
    if waited is None:
        return Silent(name, seconds)
    waited(seconds * 1000)
    return Dropped(name)


def draw(
    world: "World", environ: Mapping[str, Any], path: str, body: bytes, trace: str
) -> tuple[Strike, dict[str, str]] | None:
    """Return the strike on a request and its facts: the header's, else the first rule's that fires; it is logged."""
    asked = environ.get(HEADER)
    if asked is None and not faults.any_armed(world):
        return None
    context.leave(environ)
    if environ.get(context.UNSTRUCK):
        return None
    document = told(body)
    known = facts_of(environ, path, document)
    if asked is not None:
        named, params = _asked(str(asked), known, inside=bool(environ.get(context.INSIDE)))
        with world.write() as tx:
            return faults.log(tx, named, params, known, trace), known
    with world.write() as tx:
        strike = faults.take(tx, known, trace, lambda tx: whose(tx, environ, known, document))
    return None if strike is None else (strike, known)


def facts_of(environ: Mapping[str, Any], path: str, document: Mapping[str, Any]) -> dict[str, str]:
    """Return what a rule may match: address and method, and what the national envelope says of itself."""
    facts = {"path": path, "method": str(environ["REQUEST_METHOD"])}
    facts |= {fact: str(document[name]) for name, fact in _ENVELOPE.items() if isinstance(document.get(name), str)}
    channel = next((name for prefix, name in _CHANNELS.items() if path.startswith(prefix)), document.get("channel"))
    found = {"psn": _deep(document, ("psn_no",)), "cert": _deep(document, ("mdtrt_cert_type",)), "channel": channel}
    facts |= {name: value for name, value in found.items() if isinstance(value, str) and value}
    if path in CODE_PATHS or path.startswith(AUTH_PATHS):
        facts["cert"] = "01"
    last = path.rsplit("/", 1)[-1]
    if "infno" not in facts and INFNO.fullmatch(last):
        facts["infno"] = last
    return facts


def told(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a body, its `input` read where it is a text; nothing of any other body."""
    try:
        document = json.loads(body) if body[:1] == b"{" and len(body) <= _SIZE_MAX else None
        if isinstance(document, dict) and isinstance(document.get("input"), str):
            document["input"] = json.loads(document["input"])
    except (ValueError, RecursionError):
        document = None
    return document if isinstance(document, dict) else {}


def _at_face(tx: "Tx", path: str, psn_no: str) -> str:
    """Return whose face is checked: a relative's own at their binding, else whoever asks."""
    relative = _RELATIVES_FACE.fullmatch(path)
    return psn_no if relative is None else credentials.members.get(tx, psn_no, int(relative.group(1))).member


def whose(tx: "Tx", environ: Mapping[str, Any], facts: Mapping[str, str], document: Mapping[str, Any]) -> str | None:
    """Return the psn_no of the person that a request is about: named, by identity number, or by what they present."""
    if "psn" in facts:
        return facts["psn"]
    path = facts["path"]
    with suppress(Refusal):
        if path.startswith("/ec/v1/activations/"):
            return applicant(tx, path.split("/")[4])
        if path.startswith(PAYERS):
            return orders.by_trade_no(tx, unquote(path.rpartition("/")[2])).psn_no
        token = str(environ.get("HTTP_AUTHORIZATION", "")).removeprefix("Bearer ").strip()
        reading = next((read for prefix, read in _SESSIONS.items() if path.startswith(prefix)), None)
        if token and reading is not None:
            return _at_face(tx, path, reading(tx, token))
        shown = _deep(document, _ID_KEYS)
        holder = people.find_by_id_no(tx, shown.upper()) if shown else None
        if holder is None and shown and facts.get("cert") == "01":
            return credentials.identify(tx, shown, facts.get("fixmedins", ""))
        return None if holder is None else holder.psn_no
    return None


def _asked(text: str, facts: Mapping[str, str], *, inside: bool) -> tuple[Kind, dict[str, Value]]:
    """Read the header `name;k=v;…`; values may be percent-encoded."""
    name, *pairs = text.encode("latin-1", "replace").decode("utf-8", "replace").split(";")
    hidden = faults.ALL.get(name.strip()) if inside else None
    found = hidden or faults.kind(name.strip())
    if found.control_only:
        raise UnknownFault(f"故障 {found.name} 只能由控制接口设置")
    given = {}
    for pair in pairs:
        key, mark, value = pair.partition("=")
        if not mark:
            raise UnknownFault(f"故障参数须写作 名称=值：{pair[:40]}")
        given[key.strip()] = unquote(value.strip())
    if not found.reach.covers(facts):
        raise InvalidInput(f"故障 {found.name} 不作用于这类请求", reach=found.reach.shown())
    return found, found.read(given)


def _deep(node: Any, names: tuple[str, ...], depth: int = 4) -> str | None:
    """Return the first text under one of the names, at most so many storeys down."""
    if isinstance(node, list):
        node = node[0] if node else None
    if not isinstance(node, dict) or not depth:
        return None
    own = next((node[name] for name in names if isinstance(node.get(name), str) and node[name]), None)
    if own is not None:
        return cast("str", own)
    return next((found for value in node.values() if (found := _deep(value, names, depth - 1))), None)
