"""A college's campaign: registrations out, what finance took in, mismatches told, what matches activated."""

from typing import Any

import marshmallow as ma

from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import PREFIX
from yibaobox.sandbox.blueprint import blueprint as control_blueprint
from yibaobox.tax import campaign

blueprint = control_blueprint("tax_campaign", "高校参保", f"{PREFIX}/tax/campaign")
_FILE_MAX = 900_000


class CampaignQuery(fields.Query):
    """Which region, which benefit year."""

    region = fields.String(required=True, validate=ma.validate.Length(6, 6))
    year = fields.Integer(required=True, minimum=2000, maximum=2099)


class Registrations(fields.Schema):
    """Who registered and has no benefit year yet."""

    total = fields.Integer(required=True)
    content = fields.String(required=True, metadata={"description": f"CSV: {','.join(campaign.REGISTERED)}"})


class FinanceData(fields.Schema):
    """What finance took, and whether what matches is transferred and activated."""

    region = fields.String(required=True, validate=ma.validate.Length(6, 6))
    year = fields.Integer(required=True, minimum=2000, maximum=2099)
    finance = fields.String(
        required=True,
        validate=ma.validate.Length(1, _FILE_MAX),
        metadata={"description": f"CSV: {','.join(campaign.TAKEN)}"},
    )
    activate = fields.Boolean()


class CampaignMismatch(fields.Schema):
    """A number on which registrations and finance differ."""

    id_no = fields.String(required=True)
    kind = fields.String(required=True, metadata={"description": " | ".join(campaign.KINDS)})
    kind_name = fields.String(required=True)


class NotActivated(fields.Schema):
    """Somebody who matches, and against whom a rule stands."""

    id_no = fields.String(required=True)
    code = fields.String(required=True)


class Matched(fields.Schema):
    """How the lists agree, and what was activated."""

    matched = fields.Integer(required=True)
    mismatches = ma.fields.List(ma.fields.Nested(CampaignMismatch), required=True)
    activated = fields.Integer(required=True)
    refused = ma.fields.List(ma.fields.Nested(NotActivated), required=True)


@blueprint.get("")
@exchange(query=CampaignQuery(), answers=Registrations(), refuses=(422,))
def export(region: str, year: int) -> dict[str, Any]:
    """Export the students who registered in a region."""
    with context.world().read() as tx:
        found = campaign.students(tx, region, year)
    return {"total": len(found), "content": campaign.exported(found)}


@blueprint.post("/match")
@exchange(asks=FinanceData(), answers=Matched(), refuses=(422,))
def match(region: str, year: int, finance: str, activate: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002 - wire
    """Match registrations with what finance took; activate what matches, where wanted."""
    taken = campaign.read(finance)
    with context.world().write() as tx:
        registered = campaign.students(tx, region, year)
        good, wrong = campaign.match(registered, taken, campaign.offered_in(tx, region, year))
        known = {one.id_no: one for one in registered}
        told = [(one.id_no, campaign.activate(tx, known[one.id_no], one, year)) for one in good] if activate else []
    refused = [{"id_no": id_no, "code": code} for id_no, code in told if code is not None]
    return {
        "matched": len(good),
        "mismatches": [{"id_no": w.id_no, "kind": w.kind, "kind_name": campaign.KINDS[w.kind]} for w in wrong],
        "activated": len(told) - len(refused),
        "refused": refused,
    }
