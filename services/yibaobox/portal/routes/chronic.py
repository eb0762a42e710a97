"""门诊慢特病 (P10)."""

from typing import Any

import flask
from flask_smorest import Blueprint  # type: ignore[import-untyped]

from yibaobox.domain import filings
from yibaobox.domain.accounts import applications, papers
from yibaobox.domain.filings.filings import STATES, Filing
from yibaobox.domain.people import regions
from yibaobox.domain.policy import Place, shipped
from yibaobox.domain.policy.filing_rules import chronic_papers, institutions_max
from yibaobox.domain.store import Tx
from yibaobox.edge import context
from yibaobox.edge.rest import exchange
from yibaobox.portal import decide, recognise
from yibaobox.portal.routes.applications import ID, shown
from yibaobox.portal.routes.forms import change, draft
from yibaobox.portal.schemas import filings as schemas
from yibaobox.portal.schemas.family import Notice
from yibaobox.portal.schemas.forms import Application
from yibaobox.portal.session import held, holder

blueprint: flask.Blueprint = Blueprint("chronic", __name__, url_prefix="/portal/v1", description="门诊慢特病")


@blueprint.get("/chronic/notice")
@exchange(answers=Notice())
def notice() -> dict[str, str]:
    """Show the consent that has to be agreed to."""
    return {"version": recognise.NOTICE_VERSION, "text": recognise.NOTICE}


@blueprint.get("/chronic/diseases")
@exchange(query=schemas.Place(), answers=schemas.Diseases(), refuses=(422,))
def diseases(region: str) -> dict[str, Any]:
    """List the diseases, with the papers that each needs in a region and how long it is recognised."""
    place = Place(regions.resolve(region).code, "any")
    with context.world().read() as tx:
        today = tx.today
    rows = []
    for one in filings.diseases.DISEASES.values():
        months = shipped().look(place, "chronic_application", "valid_months", today, {"disease": one.key})
        needed = [{"code": kind, "name": papers.KINDS[kind]} for kind in chronic_papers(place, one.key, today)]
        known = {"code": one.code, "name": one.name, "two": one.two, "papers": needed}
        rows.append(known | {"valid_months": None if months is None else months.value})
    return {"items": rows, "institutions_max": institutions_max(place, today)}


@blueprint.get("/chronic/institutions")
@exchange(query=schemas.Place(), answers=schemas.Hospitals(), refuses=(422,))
def institutions(region: str) -> dict[str, Any]:
    """List the hospitals of a region that can be chosen."""
    with context.world().read() as tx:
        found = recognise.hospitals(tx, regions.resolve(region).code)
    return {"items": [{"code": one.code, "name": one.name, "level": one.level} for one in found]}


@blueprint.get("/chronic/qualifications")
@exchange(answers=schemas.Qualifications(), refuses=(401,))
def qualifications() -> dict[str, Any]:
    """List the diseases that one is recognised for, past ones too, the newest first."""
    with context.world().read() as tx:
        found = filings.listed(tx, holder(tx, "chronic"), filings.CHRONIC)
        return {"items": [_shown(tx, one) for one in found]}


@blueprint.post("/chronic-applications")
@exchange(asks=schemas.ChronicForm(), answers=Application(), status=201, refuses=(401, 422))
def draft_application(**form: Any) -> dict[str, Any]:
    """Begin an application; papers are added to it, its progress is among one's applications."""
    return draft(applications.CHRONIC, form)


@blueprint.put(f"/chronic-applications/{ID}")
@exchange(asks=schemas.ChronicForm(), answers=Application(), refuses=(401, 409, 422))
def change_application(application_id: int, **form: Any) -> dict[str, Any]:
    """Replace the form of a draft."""
    return change(applications.CHRONIC, application_id, form)


@blueprint.post(f"/chronic-applications/{ID}/submit")
@exchange(answers=Application(), refuses=(401, 409, 422))
def submit_application(application_id: int) -> dict[str, Any]:
    """Submit an application, which locks it; the review approves it or rejects it with a reason."""
    with context.world().write() as tx:
        signed = held(tx, "chronic")
        sent = recognise.submit(tx, signed.psn_no, application_id, signed.agent)
        return shown(tx, decide.review(tx, sent))


def _shown(tx: Tx, one: Filing) -> dict[str, Any]:
    return {
        "filing_id": one.filing_id,
        "disease": one.type,
        "disease_name": filings.diseases.get(one.type).name,
        "region": one.region,
        "institutions": sorted(filings.chosen(tx, one, tx.today)),
        "from_day": one.from_day.isoformat(),
        "until_day": one.until_day and one.until_day.isoformat(),
        "state": one.state(tx.today),
        "state_name": STATES[one.state(tx.today)],
        "source": one.source,
    }
