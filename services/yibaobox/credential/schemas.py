"""What the routes of the credential ask for and answer."""

import marshmallow as ma

from yibaobox.domain.credentials import CHANNELS
from yibaobox.domain.credentials.members import RELATIONS, WAYS
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


class Channel(fields.Schema):
    """Where one can activate."""

    channel = fields.String(required=True)
    name = fields.String(required=True)


class Terms(fields.Schema):
    """What has to be agreed to, and where one can activate."""

    version = fields.String(required=True)
    text = fields.String(required=True)
    channels = ma.fields.List(ma.fields.Nested(Channel), required=True)


class Activated(Channel):
    """A channel in which the credential was activated."""

    activated_at = fields.String(required=True)


class Status(fields.Schema):
    """The holder's credential."""

    name = fields.String(required=True, metadata={"description": "masked"})
    active = fields.Boolean(required=True)
    channel = fields.String(required=True, allow_none=True)
    activated_at = fields.String(required=True, allow_none=True)
    channels = ma.fields.List(ma.fields.Nested(Activated), required=True)
    region = fields.String(required=True, allow_none=True, metadata={"description": "参保地 of the credential"})
    region_name = fields.String(required=True, allow_none=True)


class Participation(fields.Schema):
    """A participation that the credential can show while it is `usable`."""

    part_id = fields.Integer(required=True)
    region = fields.String(required=True)
    region_name = fields.String(required=True)
    insutype = fields.String(required=True)
    state = fields.String(required=True)
    shown = fields.Boolean(required=True)
    usable = fields.Boolean(required=True)


class Participations(fields.Schema):
    """One's participations; `stale` when the one that is shown was left behind by a move."""

    items = ma.fields.List(ma.fields.Nested(Participation), required=True)
    stale = fields.Boolean(required=True)


class Choice(fields.Schema):
    """Which participation the credential shows."""

    part_id = fields.Integer(required=True, minimum=0)


class Way(fields.Schema):
    """A way of binding a relative."""

    way = fields.String(required=True)
    name = fields.String(required=True)


class Pledge(fields.Schema):
    """The personal pledge, and the ways of binding; a guardian's serves below the age of `guarded_under`."""

    version = fields.String(required=True)
    text = fields.String(required=True)
    ways = ma.fields.List(ma.fields.Nested(Way), required=True)
    guarded_under = fields.Integer(required=True)


class NewRelative(fields.Schema):
    """Whom to add, what they are to the holder, in which way, and that the pledge is given."""

    id_no = fields.IdNumber(required=True)
    name = fields.String(required=True, validate=ma.validate.Length(1, 50))
    relation = fields.String(required=True, validate=ma.validate.OneOf(RELATIONS))
    way = fields.String(required=True, validate=ma.validate.OneOf(tuple(WAYS)))
    pledged = fields.Boolean(required=True)


class Relative(fields.Schema):
    """A binding, with the masked name and number of the other side."""

    binding_id = fields.Integer(required=True)
    name = fields.String(required=True)
    id_no = fields.String(required=True)
    relation = fields.String(required=True)
    way = fields.String(required=True)
    state = fields.String(required=True)
    since = fields.String(required=True, allow_none=True)


class Relatives(fields.Schema):
    """Whom one has added, and who may show one's own code."""

    members = ma.fields.List(ma.fields.Nested(Relative), required=True)
    shown_by = ma.fields.List(ma.fields.Nested(Relative), required=True)


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


class Authorise(fields.Schema):
    """Which institution may ask for payment; of a relative whose code one shows, the binding."""

    institution = fields.String(required=True, validate=_SHORT)
    binding_id = fields.Integer(minimum=0)


class AuthCode(fields.Schema):
    """An `authCode`."""

    auth_code = fields.String(required=True)
    expires_at = fields.String(required=True)


class Redeem(fields.Schema):
    """An `authCode`, and the institution that it was given to."""

    auth_code = fields.String(required=True, validate=ma.validate.Length(1, 200))
    institution = fields.String(required=True, validate=_SHORT)


class Authorised(fields.Schema):
    """Whose wallet it is and, where they authorised for a relative, who the patient is."""

    user_name = fields.String(required=True)
    user_card_no = fields.String(required=True)
    user_card_type = fields.String(required=True)
    auth_no = fields.String(required=True)
    ec_token = fields.String(required=True)
    city_id = fields.String(required=True)
    expires_at = fields.String(required=True)
    pay_auth_no = fields.String()
    family_pay_auth_no = fields.String()
    family_user_name = fields.String()
    family_user_card_no = fields.String()
    family_user_card_type = fields.String()


class Decoding(fields.Schema):
    """One decoding of the holder's codes."""

    institution = fields.String(required=True)
    purpose = fields.String(required=True)
    purpose_name = fields.String(required=True)
    operator_name = fields.String(required=True)
    auth_no = fields.String(required=True)
    channel = fields.String(required=True, allow_none=True)
    shown_by = fields.String(required=True, allow_none=True, metadata={"description": "a relative, masked"})
    at = fields.String(required=True)


class Decodings(fields.Schema):
    """Who decoded the holder's codes, newest first."""

    items = ma.fields.List(ma.fields.Nested(Decoding), required=True)
