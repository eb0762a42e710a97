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


class Family(fields.Schema):
    """Whom one gives to, and who gives to one."""

    members = ma.fields.List(ma.fields.Nested(Binding), required=True)
    givers = ma.fields.List(ma.fields.Nested(Binding), required=True)
