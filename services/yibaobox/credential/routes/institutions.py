"""What institutions ask: a code decoded, an authorisation redeemed, a serial number looked up (C5)."""

from typing import Any

import flask
from flask_smorest import Blueprint  # type: ignore[import-untyped]

from yibaobox.credential import decode, schemas
from yibaobox.domain import clock, credentials
from yibaobox.domain.people import institutions
from yibaobox.edge import context
from yibaobox.edge.rest import exchange

blueprint: flask.Blueprint = Blueprint("credential-decode", __name__, url_prefix="/ec/v1", description="定点机构解码")


@blueprint.post("/decode")
@exchange(asks=schemas.Decode(), answers=schemas.Decoded(), refuses=(409, 422))
def decoded(**asked: str) -> dict[str, str]:
    """Decode a code for an institution; purpose and operator are recorded."""
    with context.world().write() as tx:
        found = decode.decode(tx, **asked)
    person = found.person
    return {
        "user_name": person.name,
        "id_no": person.id_no,
        "id_type": person.id_type,
        "gender": person.sex,
        "birthday": person.birth.isoformat(),
        "insu_org": found.region,
        "ec_token": found.decoded.token,
        "auth_no": found.decoded.auth_no,
        "expires_at": clock.rfc3339(found.decoded.expires_us),
    }


@blueprint.post("/authorisations")
@exchange(asks=schemas.Redeem(), answers=schemas.Authorised(), status=201, refuses=(409, 422))
def redeem(auth_code: str, institution: str) -> dict[str, Any]:
    """Redeem an `authCode` for `authNo`, the token and the payment number; it works once."""
    with context.world().write() as tx:
        granted = credentials.redeem(tx, auth_code, institutions.get(tx, institution).code)
        context.note(person=granted.grant.psn_no)
        return decode.told(tx, granted)
