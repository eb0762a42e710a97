"""Decide an application: what the office does by itself, or by hand where a world's switch `review` says so."""

from __future__ import annotations

from datetime import date
from typing import Final

from yibaobox.domain import enrolment, switches
from yibaobox.domain.accounts import applications
from yibaobox.domain.accounts.applications import Application
from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.store import Tx
from yibaobox.portal import lists

REASON_MAX: Final = 200


def review(tx: Tx, sent: Application) -> Application:
    """Approve a submitted application at once, or leave it to the office."""
    return sent if switches.read(tx)["review"] == "manual" else approve(tx, sent)


def approve(tx: Tx, sent: Application) -> Application:
    """Approve an application and do what it asks for, in one transaction."""
    part = _register(tx, sent) if sent.kind == applications.REGISTRATION else _suspend(tx, sent)
    return applications.decide(tx, sent, part_id=part.part_id)


def reject(tx: Tx, sent: Application, reason: str) -> Application:
    """Reject an application; the citizen reads the reason."""
    if not reason.strip() or len(reason) > REASON_MAX:
        raise InvalidInput(f"请填写不超过{REASON_MAX}字的不通过原因", field="reason")
    return applications.decide(tx, sent, reason=reason)


def _register(tx: Tx, sent: Application) -> enrolment.Participation:
    form = sent.form
    unit = lists.unit(form["unit_code"])
    start = date.fromisoformat(form["from_day"])
    wanted = enrolment.NewParticipation(
        unit.region, form["capacity"], start, unit.code, unit.name, form["benefit_year"]
    )
    return enrolment.register(tx, sent.psn_no, wanted)


def _suspend(tx: Tx, sent: Application) -> enrolment.Participation:
    form = sent.form
    on = date.fromisoformat(form["suspend_day"])
    return enrolment.suspend(tx, sent.psn_no, form["part_id"], on=on, reason=form["reason"])
