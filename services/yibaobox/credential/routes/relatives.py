"""亲情账户: relatives whose code one shows (C2)."""

from typing import Any

import flask
from flask_smorest import Blueprint  # type: ignore[import-untyped]

from yibaobox.credential import activate, relatives, schemas
from yibaobox.credential.routes.codes import shown
from yibaobox.credential.session import held, holder
from yibaobox.domain.credentials import members
from yibaobox.edge import context
from yibaobox.edge.rest import exchange

blueprint: flask.Blueprint = Blueprint(
    "credential-family", __name__, url_prefix="/ec/v1/family", description="亲情账户"
)
_ID = "<int(max=999999999999999999):binding_id>"


@blueprint.get("/pledge")
@exchange(answers=schemas.Pledge())
def pledge() -> dict[str, Any]:
    """Show the pledge that has to be given, and the ways of binding."""
    return relatives.pledge()


@blueprint.post("")
@exchange(asks=schemas.NewRelative(), answers=schemas.Relative(), status=201, refuses=(401, 409, 422))
def add(**asked: Any) -> dict[str, Any]:
    """Add a relative: by a guardian's pledge under sixteen, by the relative's own face from sixteen on."""
    with context.world().write() as tx:
        made = relatives.add(tx, held(tx), asked)
        return relatives.told(tx, made, made.member)


@blueprint.get("")
@exchange(answers=schemas.Relatives(), refuses=(401,))
def listed() -> dict[str, Any]:
    """List whom one has added, and who may show one's own code."""
    with context.world().read() as tx:
        return relatives.listed(tx, holder(tx))


@blueprint.post(f"/{_ID}/face")
@exchange(answers=schemas.Relative(), refuses=(401, 403, 409, 429, 504))
def face(binding_id: int) -> dict[str, Any]:
    """Check the relative's own face; failures count for the relative."""
    with context.world().write() as tx:
        found, check = relatives.confirm(tx, held(tx), binding_id)
        document = relatives.told(tx, found, found.member)
    refusal = activate.refusal_of(check)
    if refusal is not None:
        raise refusal
    return document


@blueprint.post(f"/{_ID}/codes")
@exchange(answers=schemas.Code(), status=201, refuses=(401, 403, 422))
def show_code(binding_id: int) -> dict[str, str]:
    """Issue a relative's code."""
    with context.world().write() as tx:
        return shown(relatives.show_code(tx, held(tx), binding_id))


@blueprint.delete(f"/{_ID}")
@exchange(status=204, refuses=(401,))
def end(binding_id: int) -> flask.Response:
    """End a binding, from either side."""
    with context.world().write() as tx:
        members.end(tx, holder(tx), binding_id)
    return flask.Response(status=204)
