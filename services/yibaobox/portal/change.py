"""参保信息变更登记 and 个人基础信息 (P6): a resident's capacity and unit, and what people say of themselves."""

from __future__ import annotations

from yibaobox.domain import enrolment
from yibaobox.domain.accounts import applications, papers
from yibaobox.domain.accounts.applications import Application
from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.store import Tx
from yibaobox.portal import decide, effects, lists


def submit(tx: Tx, psn_no: str, application_id: int, kind: str, agent: str | None = None) -> Application:
    """Submit a change of one's active participation's record: something to change, and a paper that shows it."""
    found = applications.get(tx, psn_no, application_id, kind)
    applications.refuse_locked(found)
    part = effects.subject(tx, psn_no, kind)
    said = {field: value for field, value in found.form.items() if value not in (None, "")}
    if not said:
        raise InvalidInput("请填写需要变更的内容", field="form")
    _check_place(part, found)
    if "id_paper" not in {paper.kind for paper in papers.listed(tx, psn_no, application_id)}:
        raise InvalidInput("请上传本人身份证、户口本或其他有效身份证件", field="papers")
    return decide.review(tx, applications.submit(tx, found, part.region, agent))


def _check_place(part: enrolment.Participation, found: Application) -> None:
    if found.form.get("unit_code") and lists.unit(found.form["unit_code"]).region != part.region:
        raise InvalidInput("变更后的基层医保区划须在参保统筹区之内，跨统筹区请先暂停参保再登记", field="unit_code")
