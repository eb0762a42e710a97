"""城乡居民参保登记 (P3) and 城乡居民暂停参保 (P4): draft, change, submit."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import flask
from flask_smorest import Blueprint  # type: ignore[import-untyped]

from yibaobox.domain.accounts import applications, papers
from yibaobox.domain.people import divisions, regions
from yibaobox.edge import context
from yibaobox.edge.rest import exchange
from yibaobox.portal import enrol, lists, suspend
from yibaobox.portal.routes.applications import ID, shown
from yibaobox.portal.schemas import forms as schemas
from yibaobox.portal.session import held, holder

blueprint: flask.Blueprint = Blueprint("form", __name__, url_prefix="/portal/v1", description="参保登记与暂停参保")
_CODED = {
    "id_types": lists.ID_TYPES,
    "nations": lists.NATIONS,
    "sexes": lists.SEXES,
    "capacities": lists.RESIDENT_CAPACITIES,
    "insutypes": {"390": lists.INSURANCES["390"]},
    "reasons": lists.REASONS,
    "rhythms": lists.RHYTHMS,
    "paper_kinds": papers.KINDS,
}


@blueprint.get("/lists")
@exchange(answers=schemas.Lists())
def code_lists() -> dict[str, Any]:
    """Show the code lists of the forms."""
    units = [{"code": unit.code, "name": unit.name} for unit in lists.units().values()]
    coded = {name: [{"code": code, "name": text} for code, text in table.items()] for name, table in _CODED.items()}
    return {"units": units, **coded}


@blueprint.post("/registrations")
@exchange(asks=schemas.Registration(), answers=schemas.Application(), status=201, refuses=(401, 422))
def draft_registration(**form: Any) -> dict[str, Any]:
    """Begin a registration; fields may be filled in later."""
    return draft(applications.REGISTRATION, form, unit_region(form))


@blueprint.put(f"/registrations/{ID}")
@exchange(asks=schemas.Registration(), answers=schemas.Application(), refuses=(401, 409, 422))
def change_registration(application_id: int, **form: Any) -> dict[str, Any]:
    """Replace the form of a drafted registration."""
    return change(applications.REGISTRATION, application_id, form, unit_region(form))


@blueprint.post(f"/registrations/{ID}/submit")
@exchange(answers=schemas.Application(), refuses=(401, 409, 422))
def submit_registration(application_id: int) -> dict[str, Any]:
    """Submit a registration, which locks it."""
    with context.world().write() as tx:
        signed = held(tx, "registration")
        return shown(tx, enrol.submit(tx, signed.psn_no, application_id, signed.agent))


@blueprint.post("/suspensions")
@exchange(asks=schemas.Suspension(), answers=schemas.Application(), status=201, refuses=(401, 422))
def draft_suspension(**form: Any) -> dict[str, Any]:
    """Begin a suspension."""
    return draft(applications.SUSPENSION, form, region_of(form))


@blueprint.put(f"/suspensions/{ID}")
@exchange(asks=schemas.Suspension(), answers=schemas.Application(), refuses=(401, 409, 422))
def change_suspension(application_id: int, **form: Any) -> dict[str, Any]:
    """Replace the form of a drafted suspension."""
    return change(applications.SUSPENSION, application_id, form, region_of(form))


@blueprint.post(f"/suspensions/{ID}/submit")
@exchange(answers=schemas.Application(), refuses=(401, 409, 422))
def submit_suspension(application_id: int) -> dict[str, Any]:
    """Submit a suspension, which locks it."""
    with context.world().write() as tx:
        signed = held(tx, "suspension")
        return shown(tx, suspend.submit(tx, signed.psn_no, application_id, signed.agent))


def draft(kind: str, form: Mapping[str, Any], region: str = "") -> dict[str, Any]:
    """Begin an application of a kind, for whom the session is about."""
    check_places(form)
    with context.world().write() as tx:
        psn_no = holder(tx, applications.SCOPES[kind])
        return shown(tx, applications.draft(tx, psn_no, kind, _plain(form), region))


def change(kind: str, application_id: int, form: Mapping[str, Any], region: str = "") -> dict[str, Any]:
    """Replace the form of a draft."""
    check_places(form)
    with context.world().write() as tx:
        found = applications.get(tx, holder(tx, applications.SCOPES[kind]), application_id, kind)
        return shown(tx, applications.change(tx, found, _plain(form), region))


def region_of(form: Mapping[str, Any]) -> str:
    """Return the pooling area that a form names, or nothing."""
    return regions.resolve(form["region"]).code if "region" in form else ""


def check_places(form: Mapping[str, Any]) -> None:
    """Refuse a form whose addresses lie in no administrative division."""
    for field in ("household_region", "residence_region"):
        if field in form:
            divisions.name(form[field], field)


def unit_region(form: Mapping[str, Any]) -> str:
    """Return the region of the unit that a form names, nothing where it names none."""
    return lists.unit(form["unit_code"]).region if "unit_code" in form else ""


def _plain(form: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in form.items()}
