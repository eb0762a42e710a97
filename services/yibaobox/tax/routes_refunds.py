"""Routes of what goes back: refund requests, notes of a lower tier, errands to the channels."""

from typing import Any, Final

import flask
from flask_smorest import Blueprint  # type: ignore[import-untyped]

from yibaobox.domain import clock
from yibaobox.domain.billing import payments, requests
from yibaobox.domain.billing.corrections import Correction
from yibaobox.domain.billing.requests import Request
from yibaobox.domain.errors import Conflicting
from yibaobox.edge import context
from yibaobox.edge.rest import exchange
from yibaobox.tax import ask_back, correct, refund, schemas
from yibaobox.tax.outside import outside
from yibaobox.tax.session import current

_ID: Final = "int(max=999999999999999999)"
blueprint: flask.Blueprint = Blueprint("refunds", __name__, url_prefix="/tax/v1", description="退费与档次变更")


@blueprint.post("/refunds")
@exchange(asks=schemas.AskedBack(), answers=schemas.RefundRequest(), status=201, refuses=(401, 409, 422))
def ask(bill_id: int, reason: str, proof: str = "") -> dict[str, Any]:
    """Ask back what was paid of a bill's year; reviewed by the insurance, then by the tax office."""
    with context.world().write() as tx:
        return shown(ask_back.apply(tx, current(tx).psn_no, bill_id, reason, proof))


@blueprint.get("/refunds")
@exchange(answers=schemas.RefundRequests(), refuses=(401,))
def listed() -> dict[str, Any]:
    """List the person's refund requests."""
    with context.world().read() as tx:
        return {"items": [shown(one) for one in requests.of_person(tx, current(tx).psn_no)]}


@blueprint.get(f"/refunds/<{_ID}:request_id>")
@exchange(answers=schemas.RefundRequest(), refuses=(401,))
def show(request_id: int) -> dict[str, Any]:
    """Show how far a refund request has come."""
    with context.world().read() as tx:
        return shown(requests.get(tx, current(tx).psn_no, request_id))


@blueprint.post("/corrections")
@exchange(asks=schemas.LowerTier(), answers=schemas.Correction(), status=201, refuses=(401, 409, 422))
def note_lower(part_id: int, year: int, total_fen: int) -> dict[str, Any]:
    """Note a lower tier than was paid; the difference goes back in a batch after enrolment. Once a year."""
    with context.world().write() as tx:
        return noted(correct.note(tx, current(tx).psn_no, part_id, year, total_fen))


@blueprint.post("/refund-orders/<out_refund_no>/send")
@exchange(answers=schemas.Sent(), refuses=(409, 422, 502, 504))
def send(out_refund_no: str) -> dict[str, Any]:
    """Ask a channel for a refund that is owed; the outbox runs this errand until the channel takes it."""
    world = context.world()
    with world.read() as tx:
        owed = payments.refund(tx, out_refund_no)
        payment = payments.get(tx, owed.psn_no, owed.payment_id)
    context.note(person=owed.psn_no)
    if owed.state == "DUE":
        raise Conflicting("该退款尚未发起")
    if owed.state == "PROCESSING":
        told = outside().channel(world, payment.channel).refund(payment, owed)
        if told is not None:
            with world.write() as tx:
                owed = refund.returned(tx, told)
    return {"out_refund_no": out_refund_no, "state": owed.state}


def shown(found: Request) -> dict[str, Any]:
    """Return a request as its payer sees it."""
    return {
        "request_id": found.request_id,
        "bill_id": found.bill_id,
        "region": found.region,
        "year": found.year,
        "reason": found.reason,
        "reason_name": ask_back.REASONS[found.reason],
        "proof": found.proof,
        "amount_fen": found.amount_fen,
        "state": found.state,
        "refusal": found.refusal,
        "applied_at": clock.rfc3339(found.applied_us),
        "changed_at": clock.rfc3339(found.changed_us),
    }


def noted(found: Correction) -> dict[str, Any]:
    """Return a correction as its payer sees it."""
    return {
        "correction_id": found.correction_id,
        "year": found.year,
        "direction": found.direction,
        "from_fen": found.from_fen,
        "to_fen": found.to_fen,
        "state": found.state,
    }
