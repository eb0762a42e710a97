"""Filings for treatment elsewhere, and recognised diseases."""

from typing import Final

import marshmallow as ma

from yibaobox.domain.filings import AWAY_TYPES, STUDENT_PLACES, diseases
from yibaobox.edge import fields
from yibaobox.portal import lists
from yibaobox.portal.schemas.accounts import MOBILE
from yibaobox.portal.schemas.forms import Coded

_REGION: Final = ma.validate.Regexp(r"[1-8][0-9]{5}\Z", error="行政区划编码须为6位数字")
_INSTITUTION: Final = ma.validate.Regexp(r"H[0-9]{11}\Z", error="定点医疗机构编码须为 H 加11位数字")


class Somebody(fields.Schema):
    """Whom one files for: somebody who has given leave to file."""

    region = fields.String(required=True, validate=_REGION)
    id_type = fields.String(required=True, validate=ma.validate.OneOf(lists.ID_TYPES))
    id_no = fields.IdNumber(required=True)


class NewFiling(fields.Schema):
    """异地就医备案: type, place of care (a pooling area, a county of it or a whole province), days, who to reach."""

    type = fields.String(required=True, validate=ma.validate.OneOf(AWAY_TYPES))
    destination = fields.String(required=True, validate=_REGION)
    from_day = ma.fields.Date(required=True)
    until_day = ma.fields.Date(metadata={"description": "the region's longest unless given"})
    student_place = fields.String(validate=ma.validate.OneOf(STUDENT_PLACES))
    contact = fields.String(validate=ma.validate.Length(1, 50))
    contact_mobile = fields.String(validate=MOBILE)
    contact_address = fields.String(validate=ma.validate.Length(1, 100))
    for_other = ma.fields.Nested(Somebody)


class Cancelling(fields.Schema):
    """Why a filing is taken back."""

    reason = fields.String(required=True, validate=ma.validate.Length(1, 200))


class AwayType(Coded):
    """A type of filing, and for how many months it holds."""

    status = fields.String(required=True, metadata={"description": "how policy files call it"})


class Types(fields.Schema):
    """The code lists of the form."""

    types = ma.fields.List(ma.fields.Nested(AwayType), required=True)
    student_places = ma.fields.List(ma.fields.Nested(Coded), required=True)


class Filing(fields.Schema):
    """A filing: NOT_BEGUN, VALID, EXPIRED or CANCELLED. Transfers are filed by hospitals."""

    filing_id = fields.Integer(required=True)
    kind = fields.String(required=True)
    kind_name = fields.String(required=True)
    type = fields.String(required=True)
    type_name = fields.String(required=True)
    name = fields.String(required=True, metadata={"description": "whose it is, masked"})
    region = fields.String(required=True)
    destination = fields.String(required=True)
    destination_name = fields.String(required=True)
    from_day = fields.String(required=True)
    until_day = fields.String(required=True, allow_none=True)
    state = fields.String(required=True)
    state_name = fields.String(required=True)
    student_place = fields.String(required=True, allow_none=True)
    agent = fields.String(required=True, allow_none=True, metadata={"description": "who filed it for them, masked"})
    filed_at = fields.String(required=True)
    cancelled_at = fields.String(required=True, allow_none=True)
    cancel_reason = fields.String(required=True, allow_none=True)


class Filings(fields.Schema):
    """Filings, the newest first."""

    items = ma.fields.List(ma.fields.Nested(Filing), required=True)


class Place(fields.Query):
    """Of which pooling area, or county of it."""

    region = fields.String(required=True, validate=_REGION)


class Disease(Coded):
    """A disease: whether it is one of 两病, the papers that it needs, for how many months it is recognised."""

    two = ma.fields.Boolean(required=True)
    papers = ma.fields.List(ma.fields.Nested(Coded), required=True)
    valid_months = ma.fields.Integer(required=True, allow_none=True)


class Diseases(fields.Schema):
    """The diseases of a region, and how many institutions may be chosen."""

    items = ma.fields.List(ma.fields.Nested(Disease), required=True)
    institutions_max = fields.Integer(required=True)


class Hospital(Coded):
    """A hospital that can be chosen."""

    level = fields.String(required=True)


class Hospitals(fields.Schema):
    """The hospitals of a region."""

    items = ma.fields.List(ma.fields.Nested(Hospital), required=True)


class ChronicForm(fields.Schema):
    """门诊慢特病资格申请: all but the address is asked for at `submit`; the consent has to be agreed to."""

    disease = fields.String(validate=ma.validate.OneOf(diseases.DISEASES))
    institutions = ma.fields.List(fields.String(validate=_INSTITUTION), validate=ma.validate.Length(1, 10))
    mobile = fields.String(validate=MOBILE)
    address = fields.String(validate=ma.validate.Length(1, 100))
    agreed = fields.Boolean()


class Qualification(fields.Schema):
    """A recognised disease with its days and institutions (none: any)."""

    filing_id = fields.Integer(required=True)
    disease = fields.String(required=True)
    disease_name = fields.String(required=True)
    region = fields.String(required=True)
    institutions = ma.fields.List(fields.String(), required=True)
    from_day = fields.String(required=True)
    until_day = fields.String(required=True, allow_none=True)
    state = fields.String(required=True)
    state_name = fields.String(required=True)
    source = fields.String(required=True, metadata={"description": "portal, office, or the hospital that filed it"})


class Qualifications(fields.Schema):
    """Recognised diseases, the newest first."""

    items = ma.fields.List(ma.fields.Nested(Qualification), required=True)
