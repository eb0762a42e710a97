"""Stays and sales as their software sends them: 2401, 2301 (twenty rows), 2402, 2303, 2304; and 2102 with ten rows."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from loadtests.bench import client, visits
from yibaobox.cli.stories import ward

PHARMACY: Final = "P51040000001"
STEPS: Final = ("2401", "2301", "2402", "2303", "2304")
ROWS: Final = 20
_YUAN: Final = "100.00"


@dataclass
class Stays:
    """Whole stays; the unit is one stay of five messages."""

    window: visits.Window
    count: int
    lag_s: float = 0.3
    waiting: list[dict[str, bytes]] = field(default_factory=list)

    def prepare(self) -> None:
        """Encode the messages; nobody lies twice in one turn."""
        assert self.count <= len(self.window.people), "a person is in one hospital at a time"
        self.waiting = [steps(self.window, person) for person in self.window.people[: self.count]]

    def run(self) -> int:
        """Play them."""
        return play(self.window, self.waiting)

    def cpu_s(self) -> float:
        """The server's."""
        return self.window.host.cpu_s()


def steps(window: visits.Window, person: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the five messages of a stay; the later ones carry a mark where its number belongs."""
    mark, at = visits.MARK, window.now
    rows = [ward.charge(person, mark, str(place), _YUAN, at) for place in range(1, ROWS + 1)]
    bill = ward.payment(person, mark, f"{ROWS * 100}.00")
    bodies = {
        "2401": ward.admission(person, at, window.numbered("ZY")),
        "2301": {"feedetail": rows},
        "2402": ward.discharge(person, mark, at),
        "2303": bill,
        "2304": bill,
    }
    return {infno: window.request(infno, bodies[infno]) for infno in STEPS}


def play(window: visits.Window, stays: Sequence[dict[str, bytes]], wires: int = 4) -> int:
    """Play whole stays and return how many."""
    left = iter(stays)

    async def work(wire: client.Wire) -> None:
        for stay in left:
            number = await visits.begun(wire, stay["2401"])
            for infno in STEPS[1:]:
                await visits.asked(wire, visits.numbered(stay[infno], number))

    asyncio.run(client.shared(window.host.address, wires, work))
    return len(stays)


def sales(window: visits.Window, count: int) -> list[bytes]:
    """Return the 2102 of some sales, the people in turn."""
    turns = itertools.islice(itertools.cycle(window.people), count)
    return [window.request("2102", _sale(window, person), PHARMACY) for person in turns]


def _sale(window: visits.Window, person: Mapping[str, Any]) -> dict[str, Any]:
    rows = [ward.pack(str(place), yuan, window.now) for place, yuan in enumerate(visits.PARTS, 1)]
    return ward.sale(person, rows, visits.TOTAL, window.now)
