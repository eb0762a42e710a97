"""What journeys walk through: a world at ten o'clock on 20 November 2025, in process or on a started server."""

import pytest

from boxes import Box
from yibaobox.cli.stories import Caller
from yibaobox.cli.stories.telling import AT


def caller_of(box: Box) -> Caller:
    """The client that stories speak through, in the world of a box."""
    return Caller(box.url, box.world, box.session)


@pytest.fixture
def caller(any_box):
    """A world in process, and on a started server on each database."""
    return caller_of(any_box)


@pytest.fixture
def town(box):
    """A world on a started server on each database, with its clock stopped."""
    box.ask("PUT", "/clock", {"mode": "frozen", "at": AT})
    return box
