"""Story (a): a freshman in Dazhou (达州) who is enrolled and has paid in Panzhihua (攀枝花).

It is told in two acts, so that a test can restart the server between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from yibaobox.cli.stories.caller import Caller
from yibaobox.cli.stories.citizen import Citizen
from yibaobox.cli.stories.holder import Holder
from yibaobox.cli.stories.hospital import Window
from yibaobox.cli.stories.premiums import Payer, expected, figures
from yibaobox.cli.stories.telling import Story, Told, yuan

HOME: Final = "510400"
COLLEGE: Final = "511700"
UNIT: Final = "51170099997"  # 达州市中医药职业技术学院
HOSPITAL: Final = "H51170000001"
TODAY: Final = "2025-11-20"
YEAR: Final = 2026
_PORTAL: Final = "服务平台"
_TAX: Final = "税务"
_YES: Final = {True: "可享受", False: "不可享受"}


@dataclass(frozen=True, slots=True)
class Student:
    """The freshman on the way: who it is, and what was paid."""

    person: Mapping[str, Any]
    bills: tuple[Mapping[str, Any], ...]


def plot(caller: Caller, told: Told) -> None:
    """Play both acts."""
    second_act(caller, told, first_act(caller, told))


STORY: Final = Story(
    "freshman",
    "达州新生：攀枝花居民参保转为达州学生参保",
    ("应缴费额", "已缴费额", "本次应缴"),
    plot,
)


def first_act(caller: Caller, told: Told) -> Student:
    """Refused, suspended, enrolled, paid and topped up."""
    citizen = _arrive(caller, told)
    application = _refused(told, citizen, caller)
    _suspend(told, citizen)
    _enrol(told, citizen, application)
    return Student(citizen.person, _pay(told, Payer(caller, citizen.person)))


def second_act(caller: Caller, told: Told, student: Student) -> None:
    """Posted by the job, entitled from New Year, known at the hospital by the credential's code."""
    _post(caller, told, student)
    _new_year(caller, told, student.person)
    _show_code(caller, told, student.person)


def _arrive(caller: Caller, told: Told) -> Citizen:
    person = caller.person(
        region=HOME, capacity="resident", name="测新生", birth="2007-05-04", enrolled=True, paid_year=[YEAR - 1]
    )
    citizen = Citizen.join(caller, person)
    hall = citizen.ask("GET", "/hall")["participation"]
    told.step(
        _PORTAL,
        "新生实名注册、短信验证、登录，进入个人网厅",
        {"参保地": "攀枝花市", "状态": "正常参保", "攀枝花待遇": "可享受"},
        {
            "参保地": hall["region_name"].removeprefix("四川省"),
            "状态": hall["state_name"],
            "攀枝花待遇": _YES[citizen.entitled(HOME)["entitled"]],
        },
    )
    return citizen


def _refused(told: Told, citizen: Citizen, caller: Caller) -> int:
    """The region in the way is told to the person, and to nobody else: others find no such application."""
    application = citizen.registration(UNIT, "student", YEAR, TODAY)
    problem = citizen.refused("POST", f"/registrations/{application}/submit")
    stranger = Citizen.join(caller, caller.person(region=COLLEGE, capacity="resident", enrolled=True))
    theirs = stranger.reply("GET", f"/applications/{application}")
    nobodys = stranger.reply("GET", "/applications/999999999")
    alike = (theirs.status_code, theirs.json()["detail"]) == (nobodys.status_code, nobodys.json()["detail"])
    told.step(
        _PORTAL,
        "在达州以学生身份申请参保登记：全国只能有一处正常参保",
        {"拒绝": "ALREADY_ENROLLED", "指出": "攀枝花", "他人查看": "如同不存在"},
        {
            "拒绝": problem["code"],
            "指出": "攀枝花" if "攀枝花" in problem["detail"] else problem["detail"],
            "他人查看": "如同不存在" if alike else theirs.text,
        },
    )
    return application


def _suspend(told: Told, citizen: Citizen) -> None:
    number = citizen.suspension(citizen.participation(HOME), "study_elsewhere", TODAY)
    decided = citizen.ask("POST", f"/suspensions/{number}/submit")
    here = citizen.entitled(HOME)
    told.step(
        _PORTAL,
        "在攀枝花办理暂停参保：停的是参保关系，已缴年度的待遇不停",
        {"办件": "审核通过", "状态": "暂停参保", "攀枝花待遇": "可享受至 2025-12-31"},
        {
            "办件": decided["state_name"],
            "状态": citizen.participation(HOME)["state_name"],
            "攀枝花待遇": f"{_YES[here['entitled']]}至 {here['entitled_until']}",
        },
    )


def _enrol(told: Told, citizen: Citizen, application: int) -> None:
    decided = citizen.ask("POST", f"/registrations/{application}/submit")
    part = citizen.participation(COLLEGE)
    told.step(
        _PORTAL,
        "再次提交达州参保登记",
        {"办件": "审核通过", "状态": "正常参保", "身份": "大学生", "单位": "达州市中医药职业技术学院"},
        {
            "办件": decided["state_name"],
            "状态": part["state_name"],
            "身份": part["capacity_name"],
            "单位": part["unit_name"],
        },
    )


