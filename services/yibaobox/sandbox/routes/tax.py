"""What the tax office does by hand: waives bills, returns noted differences, repairs refunds that failed."""

from typing import Any

import marshmallow as ma

from yibaobox.domain.billing import corrections, payments
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import blueprint as control_blueprint
from yibaobox.tax import correct, refund, states, waive

blueprint = control_blueprint("tax", "税务经办")
_ID = "<int(max=999999999999999999):bill_id>"


class Waived(fields.Schema):
    """A bill that was waived."""

    bill_id = fields.Integer(required=True)
    psn_no = fields.String(required=True)
    state = fields.String(required=True)


class Recognised(fields.Schema):
    """As what the person was recognised, such as 城乡低保."""

    reason = fields.String(required=True, validate=ma.validate.Length(1, 100))


class Batch(fields.Schema):
    """Whose notes: of one region and benefit year."""

    region = fields.String(required=True, validate=ma.validate.Length(6, 6))
    year = fields.Integer(required=True, minimum=2000, maximum=2099)


class Returned(fields.Schema):
    """A difference that goes back."""

    psn_no = fields.String(required=True)
    correction_id = fields.Integer(required=True)
    amount_fen = fields.Money(required=True)


class ReturnedBatch(fields.Schema):
    """What the batch gave back, and how many notes wait for their enrolment."""

    items = ma.fields.List(ma.fields.Nested(Returned), required=True)
    waiting = fields.Integer(required=True)


class Repair(fields.Schema):
    """How: `again` asks the channel under the new number, `counter` pays the money out at the counter."""

    way = fields.String(required=True, validate=ma.validate.OneOf(("again", "counter")))


class Repaired(fields.Schema):
    """The refund afterwards."""

    out_refund_no = fields.String(required=True)
    amount_fen = fields.Money(required=True)
    state = fields.String(required=True)


class OwedQuery(fields.Query):
    """Which refunds (default: all that are not over)."""

    state = fields.String(validate=ma.validate.OneOf(("DUE", "PROCESSING", "DONE", "CLOSED")))


class Owed(fields.Schema):
    """Money that is owed back, or was."""

    out_refund_no = fields.String(required=True)
    psn_no = fields.String(required=True)
    channel = fields.String(required=True)
    amount_fen = fields.Money(required=True)
    state = fields.String(required=True)
    reason = fields.String(required=True)
    outcome = ma.fields.String(required=True, allow_none=True)


class OwedList(fields.Schema):
    """Refunds, the newest first, at most a hundred."""

    items = ma.fields.List(ma.fields.Nested(Owed), required=True)


@blueprint.post(f"/bills/{_ID}/waive")
@exchange(asks=Recognised(), answers=Waived(), refuses=(409, 422))
def waive_bill(bill_id: int, reason: str) -> dict[str, Any]:
    """Recognise a person for assistance before they pay: the bill is waived and the year granted."""
    with context.world().write() as tx:
        bill = waive.waive(tx, bill_id, reason)
        return {"bill_id": bill.bill_id, "psn_no": bill.psn_no, "state": states.state_of(tx, bill)}


@blueprint.post("/corrections/refund")
@exchange(asks=Batch(), answers=ReturnedBatch(), refuses=(422,))
def return_differences(region: str, year: int) -> dict[str, Any]:
    """Give back the differences that were noted and whose payment insurance knows of; done again, nothing more goes."""
    with context.world().write() as tx:
        noted = corrections.noted(tx, region, year)
        done = [each for each in (correct.give_back(tx, one) for one in noted) if each is not None]
    items = [
        {"psn_no": one.psn_no, "correction_id": one.correction_id, "amount_fen": one.from_fen - one.to_fen}
        for one in done
    ]
    return {"items": items, "waiting": len(noted) - len(done)}


@blueprint.get("/refunds")
@exchange(query=OwedQuery(), answers=OwedList(), refuses=(422,))
def owed(state: str | None = None) -> dict[str, Any]:
    """List what is owed back through channels."""
    with context.world().read() as tx:
        return {"items": [_owed(*one) for one in payments.all_refunds(tx, state)]}


@blueprint.post("/refunds/<out_refund_no>/repair")
@exchange(asks=Repair(), answers=Repaired(), refuses=(409, 422))
def repair(out_refund_no: str, way: str) -> dict[str, Any]:
    """Bring a refund to its end that a channel could not make."""
    with context.world().write() as tx:
        done = refund.at_counter(tx, out_refund_no) if way == "counter" else refund.again(tx, out_refund_no)
    return {"out_refund_no": done.out_refund_no, "amount_fen": done.amount_fen, "state": done.state}


def _owed(one: payments.Refund, channel: str) -> dict[str, Any]:
    names = ("out_refund_no", "psn_no", "amount_fen", "state", "reason", "outcome")
    return {name: getattr(one, name) for name in names} | {"channel": channel}
