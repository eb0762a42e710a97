"""Alipay, bank card, campus card and kiosk as payers use them, for tests; accounts that behave in their way."""

from __future__ import annotations

from typing import Any

from taxpayer import Taxpayer

GOOD = {"bank": "6217000000000000055", "campus": "2025000055", "kiosk": "2025000055"}
LOST = {"bank": "6217000000000000044", "campus": "2025000044", "kiosk": "2025000044"}
SLOW = {"bank": "6217000000000000033", "campus": "2025000033", "kiosk": "2025000033"}
POOR = {"bank": "6217000000000000011", "campus": "2025000011"}
BROKEN = {"bank": "6217000000000000022", "campus": "2025000022"}


def wanted(channel: str, account_no: str, **more: Any) -> dict[str, Any]:
    """Return what an order asks of a channel that debits at once."""
    body: dict[str, Any] = {"channel": channel, "account_no": account_no}
    if channel == "bank":
        body["holder"] = "测试银行实时扣款"
    else:
        body["password"] = "123456"
    return body | ({"terminal": "K01"} if channel == "kiosk" else {}) | more


def debit(payer: Taxpayer, bill: dict[str, Any], channel: str, account_no: str) -> Any:
    """Pay a bill from an account, at once."""
    return payer.ask("POST", f"/bills/{bill['bill_id']}/orders", wanted(channel, account_no))


def at_alipay(payer: Taxpayer, bill: dict[str, Any], buyer_id: str | None = None) -> Any:
    """Log in at Alipay, as oneself or as a buyer, and order."""
    who = {"buyer_id": buyer_id} if buyer_id else {"psn_no": payer.psn_no}
    code = payer.box.ask("POST", "/alipay/login", who)["auth_code"]
    assert payer.ask("POST", "/session/alipay", {"code": code}) == {"bound": True}
    return payer.ask("POST", f"/bills/{bill['bill_id']}/orders", {"channel": "alipay"})


def buy(payer: Taxpayer, order: dict[str, Any], **how: Any) -> Any:
    """Let the buyer act on an order."""
    return payer.box.ask("POST", f"/alipay/pay/{order['out_trade_no']}", how)
