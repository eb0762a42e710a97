"""People, a window, and what they have: in a world whose clock stands at ten o'clock on 20 November 2025."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from boxes import Box
from clinic import Clinic

TEN = "2025-11-20T10:00:00+08:00"


def stopped(box: Box) -> Box:
    """The box with its clock stopped."""
    box.ask("PUT", "/clock", {"mode": "frozen", "at": TEN})
    return box


@pytest.fixture
def world(local_box: Box) -> Box:
    """A world in process."""
    return stopped(local_box)


@pytest.fixture
def any_world(any_box: Box) -> Box:
    """A world in process, and on a started server on each database."""
    return stopped(any_box)


@pytest.fixture
def clinic(world: Box) -> Clinic:
    """The level-3 hospital of Panzhihua, in process."""
    return Clinic(world)


@pytest.fixture
def any_clinic(any_world: Box) -> Clinic:
    """The level-3 hospital of Panzhihua, in process and over a real socket."""
    return Clinic(any_world)


@pytest.fixture
def couple() -> Callable[..., tuple[dict[str, Any], dict[str, Any]]]:
    """Makes an employee with 100.00 and the spouse who shares 1,000.00 with them."""

    def make(box: Box, own_fen: int = 10_000, spouse_fen: int = 100_000) -> tuple[dict[str, Any], dict[str, Any]]:
        patient = box.person(enrolled=True, account_fen=own_fen)
        spouse = box.person(enrolled=True, account_fen=spouse_fen)
        box.ask(
            "POST",
            f"/people/{spouse['psn_no']}/family",
            {"member_psn_no": patient["psn_no"], "relation": "spouse"},
        )
        return patient, spouse

    return make
