"""个人账户家庭共济 (P11)."""

from typing import Any, Final

import flask
from flask_smorest import Blueprint  # type: ignore[import-untyped]

from yibaobox.domain import clock, family, people
from yibaobox.domain.accounts import applications
from yibaobox.domain.accounts.applications import Application
from yibaobox.domain.errors import Conflicting
from yibaobox.domain.store import Tx
from yibaobox.edge import context, masks
from yibaobox.edge.rest import exchange
from yibaobox.portal import decide, share
from yibaobox.portal.schemas import family as schemas
from yibaobox.portal.session import held, holder

blueprint: flask.Blueprint = Blueprint("family", __name__, url_prefix="/portal/v1/family", description="家庭共济")
_KINDS: Final = {"settlement": "就医购药", "premium": "缴纳居民医保费", "reversal": "退回"}


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
    """Open one's own account to a relative at once, where the data prove the relation and the office is not asked."""
    with context.world().write() as tx:
        signed = held(tx, "family")
        made = share.draft(tx, signed.psn_no, **asked)
        sent = decide.review(tx, share.send(tx, signed.psn_no, made.application_id, signed.agent))
        binding = _live(tx, sent)
        if binding is None:
            raise Conflicting("共济绑定须经经办机构审核，请提交绑定申请后等待结果")
        return binding


@blueprint.post("/requests")
@exchange(asks=schemas.NewMember(), answers=schemas.Request(), status=201, refuses=(401, 403, 409, 422))
def draft_request(**asked: Any) -> dict[str, Any]:
    """Begin to add a relative; papers go to the application, then it is submitted."""
    with context.world().write() as tx:
        made = share.draft(tx, holder(tx, "family"), **asked)
        person = people.get(tx, made.form["member"])
        return {
            "application_id": made.application_id,
            "state": made.state,
            "name": masks.mask_name(person.name),
            "proof": made.form["proof"],
        }


@blueprint.post("/requests/<int(max=999999999999999999):application_id>/submit")
@exchange(answers=schemas.Addition(), refuses=(401, 409, 422))
def submit(application_id: int) -> dict[str, Any]:
    """Submit the addition of a relative: effective at once, unless the office decides later."""
    with context.world().write() as tx:
        signed = held(tx, "family")
        sent = decide.review(tx, share.send(tx, signed.psn_no, application_id, signed.agent))
        states = {applications.APPROVED: "ACTIVE", applications.REJECTED: "REJECTED"}
        return {
            "application_id": sent.application_id,
            "state": states.get(sent.state, "REVIEWING"),
            "reason": sent.reason,
            "binding": _live(tx, sent),
        }


@blueprint.get("/usage")
@exchange(answers=schemas.Usage(), refuses=(401,))
def usage() -> dict[str, Any]:
    """List what one gave to relatives and took from them, the newest first."""
    with context.world().read() as tx:
        psn_no = holder(tx, "family")
        return {"items": [_used(tx, psn_no, one) for one in family.uses(tx, psn_no)]}


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


def _live(tx: Tx, sent: Application) -> dict[str, Any] | None:
    """The binding that an addition led to, or nothing while it led to none."""
    member = sent.form["member"]
    live = next((one for one in family.members(tx, sent.psn_no) if one.member == member), None)
    return _shown(tx, live, member) if sent.state == applications.APPROVED and live is not None else None


def _used(tx: Tx, psn_no: str, one: family.Use) -> dict[str, Any]:
    gave = one.giver == psn_no
    return {
        "txn_id": one.txn_id,
        "direction": "gave" if gave else "received",
        "name": masks.mask_name(people.get(tx, one.member if gave else one.giver).name),
        "kind": one.kind,
        "kind_name": _KINDS.get(one.kind, one.kind),
        "amount_fen": one.amount_fen,
        "at": clock.rfc3339(one.at_us),
    }


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
