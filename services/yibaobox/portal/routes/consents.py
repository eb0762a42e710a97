"""代办授权: who may act for whom."""

from datetime import date
from typing import Any

import flask
from flask_smorest import Blueprint  # type: ignore[import-untyped]

from yibaobox.domain import clock, people
from yibaobox.domain.accounts import consents
from yibaobox.domain.errors import Refusal
from yibaobox.domain.store import Tx
from yibaobox.edge import context, masks
from yibaobox.edge.rest import exchange
from yibaobox.portal import consent
from yibaobox.portal.routes.accounts import signed_in
from yibaobox.portal.schemas import accounts
from yibaobox.portal.schemas import consents as schemas
from yibaobox.portal.session import holder

ID = "<int(max=999999999999999999):consent_id>"
blueprint: flask.Blueprint = Blueprint("consent", __name__, url_prefix="/portal/v1/consents", description="代办授权")


@blueprint.get("/notice")
@exchange(answers=schemas.ConsentNotice())
def notice() -> dict[str, Any]:
    """Show the notice that has to be agreed to, and the affairs that can be chosen."""
    scopes = [{"code": code, "name": name} for code, name in consents.SCOPES.items()]
    return {"version": consents.NOTICE, "text": consent.NOTICE, "scopes": scopes}


@blueprint.post("")
@exchange(asks=schemas.NewConsent(), answers=schemas.Consent(), status=201, refuses=(401, 403, 409, 422))
def give(id_no: str, mobile: str, **asked: Any) -> dict[str, Any]:
    """Let an agent act for oneself."""
    with context.world().write() as tx:
        principal = holder(tx)
        return _shown(tx, consent.give(tx, principal, id_no, mobile, consent.Wanted(**asked)), principal)


@blueprint.post("/received")
@exchange(asks=schemas.TakenConsent(), answers=schemas.Consent(), status=201, refuses=(401, 403, 409, 422))
def take(id_no: str, mobile: str, sms_code: str, **asked: Any) -> dict[str, Any]:
    """Act for somebody without an account, who tells the code (purpose `consent`) that their mobile received."""
    with context.world().write() as tx:
        agent = holder(tx)
        made = consent.take(tx, agent, id_no, mobile, sms_code, consent.Wanted(**asked))
        shown = None if isinstance(made, Refusal) else _shown(tx, made, agent)
    if isinstance(made, Refusal):
        raise made
    assert shown is not None, "what is no refusal is shown"
    return shown


@blueprint.get("")
@exchange(answers=schemas.Consents(), refuses=(401,))
def listed() -> dict[str, Any]:
    """List the consents that one gave and holds, those that have ended too."""
    with context.world().read() as tx:
        psn_no = holder(tx)
        return {
            "given": [_shown(tx, one, psn_no) for one in consents.given(tx, psn_no)],
            "received": [_shown(tx, one, psn_no) for one in consents.received(tx, psn_no)],
        }


@blueprint.delete(f"/{ID}")
@exchange(status=204, refuses=(401,))
def end(consent_id: int) -> flask.Response:
    """End a consent that one gave or holds; sessions that rest on it are over at once."""
    with context.world().write() as tx:
        consents.end(tx, holder(tx), consent_id)
    return flask.Response(status=204)


@blueprint.post(f"/{ID}/sessions")
@exchange(answers=accounts.SignedIn(), status=201, refuses=(401,))
def act(consent_id: int) -> dict[str, str]:
    """Open a session in which one acts for the principal, in the affairs of the consent alone."""
    with context.world().write() as tx:
        return signed_in(tx, consent.act(tx, holder(tx), consent_id))


def _shown(tx: Tx, one: consents.Consent, viewer: str) -> dict[str, Any]:
    other = people.get(tx, one.agent if viewer == one.principal else one.principal)
    today: date = tx.today
    return {
        "consent_id": one.consent_id,
        "name": masks.mask_name(other.name),
        "id_no": masks.mask_id(other.id_no),
        "scopes": list(one.scopes),
        "until": one.until_day,
        "state": one.state(today),
        "given_by": one.given_by,
        "given_at": clock.rfc3339(one.created_us),
        "ended_at": None if one.ended_us is None else clock.rfc3339(one.ended_us),
    }
