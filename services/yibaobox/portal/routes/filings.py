"""异地就医备案 (P9)."""

from datetime import date
from typing import Any, Final

import flask
from flask_smorest import Blueprint  # type: ignore[import-untyped]

from yibaobox.domain import clock, filings, people
from yibaobox.domain.filings.filings import STATES, Filing
from yibaobox.domain.store import Tx
from yibaobox.edge import context, masks
from yibaobox.edge.rest import exchange
from yibaobox.portal import file_away
from yibaobox.portal.schemas import filings as schemas
from yibaobox.portal.session import held, holder

ID: Final = "<int(max=999999999999999999):filing_id>"
blueprint: flask.Blueprint = Blueprint("filing", __name__, url_prefix="/portal/v1/filings", description="异地就医备案")
_CONTACT: Final = {"contact": "name", "contact_mobile": "mobile", "contact_address": "address"}


@blueprint.get("/types")
@exchange(answers=schemas.Types())
def types() -> dict[str, Any]:
    """Show the types of filings, and the places that a student may name."""
    kinds = [{"code": code, "name": one.name, "status": one.status} for code, one in filings.AWAY_TYPES.items()]
    places = [{"code": code, "name": name} for code, name in filings.STUDENT_PLACES.items()]
    return {"types": kinds, "student_places": places}


@blueprint.post("")
@exchange(asks=schemas.NewFiling(), answers=schemas.Filing(), status=201, refuses=(401, 403, 409, 422))
def file(**asked: Any) -> dict[str, Any]:
    """File treatment elsewhere, for oneself or for somebody who gave leave; it takes effect at once."""
    with context.world().write() as tx:
        signed = held(tx, "filing")
        other = asked.get("for_other")
        agent = signed.agent or (signed.psn_no if other else None)
        psn_no = signed.psn_no if other is None else file_away.for_whom(tx, signed.agent or signed.psn_no, other)
        return _shown(tx, file_away.submit(tx, psn_no, _form(asked), agent))


@blueprint.get("")
@exchange(answers=schemas.Filings(), refuses=(401,))
def listed() -> dict[str, Any]:
    """List one's filings, and the transfers that hospitals filed, the newest first."""
    with context.world().read() as tx:
        return {"items": [_shown(tx, one) for one in file_away.listed(tx, holder(tx, "filing"))]}


@blueprint.get(f"/{ID}")
@exchange(answers=schemas.Filing(), refuses=(401,))
def show(filing_id: int) -> dict[str, Any]:
    """Show one filing."""
    with context.world().read() as tx:
        return _shown(tx, file_away.get(tx, holder(tx, "filing"), filing_id))


@blueprint.post(f"/{ID}/cancel")
@exchange(asks=schemas.Cancelling(), answers=schemas.Filing(), refuses=(401, 409, 422))
def cancel(filing_id: int, reason: str) -> dict[str, Any]:
    """Take a filing back; from today on it is not in force."""
    with context.world().write() as tx:
        return _shown(tx, file_away.cancel(tx, holder(tx, "filing"), filing_id, reason))


def _form(asked: dict[str, Any]) -> file_away.Form:
    until: date | None = asked.get("until_day")
    contact = {ours: asked[name] for name, ours in _CONTACT.items() if name in asked}
    return file_away.Form(
        asked["type"], asked["destination"], asked["from_day"], until, asked.get("student_place"), contact
    )


def _shown(tx: Tx, one: Filing) -> dict[str, Any]:
    own = one.kind == filings.AWAY
    agent = one.detail.get("agent") if own else None
    return {
        "filing_id": one.filing_id,
        "kind": one.kind,
        "kind_name": filings.KINDS[one.kind],
        "type": one.type,
        "type_name": filings.AWAY_TYPES[one.type].name if own else filings.TRANSFER_TYPES[one.type],
        "name": masks.mask_name(people.get(tx, one.psn_no).name),
        "region": one.region,
        "destination": one.destination,
        "destination_name": file_away.destination_name(one.destination),
        "from_day": one.from_day.isoformat(),
        "until_day": one.until_day and one.until_day.isoformat(),
        "state": one.state(tx.today),
        "state_name": STATES[one.state(tx.today)],
        "student_place": one.detail.get("student_place") if own else None,
        "agent": masks.mask_name(people.get(tx, agent).name) if agent else None,
        "filed_at": clock.rfc3339(one.filed_us),
        "cancelled_at": one.cancelled_us and clock.rfc3339(one.cancelled_us),
        "cancel_reason": one.cancel_reason,
    }