def _pay(told: Told, payer: Payer) -> tuple[Mapping[str, Any], ...]:
    part_id, line = payer.line(COLLEGE, YEAR)
    told.step(
        _TAX,
        "缴费向导：核验身份，由参保登记带出 2026 年度应缴（档次为沙箱约定）",
        {"档次": "320.00 / 460.00", "缴费方式": "正常缴费"},
        {
            "档次": " / ".join(yuan(tier["total_fen"]) for tier in line["tiers"]),
            "缴费方式": {"normal": "正常缴费"}.get(line["manner"], line["manner"]),
        },
    )
    payer.log_in_at_wechat()
    first = payer.bill(part_id, YEAR, 32_000)
    told.step(_TAX, "申报一档，生成账单", expected("320.00", "0.00", "320.00", "待缴"), figures(first))
    told.step(
        "微信支付",
        "小程序下单、付款人确认，支付通知验签解密后销账",
        expected("320.00", "0.00", "320.00", "已缴费"),
        figures(payer.pay(first)),
    )
    second = payer.bill(part_id, YEAR, 46_000)
    told.step(_TAX, "提档补差：改缴二档，只收差额", expected("460.00", "320.00", "140.00", "待缴"), figures(second))
    told.step(
        "微信支付",
        "支付差额",
        expected("460.00", "320.00", "140.00", "已缴费"),
        figures(payer.pay(second)),
    )
    return first, second


def _post(caller: Caller, told: Told, student: Student) -> None:
    citizen = Citizen.sign_in(caller, student.person)
    before = citizen.entitled(COLLEGE, f"{YEAR}-01-01")["entitled"]
    fired = caller.control("POST", "/clock/advance", {"by": "PT1H"})["fired"]
    payer = Payer(caller, student.person)
    states = {payer.read(bill)["state"] for bill in student.bills}
    there, later = citizen.entitled(COLLEGE), citizen.entitled(COLLEGE, f"{YEAR}-01-01")
    told.step(
        "沙箱",
        "时钟前进一小时，税务到账任务把缴费记入医保",
        {"任务": "2 个", "账单": "已入账", "入账前": "不可享受", "今日达州": "不可享受", "达州待遇": "2026-01-01 起"},
        {
            "任务": f"{len(fired)} 个",
            "账单": "已入账" if states == {"POSTED"} else "、".join(sorted(states)),
            "入账前": _YES[before],
            "今日达州": _YES[there["entitled"]],
            "达州待遇": f"{later['entitled_from']} 起" if later["entitled"] else later["reason"],
        },
    )


def _new_year(caller: Caller, told: Told, person: Mapping[str, Any]) -> None:
    citizen = Citizen.sign_in(caller, person)
    on_the_eve = citizen.entitled(HOME, f"{YEAR - 1}-12-31")["entitled"]
    eve_there = citizen.entitled(COLLEGE, f"{YEAR - 1}-12-31")["entitled"]
    caller.control("PUT", "/clock", {"mode": "frozen", "at": f"{YEAR}-01-01T08:00:00+08:00"})
    citizen = Citizen.sign_in(caller, person)
    here, there = citizen.entitled(HOME), citizen.entitled(COLLEGE)
    told.step(
        "沙箱",
        "2025-12-31 待遇仍在攀枝花；时钟拨到 2026-01-01，待遇转到达州",
        {"年末攀枝花": "可享受", "年末达州": "不可享受", "元旦攀枝花": "不可享受", "元旦达州": "可享受至 2026-12-31"},
        {
            "年末攀枝花": _YES[on_the_eve],
            "年末达州": _YES[eve_there],
            "元旦攀枝花": _YES[here["entitled"]],
            "元旦达州": f"{_YES[there['entitled']]}至 {there['entitled_until']}",
        },
    )


def _show_code(caller: Caller, told: Told, person: Mapping[str, Any]) -> None:
    holder = Holder.activate(caller, person)
    told.step(
        "电子凭证",
        "同意协议、人脸核验，激活医保电子凭证",
        {"状态": "已激活", "持有人": "*生"},
        {
            "状态": "已激活" if holder.status()["active"] else "未激活",
            "持有人": holder.status()["name"],
        },
    )
    code = holder.code()
    decoded = caller.ask("POST", "/ec/v1/decode", scan(code))
    again = caller.refused("POST", "/ec/v1/decode", scan(code))["code"]
    told.step(
        "电子凭证",
        "出示医保码，达州医院扫码解码；同一码再扫被拒",
        {"解码": "测新生", "再次扫码": "CODE_USED"},
        {"解码": decoded["user_name"], "再次扫码": again},
    )
    known = Window(caller, HOSPITAL, "1").query(person, decoded["ec_token"]).accepted()
    insured: Mapping[str, Any] = next((one for one in known["insuinfo"] if one["insuplc_admdvs"] == COLLEGE), {})
    told.step(
        "医院",
        "1101 凭令牌查询人员信息",
        {"人员编号": "与登记一致", "参保地": COLLEGE, "险种": "390", "人员类别": "1404", "状态": "1"},
        {
            "人员编号": "与登记一致"
            if known["baseinfo"]["psn_no"] == person["psn_no"]
            else known["baseinfo"]["psn_no"],
            "参保地": insured.get("insuplc_admdvs", "无"),
            "险种": insured.get("insutype", "无"),
            "人员类别": insured.get("psn_type", "无"),
            "状态": insured.get("psn_insu_stas", "无"),
        },
    )


def scan(code: str) -> dict[str, str]:
    """Return what a till sends after scanning a code."""
    operator = {"operator": "0001", "operator_name": "收费员"}
    return {"code": code, "institution": HOSPITAL, "purpose": "01101", **operator}
