"""Story: a graduate leaves Dazhou (达州): suspended in November by the mother, then a flexible worker in Panzhihua."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from yibaobox.cli.stories.caller import Caller
from yibaobox.cli.stories.citizen import Citizen, consent_form, flexible_form
from yibaobox.cli.stories.telling import AT, Story, Told

HOME: Final = "510400"
COLLEGE: Final = "511700"
_PORTAL: Final = "服务平台"
_YES: Final = {True: "可享受", False: "不可享受"}
_EARLY: Final = "2025-10-31"
_IN_TIME: Final = "2025-11-30"
_NEXT: Final = "2025-12-01"


def plot(caller: Caller, told: Told) -> None:
    """Too early, in time by an agent, paid to the end of the year, elsewhere from December."""
    _stand(caller, _EARLY)
    graduate = _too_early(caller, told)
    mother, consent = _agent(caller, told, graduate)
    _stand(caller, _IN_TIME)
    _suspend(caller, told, (graduate.person, mother.person), consent)
    _stand(caller, _NEXT)
    _work(caller, told, graduate.person)
    caller.control("PUT", "/clock", {"mode": "frozen", "at": AT})


STORY: Final = Story("graduate", "达州毕业生：11 月由家人代办暂停参保，12 月灵活就业", (), plot)


def _stand(caller: Caller, day: str) -> None:
    caller.control("PUT", "/clock", {"mode": "frozen", "at": f"{day}T10:00:00+08:00"})


def _too_early(caller: Caller, told: Told) -> Citizen:
    person = caller.person(
        region=COLLEGE, capacity="student", name="测毕业", birth="2003-06-07", enrolled="2022-09-01", paid_year=[2025]
    )
    graduate = Citizen.join(caller, person)
    number = graduate.suspension(graduate.participation(COLLEGE), "graduated", _EARLY)
    graduate.hand_in(number, "diploma")
    problem = graduate.refused("POST", f"/suspensions/{number}/submit")
    told.step(
        _PORTAL,
        "10 月 31 日以“毕业离校”申请暂停参保：只在参保当年 11 月办理",
        {"拒绝": "WINDOW_CLOSED", "办理": "2025-11-01 至 2025-11-30", "参保": "正常参保"},
        {
            "拒绝": problem["code"],
            "办理": f"{problem['opens']} 至 {problem['closes']}",
            "参保": graduate.participation(COLLEGE)["state_name"],
        },
    )
    return graduate


def _agent(caller: Caller, told: Told, graduate: Citizen) -> tuple[Citizen, int]:
    """Give the mother a consent for the suspension alone; return her and the consent."""
    mother = Citizen.join(caller, caller.person(region=HOME, capacity="employee", name="测母亲", enrolled=True))
    made = graduate.ask("POST", "/consents", consent_form(mother.person, ("suspension",), _NEXT))
    refused = mother.acting(graduate.person, made["consent_id"]).refused("GET", "/participations")
    told.step(
        _PORTAL,
        "授权母亲代办暂停参保，到 12 月 1 日止；其他事项如同不存在",
        {"代办人": "*亲", "事项": "suspension", "代为查看参保": "NOT_FOUND"},
        {"代办人": made["name"], "事项": "、".join(made["scopes"]), "代为查看参保": refused["code"]},
    )
    return mother, made["consent_id"]


def _suspend(caller: Caller, told: Told, people: tuple[Mapping[str, Any], Mapping[str, Any]], consent: int) -> None:
    graduate, mother = (Citizen.sign_in(caller, person) for person in people)
    acting = mother.acting(graduate.person, consent)
    number = acting.suspension(graduate.participation(COLLEGE), "graduated", _IN_TIME)
    acting.hand_in(number, "diploma")
    decided = acting.ask("POST", f"/suspensions/{number}/submit")
    here = graduate.entitled(COLLEGE)
    graduate.ask("DELETE", f"/consents/{consent}")
    told.step(
        _PORTAL,
        "11 月 30 日母亲代为提交：停的是参保关系，已缴年度的待遇到年底；解除授权后立即不能再代办",
        {
            "办件": "审核通过",
            "代办人": "*亲",
            "状态": "暂停参保",
            "达州待遇": "可享受至 2025-12-31",
            "再代办": "NOT_SIGNED_IN",
        },
        {
            "办件": decided["state_name"],
            "代办人": decided["agent"],
            "状态": graduate.participation(COLLEGE)["state_name"],
            "达州待遇": f"{_YES[here['entitled']]}至 {here['entitled_until']}",
            "再代办": acting.refused("GET", "/applications")["code"],
        },
    )


def _work(caller: Caller, told: Told, person: Mapping[str, Any]) -> None:
    graduate = Citizen.sign_in(caller, person)
    form = flexible_form(person, HOME, COLLEGE, "635000")
    number = graduate.ask("POST", "/flexible-registrations", form)["application_id"]
    graduate.hand_in(number, "id_paper")
    decided = graduate.ask("POST", f"/flexible-registrations/{number}/submit")
    part = graduate.participation(HOME)
    told.step(
        _PORTAL,
        "12 月 1 日在攀枝花登记灵活就业：新待遇开始，达州的待遇到此为止",
        {"办件": "审核通过", "身份": "灵活就业人员", "险种": "310", "攀枝花待遇": "可享受", "达州待遇": "不可享受"},
        {
            "办件": decided["state_name"],
            "身份": part["capacity_name"],
            "险种": part["insutype"],
            "攀枝花待遇": _YES[graduate.entitled(HOME)["entitled"]],
            "达州待遇": _YES[graduate.entitled(COLLEGE)["entitled"]],
        },
    )
