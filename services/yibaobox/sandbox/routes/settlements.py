"""Settlements, explained: the split as it was computed, step by step, with the source of each figure; and what if."""

from datetime import date
from typing import Any

import marshmallow as ma

from yibaobox.domain import clock, visits
from yibaobox.domain.policy import explain as words
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox import what_if
from yibaobox.sandbox.blueprint import blueprint as control_blueprint

blueprint = control_blueprint("settlements", "结算说明")


class Step(fields.Schema):
    """One step: what came out, in words, from which figures by which rule, and the figure of the policy it rests on."""

    step = fields.String(required=True)
    amount_fen = fields.Integer(required=True)
    zh = fields.String()
    en = fields.String()
    rule = fields.String(required=True, allow_none=True, metadata={"description": "the computation in symbols"})
    from_ = ma.fields.Dict(required=True, data_key="from", attribute="from", metadata={"description": "its operands"})
    parts = ma.fields.List(fields.String(), required=True, metadata={"description": "the steps it is made of"})
    figure = fields.String(required=True, allow_none=True)
    region = fields.String(required=True, allow_none=True, metadata={"description": "whose figure it is"})
    source = fields.String(required=True, allow_none=True, metadata={"description": "file or document, and line"})
    at = fields.String(required=True, allow_none=True)
    title = fields.String(required=True, allow_none=True)
    url = fields.String(required=True, allow_none=True)
    confidence = fields.String(required=True, allow_none=True)
    assumed = ma.fields.Boolean(required=True, allow_none=True)
    carried = ma.fields.Boolean(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    valid_from = fields.String(required=True, allow_none=True)
    valid_until = fields.String(
        required=True, allow_none=True, metadata={"description": "the first day on which it no longer holds"}
    )
    quote = ma.fields.List(fields.String(), required=True)


class Reason(fields.Schema):
    """Why a fund or an account did not pay more."""

    code = fields.String(required=True)
    amount_fen = fields.Integer(required=True)
    zh = fields.String()
    en = fields.String()


class Assumption(fields.Schema):
    """A figure that is the sandbox's, or carried over from an earlier year."""

    figure = fields.String(required=True)
    region = fields.String(required=True)
    carried = ma.fields.Boolean(required=True)
    zh = fields.String()
    en = fields.String()


class Reversal(fields.Schema):
    """How the settlement was taken back."""

    reversal_id = fields.String(required=True)
    infno = fields.String(required=True)
    msgid = fields.String(required=True)
    txn_id = fields.Integer(required=True)
    at = fields.String(required=True)


class Told(fields.Schema):
    """A split in words."""

    region = fields.String(required=True)
    scheme = fields.String(required=True)
    setting = fields.String(required=True)
    on = fields.String(required=True, metadata={"description": "day whose rules apply"})
    profile = fields.String(required=True)
    policy_version = fields.String(required=True)
    amounts = ma.fields.Dict(required=True, metadata={"description": "what each part came to, in fen"})
    steps = ma.fields.List(ma.fields.Nested(Step), required=True)
    why_not = ma.fields.List(ma.fields.Nested(Reason), required=True)
    assumed = ma.fields.List(fields.String(), required=True)
    assumptions = ma.fields.List(ma.fields.Nested(Assumption), required=True)
    warnings = ma.fields.List(fields.String(), required=True)
    sources = ma.fields.Dict(required=True)


class EarlierPart(Told):
    """What of a stay was settled in an earlier policy year, where the region divides stays."""

    year = fields.Integer(required=True)


class Explanation(Told):
    """A settlement with the trace that was stored with it; later tables never change it."""

    setl_id = fields.String(required=True)
    mdtrt_id = fields.String(required=True)
    psn_no = fields.String(required=True)
    fixmedins_code = fields.String(required=True)
    msgid = fields.String(required=True)
    txn_id = fields.Integer(required=True)
    state = fields.String(required=True, metadata={"description": "SETTLED | REVERSED"})
    at = fields.String(required=True)
    year = fields.Integer(required=True, metadata={"description": "policy year that the accumulators belong to"})
    rows = ma.fields.List(ma.fields.Dict(), required=True, metadata={"description": "fee rows, in fen"})
    accounts = ma.fields.Dict(required=True, metadata={"description": "who had how much before, and paid how much"})
    filings = ma.fields.List(
        ma.fields.Dict(),
        metadata={"description": "what on file it rests on: treatment elsewhere, a recognised disease"},
    )
    reversal = ma.fields.Nested(Reversal, required=True, allow_none=True)
    earlier_parts = ma.fields.List(
        ma.fields.Nested(EarlierPart),
        metadata={"description": "of a stay that the region divides: each earlier policy year by itself"},
    )


class Language(fields.Query):
    """Which sentences are wanted."""

    lang = fields.String(validate=ma.validate.OneOf(words.LANGUAGES), metadata={"description": "both unless given"})


class WhatIf(fields.Schema):
    """What is to be different; the rest stays as it was settled."""

    region = fields.String(metadata={"description": "another pooling area, or a county of it"})
    on = ma.fields.Date(metadata={"description": "the rules of another day"})
    scheme = fields.String(validate=ma.validate.OneOf(what_if.SCHEMES))
    setting = fields.String(validate=ma.validate.OneOf(tuple(what_if.SETTINGS)))
    level = fields.String(validate=ma.validate.OneOf(tuple(what_if.LEVELS)))
    population = fields.String(validate=ma.validate.OneOf(tuple(what_if.POPULATIONS)))
    profile = fields.String(validate=ma.validate.OneOf(("demo", "strict")))
    accumulators = fields.String(
        validate=ma.validate.OneOf(what_if.ACCUMULATORS),
        metadata={"description": "`stored` (usual in the same region and policy year) or `zero` (usual elsewhere)"},
    )


class Otherwise(fields.Schema):
    """The same visit under other rules; nothing is changed by asking."""

    setl_id = fields.String(required=True)
    settled = ma.fields.Dict(required=True, metadata={"description": "the amounts as they were settled, in fen"})
    what_if = ma.fields.Nested(Told, required=True)
    difference = ma.fields.Dict(required=True, metadata={"description": "what if minus settled, in fen"})
    accumulators = fields.String(required=True, metadata={"description": "stored | zero"})


@blueprint.get("/<setl_id>/explain")
@exchange(query=Language(), answers=Explanation(), refuses=(422,))
def explain(setl_id: str, lang: str = "both") -> dict[str, Any]:
    """Explain a settlement, by its own number or that of its reversal."""
    with context.world().read() as tx:
        made, undone = visits.shown(tx, setl_id)
        stored = visits.explanation_of(tx, made)
    earlier = [words.told(part, lang) | {"amounts": _by_step(part)} for part in stored.pop("earlier_parts", ())]
    return words.told(stored, lang) | {
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
        "earlier_parts": earlier,
    }


@blueprint.post("/<setl_id>/what-if")
@exchange(asks=WhatIf(), query=Language(), answers=Otherwise(), refuses=(422,))
def otherwise(setl_id: str, lang: str = "both", on: date | None = None, **changes: str) -> dict[str, Any]:
    """Split the bill of a settlement again under another region, day or circumstance; nothing is written."""
    with context.world().read() as tx:
        made, _ = visits.shown(tx, setl_id)
    again = what_if.split_again(made, on, changes)
    settled, found = _amounts(made), again.amounts
    return {
        "setl_id": made.number,
        "settled": settled,
        "what_if": words.told(again.explanation, lang) | {"amounts": found},
        "difference": {name: found[name] - settled[name] for name in settled},
        "accumulators": again.accumulators,
    }


def _amounts(made: visits.Settlement) -> dict[str, int]:
    names = ("total", "out", "over", "first_pay", "eligible", "deductible", "pool", "major", "own", "family", "cash")
    return {f"{name}_fen": getattr(made, f"{name}_fen") for name in names}


def _by_step(part: dict[str, Any]) -> dict[str, int]:
    """What each step of an earlier part came to, under the names of a settlement."""
    named = {"out_of_catalogue": "out", "over_limit": "over"}
    return {f"{named.get(step['step'], step['step'])}_fen": step["amount_fen"] for step in words.steps(part)}


def _reversal(undone: visits.Reversal) -> dict[str, Any]:
    return {
        "reversal_id": str(undone.reversal_id),
        "infno": undone.infno,
        "msgid": undone.msgid,
        "txn_id": undone.txn_id,
        "at": clock.rfc3339(undone.reversed_us),
    }
