"""个人账户家庭共济 (P11)."""

from typing import Any

import flask
from flask_smorest import Blueprint  # type: ignore[import-untyped]

from yibaobox.domain import clock, family, people
from yibaobox.domain.store import Tx
from yibaobox.edge import context, masks
from yibaobox.edge.rest import exchange
from yibaobox.portal import share
from yibaobox.portal.schemas import family as schemas
from yibaobox.portal.session import holder

blueprint: flask.Blueprint = Blueprint("family", __name__, url_prefix="/portal/v1/family", description="家庭共济")


@blueprint.get("/notice")
@exchange(answers=schemas.Notice())
def notice() -> dict[str, str]:
    """Show the notice that has to be agreed to."""
    return {"version": family.NOTICE, "text": share.NOTICE}


@blueprint.post("/lookup")
@exchange(asks=schemas.Relative(), answers=schemas.Found(), refuses=(401, 403, 422))
def look_up(id_no: str, mobile: str) -> dict[str, str]:
    """Look up a relative's name, masked, by number and mobile."""
    with context.world().read() as tx:
        holder(tx, "family")
        return {"name": masks.mask_name(share.look_up(tx, id_no, mobile).name)}


@blueprint.post("")
@exchange(asks=schemas.NewMember(), answers=schemas.Binding(), status=201, refuses=(401, 403, 409, 422))
def bind(**asked: Any) -> dict[str, Any]:
    """Open one's own account to a relative."""
    with context.world().write() as tx:
        made = share.share(tx, holder(tx, "family"), **asked)
        return _shown(tx, made, made.member)


@blueprint.get("")
@exchange(answers=schemas.Family(), refuses=(401,))
def listed() -> dict[str, Any]:
    """List whom one gives to, and who gives to one."""
    with context.world().read() as tx:
        psn_no = holder(tx, "family")
        return {
            "members": [_shown(tx, one, one.member) for one in family.members(tx, psn_no)],
            "givers": [_shown(tx, one, one.giver) for one in family.givers(tx, psn_no)],
        }


@blueprint.delete("/<int(max=999999999999999999):binding_id>")
@exchange(status=204, refuses=(401,))
def unbind(binding_id: int) -> flask.Response:
    """Close one's own account to a relative again."""
    with context.world().write() as tx:
        family.unbind(tx, holder(tx, "family"), binding_id)
    return flask.Response(status=204)


def _shown(tx: Tx, binding: family.Binding, other: str) -> dict[str, Any]:
    person = people.get(tx, other)
    return {
        "binding_id": binding.binding_id,
        "name": masks.mask_name(person.name),
        "id_no": masks.mask_id(person.id_no),
        "relation": binding.relation,
        "relation_name": family.RELATIONS[binding.relation],
        "since": clock.rfc3339(binding.since_us),
    }
