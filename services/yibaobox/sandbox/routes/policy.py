"""The policy tables in force, and the engine for one case: nothing here touches a world."""

from datetime import date
from typing import Any

import marshmallow as ma

from yibaobox.domain import policy
from yibaobox.domain.policy import in_force
from yibaobox.domain.policy.evaluate import evaluate as computed
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import blueprint as control_blueprint

blueprint = control_blueprint("policy", "政策")


class PolicyCase(ma.Schema):
    """One policy case in the format of worked cases; keys that are not named here are notes and ignored."""

    class Meta:
        """What the contract says of notes."""

        unknown = ma.INCLUDE

    def load(self, data: Any, **given: Any) -> Any:
        """Load a case with its notes; every other schema here refuses unknown keys."""
        return super().load(data, **{**given, "unknown": ma.INCLUDE})

    id = ma.fields.Raw(allow_none=True)
    kind = ma.fields.Raw(
        required=True,
        metadata={"description": "settle | sequence | reverse | reimburse | premium | standing | out_of_area"},
    )
    region = ma.fields.Raw(required=True, metadata={"description": "pooling area, or a county of it"})
    insurance = ma.fields.Raw(required=True, metadata={"description": "scheme"})
    input = ma.fields.Raw(required=True, metadata={"description": "by kind"})
    params = ma.fields.Raw(allow_none=True, metadata={"description": "figures that replace the region's"})
    profile = ma.fields.Raw(metadata={"description": "strict (unless given) | demo"})
    expect = ma.fields.Raw(allow_none=True, metadata={"description": "its keys shape the result; nothing is compared"})


class Evaluated(fields.Schema):
    """A computed case."""

    id = ma.fields.Raw(required=True, allow_none=True)
    result = ma.fields.Raw(required=True, metadata={"description": "of the type and with the keys of `expect`"})
    trace = ma.fields.List(ma.fields.Dict(), required=True)


class PolicyRegion(fields.Schema):
    """A region that has tables of its own."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    benefits = ma.fields.List(fields.String(), required=True, metadata={"description": "<scheme>.<benefit>"})
    figures = fields.Integer(required=True, metadata={"description": "dated values in its files"})
    illustrative = fields.Integer(required=True, metadata={"description": "of them illustrations"})


class PolicyRegions(fields.Schema):
    """Regions by code."""

    items = ma.fields.List(ma.fields.Nested(PolicyRegion), required=True)


class Figure(fields.Schema):
    """A figure in force, as its file writes it, with its source."""

    parameter = fields.String(required=True)
    unit = fields.String(required=True)
    by = ma.fields.List(fields.String(), required=True, metadata={"description": "dimensions of a table"})
    value = ma.fields.Raw(required=True)
    citation = ma.fields.Dict(required=True)


class Table(fields.Schema):
    """The figures of one benefit."""

    scheme = fields.String(required=True)
    benefit = fields.String(required=True)
    method = fields.String(required=True)
    parameters = ma.fields.List(ma.fields.Nested(Figure), required=True)


class InForce(fields.Schema):
    """What holds in a region on a day, what is inherited included."""

    region = fields.String(required=True)
    name = fields.String(required=True)
    on = fields.String(required=True)
    profile = fields.String(required=True)
    tables = ma.fields.List(ma.fields.Nested(Table), required=True)


class InForceQuery(fields.Query):
    """When, and whether illustrations count."""

    on = ma.fields.Date(metadata={"description": "today by the world's clock unless given"})
    profile = fields.String(validate=ma.validate.OneOf(("demo", "strict")))


@blueprint.post("/evaluate")
@exchange(asks=PolicyCase(), answers=Evaluated(), refuses=(422,))
def evaluate(**case: Any) -> dict[str, Any]:
    """Compute one case; compares nothing, changes nothing."""
    return computed(case)


@blueprint.get("/regions")
@exchange(answers=PolicyRegions())
def listed() -> dict[str, Any]:
    """List the regions that have tables of their own."""
    return {"items": in_force.overview()}


@blueprint.get("/regions/<code>")
@exchange(query=InForceQuery(), answers=InForce(), refuses=(422,))
def show(code: str, on: date | None = None, profile: policy.Profile = "demo") -> dict[str, Any]:
    """Show the tables in force in a region on a day, with source and confidence."""
    if on is None:
        with context.world().read() as tx:
            on = tx.today
    return in_force.document(code, on, profile)
