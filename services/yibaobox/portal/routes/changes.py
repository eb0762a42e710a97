"""参保信息变更登记 and 个人基础信息 (P6); 行政区划; commands by chat (P4)."""

from typing import Any

import flask
from flask_smorest import Blueprint  # type: ignore[import-untyped]

from yibaobox.domain.accounts import applications
from yibaobox.domain.people import base_info, divisions
from yibaobox.edge import context
from yibaobox.edge.rest import exchange
from yibaobox.portal import change as changing
from yibaobox.portal import chat
from yibaobox.portal.routes.applications import ID, shown
from yibaobox.portal.routes.forms import change, check_places, draft, unit_region
from yibaobox.portal.schemas import forms as schemas
from yibaobox.portal.session import held, holder

blueprint: flask.Blueprint = Blueprint("change", __name__, url_prefix="/portal/v1", description="参保信息变更")


@blueprint.get("/me/base-info")
@exchange(answers=schemas.KnownInfo(), refuses=(401,))
def show() -> dict[str, str]:
    """Show what one has said of oneself."""
    with context.world().read() as tx:
        return base_info.base_info(tx, holder(tx, "hall", "change"))


@blueprint.put("/me/base-info")
@exchange(asks=schemas.BaseInfo(), answers=schemas.KnownInfo(), refuses=(401, 422))
def note(**form: str) -> dict[str, str]:
    """Change some of it, at once; name, number, sex and birth stand in the population register."""
    check_places(form)
    with context.world().write() as tx:
        return base_info.note(tx, holder(tx, "change"), form)


@blueprint.post("/resident-changes")
@exchange(asks=schemas.ResidentChange(), answers=schemas.Application(), status=201, refuses=(401, 422))
def draft_resident(**form: Any) -> dict[str, Any]:
    """Begin a change of a resident's record."""
    return draft(applications.RESIDENT_CHANGE, form, unit_region(form))


@blueprint.put(f"/resident-changes/{ID}")
@exchange(asks=schemas.ResidentChange(), answers=schemas.Application(), refuses=(401, 409, 422))
def change_resident(application_id: int, **form: Any) -> dict[str, Any]:
    """Replace the form of a drafted change."""
    return change(applications.RESIDENT_CHANGE, application_id, form, unit_region(form))


@blueprint.post(f"/resident-changes/{ID}/submit")
@exchange(answers=schemas.Application(), refuses=(401, 409, 422))
def submit_resident(application_id: int) -> dict[str, Any]:
    """Submit a change, which locks it."""
    return _submit(application_id, applications.RESIDENT_CHANGE)


@blueprint.post("/employee-changes")
@exchange(asks=schemas.BaseInfo(), answers=schemas.Application(), status=201, refuses=(401, 422))
def draft_employee(**form: Any) -> dict[str, Any]:
    """Begin a change of an employee's record."""
    return draft(applications.EMPLOYEE_CHANGE, form)


@blueprint.put(f"/employee-changes/{ID}")
@exchange(asks=schemas.BaseInfo(), answers=schemas.Application(), refuses=(401, 409, 422))
def change_employee(application_id: int, **form: Any) -> dict[str, Any]:
    """Replace the form of a drafted change."""
    return change(applications.EMPLOYEE_CHANGE, application_id, form)


@blueprint.post(f"/employee-changes/{ID}/submit")
@exchange(answers=schemas.Application(), refuses=(401, 409, 422))
def submit_employee(application_id: int) -> dict[str, Any]:
    """Submit a change, which locks it."""
    return _submit(application_id, applications.EMPLOYEE_CHANGE)


@blueprint.get("/divisions")
@exchange(query=schemas.DivisionsQuery(), answers=schemas.Divisions(), refuses=(422,))
def below(parent: str = "") -> dict[str, Any]:
    """List the administrative divisions directly below one, or the provinces."""
    return {"items": [{"code": code, "name": name} for code, name in divisions.below(parent).items()]}


@blueprint.post("/chat")
@exchange(asks=schemas.Message(), answers=schemas.ChatReply(), refuses=(401, 422))
def message(text: str) -> dict[str, Any]:
    """Send the official account a message, such as 停保; it answers in words, refusals too."""
    with context.world().write() as tx:
        signed = held(tx, "suspension")
        reply = chat.answer(tx, signed.psn_no, text, signed.agent)
    return {"text": reply.text, "application_id": reply.application_id}


def _submit(application_id: int, kind: str) -> dict[str, Any]:
    with context.world().write() as tx:
        signed = held(tx, "change")
        return shown(tx, changing.submit(tx, signed.psn_no, application_id, kind, signed.agent))
