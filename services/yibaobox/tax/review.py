"""T8: the two reviews of a refund, by the insurance and then by the tax office, each a case as any other.

The switch `review_refund` says when the office decides: at once, after a time on the sandbox clock, or by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from yibaobox.domain import clock, enrolment, jobs, switches
from yibaobox.domain.accounts import applications
from yibaobox.domain.accounts.applications import Application
from yibaobox.domain.billing import bills, payments, requests
from yibaobox.domain.billing.requests import Request
from yibaobox.domain.errors import InvalidInput, Refusal
from yibaobox.domain.faults import striking
from yibaobox.domain.store import Tx
from yibaobox.tax import ask_back, refund

DECIDE: Final = "tax.refund.decide"
REASON_MAX: Final = 200
KINDS: Final = (applications.REFUND_MEDICAL, applications.REFUND_TAX)
_STATES: Final = {applications.REFUND_MEDICAL: requests.MEDICAL, applications.REFUND_TAX: requests.TAX}


def accept(tx: Tx, payload: Mapping[str, Any]) -> None:
    """Take up a request: its review by the insurance begins. Done again, nothing changes."""
    refund.lock_parties(tx, payload["psn_no"])
    asked = requests.get(tx, payload["psn_no"], payload["request_id"])
    if asked.state == requests.APPLIED:
        _open(tx, asked, applications.REFUND_MEDICAL)


def when_due(tx: Tx, payload: Mapping[str, Any]) -> None:
    """Decide a case whose time has come, unless somebody did."""
    case = applications.case(tx, payload["application_id"])
    if case.state == applications.SUBMITTED:
        _approve_or_reject(tx, case)


def approve(tx: Tx, case: Application) -> Application:
    """Approve a review: the first leads to the second, the second to the money."""
    refund.lock_parties(tx, case.psn_no)
    asked = _asked(tx, case)
    bill = bills.get(tx, asked.psn_no, asked.bill_id)
    ask_back.refuse(tx, bill, asked.reason, bills.paid_fen(tx, asked.premium))
    done = applications.decide(tx, case, part_id=bill.part_id)
    if case.kind == applications.REFUND_MEDICAL:
        _open(tx, asked, applications.REFUND_TAX)
    else:
        _give_back(tx, asked)
    return done


def reject(tx: Tx, case: Application, reason: str) -> Application:
    """Reject a review; the payer reads the reason, and the premium stays paid."""
    if not reason.strip() or len(reason) > REASON_MAX:
        raise InvalidInput(f"请填写不超过{REASON_MAX}字的不通过原因", field="reason")
    refund.lock_parties(tx, case.psn_no)
    requests.step(tx, _asked(tx, case), requests.REJECTED, reason)
    return applications.decide(tx, case, reason=reason)


def _open(tx: Tx, asked: Request, kind: str) -> None:
    """Open a review, and decide it as the switch says."""
    asked = requests.step(tx, asked, _STATES[kind])
    form = {
        "request_id": asked.request_id,
        "year": asked.year,
        "amount_fen": asked.amount_fen,
        "reason": asked.reason,
        "proof": asked.proof,
    }
    case = applications.submit(tx, applications.draft(tx, asked.psn_no, kind, form, asked.region), asked.region)
    if (refused := striking.at("audit.reject")) is not None:
        reject(tx, case, refused["reason"])
        return
    positions = switches.read(tx)
    own = positions["review_refund"]
    when = positions["review"] if own == "as_review" else own
    if when == "immediate":
        _approve_or_reject(tx, case)
    elif when != "manual":
        key = f"{DECIDE}:{case.application_id}"
        due_us = clock.to_us(clock.later(tx.now, when))
        jobs.enqueue(tx, DECIDE, {"application_id": case.application_id}, due_us=due_us, key=key)


def _approve_or_reject(tx: Tx, case: Application) -> None:
    """Approve; what the world no longer allows is rejected, in its own words."""
    try:
        with tx.savepoint():
            approve(tx, case)
    except Refusal as refusal:
        reject(tx, case, refusal.message[:REASON_MAX])


def _give_back(tx: Tx, asked: Request) -> None:
    """Take the year back, flush the receipt, and owe everything that was paid (F1, F7, F8)."""
    if (period := enrolment.live(tx, *asked.premium)) is not None:
        enrolment.refund_period(tx, asked.psn_no, period.period_id)
    asked = requests.step(tx, asked, requests.REFUNDING)
    owed = [
        refund.give_back(tx, payment, left_fen, asked.reason.upper(), asked.request_id)
        for payment, left_fen in payments.kept(tx, asked.premium)
    ]
    refund.flush(tx, bills.get(tx, asked.psn_no, asked.bill_id), asked.reason.upper())
    refund.complete(tx, owed[-1])


def _asked(tx: Tx, case: Application) -> Request:
    return requests.get(tx, case.psn_no, case.form["request_id"])
