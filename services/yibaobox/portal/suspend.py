"""暂停参保 (P4): end one's own participation as a resident or a flexible worker, with reason, date, remark, papers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from yibaobox.domain import enrolment, people
from yibaobox.domain.accounts import applications, papers
from yibaobox.domain.accounts.applications import Application
from yibaobox.domain.errors import Conflicting, InvalidInput, UnknownRegion, WindowClosed
from yibaobox.domain.people import capacities, regions
from yibaobox.domain.policy import Place
from yibaobox.domain.policy.standing import suspend_window
from yibaobox.domain.store import Tx
from yibaobox.portal import decide
from yibaobox.portal.complete import check_complete

REQUIRED: Final = {
    "part_id": "参保信息",
    "region": "暂停参保区划",
    "reason": "暂停原因",
    "suspend_day": "暂停时间",
    "remark": "备注",
}


def submit(tx: Tx, psn_no: str, application_id: int, agent: str | None = None) -> Application:
    """Submit a suspension of one's own active participation as a resident or a flexible worker."""
    found = applications.get(tx, psn_no, application_id, applications.SUSPENSION)
    applications.refuse_locked(found)
    check_complete(found.form, REQUIRED)
    part = enrolment.get(tx, psn_no, found.form["part_id"])
    check(tx.today, part, found.form)
    _check_papers(tx, people.get(tx, psn_no), part, application_id)
    return decide.review(tx, applications.submit(tx, found, part.region, agent))


def check(today: date, part: enrolment.Participation, form: Mapping[str, Any]) -> None:
    """Refuse a suspension that does not fit the participation, or the day."""
    _check_part(part, form)
    _check_day(today, part, form)


def _check_part(part: enrolment.Participation, form: Mapping[str, Any]) -> None:
    if regions.resolve(form["region"]).code != part.region:
        raise InvalidInput("暂停参保区划与参保信息不一致", field="region")
    if part.insutype != capacities.RESIDENT_INSURANCE and part.capacity != "flexible":
        raise InvalidInput("职工参保关系由用人单位或经办机构办理，不能在此暂停", field="part_id")
    if part.state != "ACTIVE":
        raise Conflicting("该参保关系已暂停，不能重复暂停")


def _check_day(today: date, part: enrolment.Participation, form: Mapping[str, Any]) -> None:
    day = date.fromisoformat(form["suspend_day"])
    if not part.from_day <= day <= today:
        raise InvalidInput("暂停时间须在参保日期与今天之间", field="suspend_day")
    window = suspend_window(Place(part.region, part.scheme), day.year) if form["reason"] == "graduated" else None
    if window is not None and day not in window:
        opens = {"opens": window.first.isoformat(), "closes": window.last.isoformat()}
        raise WindowClosed(f"毕业生请在参保当年{window.first.month}月办理暂停参保", **opens)


def _check_papers(tx: Tx, person: people.Person, part: enrolment.Participation, application_id: int) -> None:
    """An ID paper always; a student whose home is elsewhere also shows the student card or the diploma."""
    kinds = {paper.kind for paper in papers.listed(tx, person.psn_no, application_id)}
    if "id_paper" not in kinds:
        raise InvalidInput("请上传本人身份证、户口本或其他有效身份证件", field="papers")
    if part.capacity == "student" and not _is_local(person, part) and not kinds & {"student_card", "diploma"}:
        raise InvalidInput("外地学生请补充上传学生证或毕业证", field="papers")


def _is_local(person: people.Person, part: enrolment.Participation) -> bool:
    try:
        return regions.resolve(person.id_no[:6]).code == part.region
    except UnknownRegion:
        return False
