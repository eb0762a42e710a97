"""城乡居民参保登记 (P3): check a filled-in form as a whole, lock it, and register."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from yibaobox.domain import enrolment, people
from yibaobox.domain.accounts import applications, papers
from yibaobox.domain.accounts.applications import Application
from yibaobox.domain.errors import InvalidInput, WindowClosed
from yibaobox.domain.people import capacities
from yibaobox.domain.policy import Place, shipped
from yibaobox.domain.policy.season import season_of
from yibaobox.domain.store import Tx
from yibaobox.portal import decide, lists
from yibaobox.portal.complete import check_complete

PERSON_REQUIRED: Final = {
    "id_type": "证件类型",
    "id_no": "证件号码",
    "name": "姓名",
    "mobile": "手机号码",
    "nation": "民族",
    "sex": "性别",
    "household_region": "户口所在地行政区",
    "household_address": "户口地址",
    "household_postcode": "户口所在地邮政编码",
}
REQUIRED: Final = {
    **PERSON_REQUIRED,
    "unit_code": "基层区划编码",
    "capacity": "参保身份",
    "from_day": "参保日期",
    "benefit_year": "缴费年度",
}
_ADULT: Final = 18


def submit(tx: Tx, psn_no: str, application_id: int, agent: str | None = None) -> Application:
    """Submit a registration: complete, for oneself, with papers, and with no participation in the way."""
    found = applications.get(tx, psn_no, application_id, applications.REGISTRATION)
    applications.refuse_locked(found)
    check_complete(found.form, REQUIRED)
    person, unit = people.get(tx, psn_no), lists.unit(found.form["unit_code"])
    check_person(person, found.form)
    _check_insurance(tx.today, person, found.form, unit)
    if not papers.listed(tx, psn_no, application_id):
        raise InvalidInput("请上传申请材料", field="papers")
    enrolment.check_free(tx, psn_no, date.fromisoformat(found.form["from_day"]))
    return decide.review(tx, applications.submit(tx, found, unit.region, agent))


def _check_window(today: date, form: Mapping[str, Any], unit: lists.Unit) -> None:
    """Refuse a registration outside the season in which the region takes those of this capacity, where it has one."""
    place = Place(unit.region, capacities.get(form["capacity"]).scheme)
    found = shipped().look(place, "enrolment", "window", today)
    season = None if found is None else season_of(found.value, today.year)
    if season is not None and today not in season:
        opens, closes = season.first.isoformat(), season.last.isoformat()
        raise WindowClosed(f"参保登记时间为{opens}至{closes}", opens=opens, closes=closes)


def check_person(person: people.Person, form: Mapping[str, Any]) -> None:
    """The form is about the person who is signed in, as the population register knows them."""
    known = {"id_type": person.id_type, "id_no": person.id_no, "name": person.name, "sex": person.sex}
    for field, value in known.items():
        if form[field] != value:
            raise InvalidInput(f"{REQUIRED[field]}与本人实名信息不一致，只能为本人办理", field=field)


def _check_insurance(today: date, person: people.Person, form: Mapping[str, Any], unit: lists.Unit) -> None:
    if form.get("unit_name") not in (None, "", unit.name):
        raise InvalidInput("基层医保区划名称与编码不一致", field="unit_name")
    if form["benefit_year"] not in (today.year, today.year + 1):
        raise InvalidInput("缴费年度须为本年度或下一年度", field="benefit_year")
    _check_window(today, form, unit)
    start = date.fromisoformat(form["from_day"])
    if not date(today.year, 1, 1) <= start <= date(form["benefit_year"], 12, 31):
        raise InvalidInput("参保日期须在本年度1月1日至缴费年度末之间", field="from_day")
    if (form["capacity"] == "child") != (person.age_on(today) < _ADULT) and form["capacity"] in ("child", "resident"):
        raise InvalidInput("参保身份与年龄不符：未成年人须未满18周岁，普通成年居民须年满18周岁", field="capacity")
