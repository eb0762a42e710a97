"""Story: a son in Chuzhou (滁州) looks after his mother: chronic disease, treatment elsewhere, the pharmacy by code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from yibaobox.cli.stories.caller import Caller
from yibaobox.cli.stories.citizen import Citizen, consent_form
from yibaobox.cli.stories.holder import Holder
from yibaobox.cli.stories.hospital import Visit, Window, credential, diagnosis, settlement, split
from yibaobox.cli.stories.telling import AT, Story, Told, yuan
from yibaobox.cli.stories.ward import Counter

HOME: Final = "341100"
ELSEWHERE: Final = "510400"
HOSPITAL: Final = "H34110000003"  # level 1
OTHER: Final = "H34110000002"
PHARMACY: Final = "P34110000001"
AWAY: Final = "H51040000003"  # level 1, in Panzhihua
_DISEASE: Final = "M03900"  # hypertension
_PORTAL: Final = "服务平台"
_CONTACT: Final = {"contact_mobile": "13900000001", "contact_address": "琅琊路1号"}


def plot(caller: Caller, told: Told) -> None:
    """Bind and empower, apply twice, be treated at home and away, buy with a code."""
    for code, level in ((HOSPITAL, "L1"), (OTHER, "L2"), (PHARMACY, "pharmacy")):
        caller.control("PUT", f"/institutions/{code}", {"auth": "auto", "level": level})
    son, mother = _family(caller, told)
    acting = _empower(told, son, mother)
    _apply(told, acting)
    _treat(caller, told, mother.person)
    _file(told, son, mother)
    _travel(caller, told, mother)
    _buy(caller, told, son.person, mother.person)


STORY: Final = Story(
    "family",
    "滁州一家人：代办门诊慢特病与异地就医备案，凭医保码购药",
    ("费用总额", "统筹基金", "个人账户", "家庭共济", "个人现金"),
    plot,
)


def _family(caller: Caller, told: Told) -> tuple[Citizen, Citizen]:
    son = caller.person(region=HOME, capacity="employee", name="测滁子", enrolled=True, account_fen=1_000_00)
    mother = caller.person(
        region=HOME, capacity="resident", name="测滁母", birth="1958-03-08", enrolled=True, paid_year=[2025]
    )
    pair = Citizen.join(caller, son), Citizen.join(caller, mother)
    bound = pair[0].share_with(mother, "parent")
    told.step(_PORTAL, "儿子开通家庭共济，绑定母亲", {"关系": "父母", "成员": "*母"}, _named(bound))
    return pair


def _named(bound: Mapping[str, Any]) -> dict[str, str]:
    return {"关系": bound["relation_name"], "成员": bound["name"]}


def _empower(told: Told, son: Citizen, mother: Citizen) -> Citizen:
    """Let the son act for the mother, and return his session."""
    made = mother.ask("POST", "/consents", consent_form(son.person, ("chronic", "filing"), "2026-11-20"))
    told.step(
        _PORTAL,
        "母亲授权儿子代办门诊慢特病和异地就医备案",
        {"代办人": "*子", "事项": "chronic、filing"},
        {"代办人": made["name"], "事项": "、".join(made["scopes"])},
    )
    return son.acting(mother.person, made["consent_id"])


def _apply(told: Told, acting: Citizen) -> None:
    first = _application(acting, "id_paper")
    again = _application(acting, "id_paper", "diagnosis")
    (held,) = acting.ask("GET", "/chronic/qualifications")["items"]
    told.step(
        _PORTAL,
        "代母亲申请高血压门诊慢特病：缺诊断证明不通过，补交后通过",
        {
            "首次": "审核不通过",
            "原因": "材料审核不通过：高血压还须提交疾病诊断证明书",
            "再次": "审核通过",
            "有效期": "2025-11-20 至 2027-11-19",
            "定点": HOSPITAL,
        },
        {
            "首次": first["state_name"],
            "原因": first["reason"],
            "再次": again["state_name"],
            "有效期": f"{held['from_day']} 至 {held['until_day']}",
            "定点": "、".join(held["institutions"]),
        },
    )


def _application(acting: Citizen, *papers: str) -> dict[str, Any]:
    form = {"disease": _DISEASE, "institutions": [HOSPITAL], "mobile": "13900000001", "agreed": True}
    number = acting.ask("POST", "/chronic-applications", form)["application_id"]
    for paper in papers:
        acting.hand_in(number, paper)
    decided: dict[str, Any] = acting.ask("POST", f"/chronic-applications/{number}/submit")
    return decided


def _treat(caller: Caller, told: Told, mother: Mapping[str, Any]) -> None:
    """A visit for the disease, at another hospital and at the chosen one."""
    (refused, _), (settled, _) = (
        _chronic(Window(caller, code, mark), mother) for code, mark in ((OTHER, "5"), (HOSPITAL, "6"))
    )
    told.step(
        "医院",
        "高血压慢特病就诊：非选定医院不能结算，选定医院按慢特病待遇结算",
        {"非选定医院": "NOT_ELIGIBLE", **split("500.00", "180.00", "0.00", "320.00", "0.00")},
        {"非选定医院": refused.code, **settled.split},
    )


def _chronic(window: Window, person: Mapping[str, Any]) -> tuple[Any, Visit]:
    visit = Visit(person, window.register(person), "500.00")
    described = diagnosis(visit, window.now)
    described["mdtrtinfo"] |= {"med_type": "14", "dise_codg": _DISEASE, "dise_name": "高血压"}
    window.call("2203", described).accepted()
    window.charge(person, visit.number, visit.total).accepted()
    return window.call("2207", {"data": settlement(visit) | {"med_type": "14"}}), visit


def _file(told: Told, son: Citizen, mother: Citizen) -> None:
    other = {"region": HOME, "id_type": "01", "id_no": mother.person["id_no"]}
    form = {"type": "temporary", "destination": ELSEWHERE, "from_day": AT[:10], "for_other": other, **_CONTACT}
    made = son.ask("POST", "/filings", form)
    told.step(
        _PORTAL,
        "儿子为母亲办理到攀枝花的异地就医备案，立即生效",
        {"备案": "有效", "类型": "其他临时外出就医人员", "就医地": "四川省攀枝花市", "有效期至": "2026-05-19"},
        {
            "备案": made["state_name"],
            "类型": made["type_name"],
            "就医地": made["destination_name"],
            "有效期至": made["until_day"],
        },
    )


def _travel(caller: Caller, told: Told, mother: Citizen) -> None:
    """Treated in Panzhihua with the filing, then without."""
    window = Window(caller, AWAY, "7")
    settled = window.settle(window.visit(mother.person, "200.00"))
    told.step(
        "医院",
        "在攀枝花一级医院就诊：就医地目录，滁州政策，备案后打九折",
        split("200.00", "99.00", "0.00", "101.00", "0.00"),
        settled.split,
    )
    explained = caller.control("GET", f"/settlements/{settled.setlinfo['setl_id']}/explain")
    (filing,) = mother.ask("GET", "/filings")["items"]
    gone = mother.ask("POST", f"/filings/{filing['filing_id']}/cancel", {"reason": "回滁州"})
    reduced = window.settle(window.visit(mother.person, "50.00"))
    told.step(
        "医院",
        "撤销备案后再就诊：未备案按滁州的办法打七折",
        {"依据": "异地就医备案", "备案": "已撤销", **split("50.00", "19.25", "0.00", "30.75", "0.00")},
        {"依据": filing["kind_name"] if explained["filings"] else "无", "备案": gone["state_name"], **reduced.split},
    )


def _buy(caller: Caller, told: Told, son: Mapping[str, Any], mother: Mapping[str, Any]) -> None:
    counter = Counter(caller, PHARMACY, "8")
    code = Holder.activate(caller, mother).code()
    shown = credential(code)
    identity = {"psn_cert_type": "01", "certno": mother["id_no"], "psn_name": mother["name"], "begntime": ""}
    counter.call("1101", {"data": shown | identity}).accepted()
    sold = counter.sell(counter.sale(mother, "60.00", shown))
    told.step(
        "药店",
        "母亲凭医保码购药：居民药店不报销，由儿子的共济账户支付",
        {**split("60.00", "0.00", "0.00", "60.00", "0.00"), "共济余额": "488.25"},
        {**sold.split, "共济余额": yuan(caller.account_fen(son))},
    )
