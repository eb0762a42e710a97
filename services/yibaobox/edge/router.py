"""The door of the process: from an address to a service, from a request to a world, and a row in the journal for each.

The router is a WSGI application over WSGI applications. It knows nothing of what services do; it runs a request again
when the database gave up before its commit, and names every request with a trace.
"""

import contextlib
import io
import logging
import random
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final

from werkzeug.wrappers import Response

from yibaobox.domain import clock, faults
from yibaobox.domain.errors import LedgerBroken, PayloadTooLarge, Refusal
from yibaobox.domain.faults import UnknownFault
from yibaobox.domain.store import Conflict, Occupied, OutcomeUnknown, Outdated, PlaceGone
from yibaobox.edge import choice, claims, context, envelope, faulting, logs, masks, near_miss, problems, strikes
from yibaobox.edge.dispatch import Direct
from yibaobox.edge.guard import OPEN, Guard
from yibaobox.edge.journal import Body, Entry, Journal
from yibaobox.edge.refusals import Busy, NoSuchRoute, OutcomeOpen

if TYPE_CHECKING:
    from yibaobox.domain.store import Store, World, Worlds

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

CONTROL: Final = "control"
SETTLEMENT: Final = "settlement"
# The longest prefix that fits decides. One that ends in a slash means what lies below it, any other just that address.
PREFIXES: Final[Mapping[str, str]] = {
    "/fsi/": SETTLEMENT,
    "/mbs-fsi/": SETTLEMENT,
    "/portal/": "portal",
    "/tax/": "tax",
    "/ec/": "credential",
    "/localcfc/": "credential",
    "/api/mipuserquery/": "credential",
    "/v3/": "gateways",
    "/gateway.do": "gateways",
    "/downloadBillFile.resource": "gateways",
    "/bank/": "gateways",
    "/campus/": "gateways",
    "/kiosk/": "gateways",
    "/sns/": "gateways",
    "/cgi-bin/": "gateways",
    "/wxa/": "gateways",
    "/org/local/api/hos/": "mobile",
    "/hospital/": "hospital",
    "/_sandbox/": CONTROL,
    "/": "console",
    "/console/": "console",
}
_DECIDING: Final = max(map(len, PREFIXES)) + 1  # characters of an address that tell its service
TRIES: Final = 5
_PAUSE_MS: Final = 15
_BODY_MAX: Final = 64 << 20
_SAFE: Final = ("GET", "HEAD", "OPTIONS")
_MISSES: Final = (404, 405)
_MISS_CODES: Final = ("UNSUPPORTED_TRANSACTION", "NOT_FOUND", "INVALID_INPUT")
_MISS_BODY: Final = 1 << 16
_JOURNAL_ROUTE: Final = "/_sandbox/v1/requests"
_HEADERS: Final = (
    "CONTENT_TYPE",
    "HTTP_ACCEPT",
    "HTTP_USER_AGENT",
    "HTTP__API_NAME",
    "HTTP__API_VERSION",
    "HTTP_X_SANDBOX_FAULT",
    "HTTP_X_SANDBOX_WORLD",
)
_log: Final = logs.logger()
_traces: Final = random.Random()  # noqa: S311 - a trace is no secret; it is seeded by the system, once a process


@dataclass
class _Call:
    """One request on its way through."""

    environ: Environ
    target: choice.Target
    body: bytes
    trace: str
    service: str = ""
    world: "World | None" = None
    broken: bool = False
    drawn: bool = False
    scene: faulting.Scene | None = None
    began_us: int = field(default_factory=clock.elapsed_us)
    rec_at_us: int = field(default_factory=clock.wall_us)


