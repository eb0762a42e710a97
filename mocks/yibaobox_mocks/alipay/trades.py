"""Trades: OFFERED → WAIT_BUYER_PAY → TRADE_SUCCESS → TRADE_FINISHED, or TRADE_CLOSED. There is no failed state.

What is offered by a code to scan, a page or an app's string does not exist until the buyer opens it: a query does not
find it, and offering the number again replaces it. A trade that is created or paid at a till exists at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from yibaobox_mocks import lots
from yibaobox_mocks.alipay import users
from yibaobox_mocks.alipay.asked import Asked
from yibaobox_mocks.alipay.errors import business
from yibaobox_mocks.ports import Sandbox, Tx

JOB: Final = "alipay.trade"  # what becomes of a trade by itself: it times out, or can be refunded no longer
REFUNDABLE_US: Final = 365 * 86_400 * 1_000_000
OFFERED: Final = "OFFERED"
WAITING: Final = "WAIT_BUYER_PAY"
SUCCESS: Final = "TRADE_SUCCESS"
FINISHED: Final = "TRADE_FINISHED"
CLOSED: Final = "TRADE_CLOSED"
PAID: Final = (SUCCESS, FINISHED)


@dataclass(frozen=True, slots=True)
class Trade:
    """A trade as the gateway keeps it; `refunded_fen` is what went back so far."""

    app_id: str
    out_trade_no: str
    trade_no: str | None
    product: str
    subject: str
    body: str | None
    passback: str | None
    notify_url: str | None
    return_url: str | None
    buyer_id: str | None
    qr: str | None
    total_fen: int
    expires_us: int
    state: str
    created_us: int
    paid_us: int | None
    closed_us: int | None
    refunded_fen: int = 0


_COLUMNS: Final = ", ".join(each.name for each in fields(Trade) if each.name != "refunded_fen")
_READ: Final = f"SELECT {_COLUMNS} FROM gw_alipay_trades"
_SPACES: Final = ", ".join("?" * (_COLUMNS.count(",") + 1))


def find(tx: Tx, app_id: str, out_trade_no: str) -> Trade | None:
    """Return a trade, also one that is only offered, locked where the database has several writers."""
    return _one(tx, "out_trade_no", app_id, out_trade_no)


def named(tx: Tx, app_id: str, names: tuple[str | None, str | None]) -> Trade:
    """Return the trade that one of its numbers names, the gateway's before the application's."""
    own, theirs = names
    found = find(tx, app_id, own or "") if theirs is None else _one(tx, "trade_no", app_id, theirs)
    if found is None or found.state == OFFERED or (theirs is not None and own not in (None, found.out_trade_no)):
        raise business("ACQ.TRADE_NOT_EXIST")
    return found


def scanned(tx: Tx, app_id: str, qr: str) -> Trade | None:
    """Return what a code to scan offers."""
    return _one(tx, "qr", app_id, qr)


def offer(tx: Tx, app_id: str, asked: Asked) -> Trade:
    """Offer a trade to whoever opens it."""
    known = find(tx, app_id, asked.out_trade_no)
    if known is not None and known.state != OFFERED:
        check_again(known, asked)
        return known
    tx.run(
        "DELETE FROM gw_alipay_trades WHERE app_id = ? AND out_trade_no = ? AND state = ?",
        app_id,
        asked.out_trade_no,
        OFFERED,
    )
    return _insert(tx, app_id, asked, OFFERED)


def create(tx: Tx, sandbox: Sandbox, app_id: str, asked: Asked) -> Trade:
    """Create a trade, or return the same one again; another one of its number is refused."""
    known = find(tx, app_id, asked.out_trade_no)
    if known is not None and known.state == OFFERED:
        tx.run("DELETE FROM gw_alipay_trades WHERE app_id = ? AND out_trade_no = ?", app_id, asked.out_trade_no)
        known = None
    if known is not None:
        check_again(known, asked)
        return known
    if asked.buyer_id is not None and not users.belongs(tx, app_id, asked.buyer_id):
        raise business("ACQ.TRADE_BUYER_NOT_MATCH")
    made = _insert(tx, app_id, asked, OFFERED)
    check_again(made, asked)  # somebody created it meanwhile: it is the same trade, or another one of its number
    return made if made.state != OFFERED else opened(tx, sandbox, made)


def opened(tx: Tx, sandbox: Sandbox, offered: Trade) -> Trade:
    """Let a trade exist: the buyer has opened it."""
    day = sandbox.rfc3339(tx.now_us)[:10].replace("-", "")
    trade_no = f"{day}22001{tx.next_number('number'):015d}"
    _change(tx, offered, {"state": WAITING, "trade_no": trade_no, "created_us": tx.now_us})
    sandbox.remind(tx, JOB, _name(offered), offered.expires_us)
    return _again(tx, offered)


def pay(tx: Tx, sandbox: Sandbox, trade: Trade, buyer_id: str) -> Trade:
    """Take a buyer's money."""
    _change(tx, trade, {"state": SUCCESS, "buyer_id": buyer_id, "paid_us": tx.now_us, "closed_us": None})
    sandbox.remind(tx, JOB, _name(trade), tx.now_us + REFUNDABLE_US)
    return _again(tx, trade)


