"""The doors of an account: password, mobile number, mini-programs (P1)."""

from typing import Any, Final

import flask
from flask_smorest import Blueprint  # type: ignore[import-untyped]

from yibaobox.domain import clock, people
from yibaobox.domain.accounts import links, logins
from yibaobox.domain.errors import Refusal
from yibaobox.edge import context
from yibaobox.edge.rest import exchange
from yibaobox.portal import credentials, outside
from yibaobox.portal.routes.accounts import masked, signed_in
from yibaobox.portal.schemas import accounts as schemas
from yibaobox.portal.session import held, holder

blueprint: flask.Blueprint = Blueprint("door", __name__, url_prefix="/portal/v1", description="密码、手机号码、小程序")
_EMPTY: Final = 204


@blueprint.put("/me/password")
@exchange(asks=schemas.NewPassword(), status=_EMPTY, refuses=(401, 403, 422, 429))
def change_password(password: str, new_password: str) -> flask.Response:
    """Change one's password; all other sessions end."""
    with context.world().write() as tx:
        refusal = logins.change_password(tx, held(tx), password, new_password)
    return _done(refusal)


@blueprint.post("/password-resets")
@exchange(asks=schemas.PasswordReset(), status=_EMPTY, refuses=(403, 409, 422))
def reset_password(**asked: str) -> flask.Response:
    """Set another password by a code that was sent to the account's mobile; all sessions end."""
    with context.world().write() as tx:
        refusal = credentials.reset_password(tx, **asked)
    return _done(refusal)


@blueprint.put("/me/mobile")
@exchange(asks=schemas.NewMobile(), answers=schemas.Account(), refuses=(401, 403, 409, 422, 429))
def change_mobile(**asked: str) -> dict[str, str]:
    """Change the mobile number of one's account: the password, and a code sent to the new number."""
    with context.world().write() as tx:
        signed = held(tx)
        refusal = credentials.change_mobile(tx, signed, **asked)
        person = people.get(tx, signed.psn_no)
    if refusal is not None:
        raise refusal
    return masked(person, asked["mobile"])


@blueprint.post("/sessions/mini-program")
@exchange(asks=schemas.MiniProgramCode(), answers=schemas.SignedIn(), status=201, refuses=(403, 422, 502, 504))
def log_in_by_mini_program(channel: str, code: str) -> dict[str, str]:
    """Log in by the code of a mini-program whose user is linked to an account (else NOT_LINKED)."""
    user = outside.user(channel, code)
    with context.world().write() as tx:
        opened = logins.begin(tx, links.linked(tx, channel, user))
        return signed_in(tx, opened)


@blueprint.get("/me/links")
@exchange(answers=schemas.Links(), refuses=(401,))
def listed() -> dict[str, Any]:
    """List the mini-programs whose users are linked to one's account."""
    with context.world().read() as tx:
        return {"items": [_shown(one) for one in links.links(tx, holder(tx))]}


@blueprint.post("/me/links")
@exchange(asks=schemas.MiniProgramCode(), answers=schemas.Link(), status=201, refuses=(401, 409, 422, 502, 504))
def link(channel: str, code: str) -> dict[str, Any]:
    """Link the user of a mini-program to one's account."""
    with context.world().read() as tx:
        psn_no = holder(tx)
    user = outside.user(channel, code)
    with context.world().write() as tx:
        return _shown(links.link(tx, psn_no, channel, user))


@blueprint.delete("/me/links/<channel>")
@exchange(status=_EMPTY, refuses=(401,))
def unlink(channel: str) -> flask.Response:
    """Undo a link."""
    with context.world().write() as tx:
        links.unlink(tx, holder(tx), channel)
    return flask.Response(status=_EMPTY)


def _done(refusal: Refusal | None) -> flask.Response:
    if refusal is not None:
        raise refusal
    return flask.Response(status=_EMPTY)


def _shown(one: links.Link) -> dict[str, str]:
    return {
        "channel": one.channel,
        "channel_name": links.CHANNELS[one.channel],
        "linked_at": clock.rfc3339(one.created_us),
    }
