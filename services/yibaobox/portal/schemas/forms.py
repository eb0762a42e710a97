"""The forms of registration and suspension, their code lists, and applications with papers."""

from typing import Final

import marshmallow as ma

from yibaobox.domain.accounts.applications import KINDS
from yibaobox.edge import fields
from yibaobox.portal import lists
from yibaobox.portal.schemas.accounts import MOBILE

_TEXT: Final = ma.validate.Length(1, 100)
_REGION: Final = ma.validate.Regexp(r"[1-8][0-9]{5}\Z", error="行政区划编码须为6位数字")
_UNIT: Final = ma.validate.Regexp(r"[0-9]{11}\Z", error="基层区划编码须为11位数字")
_POSTCODE: Final = ma.validate.Regexp(r"[0-9]{6}\Z", error="邮政编码须为6位数字")


class BaseInfo(fields.Schema):
    """个人基础信息: what people say of themselves; all of it may be left out."""

    nation = fields.String(validate=ma.validate.OneOf(lists.NATIONS))
    mobile = fields.String(validate=MOBILE)
    household_region = fields.String(validate=_REGION)
    household_address = fields.String(validate=_TEXT)
    household_postcode = fields.String(validate=_POSTCODE)
    residence_region = fields.String(validate=_REGION)
    residence_address = fields.String(validate=_TEXT)
    residence_postcode = fields.String(validate=_POSTCODE)


class KnownInfo(fields.Schema):
    """个人基础信息 as it is kept; what nobody has said yet is left out."""

    nation = fields.String()
    mobile = fields.String()
    household_region = fields.String()
    household_address = fields.String()
    household_postcode = fields.String()
    residence_region = fields.String()
    residence_address = fields.String()
    residence_postcode = fields.String()


class _Person(BaseInfo):
    """The person of a form, as the population register knows them, and their base information."""

    id_type = fields.String(validate=ma.validate.OneOf(lists.ID_TYPES))
    id_no = fields.IdNumber()
    name = fields.String(validate=ma.validate.Length(1, 50))
    sex = fields.String(validate=ma.validate.OneOf(lists.SEXES))


class Registration(_Person):
    """城乡居民参保登记: a draft may leave out anything; `submit` asks for the fields that the form marks."""

    unit_code = fields.String(validate=_UNIT)
    unit_name = fields.String(validate=_TEXT)
    insutype = fields.String(validate=ma.validate.Equal("390", error="险种固定为城乡居民基本医疗保险"))
    capacity = fields.String(validate=ma.validate.OneOf(lists.RESIDENT_CAPACITIES))
    from_day = ma.fields.Date()
    benefit_year = fields.Integer(minimum=2000, maximum=2100)


class Flexible(_Person):
    """灵活就业人员参保登记: where one takes part, and how often one pays."""

    region = fields.String(validate=_REGION)
    rhythm = fields.String(validate=ma.validate.OneOf(lists.RHYTHMS))


class RepairForm(fields.Schema):
    """灵活就业人员补缴登记: which participation ended for want of payment."""

    part_id = fields.Integer(minimum=1)
    rhythm = fields.String(validate=ma.validate.OneOf(lists.RHYTHMS))
    remark = fields.String(validate=ma.validate.Length(1, 200))


class ResidentChange(BaseInfo):
    """城乡居民参保信息变更登记: another capacity or unit in the same pooling area, and base information."""

    capacity = fields.String(validate=ma.validate.OneOf(lists.RESIDENT_CAPACITIES))
    unit_code = fields.String(validate=_UNIT)


class ArrearsQuery(fields.Query):
    """How often one paid: by month unless said otherwise."""

    rhythm = fields.String(validate=ma.validate.OneOf(lists.RHYTHMS))


class Arrears(fields.Schema):
    """What repairing today brings: RETROACTIVE, FROM_REPAYMENT, or nothing after the deadline (DEADLINE_PASSED)."""

    part_id = fields.Integer(required=True)
    region_name = fields.String(required=True)
    missed_from = ma.fields.Date(required=True)
    continuous_months = fields.Integer(required=True)
    code = fields.String(required=True)
    deadline = ma.fields.Date(required=True, allow_none=True)
    entitled_from = ma.fields.Date(required=True)
    waiting_months = fields.Integer(required=True)
    sources = ma.fields.List(ma.fields.String(), required=True)


class Message(fields.Schema):
    """A message to the official account."""

    text = fields.String(required=True, validate=ma.validate.Length(1, 100))


class ChatReply(fields.Schema):
    """What it answers, and the application that the message made."""

    text = fields.String(required=True)
    application_id = fields.Integer(required=True, allow_none=True)


class DivisionsQuery(fields.Query):
    """Below which division; without one the provinces."""

    parent = fields.String(validate=_REGION)


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


class Divisions(fields.Schema):
    """Administrative divisions, by code."""

    items = ma.fields.List(ma.fields.Nested(Coded), required=True)


class Lists(fields.Schema):
    """The code lists of the forms."""

    units = ma.fields.List(ma.fields.Nested(Coded), required=True)
    id_types = ma.fields.List(ma.fields.Nested(Coded), required=True)
    nations = ma.fields.List(ma.fields.Nested(Coded), required=True)
    sexes = ma.fields.List(ma.fields.Nested(Coded), required=True)
    capacities = ma.fields.List(ma.fields.Nested(Coded), required=True)
    insutypes = ma.fields.List(ma.fields.Nested(Coded), required=True)
    reasons = ma.fields.List(ma.fields.Nested(Coded), required=True)
    rhythms = ma.fields.List(ma.fields.Nested(Coded), required=True)
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

    kind = fields.String(validate=ma.validate.OneOf(KINDS))
