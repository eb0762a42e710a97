"""The family account."""

import marshmallow as ma

from yibaobox.domain.family import RELATIONS
from yibaobox.edge import fields

_MOBILE = ma.validate.Regexp(r"1[3-9][0-9]{9}\Z", error="手机号码须为11位数字")


class Relative(fields.Schema):
    """A relative by identity number and mobile."""

    id_no = fields.IdNumber(required=True)
    mobile = fields.String(required=True, validate=_MOBILE)


class NewMember(Relative):
    """Whom to share with, how one is related, and that the notice was agreed to."""

    relation = fields.String(required=True, validate=ma.validate.OneOf(RELATIONS))
    agreed = fields.Boolean(required=True)


class Found(fields.Schema):
    """The name of a relative, masked."""

    name = fields.String(required=True)


class Notice(fields.Schema):
    """What has to be agreed to."""

    version = fields.String(required=True)
    text = fields.String(required=True)


class Binding(fields.Schema):
    """One binding, with the masked name and number of the other side."""

    binding_id = fields.Integer(required=True)
    name = fields.String(required=True)
    id_no = fields.String(required=True)
    relation = fields.String(required=True)
    relation_name = fields.String(required=True)
    since = fields.String(required=True)


class Addition(fields.Schema):
    """An addition that was submitted: ACTIVE with its binding, REVIEWING while the office decides, or REJECTED."""

    application_id = fields.Integer(required=True)
    state = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    binding = ma.fields.Nested(Binding, required=True, allow_none=True)


class Family(fields.Schema):
    """Whom one gives to, and who gives to one."""

    members = ma.fields.List(ma.fields.Nested(Binding), required=True)
    givers = ma.fields.List(ma.fields.Nested(Binding), required=True)


class Request(fields.Schema):
    """An addition that has begun: the name that was looked up, masked, and what has to prove the relation."""

    application_id = fields.Integer(required=True)
    state = fields.String(required=True)
    name = fields.String(required=True)
    proof = fields.String(required=True, metadata={"description": "household_book or data_check"})


class Use(fields.Schema):
    """Money that went between relatives; `amount_fen` is negative when it came back."""

    txn_id = fields.Integer(required=True)
    direction = fields.String(required=True, metadata={"description": "gave or received"})
    name = fields.String(required=True)
    kind = fields.String(required=True)
    kind_name = fields.String(required=True)
    amount_fen = fields.Integer(required=True)
    at = fields.String(required=True)


class Usage(fields.Schema):
    """What one gave to relatives and took from them, the newest first."""

    items = ma.fields.List(ma.fields.Nested(Use), required=True)
