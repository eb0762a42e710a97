"""Who may use a relative's account, and how the relation is proven. Pure; figures are the giver's region's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from yibaobox.domain.policy.model import Citation
from yibaobox.domain.policy.resolve import Book, Place, shipped

Code = Literal["ACCEPTED", "RELATION_NOT_ALLOWED", "TOO_MANY_MEMBERS", "NOT_INSURED", "OTHER_REGION"]
Proof = Literal["household_book", "data_check"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A relative who is to be added."""

    relation: str
    age: int
    region: str | None  # where the relative takes part in basic insurance; None: nowhere
    members: int = 0  # relatives on the account already


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the relative is accepted, and what proves the relation (ruling X12: under the age, or from it on)."""

    code: Code
    proof: Proof
    allowed: tuple[str, ...]
    members_max: int
    citations: tuple[Citation, ...]


def judge_relative(place: Place, candidate: Candidate, on: date, *, book: Book | None = None) -> Verdict:
    """Judge a relative under the rules in force on a day, in the order in which a clerk asks."""
    book = book or shipped()
    names = ("relations", "members_max", "same_region", "proof_under_age")
    relations, most, same, age = (book.find(place, "family_account", name, on) for name in names)
    proof: Proof = "household_book" if candidate.age < age.value else "data_check"
    sources = tuple(found.citation for found in (relations, most, same, age))
    return Verdict(
        _code(place, candidate, relations.value, (most.value, same.value)), proof, relations.value, most.value, sources
    )


def _code(place: Place, candidate: Candidate, relations: tuple[str, ...], limits: tuple[int, bool]) -> Code:
    """The first reason to refuse."""
    most, same = limits
    if candidate.relation not in relations:
        return "RELATION_NOT_ALLOWED"
    if candidate.region is None:
        return "NOT_INSURED"
    if same and candidate.region != place.region:
        return "OTHER_REGION"
    return "TOO_MANY_MEMBERS" if candidate.members >= most else "ACCEPTED"
