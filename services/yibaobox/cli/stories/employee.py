"""Story (b): an employee of Panzhihua (攀枝花) at a level-3 hospital; fund, own account, then the spouse's account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from yibaobox.cli.stories import premiums
from yibaobox.cli.stories.caller import CONTROL, Caller, LostReply, Unexpected
from yibaobox.cli.stories.citizen import Citizen
from yibaobox.cli.stories.hospital import Answer, Visit, Window, split
from yibaobox.cli.stories.telling import Story, Told, yuan

REGION: Final = "510400"
HOSPITAL: Final = "H51040000001"  # level 3
BILL: Final = "865.45"
_WINDOW: Final = "医院"
_SANDBOX: Final = "沙箱"


@dataclass(frozen=True, slots=True)
class Scene:
    """Who takes part, and where."""

    caller: Caller
    told: Told
    window: Window
    patient: Mapping[str, Any]
    spouse: Mapping[str, Any]

    def step(self, system: str, action: str, expected: Mapping[str, str], found: Mapping[str, str]) -> None:
        """Write down one step."""
        self.told.step(system, action, expected, found)

    def held(self) -> dict[str, str]:
        """Return what the two accounts hold."""
        own, family = (self.caller.account_fen(person) for person in (self.patient, self.spouse))
        return {"本人余额": yuan(own), "配偶余额": yuan(family)}

    def used(self) -> dict[str, str]:
        """Return what the patient used of this year's deductible and cap."""
        found = self.caller.control("GET", f"/people/{self.patient['psn_no']}")["accumulators"]
        totals = {"DED": 0, "CAP": 0}
        for account, fen in found.items():
            bucket = account.rpartition("_")[2]
            totals[bucket] = totals.get(bucket, 0) + fen
        return {"起付线累计": yuan(totals["DED"]), "统筹支付累计": yuan(totals["CAP"])}


def plot(caller: Caller, told: Told) -> None:
    """Play the story."""
    scene = _set(caller, told)
    giver = _share(scene)
    _arrive(scene)
    first, first_msgid = _first_visit(scene)
    second, second_id = _second_visit(scene)
    third_id, third = _lost_reply(scene)
    _undo(scene, (second, second_id), (third, third_id), (first, first_msgid))
    premiums.pay_for_a_relative(caller, told, giver, REGION)


STORY: Final = Story(
    "employee",
    "攀枝花职工：三级医院门诊，统筹基金、个人账户、家庭共济依次支付",
    ("费用总额", "统筹基金", "个人账户", "家庭共济", "个人现金"),
    plot,
)


def _set(caller: Caller, told: Told) -> Scene:
    wanted = {"region": REGION, "capacity": "employee", "enrolled": True}
    patient = caller.person(**wanted, name="测职工", account_fen=10_000)
    spouse = caller.person(**wanted, name="测配偶", account_fen=100_000)
    scene = Scene(caller, told, Window(caller, HOSPITAL, "2"), patient, spouse)
    scene.step(
        _SANDBOX,
        "两名攀枝花在职职工（夫妻），个人账户各有余额",
        {"本人余额": "100.00", "配偶余额": "1,000.00"},
        scene.held(),
    )
    return scene


def _share(scene: Scene) -> Citizen:
    giver = Citizen.join(scene.caller, scene.spouse)
    bound = giver.share_with(scene.patient, "spouse")
    members = giver.ask("GET", "/family")["members"]
    scene.step(
        "服务平台",
        "配偶注册登录，阅读告知书，把个人账户授权给本人共济",
        {"关系": "配偶", "已绑定成员": "1 人"},
        {"关系": bound["relation_name"], "已绑定成员": f"{len(members)} 人"},
    )
    return giver


def _arrive(scene: Scene) -> None:
    sign_no = scene.window.sign_in()
    told = scene.window.query(scene.patient).accepted()
    insured = told["insuinfo"][0]
    scene.step(
        _WINDOW,
        "9001 签到；1101 凭身份证查询人员信息",
        {"签到": "成功", "险种": "310", "参保地": REGION, "账户余额": "100.00"},
        {
            "签到": "成功" if sign_no else "失败",
            "险种": insured["insutype"],
            "参保地": insured["insuplc_admdvs"],
            "账户余额": f"{insured['balc']:.2f}",
        },
    )


