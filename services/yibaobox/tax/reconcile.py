"""A day reconciled: each party's file fetched, or taken as it was handed in, compared, and repaired where wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from yibaobox.domain.errors import InvalidInput, Refusal
from yibaobox.domain.store import World
from yibaobox.tax import channel_files, pay, recon, repair
from yibaobox.tax.channel_files import Line
from yibaobox.tax.channels import FAMILY, Find
from yibaobox.tax.recon import INSURANCE, Difference

PARTIES: Final = (*pay.CHANNELS, FAMILY, INSURANCE)


@dataclass(frozen=True, slots=True)
class Found:
    """A difference, and what was done about it."""

    difference: Difference
    done: str | None


@dataclass(frozen=True, slots=True)
class Statement:
    """One party's day: how many names fell into each class; or why there was no file."""

    party: str
    counts: Mapping[int, int]
    items: Sequence[Found]
    missing: str | None = None


def day_of(world: World, find: Find, day: date, files: Mapping[str, str], *, parties: Sequence[str] = PARTIES) -> Day:
    """Return a day to reconcile; refuse a party that does not exist."""
    for name in (*parties, *files):
        if name not in PARTIES:
            raise InvalidInput(f"对账方须为 {'、'.join(PARTIES)} 之一", field="parties")
    return Day(world, find, day, {name: channel_files.read(text) for name, text in files.items()}, tuple(parties))


@dataclass(frozen=True, slots=True)
class Day:
    """A day and what was handed in of it."""

    world: World
    find: Find
    day: date
    files: Mapping[str, Sequence[Line]]
    parties: tuple[str, ...]

    def statements(self, post_after: str | None = None) -> list[Statement]:
        """Reconcile; with a delay of posting the differences are repaired, channels before the insurance."""
        return [self._statement(party, post_after) for party in self.parties]

    def _statement(self, party: str, post_after: str | None) -> Statement:
        try:
            theirs = {line.name: line for line in self._theirs(party)}
        except Refusal as refusal:
            return Statement(party, recon.counts(()), (), f"{refusal.code}: {refusal.message}")
        with self.world.read() as tx:
            if party == INSURANCE:
                ours = {line.name: line for line in recon.of_tax(tx, self.day)}
            else:
                ours = recon.of_channel(tx, party, self.day, theirs)
        found = recon.compare(theirs.values(), ours)
        differences = [one for one in found if one.kind not in recon.AGREED]
        items = [Found(one, self._repaired(party, one, theirs.get(one.name), post_after)) for one in differences]
        return Statement(party, recon.counts(found), items)

    def _repaired(self, party: str, found: Difference, theirs: Line | None, post_after: str | None) -> str | None:
        if post_after is None:
            return None
        return repair.Desk(self.world, self.find, party, self.day.isoformat(), post_after).repair(found, theirs)

    def _theirs(self, party: str) -> Sequence[Line]:
        if party in self.files:
            return self.files[party]
        if party in pay.CHANNELS:
            return self.find(party).bill(self.day.isoformat())
        with self.world.read() as tx:
            if party == FAMILY:
                return recon.of_accounts(tx, self.day)
            return list(recon.of_insurance(tx, self.day).values())
