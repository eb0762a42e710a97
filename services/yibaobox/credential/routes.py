"""REST routes of the credential, below /ec/v1."""

from collections.abc import Callable
from typing import Any

import flask
import segno
from flask_smorest import Blueprint  # type: ignore[import-untyped]

from yibaobox.credential import activate, decode, schemas
from yibaobox.domain import clock, credentials, people
from yibaobox.domain.credentials.activate import session
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
        check = credentials.pass_face(tx, activation)
    refusal = activate.refusal_of(check)
    if refusal is not None:
        raise refusal
    return {"state": "ACTIVE", "token": check.token, "expires_at": clock.rfc3339(check.expires_us)}


@blueprint.get("/credential")
@exchange(answers=schemas.Status(), refuses=(401,))
def status() -> dict[str, Any]:
    """Show the holder's credential."""
    with context.world().read() as tx:
        psn_no = _holder(tx)
        held, person = credentials.holder(tx, psn_no), people.get(tx, psn_no)
    since = None if held.activated_us is None else clock.rfc3339(held.activated_us)
    return {"name": masks.mask_name(person.name), "active": held.active, "channel": held.channel, "activated_at": since}


@blueprint.post("/codes")
@exchange(answers=schemas.Code(), status=201, refuses=(401, 403))
def show_code() -> dict[str, str]:
    """Issue a code that works once within a minute."""
    with context.world().write() as tx:
        code = credentials.issue_code(tx, _holder(tx))
    svg = segno.make_qr(code.text, error="m").svg_inline(scale=4)
    return {"code": code.text, "expires_at": clock.rfc3339(code.expires_us), "svg": svg}


@blueprint.post("/decode")
@exchange(asks=schemas.Decode(), answers=schemas.Decoded(), refuses=(409, 422))
def decoded(**asked: str) -> dict[str, str]:
    """Decode a code for an institution; purpose and operator are recorded."""
    with context.world().write() as tx:
        person, found = decode.decode(tx, **asked)
    return {
        "user_name": person.name,
        "id_no": person.id_no,
        "id_type": person.id_type,
        "gender": person.sex,
        "birthday": person.birth.isoformat(),
        "insu_org": person.region,
        "ec_token": found.token,
        "auth_no": found.auth_no,
        "expires_at": clock.rfc3339(found.expires_us),
    }


@blueprint.get("/decodings")
@exchange(answers=schemas.Decodings(), refuses=(401,))
def decodings() -> dict[str, Any]:
    """Show the holder who decoded their codes."""
    with context.world().read() as tx:
        return {"items": credentials.decodings(tx, _holder(tx))}


def _holder(tx: Tx) -> str:
    psn_no = session(tx, context.bearer("请先完成刷脸验证"))
    context.note(person=psn_no)
    return psn_no
