"""Registration, log-in and log-out (P1)."""

from typing import Any

import flask
from flask_smorest import Blueprint  # type: ignore[import-untyped]

from yibaobox.domain import clock, people
from yibaobox.domain.accounts import captchas, codes, consents, logins
from yibaobox.domain.errors import Refusal
from yibaobox.domain.store import Tx
from yibaobox.edge import context, masks
from yibaobox.edge.rest import exchange
from yibaobox.portal.register import Form, register
from yibaobox.portal.schemas import accounts as schemas
from yibaobox.portal.session import held
from yibaobox.portal.sign_in import sign_in

blueprint: flask.Blueprint = Blueprint("account", __name__, url_prefix="/portal/v1", description="账户")


@blueprint.post("/sms")
@exchange(asks=schemas.NewCode(), answers=schemas.CodeSent(), status=202, refuses=(422, 429))
def send_code(mobile: str, purpose: str) -> dict[str, str]:
    """Send a code by text message; the answer is the same for every number."""
    with context.world().write() as tx:
        sent = codes.send(tx, mobile, purpose)
    return {"mobile": masks.mask_id(mobile), "expires_at": clock.rfc3339(sent.expires_us)}


@blueprint.post("/accounts")
@exchange(asks=schemas.NewAccount(), answers=schemas.Account(), status=201, refuses=(403, 409, 422))
def open_account(**asked: Any) -> dict[str, str]:
    """Register: real-name check, mobile code, password."""
    form = Form(**asked)
    with context.world().write() as tx:
        made = register(tx, form)
    if isinstance(made, Refusal):
        raise made
    context.note(person=made.psn_no)
    return masked(made, form.mobile)


@blueprint.get("/captcha")
@exchange(answers=schemas.Captcha())
def captcha() -> dict[str, str]:
    """Draw a captcha."""
    with context.world().write() as tx:
        made = captchas.draw(tx)
    return {
        "captcha_id": made.captcha_id,
        "svg": captchas.picture(made),
        "expires_at": clock.rfc3339(made.expires_us),
    }


@blueprint.post("/sessions")
@exchange(asks=schemas.SignIn(), answers=schemas.SignedIn(), status=201, refuses=(403, 422, 429))
def log_in(**asked: str) -> dict[str, str]:
    """Log in by mobile or identity number."""
    with context.world().write() as tx:
        opened = sign_in(tx, **asked)
        shown = None if isinstance(opened, Refusal) else signed_in(tx, opened)
    if isinstance(opened, Refusal):
        raise opened
    assert shown is not None, "what is no refusal is shown"
    return shown


@blueprint.delete("/sessions/current")
@exchange(status=204, refuses=(401,))
def log_out() -> flask.Response:
    """Log out; the token is worth nothing from now on."""
    with context.world().write() as tx:
        logins.end(tx, held(tx, *consents.SCOPES))
    return flask.Response(status=204)


@blueprint.get("/me")
@exchange(answers=schemas.Me(), refuses=(401,))
def me() -> dict[str, Any]:
    """Show who is signed in."""
    with context.world().read() as tx:
        signed = held(tx, *consents.SCOPES)
        person = people.get(tx, signed.psn_no)
        agent = None if signed.agent is None else masks.mask_name(people.get(tx, signed.agent).name)
        mobile = logins.mobile_of(tx, person.psn_no)
    shown = {"psn_no": person.psn_no, "sex": person.sex, "birth": person.birth, "agent": agent}
    return masked(person, mobile or "") | shown


def signed_in(tx: Tx, opened: logins.Session) -> dict[str, str]:
    """Return a session that was just opened, with its token."""
    context.note(person=opened.psn_no)
    shown = masked(people.get(tx, opened.psn_no), logins.mobile_of(tx, opened.psn_no) or "")
    return shown | {"token": opened.token, "expires_at": clock.rfc3339(opened.expires_us)}


def masked(person: people.Person, mobile: str) -> dict[str, str]:
    """Return an account, masked."""
    return {
        "name": masks.mask_name(person.name),
        "id_no": masks.mask_id(person.id_no),
        "mobile": masks.mask_id(mobile),
    }