def _whole(_: "World") -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the router asks of others: are a world's books out of balance, what do faults do, what is due now.

    `pump` does a world's due work before a request, where no ticker does it.
    """

    is_broken: Callable[["World"], bool] = _whole
    effects: Mapping[str, faulting.Effect] = field(default_factory=lambda: strikes.EFFECTS)
    pump: Callable[["World"], None] | None = None


class Router:
    """All services of one process."""

    def __init__(
        self,
        worlds: "Worlds",
        services: Mapping[str, Wsgi],
        *,
        guard: Guard | None = None,
        journal: Journal | None = None,
        only: frozenset[str] | None = None,
        hooks: Hooks | None = None,
    ) -> None:
        self._worlds = worlds
        self._services = dict(services)
        self._guard = guard or Guard()
        self.journal = journal or Journal()
        self._operations: tuple[near_miss.Operation, ...] | None = None
        self._only = only
        self._hooks = hooks or Hooks()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        call = _received(environ)
        try:
            reply = self._answer(call)
        except Refusal as refusal:
            reply = _refused(call, refusal)
        except Occupied:
            raise  # nothing was done; a server has it run by a thread
        except faulting.Dropped as dropped:
            self._record(call, Response(status=0, headers={problems.CODE_HEADER: str(dropped)}))
            raise
        except Exception as error:  # noqa: BLE001 - the last net: a bug of ours is told without its inside
            _log.error("unexpected", trace=call.trace, **logs.frames(error))
            reply = problems.of_surprise(call.trace)
        reply.headers["X-Sandbox-Trace"] = call.trace
        self._hint(call, reply)
        self._record(call, reply)
        return reply(environ, start_response)

    def claim(self, environ: Environ) -> "Store | None":
        """Reserve the world of a brief request for this thread; return its store, which a server releases.

        Nothing where others may have to be waited for, Occupied where one has.
        """
        service = self._services.get(SETTLEMENT)
        if self._hooks.pump is not None or not isinstance(service, Direct) or not service.is_brief(environ):
            return None
        world = claims.claim(environ, self._worlds)
        return None if world is None else world.store

    def _hint(self, call: _Call, reply: Response) -> None:
        """Tell a request that found no operation which comes closest; cold, for it only happens to a mistake."""
        if reply.status_code not in _MISSES and problems.code_of(reply) not in _MISS_CODES:
            return
        if self._operations is None:
            self._operations = near_miss.operations(self._services)
        found = near_miss.find(
            self._operations, str(call.environ["REQUEST_METHOD"]), call.target.path, call.body[:_MISS_BODY]
        )
        if found is not None:
            call.environ[context.NOTE]["near_miss"] = found.shown()
            reply.headers.setdefault(envelope.HINT_HEADER, found.hint())

    def close(self) -> None:
        """Write the journal's rest and close the services that can be closed."""
        self.journal.close()
        for service in self._services.values():
            getattr(service, "close", lambda: None)()

    def _answer(self, call: _Call) -> Response:
        self._admit(call)
        for attempt in range(TRIES):
            call.environ[context.NOTE]["again"] = attempt > 0 or context.EARLIER in call.environ
            try:
                return self._run(call)
            except Outdated:
                call.drawn = call.scene is not None  # that no fault is armed was believed, too
            except Conflict:
                context.leave(call.environ)
                # Without chance in the pause, those who collided would collide again.
                time.sleep((1 + secrets.randbelow(_PAUSE_MS)) * (attempt + 1) / 1000)
            except PlaceGone:
                self._forget(call)  # removed or replaced by another process: look it up afresh
                context.leave(call.environ)
            except OutcomeUnknown:
                if call.service != SETTLEMENT:
                    raise OutcomeOpen("数据库连接在提交时中断，结果未知，请先查询") from None
                # A national transaction looks up its msgid before it does anything: running it again is the query.
        raise Busy("数据库繁忙，请稍后重试")

    def _admit(self, call: _Call) -> None:
        """Find the service that is asked, and refuse who may not drive the sandbox."""
        if len(call.body) > _BODY_MAX:
            raise PayloadTooLarge("请求体过大")
        call.service = self._route(call)
        if call.service == CONTROL:
            self._guard.check(call.environ, call.target.path)
            if call.environ["REQUEST_METHOD"] not in _SAFE:
                self.journal.flush()  # what came before a reset, a restore or a new time belongs before it

    def _route(self, call: _Call) -> str:
        service = _service(call.target.path[:_DECIDING])
        if service not in self._services:
            raise NoSuchRoute("没有这个地址")
        allowed = call.environ.get(context.SERVICES) or self._only
        if allowed and service not in allowed and service != CONTROL:
            raise NoSuchRoute("本端口不提供这项服务")
        return service

    def _run(self, call: _Call) -> Response:
        claimed = call.environ.get(context.WORLD)
        call.world = claimed or choice.choose(call.environ, call.target, call.body, self._worlds)
        call.broken = self._hooks.is_broken(call.world)
        if call.broken and call.service not in (CONTROL, SETTLEMENT) and call.environ["REQUEST_METHOD"] not in _SAFE:
            raise LedgerBroken("账目不平，沙盒世界已转为只读")
        if self._hooks.pump is not None:
            self._hooks.pump(call.world)
        with call.world.store.believing() if call.service == SETTLEMENT else contextlib.nullcontext():
            if not call.drawn and (call.service != CONTROL or call.target.path.startswith(faulting.PAYERS)):
                call.scene, call.drawn = self._scene(call, call.world), True
            if call.scene is None:
                return self._served(call, call.world)
            return self._struck(call.scene, call.world)

    def _served(self, call: _Call, world: "World") -> Response:
        service, environ = self._services[call.service], self._inner(call, world)
        if isinstance(service, Direct):
            return service.reply(environ)
        return Response.from_app(service, environ, buffered=True)

    def _scene(self, call: _Call, world: "World") -> faulting.Scene | None:
        """Draw the fault of a request, if any."""
        drawn = faulting.draw(world, call.environ, call.target.path, call.body, call.trace)
        if drawn is None:
            return None
        strike, facts = drawn
        return faulting.Scene(world, call.environ, facts, call.body, strike, partial(self._served, call), self)

    def _struck(self, scene: faulting.Scene, world: "World") -> Response:
        """Let a fault have its effect; one whose point was not reached did not fire."""
        scene.world, strike = world, scene.strike
        reply = self._hooks.effects.get(strike.kind.name, faulting.Scene.served)(scene)
        if strike.kind.position == faults.WITHIN and not strike.used:
            scene.missed()
        return reply

    def _inner(self, call: _Call, world: "World") -> Environ:
        environ = call.environ.copy()
        environ["PATH_INFO"] = call.target.path.encode("utf-8", "surrogateescape").decode("latin-1")
        if call.target.world:
            environ["SCRIPT_NAME"] = f"/w/{call.target.world}"
        environ["wsgi.input"] = io.BytesIO(call.body)
        environ["wsgi.input_terminated"] = True
        environ["CONTENT_LENGTH"] = str(len(call.body))
        environ[context.WORLD] = world
        environ[context.BROKEN] = call.broken
        environ[context.TRACE] = call.trace
        environ[context.TARGET] = call.target.raw
        environ[context.JOURNAL] = self.journal
        environ[context.NOTE] = call.environ[context.NOTE]
        return environ

    def _witness(self, call: _Call) -> "World | None":
        """Return whose journal shows a request that was turned away at the door: the world it names, else `default`."""
        with contextlib.suppress(Exception):
            return choice.choose(call.environ, call.target, call.body, self._worlds)
        with contextlib.suppress(Exception):
            return self._worlds.get(choice.DEFAULT)
        return None

    def _forget(self, call: _Call) -> None:
        call.environ.pop(context.WORLD, None)
        if call.world is not None:
            self._worlds.forget(call.world.name)

    def _record(self, call: _Call, reply: Response) -> None:
        took_us = clock.elapsed_us() - call.began_us
        note = call.environ[context.NOTE]
        path, code = call.target.path, problems.code_of(reply)
        op = str(note.get("op") or call.service or "-")
        if logs.tells(logging.INFO):
            _tell(call, op, reply, code, took_us)
        if path == OPEN or path.startswith(_JOURNAL_ROUTE):
            return  # a probe, or the journal looking at itself
        world = call.world or self._witness(call)
        if world is None:
            return
        data = b"" if reply.is_streamed else reply.get_data()
        entry = Entry(
            world=world,
            rec_at_us=call.rec_at_us,
            trace=call.trace,
            op=op,
            method=call.environ["REQUEST_METHOD"],
            path=path,
            query=call.environ.get("QUERY_STRING", ""),
            headers={name: _text(value) for name in _HEADERS if (value := call.environ.get(name))},
            request=Body.of(call.body, call.environ.get("CONTENT_TYPE", "")),
            status=reply.status_code,
            code=code,
            duration_us=took_us,
            reply=Body.of(data, reply.headers.get("Content-Type", "")),
            person=note.get("person"),
            tree=note.get("tree"),
            told=note.get("told"),
            why=note.get("why") or {},
            near_miss=note.get("near_miss"),
        )
        kept = call.environ.get(context.KEPT)
        if kept is None:
            self.journal.add(entry)
        else:
            kept.append(partial(self.journal.add, entry))


