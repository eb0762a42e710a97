"""Decodings: which institution decoded whose code, when, for what, and who sat at the window."""

from typing import Any

import marshmallow as ma

from yibaobox.domain import credentials
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import blueprint as control_blueprint

blueprint = control_blueprint("decodings", "解码记录")


class DecodingsQuery(fields.Query):
    """Of whom, by whom."""

    psn_no = fields.String(validate=ma.validate.Length(1, 40))
    institution = fields.String(validate=ma.validate.Length(1, 40))
    limit = fields.Integer(minimum=1, maximum=1000)


class Decoding(fields.Schema):
    """One decoding; `shown_by` is the relative who showed the code."""

    psn_no = fields.String(required=True)
    institution = fields.String(required=True)
    purpose = fields.String(required=True)
    operator = fields.String(required=True)
    operator_name = fields.String(required=True)
    auth_no = fields.String(required=True)
    channel = fields.String(required=True, allow_none=True)
    shown_by = fields.String(required=True, allow_none=True)
    at = fields.String(required=True)


class Decodings(fields.Schema):
    """Decodings, the newest first."""

    items = ma.fields.List(ma.fields.Nested(Decoding), required=True)


@blueprint.get("")
@exchange(query=DecodingsQuery(), answers=Decodings(), refuses=(422,))
def listed(psn_no: str | None = None, institution: str | None = None, limit: int = 100) -> dict[str, Any]:
    """List decodings, the newest first."""
    with context.world().read() as tx:
        return {"items": credentials.decodings(tx, psn_no=psn_no, institution=institution, limit=limit)}
