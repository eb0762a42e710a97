"""What if: the bill of a settlement, split again from what was stored with it, under other rules. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, cast

from yibaobox.domain import policy, visits
from yibaobox.domain.people import regions
from yibaobox.domain.policy import explain
from yibaobox.domain.policy.model import ANY, LEVELS, POPULATIONS
from yibaobox.domain.policy.model import SCHEMES as ALL_SCHEMES
from yibaobox.domain.policy.terms import SETTINGS

SCHEMES: Final = tuple(scheme for scheme in ALL_SCHEMES if scheme != ANY)
STORED, ZERO = "stored", "zero"
ACCUMULATORS: Final = (STORED, ZERO)
__all__ = ["ACCUMULATORS", "LEVELS", "POPULATIONS", "SCHEMES", "SETTINGS", "Again", "split_again"]


@dataclass(frozen=True, slots=True)
class Again:
    """A split that nobody settled, and whether it began with what the person had used up by then."""

    rules: policy.Policy
    split: policy.Split
    accumulators: str

    @property
    def explanation(self) -> dict[str, Any]:
        """The split with its sources, as it would have been stored."""
        return explain.recorded(self.rules, self.split)

    @property
    def amounts(self) -> dict[str, int]:
        """What each part comes to, in fen, under the names of a settlement."""
        done = self.split
        return {
            "total_fen": done.total_fen,
            "out_fen": done.out_of_catalogue_fen,
            "over_fen": done.over_limit_fen,
            "first_pay_fen": done.first_pay_fen,
            "eligible_fen": done.eligible_fen,
            "deductible_fen": done.deductible_fen,
            "pool_fen": done.pool_fen,
            "major_fen": done.major_fen + done.aid_fen,
            "own_fen": done.own_fen,
            "family_fen": done.family_fen,
            "cash_fen": done.cash_fen,
        }


def split_again(made: visits.Settlement, on: date | None, changes: Mapping[str, str]) -> Again:
    """Split the bill of a settlement under other rules; PolicyGap, UnknownRegion, InvalidInput.

    A stay that was divided is split as one; what an earlier settlement of it bore counts with the accumulators.
    """
    given: Mapping[str, Any] = json.loads(made.inputs)
    asked = {"region": made.region, "scheme": made.scheme, **given, **changes}
    region = regions.resolve(asked["region"]).code
    day = on or date.fromisoformat(made.rule_day)
    profile = cast("policy.Profile", asked["profile"])
    rules = policy.policy_for(region, asked["scheme"], asked["setting"], day, profile)
    same_year = (region, asked["scheme"], rules.year(day)) == (made.region, made.scheme, made.year)
    kept = changes.get("accumulators", STORED if same_year else ZERO)
    used = policy.Accumulators(**given["used"]) if kept == STORED else policy.Accumulators()
    if kept == STORED and "given" in given:
        rules = rules.with_given(given["given"])
    accounts = policy.Accounts(given["own_fen"], tuple((giver, fen) for giver, fen in given["givers"]))
    rows = [line for part in (*given.get("divided", ()), given) for line in part["lines"]]
    lines = tuple(policy.Line(line[0], line[1], line[2], line[3], code=line[4]) for line in rows)
    who = policy.Standing.of(asked)
    return Again(rules, policy.split(rules, lines, who, used, accounts), kept)
