"""A settlement as the audit reads it, and the portions of it: one for each policy year that a stay was settled in."""

from __future__ import annotations

import json
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from yibaobox.domain import policy
from yibaobox.domain.errors import Refusal


class _Row(NamedTuple):
    """A row of `settlements`."""

    psn_no: str
    setl_id: int
    visit_id: int
    institution: str
    msgid: str
    txn_id: int
    batch: str
    med_type: str
    account_use: str
    region: str
    insutype: str
    scheme: str
    year: int
    rule_day: str
    policy_version: str
    quote: str
    quoted: str | None
    total_fen: int
    out_fen: int
    over_fen: int
    first_pay_fen: int
    eligible_fen: int
    deductible_fen: int
    pool_fen: int
    major_fen: int
    own_fen: int
    family_fen: int
    cash_fen: int
    inputs: str


class Settled(_Row):
    """A settlement; what it was computed from is read once, however many rules ask."""

    @property
    def parts(self) -> tuple[int, int, int, int]:
        """Outside the catalogue, over the ceiling, first pay, eligible."""
        return self.out_fen, self.over_fen, self.first_pay_fen, self.eligible_fen

    @cached_property
    def given(self) -> dict[str, Any]:
        """What the split was computed from."""
        told: dict[str, Any] = json.loads(self.inputs)
        return told

    @cached_property
    def portions(self) -> list[Portion]:
        """What was settled in each policy year, the oldest first."""
        given = self.given
        found, own, family = list[Portion](), given["own_fen"], dict(given["givers"])
        for told in given.get("divided", ()):
            paid = dict(told["paid"])
            amounts = (told["deductible_fen"], told["pool_fen"], told["major_fen"], told["own_fen"])
            tables = (told["year"], told["rule_day"], told["policy_version"])
            found.append(Portion(*tables, {**given, **told}, *amounts, paid, own, dict(family)))
            own -= told["own_fen"]
            family = {giver: fen - paid.get(giver, 0) for giver, fen in family.items()}
        return [*found, self._last(found, own, family)]

    def _last(self, earlier: list[Portion], own: int, family: dict[str, int]) -> Portion:
        """The portion that is left once the earlier ones are taken off."""
        paid = dict(self.given["paid"])
        for one in earlier:
            paid = {giver: fen - one.paid.get(giver, 0) for giver, fen in paid.items()}
        paid = {giver: fen for giver, fen in paid.items() if fen}
        return Portion(
            *(self.year, self.rule_day, self.policy_version, self.given),
            self.deductible_fen - sum(one.deductible_fen for one in earlier),
            self.pool_fen - sum(one.pool_fen for one in earlier),
            self.major_fen - sum(one.major_fen for one in earlier),
            self.own_fen - sum(one.own_fen for one in earlier),
            *(paid, own, family),
        )


class Portion(NamedTuple):
    """What was settled in one policy year: by which tables, out of what, and what it came to."""

    year: int
    rule_day: str
    policy_version: str
    given: dict[str, Any]
    deductible_fen: int
    pool_fen: int
    major_fen: int
    own_fen: int
    paid: dict[str, int]
    own_before: int
    family_before: dict[str, int]


def split_again(one: Settled, portion: Portion, more: tuple[policy.Line, ...] = ()) -> policy.Split | None:
    """Split a portion again, with further rows; nothing when the tables are no longer the same."""
    given = portion.given
    used, day = policy.Accumulators(**given["used"]), date.fromisoformat(portion.rule_day)
    who = policy.Standing.of(given)
    try:
        rules = policy.policy_for(one.region, one.scheme, given["setting"], day, given["profile"])
        rules = rules.with_given(given["given"]) if "given" in given else rules
        if rules.terms(who).version != portion.policy_version:
            return None
    except Refusal:
        return None
    lines = tuple(policy.Line(line[0], line[1], line[2], line[3]) for line in given["lines"])
    accounts = policy.Accounts(portion.own_before, tuple(portion.family_before.items()))
    return policy.split(rules, lines + more, who, used, accounts)
