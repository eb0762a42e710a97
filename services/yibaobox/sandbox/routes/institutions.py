"""Hospitals and pharmacies of a world."""

from typing import Any

import marshmallow as ma

from yibaobox.domain.people import institutions
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import blueprint as control_blueprint

blueprint = control_blueprint("institutions", "定点医药机构")


class Institution(fields.Schema):
    """A hospital or pharmacy; `auth` is how the gateway knows it."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    region = fields.String(required=True)
    level = fields.String(required=True)
    kind = fields.String(required=True)
    auth = fields.String(required=True)


class Institutions(fields.Schema):
    """All institutions, by code."""

    items = ma.fields.List(ma.fields.Nested(Institution), required=True)
    total = fields.Integer(required=True)


class PutInstitution(fields.Schema):
    """What shall hold of an institution."""

    auth = fields.String(required=True, validate=ma.validate.OneOf(institutions.AUTH_MODES))
    level = fields.String(validate=ma.validate.OneOf(tuple(institutions.LEVELS)))
    kind = fields.String(validate=ma.validate.OneOf(tuple(institutions.KINDS.values())))


@blueprint.get("")
@exchange(answers=Institutions())
def listed() -> dict[str, Any]:
    """List the institutions."""
    with context.world().read() as tx:
        found = institutions.listed(tx)
    return {"items": found, "total": len(found)}


@blueprint.put("/<code>")
@exchange(asks=PutInstitution(), answers=Institution(), refuses=(422,))
def put(code: str, auth: str, level: str | None = None, kind: str | None = None) -> dict[str, Any]:
    """Change an institution, or take a new one under contract."""
    with context.world().write() as tx:
        return institutions.put(tx, code, auth=auth, level=level, kind=kind)._asdict()
