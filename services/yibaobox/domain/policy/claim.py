"""What is settled: the charged items, who was treated where, what was used up before, and the account money at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from yibaobox.domain.policy.terms import Policy

Mode = Literal["ratio_minus_points", "ratio_factor", "first_pay_percent"]


class Line(NamedTuple):
    """One charged item. `ceiling_fen` is the ceiling for the whole line (unit ceiling times quantity)."""

    amount_fen: int
    grade: str  # "A" | "B" | "C"
    first_pay_ppm: int | None = None  # None: class B takes the region's default, class A none
    ceiling_fen: int | None = None
    code: str = ""
    account_ok: bool = True  # False: public health, fitness, wellness; never from an account
    use: str = ""  # public_health | fitness | wellness …: what the item is for, where a region bars it from accounts


class LineSplit(NamedTuple):
    """What the catalogue makes of one line; the four parts add up to the amount."""

    out_of_catalogue_fen: int
    over_limit_fen: int
    first_pay_fen: int
    eligible_fen: int


class Reduction(NamedTuple):
    """What treatment outside one's region costs: `points_ppm` under one of three techniques."""

    mode: Mode
    points_ppm: int


class Away(NamedTuple):
    """Treatment outside one's region: how it was filed, and what may waive the reduction of the region's table."""

    status: str  # long_term | transfer | emergency | temporary_filed | unfiled
    waiver: str = ""  # freshman | student_filed
    place: str = ""  # 学籍地 | 户籍地 | 实习地, where the region names such places; empty: not asked


class Standing(NamedTuple):
    """Who is treated and where: population and level of the policy vocabulary."""

    population: str
    level: str = ""
    reduction: Reduction | None = None  # spelled out; or else `away`, and the region's table says what it costs
    disease: str | None = None
    tier: str = ""
    away: Away | None = None
    chronic: tuple[str, ...] = ()  # diseases for which the person is recognised as chronically ill
    aided: bool = False  # recognised for medical aid, and settled with it in one go

    def stored(self) -> dict[str, Any]:
        """What has to be kept of it with a settlement, as JSON values; what a usual visit does not have is left out.

        A reduction that is spelled out is none of a settlement, and is not kept.
        """
        kept: dict[str, Any] = {"away": self.away and list(self.away), "disease": self.disease, "tier": self.tier}
        kept |= {"chronic": list(self.chronic), "aided": self.aided}
        special = {name: value for name, value in kept.items() if value}
        return {"population": self.population, "level": self.level} | special

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Standing:
        """Read what `stored` gave, among other keys."""
        return cls(
            kept["population"],
            kept["level"],
            disease=kept.get("disease"),
            tier=kept.get("tier", ""),
            away=Away(*kept["away"]) if "away" in kept else None,
            chronic=tuple(kept.get("chronic", ())),
            aided=bool(kept.get("aided")),
        )


class Claim(NamedTuple):
    """A bill and whose it is."""

    lines: tuple[Line, ...]
    standing: Standing


@dataclass(frozen=True, slots=True)
class Accumulators:
    """What a person has used up in a policy year, or (in a Split) what a visit adds to it."""

    deductible_fen: int = 0
    fund_fen: int = 0
    major_base_fen: int = 0
    major_fen: int = 0
    admissions: int = 0
    aid_deductible_fen: int = 0
    aid_fen: int = 0

    @classmethod
    def of(cls, policy: Policy, balances: Mapping[str, int], disease: str | None = None) -> Accumulators:
        """Read the accumulators of a policy from balances keyed by bucket."""
        names = policy.buckets_for(disease)
        return cls(*(balances.get(names[role], 0) for role in ROLES))

    def by_bucket(self, policy: Policy, disease: str | None = None) -> dict[str, int]:
        """These figures keyed by bucket, zeros left out."""
        names = policy.buckets_for(disease)
        figures = dict(zip(ROLES, self.figures, strict=True))
        return {names[role]: figure for role, figure in figures.items() if figure}

    @property
    def figures(self) -> tuple[int, ...]:
        """The figures in the order of ROLES."""
        return (
            *(self.deductible_fen, self.fund_fen, self.major_base_fen, self.major_fen, self.admissions),
            *(self.aid_deductible_fen, self.aid_fen),
        )

    def __neg__(self) -> Accumulators:
        return Accumulators(*(-figure for figure in self.figures))

    def __add__(self, other: Accumulators) -> Accumulators:
        return Accumulators(*(mine + theirs for mine, theirs in zip(self.figures, other.figures, strict=True)))


ROLES = ("deductible", "fund", "base", "major", "admissions", "aid_deductible", "aid")


class Accounts(NamedTuple):
    """Account money at hand: the patient's own, then relatives' in the order in which they are to pay."""

    own_fen: int = 0
    family: tuple[tuple[str, int], ...] = ()  # (giver, balance_fen)


class Step(NamedTuple):
    """One line of the trace: what came out, and the figures it came from."""

    code: str
    amount_fen: int
    operands: tuple[int | None, ...] = ()
    figure: str = ""  # name of the cited parameter
