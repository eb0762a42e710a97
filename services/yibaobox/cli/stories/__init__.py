"""The stories of the product, written once: `yibaobox demo` shows them, the tests of tests/journeys play them.

A story is a plain function over a small HTTP client. Each of its steps names the figures that were expected beside
those that were found.
"""

from typing import Final

from yibaobox.cli.stories import books, day, employee, family, freshman, graduate, pharmacy, stay
from yibaobox.cli.stories.caller import Caller
from yibaobox.cli.stories.telling import AT, Story, Told

REGIONS: Final = ("510400", "511700")
STORIES: Final[tuple[Story, ...]] = (
    *(freshman.STORY, graduate.STORY, employee.STORY, family.STORY),
    *(pharmacy.STORY, stay.STORY, day.STORY, books.STORY),
)

__all__ = ["AT", "REGIONS", "STORIES", "Caller", "Story", "Told"]
