"""Bind a family for set-up: a live binding without the citizen's way through the portal."""

from typing import Any

import marshmallow as ma

from yibaobox.domain import clock, family, people
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import PREFIX
from yibaobox.sandbox.blueprint import blueprint as control_blueprint

blueprint = control_blueprint("family", "家庭共济", f"{PREFIX}/people")


class NewBinding(fields.Schema):
    """Whom the person gives to."""

    member_psn_no = fields.String(required=True)
    relation = fields.String(required=True, validate=ma.validate.OneOf(("spouse", "parent", "child")))


class FamilyBinding(fields.Schema):
    """A live binding."""

    binding_id = fields.Integer(required=True)
    giver_psn_no = fields.String(required=True)
    member_psn_no = fields.String(required=True)
    relation = fields.String(required=True)
    since = fields.String(required=True)


@blueprint.post("/<psn_no>/family")
@exchange(asks=NewBinding(), answers=FamilyBinding(), status=201, refuses=(409, 422))
def bind(psn_no: str, member_psn_no: str, relation: str) -> dict[str, Any]:
    """Open a person's account to a relative."""
    with context.world().write() as tx:
        giver, member = people.get(tx, psn_no), people.get(tx, member_psn_no)
        made = family.bind(tx, giver.psn_no, member.psn_no, relation)
    return {
        "binding_id": made.binding_id,
        "giver_psn_no": made.giver,
        "member_psn_no": made.member,
        "relation": made.relation,
        "since": clock.rfc3339(made.since_us),
    }
