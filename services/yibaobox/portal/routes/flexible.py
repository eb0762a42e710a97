"""灵活就业人员 (P5): registration, what is owed, repair."""

from typing import Any

import flask
from flask_smorest import Blueprint  # type: ignore[import-untyped]

from yibaobox.domain.accounts import applications
from yibaobox.domain.people import regions
from yibaobox.edge import context
from yibaobox.edge.rest import exchange
from yibaobox.portal import flexible
from yibaobox.portal.arrears import arrears
from yibaobox.portal.routes.applications import ID, shown
from yibaobox.portal.routes.forms import change, draft, region_of
from yibaobox.portal.schemas import forms as schemas
from yibaobox.portal.session import held, holder

blueprint: flask.Blueprint = Blueprint("flexible", __name__, url_prefix="/portal/v1", description="灵活就业人员")


@blueprint.post("/flexible-registrations")
@exchange(asks=schemas.Flexible(), answers=schemas.Application(), status=201, refuses=(401, 422))
def draft_registration(**form: Any) -> dict[str, Any]:
    """Begin a registration as a flexible worker; fields may be filled in later."""
    return draft(applications.FLEXIBLE, form, region_of(form))


@blueprint.put(f"/flexible-registrations/{ID}")
@exchange(asks=schemas.Flexible(), answers=schemas.Application(), refuses=(401, 409, 422))
def change_registration(application_id: int, **form: Any) -> dict[str, Any]:
    """Replace the form of a drafted registration."""
    return change(applications.FLEXIBLE, application_id, form, region_of(form))


@blueprint.post(f"/flexible-registrations/{ID}/submit")
@exchange(answers=schemas.Application(), refuses=(401, 409, 422))
def submit_registration(application_id: int) -> dict[str, Any]:
    """Submit a registration, which locks it."""
    with context.world().write() as tx:
        signed = held(tx, "registration")
        return shown(tx, flexible.submit(tx, signed.psn_no, application_id, signed.agent))


@blueprint.get("/participations/<int(max=999999999999999999):part_id>/arrears")
@exchange(query=schemas.ArrearsQuery(), answers=schemas.Arrears(), refuses=(401, 409, 422))
def owed(part_id: int, rhythm: str = "monthly") -> dict[str, Any]:
    """Tell until when a flexible participation that ended can be repaired, and what repair today brings."""
    with context.world().read() as tx:
        due = arrears(tx, holder(tx, "hall", "registration"), part_id, rhythm)
    return {
        "part_id": part_id,
        "region_name": regions.resolve(due.part.region).full_name,
        "missed_from": due.missed.first_day,
        "continuous_months": due.missed.continuous_months,
        "code": due.outcome.code,
        "deadline": due.outcome.deadline,
        "entitled_from": due.outcome.entitled_from,
        "waiting_months": due.outcome.waiting_months,
        "sources": [f"{one.path}：{one.at}" for one in due.outcome.citations],
    }


@blueprint.post("/repairs")
@exchange(asks=schemas.RepairForm(), answers=schemas.Application(), status=201, refuses=(401, 422))
def draft_repair(**form: Any) -> dict[str, Any]:
    """Begin a repair."""
    return draft(applications.REPAIR, form)


@blueprint.put(f"/repairs/{ID}")
@exchange(asks=schemas.RepairForm(), answers=schemas.Application(), refuses=(401, 409, 422))
def change_repair(application_id: int, **form: Any) -> dict[str, Any]:
    """Replace the form of a drafted repair."""
    return change(applications.REPAIR, application_id, form)


@blueprint.post(f"/repairs/{ID}/submit")
@exchange(answers=schemas.Application(), refuses=(401, 409, 422))
def submit_repair(application_id: int) -> dict[str, Any]:
    """Submit a repair, which locks it."""
    with context.world().write() as tx:
        signed = held(tx, "registration")
        return shown(tx, flexible.submit_repair(tx, signed.psn_no, application_id, signed.agent))
