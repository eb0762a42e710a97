"""Registration, log-in, the person signed in."""

import marshmallow as ma

from yibaobox.domain.accounts.codes import PURPOSES
from yibaobox.domain.accounts.links import CHANNELS
from yibaobox.edge import fields
from yibaobox.portal.lists import ID_TYPES

MOBILE = ma.validate.Regexp(r"1[3-9][0-9]{9}\Z", error="手机号码须为11位数字")


class NewCode(fields.Schema):
    """Where to send a code by text message, and what for."""

    mobile = fields.String(required=True, validate=MOBILE)
    purpose = fields.String(required=True, validate=ma.validate.OneOf(PURPOSES))


class CodeSent(fields.Schema):
    """A code is on its way; the sandbox shows it at GET /_sandbox/v1/sms."""

    mobile = fields.String(required=True)
    expires_at = fields.String(required=True)


class NewAccount(fields.Schema):
    """The form of a personal registration."""

    name = fields.String(required=True, validate=ma.validate.Length(1, 50))
    id_type = fields.String(validate=ma.validate.OneOf(ID_TYPES))
    id_no = fields.IdNumber(required=True)
    mobile = fields.String(required=True, validate=MOBILE)
    sms_code = fields.String(required=True, validate=ma.validate.Length(1, 10))
    password = fields.String(required=True, validate=ma.validate.Length(1, 100))
    agreed = fields.Boolean(required=True, metadata={"description": "the terms of service were agreed to"})


class Account(fields.Schema):
    """An account, masked."""

    name = fields.String(required=True)
    id_no = fields.String(required=True)
    mobile = fields.String(required=True)


class Captcha(fields.Schema):
    """A picture to read; the sandbox shows its answer at GET /_sandbox/v1/captcha/<id>."""

    captcha_id = fields.String(required=True)
    svg = fields.String(required=True)
    expires_at = fields.String(required=True)


class SignIn(fields.Schema):
    """Mobile or identity number, password, captcha."""

    login = fields.String(required=True, validate=ma.validate.Length(1, 50))
    password = fields.String(required=True, validate=ma.validate.Length(1, 100))
    captcha_id = fields.String(required=True, validate=ma.validate.Length(1, 50))
    captcha = fields.String(required=True, validate=ma.validate.Length(1, 10))


class SignedIn(Account):
    """A session: send the token as `Authorization: Bearer <token>`."""

    token = fields.String(required=True)
    expires_at = fields.String(required=True)


class Me(Account):
    """The person signed in."""

    psn_no = fields.String(required=True)
    sex = fields.String(required=True)
    birth = ma.fields.Date(required=True)
    agent = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "the masked name of who acts for this person"}
    )


class NewPassword(fields.Schema):
    """The present password and the one that shall be."""

    password = fields.String(required=True, validate=ma.validate.Length(1, 100))
    new_password = fields.String(required=True, validate=ma.validate.Length(1, 100))


class PasswordReset(fields.Schema):
    """Whose account, the code that its mobile received (purpose `reset_password`), and the new password."""

    id_no = fields.IdNumber(required=True)
    mobile = fields.String(required=True, validate=MOBILE)
    sms_code = fields.String(required=True, validate=ma.validate.Length(1, 10))
    new_password = fields.String(required=True, validate=ma.validate.Length(1, 100))


class NewMobile(fields.Schema):
    """The new number, the code that it received (purpose `change_mobile`), and the password."""

    mobile = fields.String(required=True, validate=MOBILE)
    sms_code = fields.String(required=True, validate=ma.validate.Length(1, 10))
    password = fields.String(required=True, validate=ma.validate.Length(1, 100))


class MiniProgramCode(fields.Schema):
    """What a mini-program gets from its wallet at log-in."""

    channel = fields.String(required=True, validate=ma.validate.OneOf(CHANNELS))
    code = fields.String(required=True, validate=ma.validate.Length(1, 128))


class Link(fields.Schema):
    """A mini-program whose user is linked to the account."""

    channel = fields.String(required=True)
    channel_name = fields.String(required=True)
    linked_at = fields.String(required=True)


class Links(fields.Schema):
    """Links by channel."""

    items = ma.fields.List(ma.fields.Nested(Link), required=True)
