"""Settlements, explained: the split as it was computed, step by step, with the source of each figure."""

import json
from typing import Any

import marshmallow as ma

from yibaobox.domain import clock, visits
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import blueprint as control_blueprint

blueprint = control_blueprint("settlements", "结算说明")


class Step(fields.Schema):
    """One step: what came out, in words, and the figure of the policy that it rests on."""

    step = fields.String(required=True)
    amount_fen = fields.Integer(required=True)
    zh = fields.String(required=True)
    en = fields.String(required=True)
    figure = fields.String(required=True, allow_none=True)
    source = fields.String(required=True, allow_none=True)
    confidence = fields.String(required=True, allow_none=True)
    valid_from = fields.String(required=True, allow_none=True)
    quote = ma.fields.List(fields.String(), required=True)


class Reversal(fields.Schema):
    """How the settlement was taken back."""

    reversal_id = fields.String(required=True)
    infno = fields.String(required=True)
    msgid = fields.String(required=True)
    txn_id = fields.Integer(required=True)
    at = fields.String(required=True)


class Explanation(fields.Schema):
    """A settlement with the trace that was stored with it; later tables never change it."""

    setl_id = fields.String(required=True)
    mdtrt_id = fields.String(required=True)
    psn_no = fields.String(required=True)
    fixmedins_code = fields.String(required=True)
    msgid = fields.String(required=True)
    txn_id = fields.Integer(required=True)
    state = fields.String(required=True, metadata={"description": "SETTLED | REVERSED"})
    at = fields.String(required=True)
    region = fields.String(required=True)
    scheme = fields.String(required=True)
    setting = fields.String(required=True)
    year = fields.Integer(required=True, metadata={"description": "policy year that the accumulators belong to"})
    on = fields.String(required=True, metadata={"description": "day whose rules apply"})
    profile = fields.String(required=True)
    policy_version = fields.String(required=True)
    amounts = ma.fields.Dict(required=True, metadata={"description": "what each part came to, in fen"})
    steps = ma.fields.List(ma.fields.Nested(Step), required=True)
    why_not = ma.fields.List(ma.fields.Dict(), required=True)
    assumed = ma.fields.List(fields.String(), required=True)
    warnings = ma.fields.List(fields.String(), required=True)
    sources = ma.fields.Dict(required=True)
    rows = ma.fields.List(ma.fields.Dict(), required=True, metadata={"description": "fee rows, in fen"})
    accounts = ma.fields.Dict(required=True, metadata={"description": "who had how much before, and paid how much"})
    reversal = ma.fields.Nested(Reversal, required=True, allow_none=True)


@blueprint.get("/<setl_id>/explain")
@exchange(answers=Explanation())
def explain(setl_id: str) -> dict[str, Any]:
    """Explain a settlement, by its own number or that of its reversal."""
    with context.world().read() as tx:
        made, undone = visits.shown(tx, setl_id)
    told: dict[str, Any] = json.loads(made.explanation)
    return told | {
        "setl_id": made.number,
        "mdtrt_id": str(made.visit_id),
        "psn_no": made.psn_no,
        "fixmedins_code": made.institution,
        "msgid": made.msgid,
        "txn_id": made.txn_id,
        "state": "SETTLED" if undone is None else "REVERSED",
        "at": clock.rfc3339(made.settled_us),
        "year": made.year,
        "amounts": _amounts(made),
        "reversal": None if undone is None else _reversal(undone),
    }


def _amounts(made: visits.Settlement) -> dict[str, int]:
    names = ("total", "out", "over", "first_pay", "eligible", "deductible", "pool", "major", "own", "family", "cash")
    return {f"{name}_fen": getattr(made, f"{name}_fen") for name in names}


def _reversal(undone: visits.Reversal) -> dict[str, Any]:
    return {
        "reversal_id": str(undone.reversal_id),
        "infno": undone.infno,
        "msgid": undone.msgid,
        "txn_id": undone.txn_id,
        "at": clock.rfc3339(undone.reversed_us),
    }
