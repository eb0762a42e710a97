"""The shapes of policy data: a dated value, where it comes from, and the table it stands in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

Profile = Literal["demo", "strict"]
GAP: Final = "gap"  # a value that its source leaves blank: it stops the search instead of widening it
NATION: Final = "100000"
ANY: Final = "any"
SCHEMES: Final[Mapping[str, tuple[str, ...]]] = {
    "employee": ("employee", ANY),
    "flexible": ("flexible", "employee", ANY),
    "resident": ("resident", ANY),
    "resident_student": ("resident_student", "resident", ANY),
    ANY: (ANY,),
}
LEVELS: Final[Mapping[str, tuple[str, ...]]] = {
    "L1": ("L1",),
    "L2": ("L2",),
    "L3": ("L3",),
    "L3A": ("L3A", "L3"),
    "L3B": ("L3B", "L3"),
    "L3P": ("L3P", "L3"),  # of the province; tables only, no institution of the sandbox has it
    "community": ("community", "L1"),
    "school_clinic": ("school_clinic",),
    "pharmacy": ("pharmacy",),
}
POPULATIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "active": ("active",),
    "retired": ("retired",),
    "normal": ("normal",),
    "child": ("child",),
    "student": ("student",),
    "freshman": ("freshman", "student"),
    "low_income": ("low_income",),
    "not_in_tiered_referral": ("not_in_tiered_referral",),
}
STATUSES: Final[Mapping[str, tuple[str, ...]]] = {  # how somebody came to be treated outside the region
    "long_term": ("long_term",),
    "transfer": ("transfer",),
    "emergency": ("emergency",),
    "temporary_filed": ("temporary_filed",),
    "unfiled": ("unfiled",),
}


class PolicyDataError(ValueError):
    """A policy file is wrong; the text names file, path and value. It stops the start, it is no answer to a citizen."""


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a figure comes from and how far it can be trusted."""

    region: str
    scheme: str
    benefit: str
    parameter: str
    valid_from: date
    valid_until: date | None  # the first day on which it no longer holds
    source: str
    title: str
    url: str | None
    at: str
    quote: tuple[str, ...]
    confidence: str
    assumed: bool
    note: str | None = None
    carried: bool = False  # a past year's figure used for a later one (profile demo)

    @property
    def path(self) -> str:
        """The name of the parameter with its table, such as employee.outpatient.ratio."""
        return f"{self.scheme}.{self.benefit}.{self.parameter}"

    @property
    def doubtful(self) -> bool:
        """Whether a reply must say that this figure is only an illustration or carried over."""
        return self.confidence == "illustrative" or self.carried

    def document(self) -> dict[str, Any]:
        """The citation as JSON values."""
        return {
            "path": self.path,
            "region": self.region,
            "from": self.valid_from.isoformat(),
            "to": self.valid_until.isoformat() if self.valid_until else None,
            "source": self.source,
            "title": self.title,
            "url": self.url,
            "at": self.at,
            "quote": list(self.quote),
            "confidence": self.confidence,
            "assumed": self.assumed or self.carried,
            "carried": self.carried,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Dated:
    """A value and the days on which it holds, [from, until)."""

    since: date
    until: date | None
    value: Any  # a leaf or a tree of leaves, one storey for each dimension of the parameter
    raw: Any  # as the file writes it
    citation: Citation

    def holds(self, day: date) -> bool:
        """Whether this value is in force on a day."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One named figure of a table with all its dated values, oldest first."""

    name: str
    unit: str
    by: tuple[str, ...]
    carry_forward: bool
    values: tuple[Dated, ...]

    def on(self, day: date, *, skip_illustrative: bool) -> Dated | None:
        """The value in force on a day."""
        for dated in self.values:
            if dated.holds(day):
                return None if skip_illustrative and dated.citation.confidence == "illustrative" else dated
        return None

    def last_before(self, day: date) -> Dated | None:
        """The newest value that ended on or before a day."""
        ended = [dated for dated in self.values if dated.until is not None and dated.until <= day]
        return ended[-1] if ended else None


@dataclass(frozen=True, slots=True)
class Table:
    """One file: a region's parameters for one benefit of one scheme."""

    region: str
    scheme: str
    benefit: str
    method: str
    year: str  # "calendar", or the month-day on which the policy year begins
    buckets: Mapping[str, str]  # what is accumulated → name of the memo account
    parameters: Mapping[str, Parameter]
    file: str


@dataclass(frozen=True, slots=True)
class Found:
    """A figure in force, with its source."""

    value: Any
    citation: Citation
