"""Contenders that are servers: requests of one kind, whole visits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from loadtests.bench import client, hosts, visits


@dataclass
class Requests:
    """Requests of one kind to one server, made anew for each turn."""

    host: hosts.Host
    make: Callable[[], list[bytes]]
    ok: bytes = b""
    wires: int = 4
    lag_s: float = 0.5
    waiting: list[bytes] = field(default_factory=list)

    def prepare(self) -> None:
        """Encode the requests."""
        self.waiting = self.make()

    def run(self) -> int:
        """Send them."""
        return len(client.closed(self.host.address, self.waiting, self.wires, self.ok))

    def cpu_s(self) -> float:
        """The server's."""
        return self.host.cpu_s()


@dataclass
class Visits:
    """Whole visits; the unit is one visit of five messages."""

    window: visits.Window
    count: int
    lag_s: float = 0.5
    waiting: list[dict[str, bytes]] = field(default_factory=list)

    def prepare(self) -> None:
        """Encode the messages."""
        self.waiting = self.window.visits(self.count)

    def run(self) -> int:
        """Play them."""
        return self.window.play(self.waiting)

    def cpu_s(self) -> float:
        """The server's."""
        return self.window.host.cpu_s()