def _first_visit(scene: Scene) -> tuple[Visit, str]:
    window, visit = scene.window, scene.window.visit(scene.patient, BILL)
    paid = split("865.45", "332.73", "100.00", "432.72", "0.00")
    quoted = window.presettle(visit)
    untouched = {"本人余额": "100.00", "配偶余额": "1,000.00"}
    scene.step(
        _WINDOW,
        "2201 挂号、2203 就诊、2204 上传甲类费用；2206 预结算，不动账",
        paid | untouched,
        quoted.split | scene.held(),
    )
    msgid = window.msgid()
    settled = window.settle(visit, quoted.setlinfo["exp_content"], msgid)
    after = {"本人余额": "0.00", "配偶余额": "567.28", "起付线累计": "200.00", "统筹支付累计": "332.73"}
    scene.step(
        _WINDOW,
        "2207 结算：过起付线部分按比例由统筹支付，其余先本人账户、后配偶账户",
        paid | after,
        settled.split | scene.held() | scene.used(),
    )
    _explain(scene, settled)
    return visit, msgid


def _explain(scene: Scene, settled: Answer) -> None:
    """The figures of the policy that the split rests on: source 004 lines 79 and 80."""
    told = scene.caller.control("GET", f"/settlements/{settled.setlinfo['setl_id']}/explain")
    fen, source = told["amounts"], told["sources"]["ratio"]
    scene.step(
        _SANDBOX,
        "结算说明：（865.45 − 起付线 200.00）× 50%，四舍五入到分",
        {"起付线": "200.00", "统筹支付": "332.73", "出处": "2025四川攀枝花医保门诊共济怎么绑定（2025-03-11）L79-80"},
        {
            "起付线": yuan(fen["deductible_fen"]),
            "统筹支付": yuan(fen["pool_fen"]),
            "出处": f"{source['title']}{source['at']}",
        },
    )


def _second_visit(scene: Scene) -> tuple[Visit, str]:
    visit = scene.window.visit(scene.patient, "2000.00")
    quote = scene.window.presettle(visit).setlinfo["exp_content"]
    settled = scene.window.settle(visit, quote)
    scene.step(
        _WINDOW,
        "第二次就诊 2207：统筹支付到年度限额 1,000.00 为止，配偶账户用尽",
        split("2,000.00", "667.27", "0.00", "567.28", "765.45") | {"配偶余额": "0.00", "统筹支付累计": "1,000.00"},
        settled.split | {"配偶余额": scene.held()["配偶余额"], "统筹支付累计": scene.used()["统筹支付累计"]},
    )
    return visit, settled.setlinfo["setl_id"]


def _lost_reply(scene: Scene) -> tuple[str, Visit]:
    """The reply is torn off after the commit; the same msgid asks for it again."""
    visit, msgid = scene.window.visit(scene.patient, "50.00"), scene.window.msgid()
    quote = scene.window.presettle(visit).setlinfo["exp_content"]
    try:
        scene.window.settle(visit, quote, msgid, X_Sandbox_Fault="reset.after_commit")
    except LostReply:
        pass
    else:
        raise Unexpected("提交后连接中断，收不到应答", "收到了应答")
    known = scene.caller.ask("GET", f"{CONTROL}/txns/{HOSPITAL}/2207/{msgid}")["state"]
    again = scene.window.settle(visit, quote, msgid)
    scene.step(
        _WINDOW,
        "第三次就诊 2207：提交后应答丢失，查得已结算；原报文号重发，得到同一应答",
        split("50.00", "0.00", "0.00", "0.00", "50.00") | {"交易状态": "SETTLED", "重放标记": "1"},
        again.split | {"交易状态": known, "重放标记": "1" if again.is_replay else "0"},
    )
    return again.setlinfo["setl_id"], visit


def _undo(scene: Scene, second: tuple[Visit, str], third: tuple[Visit, str], first: tuple[Visit, str]) -> None:
    for visit, setl_id in (third, second):
        scene.window.reverse(visit, setl_id).accepted()
    scene.step(
        _WINDOW,
        "2208 退费：第三次、第二次结算按原账户退回",
        {"本人余额": "0.00", "配偶余额": "567.28", "统筹支付累计": "332.73"},
        scene.held() | {"统筹支付累计": scene.used()["统筹支付累计"]},
    )
    visit, msgid = first
    scene.window.repair(visit, msgid).accepted()
    state = scene.caller.ask("GET", f"{CONTROL}/txns/{HOSPITAL}/2207/{msgid}")["state"]
    scene.step(
        _WINDOW,
        "2601 冲正：按报文号撤销第一次结算，账户与年度累计全部复原",
        {"本人余额": "100.00", "配偶余额": "1,000.00", "起付线累计": "0.00", "统筹支付累计": "0.00"}
        | {"交易状态": "REVERSED"},
        scene.held() | scene.used() | {"交易状态": state},
    )
