"""Routes of the hand-over: into the tax channel by a ticket, and back with the result."""

from typing import Any

import flask
from flask_smorest import Blueprint  # type: ignore[import-untyped]

from yibaobox.edge import context
from yibaobox.edge.rest import exchange
from yibaobox.tax import hand_over, schemas, shown
from yibaobox.tax.session import current, token

blueprint: flask.Blueprint = Blueprint("hand_over", __name__, url_prefix="/tax/v1/hand-over", description="跳转缴费")


@blueprint.post("")
@exchange(asks=schemas.Ticket(), answers=schemas.Arrived(), status=201, refuses=(403, 409, 422))
def arrive(ticket: str) -> dict[str, Any]:
    """Come from another mini-program by its signed ticket, which works once within five minutes."""
    with context.world().write() as tx:
        found, gone = hand_over.arrive(tx, _secret(), ticket)
    context.note(person=found.person.psn_no)
    return shown.identified(found) | {"partner": gone.partner, "return_url": gone.return_url}


@blueprint.post("/back")
@exchange(answers=schemas.GoneBack(), refuses=(401, 409))
def leave() -> dict[str, str]:
    """Go back to where one came from, with the signed result of one's bills; once."""
    with context.world().write() as tx:
        current(tx)
        return {"url": hand_over.leave(tx, _secret(), token())}


def _secret() -> str:
    return str(context.world().info.keys["partner_secret"])
