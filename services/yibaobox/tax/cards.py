"""Who pays through a channel: a wallet that the session is logged in at, or an account that is debited."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from yibaobox.domain import people
from yibaobox.domain.billing.sessions import Session
from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.store import Tx
from yibaobox.tax.channels import INSIDE
from yibaobox.tax.debits import Account

_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "bank": ("account_no",),
    "campus": ("account_no", "password"),
    "kiosk": ("account_no", "password", "terminal"),
}
_MORE: Final[Mapping[str, tuple[str, ...]]] = {"bank": ("holder",)}
_STUDENT: Final = re.compile(r"[0-9A-Za-z]{6,20}", re.ASCII)
_NUMBERS: Final[Mapping[str, re.Pattern[str]]] = {
    "bank": re.compile(r"62[0-9]{14,17}", re.ASCII),  # 银联: 16 to 19 digits
    "campus": _STUDENT,
    "kiosk": _STUDENT,
}


def payer(session: Session, channel: str) -> str:
    """Return who pays at a wallet; refuse a session that is not logged in there."""
    found = session.openid if channel == "wechat" else session.buyer_id
    if found is None:
        name = "微信" if channel == "wechat" else "支付宝"
        raise InvalidInput(f"请先完成{name}登录", field="channel")
    return found


def account(tx: Tx, psn_no: str, channel: str, given: Mapping[str, str]) -> Account | None:
    """Return the account that a channel debits, where it does; refuse what it does not ask for, and what is missing.

    A bank card is the person's own unless another holder is named.
    """
    needed, more = _NEEDED.get(channel, ()), _MORE.get(channel, ())
    for name in needed:
        if name not in given:
            raise InvalidInput(f"该渠道缴费须填写{name}", field=name)
    for name in given:
        if name not in (*needed, *more):
            raise InvalidInput(f"该渠道缴费不需要{name}", field=name)
    if channel not in INSIDE:
        return None
    if not _NUMBERS[channel].fullmatch(given["account_no"]):
        raise InvalidInput("银行卡号或学号格式不正确", field="account_no")
    holder = given.get("holder", people.get(tx, psn_no).name) if channel == "bank" else None
    return Account(given["account_no"], holder, given.get("password"), given.get("terminal"))
