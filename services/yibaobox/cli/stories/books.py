"""Story (c): the audit recomputes everything from raw entries and finds nothing amiss."""

from __future__ import annotations

from typing import Final

from yibaobox.cli.stories.caller import Caller
from yibaobox.cli.stories.telling import Story, Told


def plot(caller: Caller, told: Told) -> None:
    """Audit the world, then a second time: looking changes nothing."""
    first, second = (caller.control("GET", "/audit") for _ in range(2))
    found = first["violations"]
    told.step(
        "沙箱",
        f"由原始分录重新核算：{_counted(first['checked'])}",
        {"违反规则": "0 处", "重复核算": "一致"},
        {
            "违反规则": f"{len(found)} 处"
            if not found
            else f"{len(found)} 处：{found[0]['rule']} {found[0]['detail']}",
            "重复核算": "一致" if first["head"] == second["head"] else "不一致",
        },
    )


STORY: Final = Story("audit", "核账：账本由原始分录重算", (), plot)
_NAMES: Final = {
    "postings": "记账",
    "entries": "分录",
    "messages": "报文",
    "settlements": "结算",
    "setl_reversals": "撤销",
    "bills": "账单",
    "payments": "缴费",
    "participations": "参保关系",
    "benefit_periods": "待遇期",
}


def _counted(checked: dict[str, int]) -> str:
    return "、".join(f"{name} {checked[key]}" for key, name in _NAMES.items() if key in checked)
