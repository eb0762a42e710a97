"""A payer who takes a while: what comes of it is planned when the payer begins, and comes by a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from yibaobox_mocks import ports
from yibaobox_mocks.ports import Sandbox, Tx
from yibaobox_mocks.wechatpay import notify, orders
from yibaobox_mocks.wechatpay.orders import Order

JOB: Final = "wechatpay.pay"
_MICRO: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """Who will have paid, how long it takes, and by which key the merchant is told; without one nobody is."""

    payer: str
    wait_s: int
    state: str = "SUCCESS"
    serial: str | None = None


def begin(tx: Tx, keys: Mapping[str, str], sandbox: Sandbox, order: Order, plan: Plan) -> None:
    """Let a payer begin."""
    due_us = tx.now_us + plan.wait_s * _MICRO
    transaction_id = orders.number(tx) if plan.state == "SUCCESS" else None
    event = None
    if transaction_id is not None and plan.serial is not None and order.notify_url:
        paid = replace(
            order,
            state="SUCCESS",
            transaction_id=transaction_id,
            success_us=due_us,
            openid=plan.payer,
            payer_appid=order.payer_appid or order.appid,
        )
        event = notify.event(sandbox, keys, order.notify_url, orders.shown(paid, sandbox), plan.serial)
    payload = {
        "mchid": order.mchid,
        "out_trade_no": order.out_trade_no,
        "state": plan.state,
        "payer": plan.payer,
        "transaction_id": transaction_id,
        "success_us": due_us,
        "event": None if event is None else asdict(event) | {"headers": dict(event.headers), "delay": 0},
    }
    sandbox.remind(tx, JOB, payload, due_us)


def come(tx: Tx, payload: Mapping[str, Any]) -> ports.Event | None:
    """Let it come, unless the order went another way meanwhile; return the call-back that tells of it."""
    order = orders.find(tx, str(payload["mchid"]), str(payload["out_trade_no"]))
    if order is None or order.state not in ("NOTPAY", "USERPAYING"):
        return None
    if payload["state"] != "SUCCESS":
        orders.step(tx, order, str(payload["state"]))
        return None
    success_us, number = int(payload["success_us"]), str(payload["transaction_id"])
    orders.pay(tx, order, str(payload["payer"]), success_us=success_us, transaction_id=number)
    event = payload["event"]
    return None if event is None else ports.Event(**event)
