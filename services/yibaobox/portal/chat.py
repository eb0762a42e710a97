"""Commands by chat (P4): where a region takes 停保 as a message, a resident suspends without the form of the hall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from yibaobox.domain import enrolment
from yibaobox.domain.accounts import applications
from yibaobox.domain.errors import Refusal
from yibaobox.domain.policy import Place, shipped
from yibaobox.domain.store import Tx
from yibaobox.portal import decide, lists, suspend

_REMARK: Final = "公众号申请"
_NOT_HERE: Final = "您的参保地不支持发送指令停保，请在个人网厅办理城乡居民暂停参保"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the account answers, and the application that the message made."""

    text: str
    application_id: int | None = None


def answer(tx: Tx, psn_no: str, text: str, agent: str | None = None) -> Reply:
    """Answer a message; a refusal is an answer too, and changes nothing."""
    command, _, rest = text.strip().partition(" ")
    part = enrolment.active(tx, psn_no)
    known = None if part is None else _command(tx, part)
    if part is None:
        return Reply("没有可以暂停的参保信息")
    if known is None:
        return Reply(_NOT_HERE)
    if command != known:
        return Reply(f"没有这个指令。发送“{known}”办理城乡居民暂停参保")
    reason = _reason(rest.strip())
    if reason is None:
        return Reply(_menu(known, part))
    return _suspend(tx, part, reason, agent)


def _suspend(tx: Tx, part: enrolment.Participation, reason: str, agent: str | None) -> Reply:
    form = {
        "part_id": part.part_id,
        "region": part.region,
        "reason": reason,
        "suspend_day": tx.today.isoformat(),
        "remark": _REMARK,
    }
    try:
        with tx.savepoint():
            suspend.check(tx.today, part, form)
            drafted = applications.draft(tx, part.psn_no, applications.SUSPENSION, form, part.region)
            sent = decide.review(tx, applications.submit(tx, drafted, part.region, agent))
    except Refusal as refusal:
        return Reply(refusal.message)
    state = applications.STATES[sent.state]
    return Reply(f"已提交停保申请，编号{sent.application_id}，{state}。可在“我的办件”查询", sent.application_id)


def _command(tx: Tx, part: enrolment.Participation) -> str | None:
    """Return the command that the participation's region takes."""
    found = shipped().look(Place(part.region, part.scheme), "suspension", "chat_command", tx.today)
    return None if found is None else str(found.value)


def _reason(said: str) -> str | None:
    """Read a reason: its number in the menu, its code, or its words."""
    codes = list(lists.REASONS)
    if said.isascii() and said.isdecimal() and 1 <= int(said[:4]) <= len(codes):
        return codes[int(said[:4]) - 1]
    return next((code for code, name in lists.REASONS.items() if said in (code, name)), None)


def _menu(command: str, part: enrolment.Participation) -> str:
    reasons = "；".join(f"{number} {name}" for number, name in enumerate(lists.REASONS.values(), 1))
    return f"您在{part.unit_name}参加城乡居民医保。请回复“{command} 暂停原因的序号”提交申请：{reasons}"
