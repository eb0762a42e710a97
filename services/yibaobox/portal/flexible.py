"""灵活就业人员 (P5): take part in employees' insurance by oneself, and repair what was not paid in time.

What a contribution comes to is not asked here: no source has the base. Standing follows from participation.
"""

from __future__ import annotations

from typing import Final

from yibaobox.domain import enrolment, people
from yibaobox.domain.accounts import applications, papers
from yibaobox.domain.accounts.applications import Application
from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.people import regions
from yibaobox.domain.store import Tx
from yibaobox.portal import decide
from yibaobox.portal.arrears import arrears, refuse_late
from yibaobox.portal.complete import check_complete
from yibaobox.portal.enrol import PERSON_REQUIRED, check_person

REQUIRED: Final = {**PERSON_REQUIRED, "region": "参保区划", "rhythm": "缴费周期"}
REPAIR_REQUIRED: Final = {"part_id": "中断的参保信息", "rhythm": "缴费周期"}
_YOUNGEST: Final = 16


def submit(tx: Tx, psn_no: str, application_id: int, agent: str | None = None) -> Application:
    """Submit a registration as a flexible worker."""
    found = applications.get(tx, psn_no, application_id, applications.FLEXIBLE)
    applications.refuse_locked(found)
    check_complete(found.form, REQUIRED)
    person = people.get(tx, psn_no)
    check_person(person, found.form)
    if person.age_on(tx.today) < _YOUNGEST:
        raise InvalidInput(f"灵活就业人员须年满{_YOUNGEST}周岁", field="id_no")
    if not papers.listed(tx, psn_no, application_id):
        raise InvalidInput("请上传申请材料", field="papers")
    enrolment.check_free(tx, psn_no, tx.today)
    region = regions.resolve(found.form["region"]).code
    return decide.review(tx, applications.submit(tx, found, region, agent))


def submit_repair(tx: Tx, psn_no: str, application_id: int, agent: str | None = None) -> Application:
    """Submit a repair that is still in time and finds no participation in the way."""
    found = applications.get(tx, psn_no, application_id, applications.REPAIR)
    applications.refuse_locked(found)
    check_complete(found.form, REPAIR_REQUIRED)
    due = arrears(tx, psn_no, found.form["part_id"], found.form["rhythm"])
    refuse_late(due)
    enrolment.check_free(tx, psn_no, tx.today)
    return decide.review(tx, applications.submit(tx, found, due.part.region, agent))
