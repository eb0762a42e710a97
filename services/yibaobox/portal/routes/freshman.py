"""新生参保确认 (P12): state, registrations, own data and pledge, confirmation."""

from typing import Any

import flask
from flask_smorest import Blueprint  # type: ignore[import-untyped]

from yibaobox.domain import clock, enrolment, people
from yibaobox.domain.accounts import openings, schools
from yibaobox.domain.accounts.applications import Application
from yibaobox.domain.accounts.openings import Opened
from yibaobox.domain.accounts.schools import SchoolRecord
from yibaobox.domain.people import Person
from yibaobox.domain.store import Tx
from yibaobox.edge import context, masks
from yibaobox.edge.rest import exchange
from yibaobox.portal import confirm, decide
from yibaobox.portal.schemas import freshman as schemas
from yibaobox.portal.session import held, holder

blueprint: flask.Blueprint = Blueprint(
    "freshman", __name__, url_prefix="/portal/v1/freshman", description="新生参保确认"
)
_SCOPE = "confirmation"


@blueprint.get("")
@exchange(answers=schemas.FreshmanState(), refuses=(401,))
def state() -> dict[str, Any]:
    """Show how one's account stands: none, applied for, opened, failed."""
    with context.world().read() as tx:
        return _state(tx, holder(tx, _SCOPE))


@blueprint.get("/schools")
@exchange(answers=schemas.Schools(), refuses=(401,))
def listed() -> dict[str, Any]:
    """List one's registrations at colleges, to choose from."""
    with context.world().read() as tx:
        return {"items": [_record(one) for one in schools.listed(tx, people.get(tx, holder(tx, _SCOPE)))]}


@blueprint.get("/schools/<int(max=999999999999999999):record_id>")
@exchange(answers=schemas.FreshmanCheck(), refuses=(401, 422))
def check(record_id: int) -> dict[str, Any]:
    """Show one's own data with a registration, and the pledge to be signed."""
    with context.world().read() as tx:
        person = people.get(tx, holder(tx, _SCOPE))
        record = confirm.candidate(tx, person, record_id)
        pledge = confirm.pledge_text(person, record, tx.today.year)
    return {
        **_record(record),
        "name": masks.mask_name(person.name),
        "id_no": _masked(person),
        "pledge": pledge,
        "version": openings.PLEDGE,
    }


@blueprint.post("/submit")
@exchange(asks=schemas.Confirmation(), answers=schemas.FreshmanState(), status=201, refuses=(401, 409, 422))
def submit(**asked: Any) -> dict[str, Any]:
    """Confirm and sign the pledge; the account opens after about half an hour."""
    with context.world().write() as tx:
        signed = held(tx, _SCOPE)
        decide.review(tx, confirm.submit(tx, signed.psn_no, **asked, agent=signed.agent))
        return _state(tx, signed.psn_no)


def _state(tx: Tx, psn_no: str) -> dict[str, Any]:
    code, sent = confirm.state_of(tx, psn_no)
    opened = openings.latest(tx, psn_no)
    return {
        "state": code,
        "state_name": confirm.STATES[code],
        "result": None if sent is None else _result(people.get(tx, psn_no), sent),
        "account": None if opened is None else _account(tx, opened),
    }


def _result(person: Person, sent: Application) -> dict[str, Any]:
    assert sent.submitted_us is not None, "a confirmation is submitted as it is made"
    return {
        "application_id": sent.application_id,
        "name": masks.mask_name(person.name),
        "id_no": _masked(person),
        "school": sent.form["school"],
        "registered_on": sent.form["registered_on"],
        "submitted_at": clock.rfc3339(sent.submitted_us),
        "decided_at": None if sent.decided_us is None else clock.rfc3339(sent.decided_us),
        "reason": sent.reason,
    }


def _account(tx: Tx, opened: Opened) -> dict[str, Any]:
    period = next(one for one in enrolment.periods(tx, opened.psn_no) if one.period_id == opened.period_id)
    return {
        "region": opened.region,
        "opened_on": opened.opened_on.isoformat(),
        "benefits_from": period.from_day.isoformat(),
        "benefits_until": opened.until.isoformat(),
        "credential_from": opened.claimable_on.isoformat(),
        "pledge": opened.pledge,
        "pledge_due": opened.due.isoformat(),
        "next_year_paid": confirm.next_paid(tx, opened),
        "reclaimed_fen": sum(fen for _, fen in openings.reclaimed(tx, opened.psn_no, opened.year)),
    }


def _record(one: SchoolRecord) -> dict[str, Any]:
    return {
        "record_id": one.record_id,
        "region": one.region,
        "school": one.school,
        "college": one.college,
        "major": one.major,
        "student_no": one.student_no,
        "registered_on": one.registered_on.isoformat(),
    }


def _masked(person: Person) -> str:
    """The number as the city masks it: three digits, five stars, two digits."""
    return f"{person.id_no[:3]}*****{person.id_no[-2:]}"
