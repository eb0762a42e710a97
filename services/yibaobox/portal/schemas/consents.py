"""Consents to act for others."""

import marshmallow as ma

from yibaobox.domain.accounts.consents import SCOPES
from yibaobox.edge import fields
from yibaobox.portal.schemas.accounts import MOBILE
from yibaobox.portal.schemas.forms import Coded


class _Asked(fields.Schema):
    """Somebody by number and mobile, the affairs, the last day, and that the notice was agreed to."""

    id_no = fields.IdNumber(required=True)
    mobile = fields.String(required=True, validate=MOBILE)
    scopes = ma.fields.List(
        fields.String(validate=ma.validate.OneOf(SCOPES)), required=True, validate=ma.validate.Length(1, len(SCOPES))
    )
    until = ma.fields.Date(required=True)
    agreed = fields.Boolean(required=True)


class NewConsent(_Asked):
    """Who shall act for oneself."""


class TakenConsent(_Asked):
    """For whom one shall act, with the code that their mobile received."""

    sms_code = fields.String(required=True, validate=ma.validate.Length(1, 10))


class ConsentNotice(fields.Schema):
    """What has to be agreed to, and the affairs."""

    version = fields.String(required=True)
    text = fields.String(required=True)
    scopes = ma.fields.List(ma.fields.Nested(Coded), required=True)


class Consent(fields.Schema):
    """A consent, with the masked name and number of the other side: LIVE, ENDED or EXPIRED."""

    consent_id = fields.Integer(required=True)
    name = fields.String(required=True)
    id_no = fields.String(required=True)
    scopes = ma.fields.List(fields.String(), required=True)
    until = ma.fields.Date(required=True)
    state = fields.String(required=True)
    given_by = fields.String(required=True)
    given_at = fields.String(required=True)
    ended_at = ma.fields.String(required=True, allow_none=True)


class Consents(fields.Schema):
    """Consents by side, the newest first."""

    given = ma.fields.List(ma.fields.Nested(Consent), required=True)
    received = ma.fields.List(ma.fields.Nested(Consent), required=True)
