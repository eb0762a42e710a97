"""The forms of registration and suspension, their code lists, and applications with papers."""

from typing import Final

import marshmallow as ma

from yibaobox.edge import fields
from yibaobox.portal import lists

_TEXT: Final = ma.validate.Length(1, 100)
_REGION: Final = ma.validate.Regexp(r"[1-8][0-9]{5}\Z", error="行政区划编码须为6位数字")
_POSTCODE: Final = ma.validate.Regexp(r"[0-9]{6}\Z", error="邮政编码须为6位数字")


class Registration(fields.Schema):
    """城乡居民参保登记: a draft may leave out anything; `submit` asks for the fields that the form marks."""

    unit_code = fields.String(validate=ma.validate.Regexp(r"[0-9]{11}\Z", error="基层区划编码须为11位数字"))
    unit_name = fields.String(validate=_TEXT)
    id_type = fields.String(validate=ma.validate.OneOf(lists.ID_TYPES))
    id_no = fields.IdNumber()
    name = fields.String(validate=ma.validate.Length(1, 50))
    mobile = fields.String(validate=ma.validate.Regexp(r"1[3-9][0-9]{9}\Z", error="手机号码须为11位数字"))
    nation = fields.String(validate=ma.validate.OneOf(lists.NATIONS))
    sex = fields.String(validate=ma.validate.OneOf(lists.SEXES))
    household_region = fields.String(validate=_REGION)
    household_address = fields.String(validate=_TEXT)
    household_postcode = fields.String(validate=_POSTCODE)
    residence_region = fields.String(validate=_REGION)
    residence_address = fields.String(validate=_TEXT)
    residence_postcode = fields.String(validate=_POSTCODE)
    insutype = fields.String(validate=ma.validate.Equal("390", error="险种固定为城乡居民基本医疗保险"))
    capacity = fields.String(validate=ma.validate.OneOf(lists.RESIDENT_CAPACITIES))
    from_day = ma.fields.Date()
    benefit_year = fields.Integer(minimum=2000, maximum=2100)


class Suspension(fields.Schema):
    """城乡居民暂停参保: all fields are asked for at `submit`."""

    part_id = fields.Integer(minimum=1)
    region = fields.String(validate=_REGION)
    reason = fields.String(validate=ma.validate.OneOf(lists.REASONS))
    suspend_day = ma.fields.Date()
    remark = fields.String(validate=ma.validate.Length(1, 200))


class Coded(fields.Schema):
    """One entry of a code list."""

    code = fields.String(required=True)
    name = fields.String(required=True)


class Lists(fields.Schema):
    """The code lists of the forms."""

    units = ma.fields.List(ma.fields.Nested(Coded), required=True)
    id_types = ma.fields.List(ma.fields.Nested(Coded), required=True)
    nations = ma.fields.List(ma.fields.Nested(Coded), required=True)
    sexes = ma.fields.List(ma.fields.Nested(Coded), required=True)
    capacities = ma.fields.List(ma.fields.Nested(Coded), required=True)
    insutypes = ma.fields.List(ma.fields.Nested(Coded), required=True)
    reasons = ma.fields.List(ma.fields.Nested(Coded), required=True)
    paper_kinds = ma.fields.List(ma.fields.Nested(Coded), required=True)


class Paper(fields.Schema):
    """A paper that was handed in; its name is ours."""

    paper_id = fields.Integer(required=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    media_type = fields.String(required=True)
    size = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    created_at = fields.String(required=True)


class Papers(fields.Schema):
    """Papers, the first first."""

    items = ma.fields.List(ma.fields.Nested(Paper), required=True)


class Application(fields.Schema):
    """An application: DRAFT, SUBMITTED, APPROVED or REJECTED."""

    application_id = fields.Integer(required=True)
    kind = fields.String(required=True)
    kind_name = fields.String(required=True)
    state = fields.String(required=True)
    state_name = fields.String(required=True)
    region = fields.String(required=True)
    form = ma.fields.Dict(required=True)
    part_id = fields.Integer(required=True, allow_none=True)
    agent = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "the masked name of who submitted it for this person"}
    )
    reason = ma.fields.String(required=True, allow_none=True)
    created_at = fields.String(required=True)
    submitted_at = ma.fields.String(required=True, allow_none=True)
    decided_at = ma.fields.String(required=True, allow_none=True)
    papers = ma.fields.List(ma.fields.Nested(Paper), required=True)
    payment_channels = ma.fields.List(
        ma.fields.String(), required=True, metadata={"description": "where to pay next, after an approved registration"}
    )


class Applications(fields.Schema):
    """One's own applications, the newest first."""

    items = ma.fields.List(ma.fields.Nested(Application), required=True)


class ApplicationsQuery(fields.Query):
    """Which kind."""

    kind = fields.String(validate=ma.validate.OneOf(("registration", "suspension")))
