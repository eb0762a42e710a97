"""The audit: recompute everything from raw rows and name what does not agree.

It shares no code with what it checks: sums, chains, mirrors and states are computed again here, from entries and
postings and never from stored balances. A rule is a generator in a module of this package; it yields a sentence per
violation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yibaobox.sandbox.audit import (
    billing,
    books,
    clearing,
    credential,
    delayed,
    enrolment,
    exchange,
    filed,
    freshmen,
    split,
)
from yibaobox.sandbox.audit.rows import Rows, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from yibaobox.domain.store import Tx

RULES: dict[str, Callable[[Rows], Iterator[str]]] = {
    "L1": books.postings_balance,
    "L2": books.everything_sums_to_zero,
    "L3": books.balances_are_sums,
    "L4": books.personal_balances_are_not_negative,
    "L7": books.chains_are_whole,
    "L8": books.reversals_mirror,
    "T1": books.numbers_rise,
    "L6": exchange.effects_have_replies,
    "L9": exchange.states_are_allowed,
    **split.RULES,
    **enrolment.RULES,
    **filed.RULES,
    **freshmen.RULES,
    **credential.RULES,
    **billing.RULES,
    "R3": clearing.applications_are_their_lines,
    "O1": delayed.events_have_causes,
    "O2": delayed.deliveries_agree,
    "J1": delayed.jobs_are_settled,
}


def audit(tx: Tx) -> dict[str, Any]:
    """Recompute a world and return what was checked, the violations and the hash over all heads of the books."""
    rows = load(tx)
    violations = [{"rule": name, "detail": sentence} for name, rule in RULES.items() for sentence in rule(rows)]
    return {"checked": rows.counts(), "rules": sorted(RULES), "violations": violations, "head": books.head(rows)}
