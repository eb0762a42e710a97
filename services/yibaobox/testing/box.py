"""One world of a sandbox in the hands of a test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from yibaobox.testing.control import Clock, Control, Events, Faults, People, Requests, Snapshot

if TYPE_CHECKING:
    from yibaobox.testing.tls import Loopback
    from yibaobox.testing.wire import Line

REGION: Final = "510400"
SEED: Final = 42

Fault = str | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a test wants of its world: a region or several, where its clock stands, its seed, its people, its faults."""

    region: str | Sequence[str] | None = None
    at: str | None = None
    seed: int = SEED
    fault: Fault | Sequence[Fault] | None = None
    population: int = 0

    def body(self) -> dict[str, Any]:
        """Return what the control route asks."""
        asked: dict[str, Any] = {"seed": self.seed, "population": self.population}
        regions = self.regions()
        if regions is not None:
            asked["regions"] = regions
        return asked if self.at is None else asked | {"at": self.at}

    def first_region(self) -> str:
        """Return where people live unless a test says otherwise."""
        regions = self.regions()
        return regions[0] if regions else REGION

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults to arm."""
        given = self.fault
        several = [] if given is None else [given] if isinstance(given, str | Mapping) else given
        return [{"name": each} if isinstance(each, str) else dict(each) for each in several]

    def regions(self) -> list[str] | None:
        """Return the pooling areas of the world; None stands for all of them."""
        return [self.region] if isinstance(self.region, str) else None if self.region is None else list(self.region)


class Box:
    """A world: its address, its clock, people, faults, events and requests. It is a test's own and goes with it."""

    def __init__(self, line: Line, region: str = REGION, token: str | None = None) -> None:
        self.line = line
        self.control = Control(line, token)
        self._region = region
        self._numbers = count(1)

    @property
    def url(self) -> str:
        """Where the application under test finds the sandbox; the address alone leads to this world."""
        return self.line.url

    @property
    def world(self) -> str:
        """The world's name."""
        return self.line.world

    @cached_property
    def credentials(self) -> dict[str, Any]:
        """Every key and name that a client of this world needs."""
        return dict(self.control("GET", "/credentials"))

    @cached_property
    def clock(self) -> Clock:
        """The world's clock."""
        return Clock(self.control, self.line)

    @cached_property
    def people(self) -> People:
        """The world's people."""
        return People(self.control, self._region)

    @cached_property
    def faults(self) -> Faults:
        """What goes wrong on purpose."""
        return Faults(self.control)

    @cached_property
    def events(self) -> Events:
        """Notifications to the outside."""
        return Events(self.control, self.line)

    @cached_property
    def requests(self) -> Requests:
        """The journal of requests."""
        return Requests(self.control)

    def snapshot(self, name: str | None = None) -> Snapshot:
        """Copy the world aside."""
        name = name or f"s{next(self._numbers)}"
        self.control("POST", "/snapshots", {"name": name})
        return Snapshot(self.control, name)

    def reset(self) -> None:
        """Take the world back to its seed."""
        self.control("POST", f"/worlds/{self.world}/reset")

    def explain(self, setl_id: str) -> dict[str, Any]:
        """Return the split of a settlement step by step, with the source of each figure."""
        return dict(self.control("GET", f"/settlements/{setl_id}/explain"))

    def audit(self) -> dict[str, Any]:
        """Return what the books show when they are recomputed from raw entries."""
        return dict(self.control("GET", "/audit"))

    def mount(self, origin: str, app: Any) -> None:
        """Let call-backs to an origin (`https://shop.example`) go to a WSGI application of this process."""
        self.line.mount(origin, app)

    def httpx_transport(self) -> Any:
        """Return a transport for httpx.Client and httpx.AsyncClient that leads here, whatever host is asked."""
        from yibaobox.testing.by_httpx import transport  # noqa: PLC0415 - httpx may be missing

        return transport(self.line)

    def tls(self) -> Loopback:
        """Return a loopback server that speaks TLS under the vendors' names, for clients that cannot be intercepted."""
        from yibaobox.testing.tls import Loopback  # noqa: PLC0415 - few need it

        return Loopback(self)


@contextmanager
def lent(line: Line, wanted: Wanted, token: str | None = None) -> Iterator[Box]:
    """Lend the box of a line, as it is wanted, and answer its hosts meanwhile; the line is closed afterwards."""
    from yibaobox.testing.switchboard import SWITCHBOARD  # noqa: PLC0415 - it knows boxes

    box = Box(line, wanted.first_region(), token)
    try:
        for fault in wanted.faults():
            box.faults.arm(**fault)
        with SWITCHBOARD.connected(line):
            yield box
    finally:
        line.close()
