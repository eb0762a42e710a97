"""Story: the end of a day at a hospital: totals do not agree, lines say why, the day is repaired and cleared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from yibaobox.cli.stories import reconciliation
from yibaobox.cli.stories.caller import Caller
from yibaobox.cli.stories.hospital import Visit, Window
from yibaobox.cli.stories.telling import AT, Story, Told, yuan
from yibaobox.domain import money
from yibaobox.domain.reconciliation import sheets

REGION: Final = "510400"
HOSPITAL: Final = "H51040000002"  # level 2
_WINDOW: Final = "医院"
_RESULTS: Final = {"0": "平", "1": "不平"}


@dataclass(slots=True)
class _Day:
    """What the hospital's software has in its own books of the day."""

    caller: Caller
    told: Told
    window: Window
    patient: Mapping[str, Any]
    replies: list[Mapping[str, Any]] = field(default_factory=list)

    def sell(self, total: str, **headers: str) -> tuple[Visit, Mapping[str, Any]]:
        """Settle a visit and write the reply down."""
        visit = self.window.visit(self.patient, total)
        self.replies.append(self.window.settle(visit, **headers).setlinfo)
        return visit, self.replies[-1]

    def take_back(self, visit: Visit, setl_id: str) -> None:
        """Reverse a settlement and write the reply down."""
        self.replies.append(self.window.reverse(visit, setl_id).setlinfo)

    def totals(self) -> str:
        """3201: return what the centre says of the totals."""
        asked = reconciliation.totals(self.window, self.replies, insutype="310")
        return _RESULTS[self.window.call("3201", {"data": asked}).accepted()["stmtinfo"]["stmt_rslt"]]

    def lines(self) -> list[list[str]]:
        """9101, 3202, 9102: return the lines that differ."""
        number = self.window.upload(reconciliation.packed(self.replies))
        cash = reconciliation.sums(self.replies, "psn_cash_pay")["psn_cash_pay"]
        asked = reconciliation.totals(self.window, self.replies) | {"cash_payamt": cash, "file_qury_no": number}
        made = self.window.call("3202", {"data": asked}).accepted()["fileinfo"]["file_qury_no"]
        return [line.split("\t") for line in sheets.unpacked(self.window.download(made)).splitlines()]


def plot(caller: Caller, told: Told) -> None:
    """Play the story."""
    patient = caller.person(region=REGION, capacity="employee", enrolled=True, name="测日终", account_fen=500_000)
    day = _Day(caller, told, Window(caller, HOSPITAL, "4"), patient)
    wrong = _sell(day)
    _look(day, wrong[1])
    _repair(day, *wrong)
    _clear(day)


STORY: Final = Story("day", "日终对账：总账不平，明细找出一笔，冲正后平账并申请清算", ("机构总额", "沙箱总额"), plot)


def _sell(day: _Day) -> tuple[Visit, Mapping[str, Any]]:
    """Three sales, one of them taken back; of the third the centre's statement will have a cent too much."""
    day.sell("300.00")
    visit, told = day.sell("120.00")
    day.take_back(visit, told["setl_id"])
    wrong = day.sell("80.00", X_Sandbox_Fault="recon.amount;fen=1")
    day.told.step(
        _WINDOW,
        "2207 结算三笔，2208 退一笔；中心对第三笔多记一分",
        {"机构总额": "380.00", "结算": "3 笔", "退费": "1 笔"},
        {"机构总额": _sum(day), "结算": f"{_count(day, 1)} 笔", "退费": f"{_count(day, -1)} 笔"},
    )
    return wrong


def _look(day: _Day, wrong: Mapping[str, Any]) -> None:
    day.told.step(_WINDOW, "3201 对总账", {"对账结果": "不平"}, {"对账结果": day.totals()})
    lines = day.lines()
    found = lines[0] if lines else [""] * 10
    day.told.step(
        _WINDOW,
        "9101 上传七列明细，3202 对明细账，9102 下载十列差异",
        {"差异": "1 笔", "结算ID": "第三笔", "说明": "金额不一致", "沙箱总额": "80.01"},
        {
            "差异": f"{len(lines)} 笔",
            "结算ID": "第三笔" if found[2] == wrong["setl_id"] else found[2],
            "说明": found[6].partition("：")[0],
            "沙箱总额": found[7],
        },
    )
    ran = day.caller.control("POST", "/recon/run", {"date": AT[:10]})
    kinds = [each["kind"] for place in ran["institutions"] for each in place["differences"]]
    day.told.step("沙箱", "沙箱自行核对当日全部机构", {"差异": "amount"}, {"差异": "、".join(kinds)})


def _repair(day: _Day, visit: Visit, wrong: Mapping[str, Any]) -> None:
    day.take_back(visit, wrong["setl_id"])
    day.sell("80.00")
    day.told.step(
        _WINDOW,
        "2208 撤销该笔并重新结算；再次 3201、3202",
        {"机构总额": "380.00", "对账结果": "平", "差异": "0 笔"},
        {"机构总额": _sum(day), "对账结果": day.totals(), "差异": f"{len(day.lines())} 笔"},
    )


def _clear(day: _Day) -> None:
    asked = reconciliation.clearing(day.window, day.replies)
    made = day.window.call("3203", {"data": asked}).accepted()["result"]["clr_appy_evt_id"]
    again = day.window.call("3203", {"data": asked}).code
    day.window.call("3204", {"data": {"clr_appy_evt_id": made}}).accepted()
    once_more = day.window.call("3203", {"data": asked}).accepted()["result"]["clr_appy_evt_id"]
    day.told.step(
        _WINDOW,
        "3203 申请清算，重复申请被拒；3204 撤销后可再次申请",
        {"清算人次": "2", "重复申请": "NOTHING_DUE", "再次申请": "受理"},
        {"清算人次": str(asked["psntime"]), "重复申请": again, "再次申请": "受理" if once_more != made else "重号"},
    )


def _sum(day: _Day) -> str:
    return yuan(sum(money.parse_yuan(each["medfee_sumamt"]) for each in day.replies))


def _count(day: _Day, sign: int) -> int:
    return sum(money.parse_yuan(each["medfee_sumamt"]) * sign > 0 for each in day.replies)
