"""What an approved application does: one function a kind, which returns the participation that it led to, if any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from yibaobox.domain import enrolment
from yibaobox.domain.accounts import applications
from yibaobox.domain.accounts.applications import Application
from yibaobox.domain.errors import NotEligible
from yibaobox.domain.people import base_info, capacities
from yibaobox.domain.policy import Place
from yibaobox.domain.policy.standing import Payment, active_from
from yibaobox.domain.store import Tx
from yibaobox.portal import confirm, lists, recognise, share
from yibaobox.portal.arrears import CAPACITY, arrears, gap_months, refuse_late

Effect = Callable[[Tx, Application], enrolment.Participation | None]
_CHANGED: Final = "参保信息变更"
_INSURANCE: Final = {
    applications.RESIDENT_CHANGE: capacities.RESIDENT_INSURANCE,
    applications.EMPLOYEE_CHANGE: capacities.EMPLOYEE_INSURANCE,
}


def register(tx: Tx, sent: Application) -> enrolment.Participation:
    """城乡居民参保登记: enrol a resident."""
    base_info.note(tx, sent.psn_no, sent.form)
    form = sent.form
    unit = lists.unit(form["unit_code"])
    start = date.fromisoformat(form["from_day"])
    wanted = enrolment.NewParticipation(
        unit.region, form["capacity"], start, unit.code, unit.name, form["benefit_year"]
    )
    return enrolment.register(tx, sent.psn_no, wanted)


def suspend(tx: Tx, sent: Application) -> enrolment.Participation:
    """暂停参保: end a participation on the day that was asked for."""
    form = sent.form
    on = date.fromisoformat(form["suspend_day"])
    return enrolment.suspend(tx, sent.psn_no, form["part_id"], on=on, reason=form["reason"])


def enrol(tx: Tx, sent: Application) -> enrolment.Participation:
    """灵活就业人员参保登记: enrol a flexible worker from today; benefits begin after the region's waiting."""
    base_info.note(tx, sent.psn_no, sent.form)
    place = Place(sent.region, CAPACITY)
    begun = active_from(place, Payment(tx.today), gap_months(tx, sent.psn_no))
    wanted = enrolment.NewParticipation(
        sent.region, CAPACITY, tx.today, unit_name="灵活就业人员", entitled_from=max(begun.entitled_from, tx.today)
    )
    return enrolment.register(tx, sent.psn_no, wanted)


def make_good(tx: Tx, sent: Application) -> enrolment.Participation:
    """补缴: take up a participation again: after the fact where the region repairs so, else from the repayment."""
    due = arrears(tx, sent.psn_no, sent.form["part_id"], sent.form["rhythm"])
    refuse_late(due)
    start = due.outcome.entitled_from
    first = max(due.missed.first_day, start)
    wanted = enrolment.NewParticipation(
        sent.region, CAPACITY, first, due.part.unit_code, due.part.unit_name, entitled_from=max(start, first)
    )
    return enrolment.register(tx, sent.psn_no, wanted)


def change(tx: Tx, sent: Application) -> enrolment.Participation:
    """参保信息变更: base information is kept, another capacity or unit follows the present one today."""
    base_info.note(tx, sent.psn_no, sent.form)
    part, form = subject(tx, sent.psn_no, sent.kind), sent.form
    wanted = (form.get("capacity") or part.capacity, form.get("unit_code") or part.unit_code)
    if wanted == (part.capacity, part.unit_code):
        return part
    unit = lists.unit(wanted[1]) if wanted[1] else None
    names = (part.unit_code, part.unit_name) if unit is None else (unit.code, unit.name)
    on = max(tx.today, part.from_day)
    enrolment.suspend(tx, sent.psn_no, part.part_id, on=on, reason=_CHANGED)
    return enrolment.register(
        tx, sent.psn_no, enrolment.NewParticipation(part.region, wanted[0], on, *names, part.benefit_year)
    )


def subject(tx: Tx, psn_no: str, kind: str) -> enrolment.Participation:
    """Return the active participation that a kind of change is about; refuse who has none."""
    part = enrolment.active(tx, psn_no)
    if part is None or part.insutype != _INSURANCE[kind]:
        raise NotEligible(f"没有可以办理{applications.KINDS[kind]}的参保信息")
    return part


EFFECTS: Final[Mapping[str, Effect]] = {
    applications.REGISTRATION: register,
    applications.SUSPENSION: suspend,
    applications.FLEXIBLE: enrol,
    applications.REPAIR: make_good,
    applications.RESIDENT_CHANGE: change,
    applications.EMPLOYEE_CHANGE: change,
    applications.CHRONIC: recognise.recognise,
    applications.FAMILY: share.bind,
    applications.FRESHMAN: confirm.open_account,
}