@lru_cache(maxsize=1024)
def _service(path: str) -> str:
    """Return the service that an address which begins so belongs to."""
    fitting = [
        prefix for prefix in PREFIXES if path == prefix or (prefix[-1] == "/" != prefix and path.startswith(prefix))
    ]
    return PREFIXES[max(fitting, key=len)] if fitting else ""


def _tell(call: _Call, op: str, reply: Response, code: str | None, took_us: int) -> None:
    """Write the request's line to the log."""
    _log.info(
        "request",
        trace=call.trace,
        world=call.world.name if call.world else None,
        op=op,
        method=call.environ["REQUEST_METHOD"],
        path=masks.path(call.target.path),
        status=reply.status_code,
        code=code,
        ms=took_us // 1000,
    )


def _received(environ: Environ) -> _Call:
    path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "surrogateescape") or "/"
    query = environ.get("QUERY_STRING", "")
    raw = environ.get("RAW_URI") or environ.get("REQUEST_URI") or (f"{path}?{query}" if query else path)
    if not raw.startswith("/"):
        raw = "/" + raw.partition("://")[2].partition("/")[2]  # absolute form, of proxies and of in-process clients
    environ[context.RAW_TARGET] = raw
    environ[context.NOTE] = {}
    trace = f"{_traces.getrandbits(64):016x}"
    environ[context.TRACE] = trace
    return _Call(environ, choice.split(path, raw), _body(environ), trace)


def _text(value: str) -> str:
    """Return a header as text: WSGI hands its bytes over as Latin-1."""
    return value if value.isascii() else value.encode("latin-1", "replace").decode("utf-8", "replace")


def _body(environ: Environ) -> bytes:
    """Read the body once: a request may have to be run again."""
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        return bytes(stream.read(_BODY_MAX + 1))
    length = environ.get("CONTENT_LENGTH") or "0"
    return bytes(stream.read(min(int(length), _BODY_MAX + 1))) if length.isdigit() else b""


def _refused(call: _Call, refusal: Refusal) -> Response:
    """Answer in the language of the service that was asked; what is wrong with a fault, in the sandbox's own."""
    service = PREFIXES.get(call.target.path[: call.target.path.find("/", 1) + 1])
    if service == SETTLEMENT and not isinstance(refusal, UnknownFault):
        return envelope.of_refusal(refusal, envelope.numbered("", int(call.trace[:8], 16)))
    return problems.of_refusal(refusal, call.trace)
