"""Rules of filings: days the right way round, no two of one thing at a time, and settlements rest on what was filed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from yibaobox.sandbox.audit.rows import Rows

_AWAY: Final = ("away", "transfer")
_UNFILED: Final = ("unfiled", "emergency")  # statuses that need no filing
_FOREVER: Final = "9999-12-31"


class Filed(NamedTuple):
    """A row of `filings`."""

    psn_no: str
    filing_id: int
    kind: str
    type: str
    destination: str
    institutions: str
    from_day: str
    until_day: str | None
    cancelled_us: int | None

    @property
    def until(self) -> str:
        """Its last day, written so that it can be compared."""
        return self.until_day or _FOREVER

    @property
    def thing(self) -> tuple[str, ...]:
        """What may be filed once at a time."""
        where = self.institutions if self.kind == "designated" else self.destination
        return self.psn_no, self.kind, self.type, where


def nothing_is_filed_twice(rows: Rows) -> Iterator[str]:
    """D1: a filing does not end before it begins, and no two of the same thing stand on one day."""
    standing: dict[tuple[str, ...], list[Filed]] = defaultdict(list)
    for one in _filed(rows):
        if one.until < one.from_day:
            yield f"filing {one.filing_id} ends before it begins"
        if one.cancelled_us is None:
            standing[one.thing].append(one)
    for alike in standing.values():
        alike.sort(key=lambda one: one.from_day)
        for earlier, later in pairwise(alike):
            if later.from_day <= earlier.until:
                yield f"filings {earlier.filing_id} and {later.filing_id} of one thing overlap"


def settlements_rest_on_filings(rows: Rows) -> Iterator[str]:
    """D2: what was settled as filed elsewhere, or as a recognised disease, was on file on the day of its rules."""
    held: dict[str, list[Filed]] = defaultdict(list)
    for one in _filed(rows):
        held[one.psn_no].append(one)
    for made in rows.settled:
        given, day = made.given, made.rule_day
        kinds = {one.kind for one in held[made.psn_no] if one.from_day <= day <= one.until}
        away = given.get("away")
        if away is not None and away[0] not in _UNFILED and not kinds & set(_AWAY):
            yield f"settlement {made.setl_id} was settled as {away[0]}, and nothing was filed for {day}"
        if given["setting"] == "chronic" and "chronic" not in kinds:
            yield f"settlement {made.setl_id} was settled as chronic, and no disease was recognised on {day}"


RULES: Final[dict[str, Callable[[Rows], Iterator[str]]]] = {
    "D1": nothing_is_filed_twice,
    "D2": settlements_rest_on_filings,
}


def _filed(rows: Rows) -> list[Filed]:
    return [Filed(*row) for row in rows.subjects.get("filings", [])]
