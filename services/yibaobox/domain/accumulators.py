"""Yearly accumulators in the books: the names that buckets of policy tables have as accounts."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from yibaobox.domain import ledger
from yibaobox.domain.policy import Accumulators
from yibaobox.domain.policy.claim import ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yibaobox.domain.policy import Policy
    from yibaobox.domain.store import Tx

_ENDINGS: Final = {"deductible": "DED", "fund": "CAP"}  # the rest is written as it is


def account(policy: Policy, bucket: str, year: int) -> str:
    """Return the account of a bucket, e.g. `ACCM:510400:employee:2025:OUTPATIENT_CAP` of `outpatient.fund`."""
    return _account(policy.place.region, policy.place.scheme, bucket, year)


@lru_cache(maxsize=4096)
def _account(region: str, scheme: str, bucket: str, year: int) -> str:
    *subject, last = bucket.split(".")
    return ledger.accumulator(region, scheme, year, "_".join([*subject, _ENDINGS.get(last, last)]).upper())


def used(held: Mapping[str, int], policy: Policy, year: int, disease: str | None = None) -> Accumulators:
    """Return what a person has used up in a policy year, of a disease where the tables count each by itself.

    `held` are the person's balances (`ledger.balances`).
    """
    place, buckets = policy.place, policy.buckets_for(disease)
    accounts = [_account(place.region, place.scheme, buckets[role], year) for role in ROLES]
    return Accumulators(*[held.get(account, 0) for account in accounts])


def by_scheme(tx: Tx, psn_no: str, until_us: int) -> dict[tuple[str, str, int, str], int]:
    """Return all accumulators of a person as they stood before an instant: region, scheme, policy year, bucket."""
    rows = tx.query(
        "SELECT e.account, sum(e.amount_fen) FROM entries e JOIN postings p ON p.psn_no = e.psn_no"
        " AND p.txn_id = e.txn_id WHERE e.psn_no = ? AND e.account LIKE 'ACCM:%' AND p.biz_at_us < ?"
        " GROUP BY e.account ORDER BY e.account",
        *(psn_no, until_us),
    )
    found = {}
    for name, fen in rows:
        _, region, scheme, year, bucket = name.split(":")
        found[region, scheme, int(year), bucket] = int(fen)
    return found


def entries(
    psn_no: str, policy: Policy, year: int, added: Accumulators, disease: str | None = None
) -> list[ledger.Entry]:
    """Return the memo entries that add a visit to a policy year."""
    return [
        ledger.Entry(psn_no, account(policy, bucket, year), figure)
        for bucket, figure in added.by_bucket(policy, disease).items()
    ]
