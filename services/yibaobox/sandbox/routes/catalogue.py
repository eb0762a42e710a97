"""The catalogue: drugs, services, consumables."""

from typing import Any

import marshmallow as ma

from yibaobox.domain import catalogue
from yibaobox.edge import fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import blueprint as control_blueprint

blueprint = control_blueprint("catalogue", "医保目录")


class Item(fields.Schema):
    """One thing that may stand on a bill."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    class_ = fields.String(required=True, data_key="class", metadata={"description": "A | B | C"})
    type = fields.String(required=True, metadata={"description": "drug | herb | service | consumable"})
    spec = fields.String(required=True)
    unit = fields.String(required=True)
    ceiling_fen = fields.Integer(metadata={"description": "highest unit price that counts; absent: every price does"})
    first_pay_ppm = fields.Integer(required=True, metadata={"description": "paid by the person before any policy"})


class Items(fields.Schema):
    """Items by code."""

    items = ma.fields.List(ma.fields.Nested(Item), required=True)


class CatalogueQuery(fields.Query):
    """Which items."""

    class_ = fields.String(data_key="class", validate=ma.validate.OneOf(tuple(catalogue.CLASSES)))
    type = fields.String()


@blueprint.get("")
@exchange(query=CatalogueQuery(), answers=Items(), refuses=(422,))
def listed(class_: str | None = None, type: str | None = None) -> dict[str, Any]:  # noqa: A002 - the query's own word
    """List the items of a class and a type."""
    return {"items": [_shown(item) for item in catalogue.search(class_, type)]}


def _shown(item: catalogue.Item) -> dict[str, Any]:
    names = {code: name for name, code in catalogue.TYPES.items()}
    shown = {name: getattr(item, name) for name in ("code", "name", "class_", "spec", "unit", "first_pay_ppm")}
    shown["type"] = names[item.list_type]
    return shown if item.ceiling_fen is None else shown | {"ceiling_fen": item.ceiling_fen}