def close(tx: Tx, trade: Trade) -> Trade:
    """Close a trade: it is not paid, or all of it went back."""
    _change(tx, trade, {"state": CLOSED, "closed_us": tx.now_us})
    return _again(tx, trade)


def forget(tx: Tx, trade: Trade) -> None:
    """Take an offer back that nobody opened."""
    tx.run("DELETE FROM gw_alipay_trades WHERE app_id = ? AND out_trade_no = ?", trade.app_id, trade.out_trade_no)


def end(tx: Tx, payload: Mapping[str, Any]) -> Trade | None:
    """Do what is due with a trade by now, and return it when that changed it."""
    trade = find(tx, str(payload["app_id"]), str(payload["out_trade_no"]))
    if trade is None:
        return None
    if trade.state == WAITING and tx.now_us >= trade.expires_us:
        return close(tx, trade)
    if trade.state == SUCCESS and trade.paid_us is not None and tx.now_us >= trade.paid_us + REFUNDABLE_US:
        _change(tx, trade, {"state": FINISHED})
        return _again(tx, trade)
    return None


def _one(tx: Tx, column: str, app_id: str, value: str) -> Trade | None:
    """Return a trade, locked; what went back is read after that, when nobody else can add to it."""
    row = tx.one(f"{_READ} WHERE app_id = ? AND {column} = ?{tx.for_update}", app_id, value)
    if row is None:
        return None
    found = Trade(*row)
    sql = "SELECT coalesce(sum(amount_fen), 0) FROM gw_alipay_refunds WHERE app_id = ? AND out_trade_no = ?"
    back = tx.one(sql, app_id, found.out_trade_no)
    assert back is not None, "an aggregate has a row"
    return replace(found, refunded_fen=int(back[0]))


def _insert(tx: Tx, app_id: str, asked: Asked, state: str) -> Trade:
    qr = f"https://qr.alipay.com/bax{lots.word(20).lower()}" if asked.product == "precreate" else None
    tx.run(
        f"INSERT INTO gw_alipay_trades ({_COLUMNS}) VALUES ({_SPACES}) ON CONFLICT DO NOTHING",
        *(app_id, asked.out_trade_no, None, asked.product, asked.subject, asked.body, asked.passback),
        *(asked.notify_url, asked.return_url, asked.buyer_id, qr, asked.total_fen, asked.expires_us),
        *(state, tx.now_us, None, None),
    )
    found = find(tx, app_id, asked.out_trade_no)
    assert found is not None, "what was just written is there"
    return found


def _change(tx: Tx, trade: Trade, values: Mapping[str, object]) -> None:
    sets = ", ".join(f"{name} = ?" for name in values)
    sql = f"UPDATE gw_alipay_trades SET {sets} WHERE app_id = ? AND out_trade_no = ?"
    tx.run(sql, *values.values(), trade.app_id, trade.out_trade_no)


def _again(tx: Tx, trade: Trade) -> Trade:
    found = find(tx, trade.app_id, trade.out_trade_no)
    assert found is not None, "what was just changed is there"
    return found


def _name(trade: Trade) -> dict[str, object]:
    return {"app_id": trade.app_id, "out_trade_no": trade.out_trade_no}


def check_again(known: Trade, asked: Asked) -> None:
    """Refuse a number that is taken; the amount is looked at last, for what is over is over."""
    if known.state in PAID:
        raise business("ACQ.TRADE_HAS_SUCCESS")
    if known.state == CLOSED:
        raise business("ACQ.TRADE_HAS_CLOSE")
    if known.buyer_id is not None and asked.buyer_id not in (None, known.buyer_id):
        raise business("ACQ.TRADE_BUYER_NOT_MATCH")
    if (known.total_fen, known.subject) != (asked.total_fen, asked.subject):
        raise business("ACQ.CONTEXT_INCONSISTENT")
