"""Refund requests (退费申请): what a payer asks back, and how far its review has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from yibaobox.domain.billing.bills import Premium
from yibaobox.domain.errors import NotFound

if TYPE_CHECKING:
    from yibaobox.domain.billing.bills import Bill
    from yibaobox.domain.store.tx import Tx

APPLIED: Final = "REFUND_APPLIED"
MEDICAL: Final = "REFUND_MED_REVIEW"
TAX: Final = "REFUND_TAX_REVIEW"
REFUNDING: Final = "REFUNDING"
REFUNDED: Final = "REFUNDED"
REJECTED: Final = "REFUND_REJECTED"
WAITING: Final = (APPLIED, MEDICAL, TAX)
_COLUMNS: Final = (
    "psn_no, request_id, bill_id, region, insutype, year, reason, proof, amount_fen, state, refusal, applied_us,"
    " changed_us"
)
_READ: Final = f"SELECT {_COLUMNS} FROM refund_requests"


class Request(NamedTuple):
    """A request: applied, reviewed by the insurance, then by the tax office, refunding, refunded; or rejected."""

    psn_no: str
    request_id: int
    bill_id: int
    region: str
    insutype: str
    year: int
    reason: str
    proof: str
    amount_fen: int
    state: str
    refusal: str | None
    applied_us: int
    changed_us: int

    @property
    def premium(self) -> Premium:
        """The premium that is asked back."""
        return Premium(self.psn_no, self.region, self.insutype, self.year)


def write(tx: Tx, bill: Bill, reason: str, proof: str, amount_fen: int) -> Request:
    """Write a request for everything that was paid of a bill's premium."""
    request_id = tx.next_number("number")
    tx.run(
        f"INSERT INTO refund_requests ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'REFUND_APPLIED', NULL, ?, ?)",
        *(bill.psn_no, request_id, bill.bill_id, bill.region, bill.insutype, bill.year, reason, proof, amount_fen),
        *(tx.now_us, tx.now_us),
    )
    return get(tx, bill.psn_no, request_id)


def get(tx: Tx, psn_no: str, request_id: int) -> Request:
    """Return a request of a person; refuse a number that is not theirs."""
    row = tx.one(f"{_READ} WHERE psn_no = ? AND request_id = ?", psn_no, request_id)
    if row is None:
        raise NotFound("退费申请不存在")
    return Request(*row)


def of_person(tx: Tx, psn_no: str) -> list[Request]:
    """Return a person's requests, the newest first."""
    return [_request(row) for row in tx.query(f"{_READ} WHERE psn_no = ? ORDER BY request_id DESC", psn_no)]


def of_premium(tx: Tx, premium: Premium) -> Request | None:
    """Return the newest request for a premium, if any."""
    where = "WHERE psn_no = ? AND region = ? AND insutype = ? AND year = ? ORDER BY request_id DESC LIMIT 1"
    row = tx.one(f"{_READ} {where}", *premium)
    return None if row is None else Request(*row)


def waits(tx: Tx, premium: Premium) -> bool:
    """Tell whether a request for a premium is being reviewed."""
    found = of_premium(tx, premium)
    return found is not None and found.state in WAITING


def step(tx: Tx, found: Request, state: str, refusal: str | None = None) -> Request:
    """Take a request a step further; the person is locked."""
    touched = tx.run(
        "UPDATE refund_requests SET state = ?, refusal = ?, changed_us = ?"
        " WHERE psn_no = ? AND request_id = ? AND state = ?",
        *(state, refusal, tx.now_us, found.psn_no, found.request_id, found.state),
    )
    assert touched == 1, "the person was locked, so nobody else moved the request"
    return found._replace(state=state, refusal=refusal, changed_us=tx.now_us)


def _request(row: tuple[Any, ...]) -> Request:
    return Request(*row)
