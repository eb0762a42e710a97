"""Codes by text message that a number was sent, newest first: no network carries them, here they are read."""

from typing import Any

import marshmallow as ma

from yibaobox.domain import clock
from yibaobox.domain.accounts import codes
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import blueprint as control_blueprint

blueprint = control_blueprint("sms", "短信验证码")


class SmsQuery(fields.Query):
    """Which number."""

    mobile = fields.String(required=True)


class Sms(fields.Schema):
    """A code and whether it can still serve."""

    mobile = fields.String(required=True)
    purpose = fields.String(required=True)
    code = fields.String(required=True)
    attempts_left = fields.Integer(required=True)
    sent_at = fields.String(required=True)
    expires_at = fields.String(required=True)
    used_at = ma.fields.String(required=True, allow_none=True)


class SmsList(fields.Schema):
    """Codes, the newest first."""

    items = ma.fields.List(ma.fields.Nested(Sms), required=True)


@blueprint.get("")
@exchange(query=SmsQuery(), answers=SmsList(), refuses=(422,))
def listed(mobile: str) -> dict[str, Any]:
    """List the codes sent to a number."""
    with context.world().read() as tx:
        found = codes.sent(tx, mobile)
    return {"items": [_shown(each) for each in found]}


def _shown(sent: codes.Sent) -> dict[str, Any]:
    return {
        "mobile": sent.mobile,
        "purpose": sent.purpose,
        "code": sent.code,
        "attempts_left": sent.attempts_left,
        "sent_at": clock.rfc3339(sent.created_us),
        "expires_at": clock.rfc3339(sent.expires_us),
        "used_at": None if sent.used_us is None else clock.rfc3339(sent.used_us),
    }
