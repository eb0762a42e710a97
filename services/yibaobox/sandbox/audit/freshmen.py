"""Rules of freshmen's accounts and of what a broken pledge calls back, from raw rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from yibaobox.sandbox.audit.rows import Rows

_FUNDS: Final = ("POOL", "CIVIL", "HIFES", "HIFMI", "HIFOB", "MAF", "OTH")


class Opened(NamedTuple):
    """A row of `account_openings`."""

    psn_no: str
    year: int
    application_id: int
    part_id: int
    period_id: int
    pledge: str


class Reclaim(NamedTuple):
    """A row of `reclaims`."""

    psn_no: str
    setl_id: int
    year: int
    fund_fen: int
    txn_id: int


def accounts_rest_on_confirmations(rows: Rows) -> Iterator[str]:
    """E7: an account was opened by an approved confirmation of its person, with its participation and its period."""
    cases = {row[1]: row for row in rows.subjects["applications"]}
    periods = {row[1]: row[0] for row in rows.subjects["benefit_periods"]}
    for one in _opened(rows):
        case = cases.get(one.application_id)
        if case is None or (case[0], case[2], case[3], case[6]) != (one.psn_no, "freshman", "APPROVED", one.part_id):
            yield f"the account of {one.year} rests on no approved confirmation ({one.application_id})"
        if periods.get(one.period_id) != one.psn_no:
            yield f"the account of application {one.application_id} has no benefit period of its person"


def broken_pledges_call_back(rows: Rows) -> Iterator[str]:
    """E8: what is called back is what the funds had booked for a settlement that stands, under a broken pledge only."""
    broken = {(one.psn_no, one.year) for one in _opened(rows) if one.pledge == "BROKEN"}
    settled = {(one.psn_no, one.setl_id): one.txn_id for one in rows.settled}
    undone = {(row[0], row[1]) for row in rows.subjects["setl_reversals"]}
    told: dict[tuple[str, int], int] = defaultdict(int)
    for one in _reclaims(rows):
        key = (one.psn_no, one.setl_id)
        told[one.psn_no, one.txn_id] += one.fund_fen
        if (one.psn_no, one.year) not in broken or key in undone:
            yield f"settlement {one.setl_id} was called back without a broken pledge, or is reversed"
        if key not in settled or -_funds(rows, one.psn_no, settled[key]) != one.fund_fen:
            yield f"settlement {one.setl_id} was called back with {one.fund_fen}, the funds paid something else"
    booked = {
        (posting.psn_no, posting.txn_id): _funds(rows, posting.psn_no, posting.txn_id)
        for posting in rows.postings
        if posting.kind == "reclaim"
    }
    if booked != dict(told):
        yield "the books call back something else than was written"


RULES: Final[dict[str, Callable[[Rows], Iterator[str]]]] = {
    "E7": accounts_rest_on_confirmations,
    "E8": broken_pledges_call_back,
}


def _opened(rows: Rows) -> list[Opened]:
    return [Opened(*row) for row in rows.subjects.get("account_openings", [])]


def _reclaims(rows: Rows) -> list[Reclaim]:
    return [Reclaim(*row) for row in rows.subjects.get("reclaims", [])]


def _funds(rows: Rows, psn_no: str, txn_id: int) -> int:
    lines = rows.by_posting[psn_no, txn_id]
    return sum(entry.amount_fen for entry in lines if entry.account.partition(":")[0] in _FUNDS)
