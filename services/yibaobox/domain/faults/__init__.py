"""Faults that users arm: which there are, which fires on a request, and the log of those that did.

A file for each family of kinds; what a kind does stands at the edge (the line, the database) or with the control
routes (what changes a world).
"""

from yibaobox.domain.faults import striking
from yibaobox.domain.faults.catalogue import ALL, KINDS, UnknownFault, kind
from yibaobox.domain.faults.enrolment import REASONS
from yibaobox.domain.faults.kinds import AFTER, BEFORE, WITHIN, Kind, Param
from yibaobox.domain.faults.naming import arm_by_name, split
from yibaobox.domain.faults.rules import (
    FACTS,
    Rule,
    Strike,
    Wanted,
    any_armed,
    arm,
    disarm,
    fired,
    give_back,
    holds,
    log,
    rules,
    take,
)
from yibaobox.domain.faults.waiting import WAITING

__all__ = [
    "AFTER",
    "ALL",
    "BEFORE",
    "FACTS",
    "KINDS",
    "REASONS",
    "WAITING",
    "WITHIN",
    "Kind",
    "Param",
    "Rule",
    "Strike",
    "UnknownFault",
    "Wanted",
    "any_armed",
    "arm",
    "arm_by_name",
    "disarm",
    "fired",
    "give_back",
    "holds",
    "kind",
    "log",
    "rules",
    "split",
    "striking",
    "take",
]
