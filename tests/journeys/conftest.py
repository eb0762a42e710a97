"""What journeys walk through, in three ways: in process, over a socket of this process, and in another process.

In process is what users of the plugin have: plain `requests`, answered without a port. That of another process is
one that `yibaobox up` started, on each database. All journeys go all ways; those that are long are left to `make long`.
"""

import contextlib

import pytest
import requests

from boxes import DATABASES, Box, own_world
from yibaobox.app import Settings, create_app
from yibaobox.cli.stories import Caller
from yibaobox.cli.stories.telling import AT
from yibaobox.testing import mock_yibao
from yibaobox.testing.loopback import LoopbackServer

IN_PROCESS, LIVE = "in process", "live"
REGIONS = ["510400", "511700"]


def caller_of(box: Box) -> Caller:
    """The client that stories speak through, in the world of a box."""
    return Caller(box.url, box.world, box.session)


@contextlib.contextmanager
def in_process():
    """A world in this process, as the plugin lends it."""
    with mock_yibao(region=REGIONS) as made, requests.Session() as session:
        yield Box(made.url, session, made.world)
        assert made.audit()["violations"] == []


@contextlib.contextmanager
def live():
    """A world of a sandbox that listens in this process, with its ticker."""
    app = create_app(Settings())
    with LoopbackServer(app) as server, own_world(Box(f"http://127.0.0.1:{server.port}", requests.Session())) as made:
        yield made
    app.close()


@contextlib.contextmanager
def walked(way, request):
    """A world of its own, reached in one of the ways."""
    if way in (IN_PROCESS, LIVE):
        with {IN_PROCESS: in_process, LIVE: live}[way]() as made:
            yield made
        return
    with own_world(request.getfixturevalue("serve")(way).box()) as made:
        yield made


@pytest.fixture(params=(IN_PROCESS, LIVE, *DATABASES))
def caller(request):
    """A world, reached in each of the ways."""
    with walked(request.param, request) as made:
        yield caller_of(made)


@pytest.fixture
def caller_in_process():
    """A world in process, for what is the same in each of the ways."""
    with in_process() as made:
        yield caller_of(made)


@pytest.fixture(params=(IN_PROCESS, pytest.param(LIVE, marks=pytest.mark.long), *DATABASES))
def town(request):
    """A world, reached in each of the ways, with its clock stopped."""
    with walked(request.param, request) as made:
        made.ask("PUT", "/clock", {"mode": "frozen", "at": AT})
        yield made
