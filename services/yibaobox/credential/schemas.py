"""What the routes of the credential ask for and answer."""

import marshmallow as ma

from yibaobox.domain.credentials import CHANNELS
from yibaobox.edge import fields

_SHORT = ma.validate.Length(1, 40)


class Begin(fields.Schema):
    """Who activates, where, and that the terms were agreed to."""

    id_no = fields.IdNumber(required=True)
    name = fields.String(required=True, validate=ma.validate.Length(1, 50))
    channel = fields.String(required=True, validate=ma.validate.OneOf(CHANNELS))
    terms = fields.Boolean(required=True, metadata={"description": "the terms were read and agreed to"})


class Begun(fields.Schema):
    """The activation to go on with at the face check."""

    activation = fields.String(required=True)
    state = fields.String(required=True)
    expires_at = fields.String(required=True)


class Passed(fields.Schema):
    """The holder's session after a face check."""

    state = fields.String(required=True)
    token = fields.String(required=True)
    expires_at = fields.String(required=True)


class Status(fields.Schema):
    """The holder's credential."""

    name = fields.String(required=True, metadata={"description": "masked"})
    active = fields.Boolean(required=True)
    channel = fields.String(required=True, allow_none=True)
    activated_at = fields.String(required=True, allow_none=True)


class Code(fields.Schema):
    """A code to show for a minute, as text and as QR code (SVG)."""

    code = fields.String(required=True)
    expires_at = fields.String(required=True)
    svg = ma.fields.String(required=True)


class Decode(fields.Schema):
    """A code, and who decodes it for what."""

    code = fields.String(required=True, validate=ma.validate.Length(1, 200))
    institution = fields.String(required=True, validate=_SHORT)
    purpose = fields.String(required=True, validate=_SHORT)
    operator = fields.String(required=True, validate=_SHORT)
    operator_name = fields.String(required=True, validate=_SHORT)


class Decoded(fields.Schema):
    """The identity behind a code, with the institution's token for it."""

    user_name = fields.String(required=True)
    id_no = fields.String(required=True)
    id_type = fields.String(required=True)
    gender = fields.String(required=True)
    birthday = fields.String(required=True)
    insu_org = fields.String(required=True)
    ec_token = fields.String(required=True)
    auth_no = fields.String(required=True)
    expires_at = fields.String(required=True)


class Decoding(fields.Schema):
    """One decoding of the holder's codes."""

    institution = fields.String(required=True)
    purpose = fields.String(required=True)
    operator_name = fields.String(required=True)
    auth_no = fields.String(required=True)
    at = fields.String(required=True)


class Decodings(fields.Schema):
    """Who decoded the holder's codes, newest first."""

    items = ma.fields.List(ma.fields.Nested(Decoding), required=True)
