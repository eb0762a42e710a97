"""Signatures of the national interface: made, and looked at step by step."""

from typing import Any, Final

import marshmallow as ma

from yibaobox.domain import clock
from yibaobox.domain.errors import InvalidInput
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import blueprint as control_blueprint
from yibaobox.sandbox.installation import worlds
from yibaobox.settlement.gateway_auth import debug

blueprint = control_blueprint("sign", "签名")
_KIND: Final = ma.validate.OneOf(debug.KINDS)


class ToSign(fields.Schema):
    """What is to be signed: a transaction for csb, nothing for tif, a whole message for body-sign."""

    kind = fields.String(required=True, validate=_KIND)
    infno = fields.String(validate=ma.validate.Length(1, 5))
    body = ma.fields.Dict(metadata={"description": "the message, for body-sign"})


class Signed(fields.Schema):
    """The headers to send, or the `cainfo` to put into the message; and what was signed."""

    headers = ma.fields.Dict(required=True)
    cainfo = ma.fields.String(required=True, allow_none=True)


class Sent(fields.Schema):
    """What was sent: the headers, or for body-sign the message."""

    kind = fields.String(required=True, validate=_KIND)
    headers = ma.fields.Dict(keys=fields.String(), values=fields.String())
    body = ma.fields.Dict()


class SignatureStep(fields.Schema):
    """One step; `ok` null: it cannot be told."""

    step = fields.String(required=True)
    ok = ma.fields.Boolean(required=True, allow_none=True)
    expected = ma.fields.String(required=True)
    given = ma.fields.String(required=True)
    note = ma.fields.String(required=True)


class SignatureSeen(fields.Schema):
    """Whether the signature holds, the first step that differs, and all of them."""

    ok = fields.Boolean(required=True)
    differs = ma.fields.String(required=True, allow_none=True)
    steps = ma.fields.List(ma.fields.Nested(SignatureStep), required=True)


@blueprint.post("")
@exchange(asks=ToSign(), answers=Signed(), refuses=(422,))
def make(kind: str, infno: str = "", body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Sign with the keys of this world."""
    keys, now_ms = _keys(), clock.wall_us() // 1000
    if kind == "csb":
        if not infno:
            raise InvalidInput("csb 签名需要交易编号 infno", field="infno")
        return {"headers": debug.make_csb(infno, keys, now_ms), "cainfo": None}
    if kind == "tif":
        return {"headers": debug.make_tif(context.trace(), keys, now_ms), "cainfo": None}
    return {"headers": {}, "cainfo": debug.make_body(_message(body), keys)}


@blueprint.post("/debug")
@exchange(asks=Sent(), answers=SignatureSeen(), refuses=(422,))
def explain(kind: str, headers: dict[str, str] | None = None, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Tell which step of a signature differs from what the gateway computes."""
    keys, now_ms = _keys(), clock.wall_us() // 1000
    sent = {name.lower(): value for name, value in (headers or {}).items()}
    if kind == "body-sign":
        steps = debug.explain_body(_message(body), keys)
    else:
        steps = (debug.explain_csb if kind == "csb" else debug.explain_tif)(sent, keys, now_ms)
    wrong = next((step.name for step in steps if step.ok is False), None)
    return {"ok": wrong is None, "differs": wrong, "steps": [step.shown() for step in steps]}


def _keys() -> dict[str, str]:
    return {**worlds().registry.installation(), **context.world().info.keys}


def _message(body: dict[str, Any] | None) -> dict[str, Any]:
    if not body:
        raise InvalidInput("body-sign 需要完整报文 body", field="body")
    return body
