"""Codes to show, their pictures, authorisations, and who decoded what (C3, C5)."""

from collections.abc import Callable
from typing import Any, Final

import flask
from flask_smorest import Blueprint  # type: ignore[import-untyped]

from yibaobox.credential import decode, pictures, schemas
from yibaobox.credential.session import held, holder
from yibaobox.domain import clock, credentials
from yibaobox.domain.errors import NotFound
from yibaobox.edge import context
from yibaobox.edge.rest import View, documented, exchange

blueprint: flask.Blueprint = Blueprint("credential-codes", __name__, url_prefix="/ec/v1", description="医保码")
_PICTURE: Final = {
    "description": "the code as a picture",
    "content": {media: {"schema": {"type": "string", "format": "binary"}} for media in (pictures.PNG, pictures.SVG)},
}
_gives_picture: Callable[[View], View] = documented(blueprint, responses={200: _PICTURE})


@blueprint.post("/codes")
@exchange(answers=schemas.Code(), status=201, refuses=(401, 403))
def show_code() -> dict[str, str]:
    """Issue a code that works once within a minute; the one shown before lapses."""
    with context.world().write() as tx:
        asker = held(tx)
        return shown(credentials.issue_code(tx, asker.psn_no, channel=asker.channel))


@blueprint.get("/codes/<code>/<picture>")
@_gives_picture
@exchange(refuses=(401, 409))
def picture(code: str, picture: str) -> flask.Response:
    """Draw the code that one shows just now: `qr.svg`, `qr.png`, `bar.svg` or `bar.png`."""
    if picture not in pictures.PICTURES:
        raise NotFound(f"图片须为 {'、'.join(pictures.PICTURES)} 之一")
    with context.world().read() as tx:
        credentials.check_shown(tx, code, holder(tx))
    media, draw = pictures.PICTURES[picture]
    reply = flask.Response(draw(code), mimetype=media)
    reply.headers["Cache-Control"] = "no-store"
    reply.headers["X-Content-Type-Options"] = "nosniff"
    return reply


@blueprint.post("/auth_codes")
@exchange(asks=schemas.Authorise(), answers=schemas.AuthCode(), status=201, refuses=(401, 403, 422))
def authorise(institution: str, binding_id: int | None = None) -> dict[str, str]:
    """Authorise an institution's program: an `authCode` that its server redeems once within five minutes."""
    with context.world().write() as tx:
        made = decode.authorise(tx, held(tx), institution, binding_id)
    return {"auth_code": made.text, "expires_at": clock.rfc3339(made.expires_us)}


@blueprint.get("/decodings")
@exchange(answers=schemas.Decodings(), refuses=(401,))
def decodings() -> dict[str, Any]:
    """Show the holder who decoded their codes."""
    with context.world().read() as tx:
        return {"items": decode.decodings(tx, holder(tx))}


def shown(code: credentials.Code) -> dict[str, str]:
    """Return a code as it is shown."""
    return {"code": code.text, "expires_at": clock.rfc3339(code.expires_us), "svg": pictures.inline(code.text)}
