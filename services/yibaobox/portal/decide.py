"""Decide an application: what the office does by itself, or by hand where a world's switch `review` says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from yibaobox.domain import clock, jobs, switches
from yibaobox.domain.accounts import applications
from yibaobox.domain.accounts.applications import Application
from yibaobox.domain.errors import InvalidInput, Refusal
from yibaobox.domain.faults import REASONS, striking
from yibaobox.domain.jobs import Handler
from yibaobox.domain.store import Tx
from yibaobox.portal import confirm, effects

REASON_MAX: Final = 200


DECIDE: Final = "portal.decide"
_OWN: Final = {  # the switch of each kind that says when the office decides it
    applications.REGISTRATION: "review_registration",
    applications.SUSPENSION: "review_suspension",
    applications.FLEXIBLE: "review_flexible",
    applications.REPAIR: "review_flexible",
    applications.RESIDENT_CHANGE: "review_change",
    applications.EMPLOYEE_CHANGE: "review_change",
    applications.CHRONIC: "review_chronic",
    applications.FAMILY: "review_family_account",
    applications.FRESHMAN: "review_freshman",
}
_JUDGED: Final = (applications.CHRONIC,)  # what the review finds wrong is rejected, not refused to whom submits it
_SECOND_US: Final = 1_000_000


def review(tx: Tx, sent: Application) -> Application:
    """Approve a submitted application at once, after a time on the sandbox clock, or leave it to the office."""
    doomed = _doomed()
    positions = switches.read(tx)
    own = positions[_OWN[sent.kind]]
    when = positions["review"] if own == "as_review" else own
    if (late := striking.at("enrol.delay")) is not None:
        return _later(tx, sent, tx.now_us + late["s"] * _SECOND_US, doomed)
    if sent.kind == applications.FRESHMAN and own == "as_review" and when == "immediate":
        return _later(tx, sent, confirm.due_us(tx, sent), doomed)
    if doomed is not None:
        return reject(tx, sent, doomed)
    if when == "manual":
        return sent
    if when != "immediate":
        return _later(tx, sent, clock.to_us(clock.later(tx.now, when)))
    return _judged(tx, sent) if sent.kind in _JUDGED else approve(tx, sent)


def _doomed() -> str | None:
    """Return why a fault lets the application fail, or nothing."""
    if (failed := striking.at("account.create_fail")) is not None:
        return REASONS[failed["reason"]]
    refused = striking.at("audit.reject")
    return None if refused is None else str(refused["reason"])


def when_due(tx: Tx, payload: Mapping[str, Any]) -> None:
    """Decide an application whose time has come, unless somebody did; what the world no longer allows is rejected."""
    sent = applications.case(tx, payload["application_id"])
    if sent.state != applications.SUBMITTED:
        return
    if payload.get("doomed"):
        reject(tx, sent, payload["doomed"])
    else:
        _judged(tx, sent)


def _judged(tx: Tx, sent: Application) -> Application:
    """Approve what the world allows, reject the rest with the reason."""
    try:
        with tx.savepoint():
            return approve(tx, sent)
    except Refusal as refusal:
        return reject(tx, sent, refusal.message[:REASON_MAX])


HANDLERS: Final[Mapping[str, Handler]] = {DECIDE: when_due, **confirm.HANDLERS}


def _later(tx: Tx, sent: Application, due_us: int, doomed: str | None = None) -> Application:
    key = f"{DECIDE}:{sent.application_id}"
    payload = {"application_id": sent.application_id} | ({} if doomed is None else {"doomed": doomed})
    jobs.enqueue(tx, DECIDE, payload, due_us=due_us, key=key)
    return sent


def approve(tx: Tx, sent: Application) -> Application:
    """Approve an application and do what it asks for, in one transaction."""
    part = effects.EFFECTS[sent.kind](tx, sent)
    return applications.decide(tx, sent, part_id=None if part is None else part.part_id)


def reject(tx: Tx, sent: Application, reason: str) -> Application:
    """Reject an application; the citizen reads the reason."""
    if not reason.strip() or len(reason) > REASON_MAX:
        raise InvalidInput(f"请填写不超过{REASON_MAX}字的不通过原因", field="reason")
    return applications.decide(tx, sent, reason=reason)
