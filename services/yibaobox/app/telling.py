"""How the gateway tells of a payment when a fault strikes the payer's act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import faults
from yibaobox.domain.faults import striking
from yibaobox_mocks.ports import Telling

if TYPE_CHECKING:
    from yibaobox.domain.store import World

_SECOND_US: Final = 1_000_000


def told(world: World, out_trade_no: str) -> Telling:
    """Return how a payment is told: once and at once, unless a fault strikes."""
    if striking.now() is None:
        return Telling()
    if striking.at("pay.success_no_notify") is not None:
        return Telling(copies=0)
    if (dup := striking.at("pay.notify_dup")) is not None:
        return Telling(copies=dup["n"])
    if (held := striking.at("pay.notify_reordered")) is not None:
        return Telling(wait_s=held["s"])
    if striking.at("pay.notify_forged_sig") is not None:
        return Telling(forged=True)
    if (amount := striking.at("pay.notify_amount")) is not None:
        return Telling(off_by_fen=amount["fen"])
    wait_s = unknown(world, out_trade_no, "pay.unknown_then_success")
    return Telling(wait_s=wait_s)


def unknown(world: World, out_trade_no: str, name: str) -> int:
    """Let queries of an order answer that nobody knows, when this fault strikes; return for how many seconds."""
    struck = striking.at(name)
    if struck is None:
        return 0
    path = f"/v3/pay/transactions/out-trade-no/{out_trade_no}"
    with world.write() as tx:
        until_us = tx.now_us + struck["s"] * _SECOND_US
        faults.arm(tx, faults.Wanted("held.query", {"path": path}, times=None, expires_us=until_us), origin="hold")
    return int(struck["s"])
