"""ASGI in front, WSGI behind, the whole body in between.

granian's own WSGI mode gives a thread to a request as soon as its headers are there; a few slow bodies then starve
everyone. Here the event loop gathers the body, and a thread is taken only when there is work to do. Reply bodies are
gathered too, so that a slow reader holds memory (a temporary file beyond 8 MiB), never a thread.

An application may have a method `claim`, which reserves what a request needs when it is brief and waits for nobody;
such a request is run by the event loop itself, and its reply is sent once what it wrote is committed (`commits`). Where
`claim` notes instead that who waits can give way (`context.GIVES_WAY`), the event loop runs several requests in turns.

What a method `relief` gives is run after such a reply was sent ("passing"), and again when for a moment nobody asks
("idle"), or in turns with other requests ("turns").
"""

import asyncio
import copy
import io
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_to_bytes

from yibaobox.domain.store import Occupied
from yibaobox.edge import context
from yibaobox.edge.faulting import Silent
from yibaobox.server.commits import Commits, Reserved
from yibaobox.server.config import ServerConfig, Wsgi
from yibaobox.server.replies import (
    Receive,
    Reply,
    Scope,
    Send,
    gathered,
    problem,
    send_faulty,
    send_reply,
    starter,
)

if TYPE_CHECKING:
    from yibaobox.domain.store.flow import Flows

MEMORY_BUDGET: Final = 256 << 20
_PAUSES_S: Final = (0.0005, 0.001, 0.002, 0.004, 0.008)  # in which a world that is occupied may become free
_IDLE_S: Final = 0.002
_FLOWS: Final = 4  # at a time: each takes a connection, and more of them are in each other's way in the database
_NO_PREFIX: Final = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
_PROTOCOL: Final = {"1": "HTTP/1.0", "1.1": "HTTP/1.1", "2": "HTTP/2"}


