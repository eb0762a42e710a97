"""Activation, one's own credential, the participation that it shows (C1, C4)."""

from collections.abc import Callable
from typing import Any

import flask
from flask_smorest import Blueprint  # type: ignore[import-untyped]

from yibaobox.credential import activate, parts, schemas
from yibaobox.credential.session import holder
from yibaobox.domain import clock, credentials, people
from yibaobox.domain.people import regions
from yibaobox.domain.store import Tx
from yibaobox.edge import context, masks
from yibaobox.edge.rest import View, documented, exchange

blueprint: flask.Blueprint = Blueprint("credential", __name__, url_prefix="/ec/v1", description="医保电子凭证")
_needs_no_session: Callable[[View], View] = documented(
    blueprint, security=[]
)  # 401 is said of an activation that has ended

_goes_on: Callable[[View], View] = documented(
    blueprint,
    responses={
        201: {
            "links": {
                "face": {
                    "operationId": "credential.face",
                    "parameters": {"activation": "$response.body#/activation"},
                }
            }
        }
    },
)


@blueprint.get("/terms")
@exchange(answers=schemas.Terms())
def terms() -> dict[str, Any]:
    """Show the terms that have to be agreed to, and where one can activate."""
    return activate.terms()


@blueprint.post("/activations")
@_goes_on
@exchange(asks=schemas.Begin(), answers=schemas.Begun(), status=201, refuses=(422,))
def begin(**asked: Any) -> dict[str, str]:
    """Begin an activation: the person, the channel, the agreed terms."""
    with context.world().write() as tx:
        return activate.begin(tx, **asked)


@blueprint.post("/activations/<activation>/face")
@_needs_no_session
@exchange(answers=schemas.Passed(), refuses=(401, 403, 429, 504))
def face(activation: str) -> dict[str, str]:
    """Check the face and open the holder's session."""
    with context.world().write() as tx:
        check = activate.pass_face(tx, activation)
    refusal = activate.refusal_of(check)
    if refusal is not None:
        raise refusal
    return {"state": "ACTIVE", "token": check.token, "expires_at": clock.rfc3339(check.expires_us)}


@blueprint.get("/credential")
@exchange(answers=schemas.Status(), refuses=(401,))
def status() -> dict[str, Any]:
    """Show the holder's credential."""
    with context.world().read() as tx:
        return _status(tx, holder(tx))


@blueprint.get("/participations")
@exchange(answers=schemas.Participations(), refuses=(401,))
def participations() -> dict[str, Any]:
    """List the participations that the credential can show."""
    with context.world().read() as tx:
        return parts.listed(tx, holder(tx))


@blueprint.put("/participation")
@exchange(asks=schemas.Choice(), answers=schemas.Participations(), refuses=(401, 409, 422))
def choose(part_id: int) -> dict[str, Any]:
    """Choose the participation that the credential shows."""
    with context.world().write() as tx:
        psn_no = holder(tx)
        parts.choose(tx, psn_no, part_id)
        return parts.listed(tx, psn_no)


@blueprint.post("/participation/refresh")
@exchange(answers=schemas.Participations(), refuses=(401, 422))
def refresh() -> dict[str, Any]:
    """Show the participation that is active now, after moving."""
    with context.world().write() as tx:
        psn_no = holder(tx)
        parts.refresh(tx, psn_no)
        return parts.listed(tx, psn_no)


def _status(tx: Tx, psn_no: str) -> dict[str, Any]:
    found, person, part = credentials.holder(tx, psn_no), people.get(tx, psn_no), parts.shown(tx, psn_no)
    since = None if found.activated_us is None else clock.rfc3339(found.activated_us)
    region = None if part is None else part.region
    return {
        "name": masks.mask_name(person.name),
        "active": found.active,
        "channel": found.channel,
        "activated_at": since,
        "channels": [
            {"channel": channel, "name": activate.CHANNEL_NAMES[channel], "activated_at": clock.rfc3339(us)}
            for channel, us in credentials.channels(tx, psn_no)
        ],
        "region": region,
        "region_name": None if region is None else regions.resolve(region).full_name,
    }
