"""Story: a code is scanned at a pharmacy's counter and pays; the reply is lost and found, the sale taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from yibaobox.cli.stories.caller import Caller, LostReply, Unexpected
from yibaobox.cli.stories.holder import Holder
from yibaobox.cli.stories.hospital import credential, split
from yibaobox.cli.stories.telling import Story, Told, yuan
from yibaobox.cli.stories.ward import Counter

REGION: Final = "510400"
PHARMACY: Final = "P51040000001"
_COUNTER: Final = "药店"


def plot(caller: Caller, told: Told) -> None:
    """Play the story."""
    person = caller.person(region=REGION, capacity="employee", enrolled=True, name="测购药", account_fen=10_000)
    counter = Counter(caller, PHARMACY, "8")
    token = _scanned(caller, told, counter, person)
    sold = _sold(caller, told, counter, person, token)
    undone = counter.take_back(person, sold).setlinfo
    told.step(
        _COUNTER,
        "2103 退药：整单退回原账户",
        {"退费总额": "-300.00", "本人余额": "100.00"},
        {"退费总额": f"{undone['medfee_sumamt']:.2f}", "本人余额": yuan(caller.account_fen(person))},
    )


STORY: Final = Story(
    "pharmacy",
    "攀枝花职工扫码购药：医保码、预结算、结算应答丢失后重发、退药",
    ("费用总额", "统筹基金", "个人账户", "家庭共济", "个人现金"),
    plot,
)


def _scanned(caller: Caller, told: Told, counter: Counter, person: Mapping[str, Any]) -> str:
    """Show a code once; the same code a second time is refused."""
    code = Holder.activate(caller, person).code()
    known = counter.query(person, code).accepted()
    again = counter.query(person, code).code
    told.step(
        _COUNTER,
        "顾客出示医保码；1101 扫码识别身份，同一个码再扫被拒绝",
        {"人员编号": "与登记一致", "账户余额": "100.00", "再次扫码": "CODE_USED"},
        {
            "人员编号": "与登记一致" if known["baseinfo"]["psn_no"] == person["psn_no"] else "不一致",
            "账户余额": f"{known['insuinfo'][0]['balc']:.2f}",
            "再次扫码": again,
        },
    )
    return code


def _sold(caller: Caller, told: Told, counter: Counter, person: Mapping[str, Any], code: str) -> Mapping[str, Any]:
    """Quote and sell; the reply is torn off after the commit, and the same msgid brings it."""
    body, msgid = counter.sale(person, "300.00", credential(code)), counter.msgid()
    quoted = counter.quote(body)
    try:
        counter.sell(body, msgid, X_Sandbox_Fault="reset.after_commit")
    except LostReply:
        pass
    else:
        raise Unexpected("提交后连接中断，收不到应答", "收到了应答")
    sold = counter.sell(body, msgid)
    told.step(
        _COUNTER,
        "2101 预结算；2102 结算提交后应答丢失，原报文号重发得到同一应答：（300.00 − 起付线 200.00）× 50%",
        split("300.00", "50.00", "100.00", "0.00", "150.00") | {"预结算": "一致", "重放标记": "1", "本人余额": "0.00"},
        sold.split
        | {"预结算": "一致" if quoted.split == sold.split else "不一致", "重放标记": "1" if sold.is_replay else "0"}
        | {"本人余额": yuan(caller.account_fen(person))},
    )
    return sold.setlinfo