class _Refused(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _Gone(Exception):
    """The request ended before it was complete: the client left, or its body cannot be read on."""


class Gauge:
    """Counts of the event loop's thread: requests being run, bytes held."""

    def __init__(self) -> None:
        self.running = 0
        self.held = 0


class Adapter:
    """One listener's ASGI application over the process's one WSGI application."""

    def __init__(self, app: Wsgi, config: ServerConfig, pool: ThreadPoolExecutor) -> None:
        self._app = app
        self._claim: Callable[[dict[str, Any]], Reserved | None] | None = getattr(app, "claim", None)
        self._commits = Commits()
        self._turns = asyncio.Semaphore(_FLOWS)
        self._flows: Flows | None = None
        self._relief: Callable[[str], Callable[[], bool] | None] = getattr(app, "relief", lambda _: None)
        self._relieving: asyncio.Task[None] | None = None  # in turns with requests
        self._answered = 0  # requests, by the event loop itself
        self._passing = False
        self._resting = False
        self._config = config
        self._pool = pool
        self.gauge = Gauge()
        self.services: frozenset[str] | None = None

    def answering(self, services: frozenset[str] | None) -> "Adapter":
        """Return the same adapter for a listener that serves only some services."""
        twin = copy.copy(self)
        twin.services = services
        return twin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        try:
            body = await self._receive(scope, receive)
        except _Refused as refused:
            await send_reply(problem(refused.status), send)
            return
        except _Gone:
            await send_reply(problem(400), send)  # unless the client has left, its body broke off: chunks that are none
            return
        try:
            await self._answer(scope, body, receive, send)
        finally:
            self.gauge.held -= len(body)

    async def _answer(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        self.gauge.running += 1
        try:
            environ = _environ(scope, body, self.services, multiprocess=self._config.workers > 1)
            mine = environ.copy()
            place = await self._reserved(mine)
            here = reply = None
            if place is not None:
                here = reply = await self._at_once(environ, mine, place)
            elif mine.get(context.GIVES_WAY):
                here = reply = await self._in_turns(environ, mine)
            if reply is None:
                reply = await asyncio.get_running_loop().run_in_executor(self._pool, self._run, environ)
            if isinstance(reply, Reply) and not reply.line:
                with reply.body:
                    await send_reply(reply, send)
                if here is not None:
                    self._answered += 1
                    self._pass_soon()
                return
        finally:
            self.gauge.running -= 1
        await send_faulty(reply, scope, receive, send)  # neither a thread nor the end of the process waits for it

    def _pass_soon(self) -> None:
        if not self._passing:
            self._passing = True
            asyncio.get_running_loop().call_soon(self._pass)  # when the other replies of one commit are sent, too

    def _pass(self) -> None:
        self._passing = False
        if self._flows is not None:
            self._relieve_in_turns(self._flows)
            return
        if not self._commits.waiting:
            self._relieve("passing")
        self._rest_soon()

    def _relieve(self, moment: str) -> bool:
        work = self._relief(moment)
        return work is not None and work()

    def _relieve_in_turns(self, flows: "Flows") -> None:
        work = self._relief("turns") if self._relieving is None else None
        if work is not None:
            self._relieving = asyncio.get_running_loop().create_task(self._relieved(flows, work))

    async def _relieved(self, flows: "Flows", work: Callable[[], bool]) -> None:
        self.gauge.running += 1  # the end of the process waits for it
        try:
            await flows.run(work)
        finally:
            self.gauge.running -= 1
            self._relieving = None

    def _rest_soon(self) -> None:
        if not self._resting:
            self._resting = True
            asyncio.get_running_loop().call_later(_IDLE_S, self._rest, self._answered)

    def _rest(self, answered: int) -> None:
        """Use a moment in which nothing was answered, and the next one as long as there is something to do."""
        self._resting = False
        if self._answered != answered or self._commits.waiting or self._relieve("idle"):
            self._rest_soon()

    async def _receive(self, scope: Scope, receive: Receive) -> bytes:
        announced = self._announced(scope)
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._config.body_timeout_s):
                more = True
                while more and size != announced:  # asking where it ends would take as long as a part of it
                    part, more = _part(await receive())
                    parts.append(part)
                    size += len(part)
                    self._hold(len(part), size)
        except TimeoutError:
            self.gauge.held -= size
            raise _Refused(408) from None
        except BaseException:
            self.gauge.held -= size
            raise
        return b"".join(parts)

    def _announced(self, scope: Scope) -> int | None:
        """Return how long the body will be (HTTP/1), nothing where it comes in chunks; refuse one that is too long."""
        length = 0
        for name, value in scope["headers"]:
            if name == b"transfer-encoding":
                return None
            if name == b"content-length":
                if not value.isdigit() or int(value) > self._config.body_limit:
                    raise _Refused(413)
                length = int(value)
        return length

    def _hold(self, more: int, size: int) -> None:
        self.gauge.held += more
        if size > self._config.body_limit:
            raise _Refused(413)
        if self.gauge.held > MEMORY_BUDGET:
            raise _Refused(503)

    async def _at_once(self, environ: dict[str, Any], mine: dict[str, Any], place: Reserved) -> Reply | int | None:
        """Run a request that waits for nobody here: handing it to a thread and back would cost as much again.

        Return nothing when it is to be run by a thread after all; it has then had no effect.
        """
        try:
            self._commits.turn_to(place)
            reply = self._run(mine)
        except BaseException as error:
            place.release()
            if not isinstance(error, Occupied):
                raise
        else:
            if await self._commits.kept(place):
                for follow in mine.get(context.KEPT, ()):
                    follow()
                return reply
        _rewind(environ)
        return None

    async def _in_turns(self, environ: dict[str, Any], mine: dict[str, Any]) -> Reply | int | None:
        """Run a request that gives way to others while it waits, as `_at_once` does one that waits for nobody."""
        if self._flows is None:
            from yibaobox.domain.store.flow import Flows  # noqa: PLC0415 - of the extra that brings PostgreSQL's driver

            self._flows = Flows()
        async with self._turns:
            try:
                return await self._flows.run(partial(self._run, mine))
            except Occupied:
                pass
        _rewind(environ)
        environ[context.EARLIER] = mine.get(context.NOTE, {})
        return None

    async def _reserved(self, environ: dict[str, Any]) -> Reserved | None:
        if self._claim is None:
            return None
        for pause_s in _PAUSES_S:
            try:
                return self._claim(environ)
            except Occupied:
                await asyncio.sleep(pause_s)  # one in a thread would be in the way of the next, and so on
        return None

    def _run(self, environ: dict[str, Any]) -> Reply | int:
        """Run the application in a thread of the pool; its own failure is an answer.

        A fault may ask for none: then the connection is dropped after so many seconds.
        """
        reply = Reply(line=environ[context.LINE])
        chunks: Iterable[bytes] = ()
        try:
            chunks = self._app(environ, starter(reply))
            reply.body = gathered(chunks)
        except Occupied:
            raise
        except ConnectionResetError as dropped:
            return dropped.seconds if isinstance(dropped, Silent) else 0
        except Exception as error:  # noqa: BLE001 - the last line of defence; only the type is told, messages may hold data
            print(f"wsgi: {type(error).__name__}", file=sys.stderr)  # noqa: T201
            return problem(500)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        return reply


def _rewind(environ: dict[str, Any]) -> None:
    """Take back what a run has read and noted for its reply: there will be another one."""
    environ["wsgi.input"].seek(0)
    environ[context.LINE].clear()


def _part(message: dict[str, Any]) -> tuple[bytes, bool]:
    if message["type"] == "http.disconnect":
        raise _Gone
    return message.get("body", b""), message.get("more_body", False)


def _environ(scope: Scope, body: bytes, services: frozenset[str] | None, *, multiprocess: bool) -> dict[str, Any]:
    raw_path: bytes = scope["raw_path"]
    query: bytes = scope["query_string"]
    target = (raw_path + (b"?" + query if query else b"")).decode("latin-1")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(raw_path).decode("latin-1"),
        "QUERY_STRING": query.decode("latin-1"),
        "RAW_URI": target,
        "REQUEST_URI": target,
        "SERVER_NAME": scope["server"][0],
        "SERVER_PORT": str(scope["server"][1]),
        "REMOTE_ADDR": scope["client"][0],
        "REMOTE_PORT": str(scope["client"][1]),
        "SERVER_PROTOCOL": _PROTOCOL.get(scope["http_version"], "HTTP/1.1"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": multiprocess,
        "wsgi.run_once": False,
        "yibaobox.services": services,
        context.LINE: {},
    }
    _headers(scope["headers"], environ)
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ


@lru_cache(maxsize=512)
def _variable(name: bytes) -> str:
    """Return the name that a header has in WSGI's environment."""
    text = name.decode("latin-1").lower()
    return _NO_PREFIX.get(text) or "HTTP_" + text.upper().replace("-", "_")


def _headers(pairs: Iterable[tuple[bytes, bytes]], environ: dict[str, Any]) -> None:
    """Copy the headers, those with underscores too: the national gateway's own are spelled `_api_name`."""
    for raw_name, raw_value in pairs:
        key = _variable(raw_name)
        value = raw_value.decode("latin-1")
        if key in environ and key.startswith("HTTP_"):
            value = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
        environ[key] = value
    environ.pop("HTTP_TRANSFER_ENCODING", None)  # the body stands here whole
