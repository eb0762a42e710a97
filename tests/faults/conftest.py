"""A world for the faults of all modules here, on a started server: SQLite, and PostgreSQL with two workers.

Its clock stands, so that what happens later happens when the test says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from boxes import Box, own_world, started
from clinic import Clinic
from striking import Struck

TEN = "2025-11-20T10:00:00+08:00"
OPTIONS = {"sqlite": (), "postgresql": ("--workers", "2")}


@pytest.fixture(scope="package", params=OPTIONS)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """The world."""
    options = ("--population", "0", "--regions", "510400,511700", *OPTIONS[request.param])
    server = started(request.param, request, tmp_path_factory.mktemp("server"), *options)
    with own_world(server.box()) as made:
        made.ask("PUT", "/clock", {"mode": "frozen", "at": TEN})
        yield made
    server.audited_stop()


@pytest.fixture
def struck(place: Box) -> Iterator[Struck]:
    """The world, and what can be said of faults in it; afterwards none is armed."""
    yield Struck(place)
    place.ask("DELETE", "/faults")


@pytest.fixture(scope="package")
def patient(place: Box) -> dict[str, Any]:
    """An employee with an own account."""
    return place.person(enrolled=True, account_fen=1_000_000)


@pytest.fixture
def clinic(place: Box) -> Clinic:
    """A hospital of the patient's region."""
    return Clinic(place)
