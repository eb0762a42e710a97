"""Story: a stay in hospital: admission, interim settlement, a return, discharge, settlement, and all of it undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from yibaobox.cli.stories import ward
from yibaobox.cli.stories.caller import Caller
from yibaobox.cli.stories.hospital import Answer, Window, split
from yibaobox.cli.stories.telling import Story, Told, yuan
from yibaobox.cli.stories.ward import Ward

REGION: Final = "510400"
HOSPITAL: Final = "H51040000001"  # level 3
OTHER: Final = "H51040000002"
_WARD: Final = "医院"


@dataclass(frozen=True, slots=True)
class _Scene:
    """Who lies where."""

    caller: Caller
    told: Told
    ward: Ward
    patient: Mapping[str, Any]

    def step(self, action: str, expected: Mapping[str, str], found: Mapping[str, str], system: str = _WARD) -> None:
        """Write down one step."""
        self.told.step(system, action, expected, found)

    def used(self) -> dict[str, str]:
        """Return what the account holds, and what the patient used of this year."""
        found = self.caller.control("GET", f"/people/{self.patient['psn_no']}")
        sums = {name.rpartition("_")[2]: fen for name, fen in found["accumulators"].items()}
        return {
            "本人余额": yuan(found["account_fen"]),
            "住院次数": str(sums.get("COUNT", 0)),
            "起付线累计": yuan(sums.get("DED", 0)),
            "统筹支付累计": yuan(sums.get("CAP", 0)),
        }


_NOTHING: Final = {"住院次数": "0", "起付线累计": "0.00", "统筹支付累计": "0.00"}


def plot(caller: Caller, told: Told) -> None:
    """Play the story."""
    patient = caller.person(region=REGION, capacity="employee", enrolled=True, name="测住院", account_fen=100_000)
    scene = _Scene(caller, told, Ward(caller, HOSPITAL, "5"), patient)
    stay = _admitted(scene)
    first = _for_a_time(scene, stay)
    last = _for_good(scene, stay)
    _undone(scene, stay, first, last)


STORY: Final = Story(
    "stay",
    "攀枝花职工住院：中途结算、退费、出院结算，起付线只付一次",
    ("费用总额", "统筹基金", "个人账户", "家庭共济", "个人现金"),
    plot,
)


def _admitted(scene: _Scene) -> str:
    stay = scene.ward.admit(scene.patient)
    elsewhere = Ward(scene.caller, OTHER, "6")
    again = elsewhere.call("2401", ward.admission(scene.patient, elsewhere.now, elsewhere.numbered("ZY"))).code
    clinic = Window(scene.caller, OTHER, "7")
    visit = clinic.settle(clinic.visit(scene.patient, "50.00")).code
    scene.step(
        "2401 入院；另一医院再办入院、办门诊结算都被拒绝",
        {"再次入院": "ALREADY_ADMITTED", "门诊结算": "IN_HOSPITAL"} | {"本人余额": "1,000.00"} | _NOTHING,
        {"再次入院": again, "门诊结算": visit} | scene.used(),
    )
    return stay


def _for_a_time(scene: _Scene, stay: str) -> str:
    scene.ward.charge(scene.patient, stay, "3000.00").accepted()
    paid = scene.ward.pay(scene.patient, stay, "3000.00", interim=True)
    scene.step(
        "2301 上传甲类费用；2304 中途结算：（3,000.00 − 起付线 700.00）× 85%",
        split("3,000.00", "1,955.00", "1,000.00", "0.00", "45.00")
        | {"本人余额": "0.00", "住院次数": "1", "起付线累计": "700.00", "统筹支付累计": "1,955.00"},
        paid.split | scene.used(),
    )
    return str(paid.setlinfo["setl_id"])


def _for_good(scene: _Scene, stay: str) -> str:
    window, patient = scene.ward, scene.patient
    row = ward.charge(patient, stay, window.numbered("F"), "1000.00", window.now)
    window.call("2301", {"feedetail": [row, ward.returned(row, f"{row['feedetl_sn']}R")]}).accepted()
    window.charge(patient, stay, "7000.00").accepted()
    early = window.pay(patient, stay, "7000.00").code
    window.discharge(patient, stay).accepted()
    quoted = window.quote(patient, stay, "7000.00")
    paid = window.pay(patient, stay, "7000.00")
    scene.step(
        "再上传费用，退掉一笔；未出院不能结算；2402 出院，2303 预结算，2304 出院结算：7,000.00 × 85%，不再扣起付线",
        split("7,000.00", "5,950.00", "0.00", "0.00", "1,050.00")
        | {"出院前结算": "NOT_DISCHARGED", "预结算": "一致"}
        | {"本人余额": "0.00", "住院次数": "1", "起付线累计": "700.00", "统筹支付累计": "7,905.00"},
        paid.split | {"出院前结算": early, "预结算": _alike(quoted, paid)} | scene.used(),
    )
    return str(paid.setlinfo["setl_id"])


def _alike(quoted: Answer, paid: Answer) -> str:
    return "一致" if quoted.split == paid.split else "不一致"


def _undone(scene: _Scene, stay: str, first: str, last: str) -> None:
    window, patient = scene.ward, scene.patient
    refused = window.undo("2305", patient, stay, setl_id=first).code
    for setl_id in (last, first):
        window.undo("2305", patient, stay, setl_id=setl_id).accepted()
    scene.step(
        "2305 撤销：须从最后一次结算撤起；账户与年度累计全部复原",
        {"先撤第一次": "LATER_SETTLEMENT_EXISTS", "本人余额": "1,000.00"} | _NOTHING,
        {"先撤第一次": refused} | scene.used(),
    )
    for infno, more in (("2405", {}), ("2302", {"feedetl_sn": "0000"}), ("2404", {})):
        window.undo(infno, patient, stay, **more).accepted()
    asked = {"psn_no": patient["psn_no"], "begntime": f"{window.now[:10]} 00:00:00", "endtime": window.now}
    lying = window.call("5303", {"data": asked}).accepted()
    scene.step(
        "2405 撤销出院、2302 撤销费用、2404 撤销入院；5303 查无在院",
        {"在院": "0 人次"},
        {"在院": f"{len(lying)} 人次"},
    )
