"""The confirmation of freshmen."""

import marshmallow as ma

from yibaobox.edge import fields


class FreshmanResult(fields.Schema):
    """What became of the application: name and number are masked as the city masks them."""

    application_id = fields.Integer(required=True)
    name = fields.String(required=True)
    id_no = fields.String(required=True)
    school = fields.String(required=True)
    registered_on = fields.String(required=True)
    submitted_at = fields.String(required=True)
    decided_at = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class FreshmanAccount(fields.Schema):
    """The account that was opened, and how the pledge given with it stands: OPEN, KEPT or BROKEN."""

    region = fields.String(required=True)
    opened_on = fields.String(required=True)
    benefits_from = fields.String(required=True)
    benefits_until = fields.String(required=True)
    credential_from = fields.String(required=True)
    pledge = fields.String(required=True)
    pledge_due = fields.String(required=True)
    next_year_paid = fields.Boolean(required=True)
    reclaimed_fen = fields.Integer(required=True)


class FreshmanState(fields.Schema):
    """NO_ACCOUNT, PENDING, OPENED or FAILED."""

    state = fields.String(required=True)
    state_name = fields.String(required=True)
    result = ma.fields.Nested(FreshmanResult, required=True, allow_none=True)
    account = ma.fields.Nested(FreshmanAccount, required=True, allow_none=True)


class School(fields.Schema):
    """A registration at a college."""

    record_id = fields.Integer(required=True)
    region = fields.String(required=True)
    school = fields.String(required=True)
    college = fields.String(required=True)
    major = fields.String(required=True)
    student_no = fields.String(required=True)
    registered_on = fields.String(required=True)


class Schools(fields.Schema):
    """One's registrations, the first first."""

    items = ma.fields.List(ma.fields.Nested(School), required=True)


class FreshmanCheck(School):
    """One's own data, and the pledge to be signed."""

    name = fields.String(required=True)
    id_no = fields.String(required=True)
    pledge = fields.String(required=True)
    version = fields.String(required=True)


class Confirmation(fields.Schema):
    """With which registration one confirms, that the pledge was read and agreed to, and the signature: one's name."""

    record_id = fields.Integer(required=True, minimum=0)
    agreed = fields.Boolean(required=True)
    signature = fields.String(required=True, validate=ma.validate.Length(1, 50))
