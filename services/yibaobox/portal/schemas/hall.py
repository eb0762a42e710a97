"""Participations and what follows from them."""

import marshmallow as ma

from yibaobox.edge import fields


class Participation(fields.Schema):
    """One participation as the hall lists it."""

    part_id = fields.Integer(required=True)
    region = fields.String(required=True)
    region_name = fields.String(required=True)
    state = fields.String(required=True)
    state_name = fields.String(required=True)
    insutype = fields.String(required=True)
    insutype_name = fields.String(required=True)
    capacity = fields.String(required=True)
    capacity_name = fields.String(required=True)
    from_day = ma.fields.Date(required=True)
    to_day = ma.fields.Date(required=True, allow_none=True)
    entitled_from = ma.fields.Date(
        required=True, allow_none=True, metadata={"description": "the first day of benefits, where it is later"}
    )
    first_month = fields.String(required=True)
    account_month = fields.String(required=True)
    unit_code = fields.String(required=True)
    unit_name = fields.String(required=True)
    paid_months = fields.Integer(required=True)
    benefit_year = fields.Integer(required=True, allow_none=True)
    suspend_reason = ma.fields.String(required=True, allow_none=True)


class Participations(fields.Schema):
    """A page of participations, the first begun first."""

    items = ma.fields.List(ma.fields.Nested(Participation), required=True)
    total = fields.Integer(required=True)


class PageQuery(fields.Query):
    """Which page: ten to a page unless said otherwise."""

    page = fields.Integer(minimum=1, maximum=1000)
    size = fields.Integer(minimum=1, maximum=100)


class Choice(fields.Schema):
    """Which participation to look at."""

    part_id = fields.Integer(required=True, minimum=1)


class Hall(fields.Schema):
    """The personal hall: the chosen participation (else the active one) and the balance of the own account."""

    name = fields.String(required=True)
    id_no = fields.String(required=True)
    participation = ma.fields.Nested(Participation, required=True, allow_none=True)
    balance_fen = fields.Integer(required=True)


class EntitlementQuery(fields.Query):
    """On which day (default today), in which region (default wherever it is)."""

    on = ma.fields.Date()
    region = fields.String()


class Entitlement(fields.Schema):
    """Whether one is entitled on a day, and why or why not."""

    on = ma.fields.Date(required=True)
    entitled = fields.Boolean(required=True)
    code = fields.String(required=True)
    reason = fields.String(required=True)
    region = fields.String(required=True)
    insutype = fields.String(required=True)
    benefit_year = fields.Integer(required=True, allow_none=True)
    entitled_from = ma.fields.Date(required=True, allow_none=True)
    entitled_until = ma.fields.Date(required=True, allow_none=True)
