"""What an order is begun with: prepay_id, code_url or h5_url. An earlier one stays good for its time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from yibaobox_mocks import lots
from yibaobox_mocks.ports import Tx
from yibaobox_mocks.wechatpay.asked import Kind

_LIFE_S: Final[dict[Kind, int]] = {"JSAPI": 7200, "NATIVE": 7200, "APP": 7200, "MWEB": 300}
_MICRO: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Prepay:
    """A name that a client opens the payment with."""

    prepay_id: str
    mchid: str
    out_trade_no: str
    until_us: int


def begin(tx: Tx, mchid: str, out_trade_no: str, kind: Kind) -> str:
    """Return a new name for an order's payment."""
    prepay_id = f"wx{lots.word(34).lower()}"
    tx.run(
        "INSERT INTO gw_wechat_prepays (prepay_id, mchid, out_trade_no, until_us) VALUES (?, ?, ?, ?)",
        *(prepay_id, mchid, out_trade_no, tx.now_us + _LIFE_S[kind] * _MICRO),
    )
    return prepay_id


def told(kind: Kind, prepay_id: str, cashier: str) -> dict[str, str]:
    """Return the answer to an order: what its client is given."""
    if kind == "NATIVE":
        return {"code_url": f"weixin://wxpay/bizpayurl?pr={prepay_id[2:]}"}
    if kind == "MWEB":
        return {"h5_url": f"{cashier}/checkmweb?prepay_id={prepay_id}"}
    return {"prepay_id": prepay_id}


def find(tx: Tx, prepay_id: str) -> Prepay | None:
    """Return what a client was given, if it was."""
    if not prepay_id.isprintable():
        return None
    sql = "SELECT prepay_id, mchid, out_trade_no, until_us FROM gw_wechat_prepays WHERE prepay_id = ?"
    row = tx.one(sql, prepay_id)
    return None if row is None else Prepay(*row)
