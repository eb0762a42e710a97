"""The pytest plugin: fixtures, a marker, an option, and a section in the report of a failure.

Every pytest run of a machine loads this module, so it loads nothing else until a test asks.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from yibaobox.testing.box import Box, Wanted
    from yibaobox.testing.far import Server
    from yibaobox.testing.sink import WebhookSink

_BOX: Final = pytest.StashKey["Box"]()
_INPROC, _LIVE = "inproc", "live"
_MARKER: Final = "yibaobox(region=, at=, seed=, fault=, population=): the world that the fixture `yibaobox` lends"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --yibaobox."""
    group = parser.getgroup("yibaobox", "a sandbox of China's medical insurance systems")
    group.addoption(
        "--yibaobox",
        metavar="inproc|live|URL",
        default=_INPROC,
        help="where the fixture `yibaobox` finds its sandbox: in process (default), on a server started for the run, "
        "or at the address of a running one",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker; refuse an option that says nothing."""
    config.addinivalue_line("markers", _MARKER)
    where = config.getoption("--yibaobox")
    if where not in (_INPROC, _LIVE) and not where.startswith(("http://", "https://")):
        raise pytest.UsageError(f"--yibaobox is inproc, live or the URL of a sandbox, not {where!r}")


@pytest.fixture(scope="session")
def yibaobox_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A sandbox on a real socket, one for the run: `.url`, and `.box(...)` lends a world of it."""
    from yibaobox.testing import far  # noqa: PLC0415 - see above

    where = request.config.getoption("--yibaobox")
    if where not in (_INPROC, _LIVE):
        yield far.Server(where, token=os.environ.get("YIBAOBOX_CONTROL_TOKEN") or None)
        return
    with far.started() as server:
        yield server


@pytest.fixture
def yibaobox(request: pytest.FixtureRequest) -> Iterator[Box]:
    """A fresh world: `.url .clock .people .faults .events .requests .snapshot() .explain() .audit()`."""
    wanted = _wanted(request)
    if request.config.getoption("--yibaobox") == _INPROC:
        from yibaobox.testing import box, near  # noqa: PLC0415 - see above

        block = box.lent(near.Near(wanted), wanted)
    else:
        block = request.getfixturevalue("yibaobox_server").lent(wanted)
    with block as made:
        request.node.stash[_BOX] = made
        yield made
        del request.node.stash[_BOX]


@pytest.fixture
def webhook_sink(yibaobox: Box) -> Iterator[WebhookSink]:
    """A receiver of call-backs: `.url` for the sandbox to call, `.received`, `.wait(n)`, `.answer_with(status)`."""
    from yibaobox.testing import sinks  # noqa: PLC0415 - see above

    with sinks.opened(yibaobox) as sink:
        yield sink


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Tell a failed test what its sandbox saw."""
    report = yield
    box = item.stash.get(_BOX, None)
    if box is not None and report.failed:
        from yibaobox.testing.report import section  # noqa: PLC0415 - see above

        report.sections.append(("yibaobox", section(box)))
    return report


def _wanted(request: pytest.FixtureRequest) -> Wanted:
    """Read the markers of a test, of its class and of its module; the closest decides."""
    from yibaobox.testing.box import Wanted  # noqa: PLC0415 - see above

    wrong = pytest.UsageError(f"{request.node.nodeid}: the marker knows {_MARKER.partition(':')[0]}")
    given: dict[str, Any] = {}
    for marker in request.node.iter_markers("yibaobox"):
        if marker.args:
            raise wrong
        given = marker.kwargs | given
    try:
        return Wanted(**given)
    except TypeError:
        raise wrong from None
