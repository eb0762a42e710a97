"""Sandboxes for tests: in process, and started as a user starts them, on SQLite and on PostgreSQL.

Every test's teardown audits the books: of each application that was made in this process, of each world a box used, and
of every world of a started server before it ends. A test that breaks books on purpose says so, by the marker
`broken_books`.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter
from werkzeug.test import Client as WsgiClient

from yibaobox.app import Application, Settings, create_app
from yibaobox.domain.store import World
from yibaobox.sandbox.audit import audit
from yibaobox.testing import near

START_S = 60
END_S = 5.0
DATABASES = ("sqlite", "postgresql")
KEPT: list[Application] = []  # applications that outlive a test; their fixture audits them


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker."""
    config.addinivalue_line("markers", "broken_books: breaks books on purpose, so they are not audited afterwards")


Serve = Callable[[str], "Server"]


class Box:
    """One world of one sandbox, and a client of it. Paths are full (`/_sandbox/v1/people`); `ask` takes short ones."""

    def __init__(self, url: str, session: requests.Session, world: str = "default") -> None:
        self.url = url
        self.world = world
        self.session = session

    def request(self, method: str, path: str, **more: Any) -> requests.Response:
        """Send a request to this world, unless it names another."""
        headers = {"X-Sandbox-World": self.world} | more.pop("headers", {})
        return self.session.request(method, self.url + path, headers=headers, timeout=60, **more)

    def get(self, path: str, **more: Any) -> requests.Response:
        """GET."""
        return self.request("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> requests.Response:
        """POST a body as JSON."""
        return self.request("POST", path, json=body, **more)

    def put(self, path: str, body: Any = None, **more: Any) -> requests.Response:
        """PUT a body as JSON."""
        return self.request("PUT", path, json=body, **more)

    def delete(self, path: str, **more: Any) -> requests.Response:
        """DELETE."""
        return self.request("DELETE", path, **more)

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Use a control route (`/people`) and return its JSON; whatever is no success fails the test."""
        reply = self.request(method, f"/_sandbox/v1{path}", json=body, params=query)
        assert reply.ok, f"{method} {path}: {reply.status_code} {reply.text}"
        return reply.json() if reply.content else None

    def refusal(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, str]:
        """Use a control route that refuses and return the status and the code of its problem."""
        reply = self.request(method, f"/_sandbox/v1{path}", json=body, **more)
        assert reply.headers["Content-Type"] == "application/problem+json", f"{reply.status_code} {reply.text}"
        problem = reply.json()
        assert problem["detail"], problem
        assert problem["trace"] == reply.headers["X-Sandbox-Trace"]
        return reply.status_code, problem["code"]

    def person(self, **wanted: Any) -> dict[str, Any]:
        """Create a person."""
        made: dict[str, Any] = self.ask("POST", "/people", {"region": "510400", "capacity": "employee"} | wanted)
        return made

    def elsewhere(self, world: str) -> Box:
        """Return the same sandbox in another world."""
        return Box(self.url, self.session, world)

    def violations(self) -> list[dict[str, str]]:
        """Return what the audit finds in this world."""
        found: list[dict[str, str]] = self.ask("GET", "/audit")["violations"]
        return found

    def worlds(self) -> list[str]:
        """Return the names of all worlds."""
        return [world["name"] for world in self.ask("GET", "/worlds")["items"]]


class Server:
    """`yibaobox up` as another process."""

    def __init__(self, folder: Path, *options: str, env: dict[str, str] | None = None) -> None:
        self.folder = folder
        self._options = options
        self._env = {name: value for name, value in os.environ.items() if not name.startswith("YIBAOBOX_")}
        self._env |= {"YIBAOBOX_DATA": str(folder), "PYTHONUNBUFFERED": "1"} | (env or {})
        self.process, self.told = self._start()

    @property
    def url(self) -> str:
        """Where it answers."""
        return str(self.told["url"])

    @property
    def pid(self) -> int:
        """The process that was started."""
        return self.process.pid

    def box(self, world: str = "default") -> Box:
        """Return a client of one world."""
        return Box(self.url, session(), world)

    def stop(self) -> float:
        """Ask it to end and return the seconds that took; a worker or a thread that hangs fails."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(END_S * 3) == 0
        self._drain()
        return time.monotonic() - began

    def kill(self) -> None:
        """End it without a word."""
        self.process.kill()
        self.process.wait()
        self._drain()

    def start_again(self) -> None:
        """Start another process on the same data."""
        self.process, self.told = self._start()

    def audited_stop(self) -> None:
        """Audit every world, then end; what is ended already is left alone."""
        if self.process.poll() is not None:
            self._drain()
            return
        box = self.box()
        try:
            found = {name: box.elsewhere(name).violations() for name in box.worlds()}
        finally:
            self.stop()
        assert not any(found.values()), found

    def _start(self) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
        # With its standard input it ends too, so that a run that is killed leaves no server behind.
        command = [sys.executable, "-m", "yibaobox", "up", "--json", "--port", "0", "--until-eof", *self._options]
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "stderr.txt").open("ab") as complaints:
            pipe = subprocess.PIPE
            process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=complaints, env=self._env)
        assert process.stdout is not None
        readable, _, _ = select.select([process.stdout], [], [], START_S)
        line = process.stdout.readline() if readable else b""
        if not line:
            process.kill()
            process.communicate()
            raise AssertionError((self.folder / "stderr.txt").read_text())
        return process, json.loads(line)

    def _drain(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


class InProcess(BaseAdapter):
    """Lets `requests` talk to a WSGI application without a port."""

    def __init__(self, app: Application) -> None:
        super().__init__()
        self._client = WsgiClient(app, use_cookies=False)

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Answer one request."""
        body = request.body.encode() if isinstance(request.body, str) else request.body
        given = self._client.open(
            request.path_url,
            base_url="http://yibaobox.test",
            method=request.method,
            headers=list(request.headers.items()),
            data=body,
        )
        reply = requests.Response()
        reply.status_code, reply.url, reply.request = given.status_code, str(request.url), request
        reply.headers.update(given.headers)
        reply.raw = io.BytesIO(given.get_data())
        given.close()
        return reply

    def close(self) -> None:
        """Nothing to close."""


def session(app: Application | None = None) -> requests.Session:
    """Return a session, to an application in process when there is one."""
    made = requests.Session()
    made.trust_env = False
    if app is not None:
        made.mount("http://yibaobox.test", InProcess(app))
    return made


def local(app: Application, world: str = "default") -> Box:
    """Return a box on an application of this process."""
    return Box("http://yibaobox.test", session(app), world)


@pytest.fixture(autouse=True)
def books_are_in_order(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Audit every world of every application that the test made, before it is closed or at the end."""
    alive: list[Application] = []
    found: list[Any] = []
    made, closed = Application.__init__, Application.close

    def make(app: Application, *given: Any, **named: Any) -> None:
        made(app, *given, **named)
        alive.append(app)

    def close(app: Application) -> None:
        if app in alive and app not in KEPT:
            alive.remove(app)
            found.extend(app_violations(app))
        closed(app)

    monkeypatch.setattr(Application, "__init__", make)
    monkeypatch.setattr(Application, "close", close)
    yield
    for app in [each for each in alive if each not in KEPT and not near.is_ours(each)]:
        app.close()
    assert request.node.get_closest_marker("broken_books") or not found, found


def app_violations(app: Application) -> list[Any]:
    """Return what the audit finds in all worlds of an application."""
    names = [info.name for info in app.worlds.infos()]
    return [(name, each) for name in names for each in world_violations(app.worlds.get(name))]


def world_violations(world: World) -> list[dict[str, str]]:
    """Return what the audit finds in a world."""
    with world.read() as tx:
        found: list[dict[str, str]] = audit(tx)["violations"]
    return found


@pytest.fixture(scope="session")
def kept_app() -> Iterator[Application]:
    """An application in process, in memory, without a ticker, one for all tests of a worker."""
    made = create_app(Settings(ticker=False))
    KEPT.append(made)
    yield made
    KEPT.remove(made)
    made.close()


@pytest.fixture(scope="module")
def app(kept_app: Application) -> Iterator[Application]:
    """The application in process; its worlds are audited when a module is done, and the next finds it as new."""
    yield kept_app
    found = app_violations(kept_app)
    worlds = kept_app.worlds
    infos = {info.name: info for info in worlds.infos()}
    for name in infos:
        worlds.delete(name)
    worlds.create("default", infos["default"].spec, regions=infos["default"].spec.regions)
    assert found == []


@pytest.fixture
def local_box(app: Application, request: pytest.FixtureRequest) -> Iterator[Box]:
    """A world of its own in an application in process."""
    with own_world(local(app), audited=not request.node.get_closest_marker("broken_books")) as made:
        yield made


def started(kind: str, request: pytest.FixtureRequest, folder: Path, *options: str) -> Server:
    """Start a server on a kind of database."""
    db: Sequence[str] = ()
    if kind == "postgresql":
        db = ("--db", request.getfixturevalue("served_postgres_url"))
    return Server(folder, *db, *options)


@pytest.fixture(scope="session")
def serve(request: pytest.FixtureRequest) -> Serve:
    """Gives the started server of a kind, one for all tests of a worker; its worlds are audited before it ends."""
    return lambda kind: request.getfixturevalue(f"server_on_{kind}")


@pytest.fixture(scope="session")
def server_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The started server on SQLite."""
    made = Server(tmp_path_factory.mktemp("server"), "--population", "14")
    yield made
    made.audited_stop()


@pytest.fixture(scope="session")
def server_on_postgresql(served_postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The started server on PostgreSQL, which ends before its database goes."""
    made = Server(tmp_path_factory.mktemp("server"), "--db", served_postgres_url, "--population", "14")
    yield made
    made.audited_stop()


@contextlib.contextmanager
def own_world(client: Box, *, audited: bool = True) -> Iterator[Box]:
    """Lend a new world of a sandbox, audited and removed afterwards."""
    made = client.elsewhere(client.ask("POST", "/worlds", {"regions": ["510400", "511700"]})["name"])
    yield made
    found = made.violations() if audited else []
    client.ask("DELETE", f"/worlds/{made.world}")
    client.session.close()
    assert found == []


@pytest.fixture(params=DATABASES)
def server(request: pytest.FixtureRequest, serve: Serve) -> Server:
    """The started server, on each database."""
    return serve(request.param)


@pytest.fixture
def box(server: Server, request: pytest.FixtureRequest) -> Iterator[Box]:
    """A world of its own on the started server, on each database."""
    with own_world(server.box(), audited=not request.node.get_closest_marker("broken_books")) as made:
        yield made


@pytest.fixture(params=("in process", *DATABASES))
def any_box(request: pytest.FixtureRequest, serve: Serve) -> Iterator[Box]:
    """A box in process, and a world of its own on the started server, on each database."""
    if request.param == "in process":
        yield request.getfixturevalue("local_box")
        return
    with own_world(serve(request.param).box(), audited=not request.node.get_closest_marker("broken_books")) as made:
        yield made
