"""The audit."""

from typing import Any

import marshmallow as ma

from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.audit import audit
from yibaobox.sandbox.blueprint import blueprint as control_blueprint
from yibaobox.sandbox.installation import installation

blueprint = control_blueprint("audit", "审计")


class Violation(fields.Schema):
    """A rule that does not hold, and where."""

    rule = fields.String(required=True)
    detail = fields.String(required=True)


class Audit(fields.Schema):
    """What was recomputed from raw rows, and what does not agree."""

    checked = ma.fields.Dict(required=True, metadata={"description": "rows of each kind that were read"})
    rules = ma.fields.List(fields.String(), required=True)
    violations = ma.fields.List(ma.fields.Nested(Violation), required=True)
    head = fields.String(required=True, metadata={"description": "hash over the sorted heads of all books"})


@blueprint.get("")
@exchange(answers=Audit())
def show() -> dict[str, Any]:
    """Recompute the world from raw rows."""
    world = context.world()
    with world.read() as tx:
        found = audit(tx)
    installation().watch.told(world.name, found["violations"])
    return found
