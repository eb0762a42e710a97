"""A row of the table, and what its measurement is given."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loadtests.bench.postgres import Postgres


@dataclass(frozen=True)
class Row:
    """One figure. `mark` is what it is held against: at least that much, or with `at_most` no more than that."""

    name: str
    figure: float | None
    unit: str
    mark: float | None = None
    at_most: bool = False
    note: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """Whether the mark is reached; nothing where there is none, or no figure."""
        if self.mark is None or self.figure is None:
            return None
        return self.figure <= self.mark if self.at_most else self.figure >= self.mark


def absent(name: str, why: str) -> Row:
    """Return the row of something that cannot be measured here."""
    return Row(name, None, "", note=why)


@dataclass
class Bench:
    """One run: how thorough, where files may lie, and the PostgreSQL that all rows share."""

    folder: Path
    quick: bool = False
    stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _postgres: Postgres | None = None

    @property
    def rounds(self) -> int:
        """How many turns each contender gets."""
        return 3 if self.quick else 9

    def of(self, quick: int, full: int) -> int:
        """Return an amount of work: the smaller one in a quick run."""
        return quick if self.quick else full

    @property
    def postgres(self) -> Postgres:
        """A PostgreSQL server of this run, started when it is first asked for."""
        if self._postgres is None:
            from loadtests.bench.postgres import Postgres  # noqa: PLC0415 - psycopg, only where it is used

            self._postgres = self.stack.enter_context(Postgres.started())
        return self._postgres

    @contextlib.contextmanager
    def scratch(self, word: str) -> Iterator[Path]:
        """Lend a folder."""
        folder = self.folder / f"{word}-{len(list(self.folder.iterdir()))}"
        folder.mkdir()
        yield folder
