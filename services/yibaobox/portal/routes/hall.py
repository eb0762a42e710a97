"""The personal hall (P2)."""

from datetime import date
from typing import Any

import flask
from flask_smorest import Blueprint  # type: ignore[import-untyped]

from yibaobox.domain import enrolment, ledger, people
from yibaobox.domain.accounts import logins
from yibaobox.domain.people import capacities, regions
from yibaobox.edge import context, masks
from yibaobox.edge.rest import exchange
from yibaobox.portal import lists
from yibaobox.portal.schemas import hall as schemas
from yibaobox.portal.session import held, holder

blueprint: flask.Blueprint = Blueprint("hall", __name__, url_prefix="/portal/v1", description="个人网厅")


@blueprint.get("/participations")
@exchange(query=schemas.PageQuery(), answers=schemas.Participations(), refuses=(401, 422))
def participations(page: int = 1, size: int = 10) -> dict[str, Any]:
    """List one's participations."""
    with context.world().read() as tx:
        found = enrolment.participations(tx, holder(tx, "hall"))
    items = found[(page - 1) * size : page * size]
    return {"items": [_shown(part) for part in items], "total": len(found)}


@blueprint.get("/participations/<int(max=999999999999999999):part_id>")
@exchange(answers=schemas.Participation(), refuses=(401,))
def participation(part_id: int) -> dict[str, Any]:
    """Show one of one's participations."""
    with context.world().read() as tx:
        return _shown(enrolment.get(tx, holder(tx, "hall"), part_id))


@blueprint.get("/hall")
@exchange(answers=schemas.Hall(), refuses=(401,))
def hall() -> dict[str, Any]:
    """Show the chosen participation, else the active one, and the balance."""
    with context.world().read() as tx:
        signed_in = held(tx, "hall")
        psn_no, chosen = signed_in.psn_no, signed_in.part_id
        part = enrolment.active(tx, psn_no) if chosen is None else enrolment.get(tx, psn_no, chosen)
        person, balance = people.get(tx, psn_no), ledger.balance(tx, psn_no)
    return {
        "name": masks.mask_name(person.name),
        "id_no": masks.mask_id(person.id_no),
        "participation": None if part is None else _shown(part),
        "balance_fen": balance,
    }


@blueprint.put("/hall")
@exchange(asks=schemas.Choice(), answers=schemas.Participation(), refuses=(401, 422))
def choose(part_id: int) -> dict[str, Any]:
    """Choose the participation to look at."""
    with context.world().write() as tx:
        signed_in = held(tx, "hall")
        part = enrolment.get(tx, signed_in.psn_no, part_id)
        logins.choose(tx, signed_in, part_id)
        return _shown(part)


@blueprint.get("/entitlement")
@exchange(query=schemas.EntitlementQuery(), answers=schemas.Entitlement(), refuses=(401, 422))
def entitlement(on: date | None = None, region: str | None = None) -> dict[str, Any]:
    """Tell whether one is entitled on a day, somewhere or in one region."""
    with context.world().read() as tx:
        day = on or tx.today
        found = enrolment.standing(tx, holder(tx, "hall"), day, region=region)
    period = found.period
    return {
        "on": day,
        "entitled": found.entitled,
        "code": found.code,
        "reason": found.reason,
        "region": found.region,
        "insutype": found.insutype,
        "benefit_year": period.year if period else None,
        "entitled_from": period.from_day if period else None,
        "entitled_until": period.until_day if period else None,
    }


def _shown(part: enrolment.Participation) -> dict[str, Any]:
    return part._asdict() | {
        "region_name": regions.resolve(part.region).full_name,
        "state_name": lists.PART_STATES[part.state],
        "insutype_name": lists.INSURANCES[part.insutype],
        "capacity_name": capacities.get(part.capacity).name,
    }
