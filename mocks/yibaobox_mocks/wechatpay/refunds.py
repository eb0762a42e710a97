"""Refunds: PROCESSING → SUCCESS | CLOSED | ABNORMAL, in parts, never more than was paid; told when they end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from yibaobox_mocks import ports
from yibaobox_mocks.ports import Refused, Sandbox, Tx, World
from yibaobox_mocks.wechatpay import notify, orders
from yibaobox_mocks.wechatpay.asked import AskedRefund
from yibaobox_mocks.wechatpay.errors import WechatError, parameter
from yibaobox_mocks.wechatpay.orders import Order

JOB: Final = "wechatpay.refund"
SETTLES_US: Final = 5 * 1_000_000  # of sandbox time; the payer's bank may take days, the wallet's balance seconds
PENDING: Final = "refund.pending"
FAIL_THEN_OK: Final = "refund.fail_then_ok"
PARTS_MAX: Final = 50
LIFE_US: Final = 365 * 86_400 * 1_000_000
OUTCOMES: Final = {"success": "SUCCESS", "abnormal": "ABNORMAL", "closed": "CLOSED"}
_TOLD: Final = ("total", "refund", "payer_total", "payer_refund")
_COLUMNS: Final = (
    "mchid, out_refund_no, refund_id, out_trade_no, amount_fen, notify_url, state, done_us, fingerprint, created_us"
)


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund as the gateway keeps it."""

    mchid: str
    out_refund_no: str
    refund_id: str
    out_trade_no: str
    amount_fen: int
    notify_url: str | None
    state: str
    done_us: int | None
    fingerprint: str
    created_us: int


@dataclass(frozen=True, slots=True)
class Desk:
    """Where refunds are made: a transaction, the merchant's keys, the sandbox around it."""

    tx: Tx
    keys: Mapping[str, str]
    sandbox: Sandbox

    def create(self, asked: AskedRefund) -> dict[str, Any]:
        """Take a refund; the same again is the same refund. The order is locked first: of two at once one waits."""
        order = self._order(asked)
        known = find(self.tx, order.mchid, asked.out_refund_no)
        if known is not None:
            if known.fingerprint != asked.fingerprint:
                raise _refused("请求重入时，参数与首次请求时不一致", 268498688)
            return self.shown(known, order)
        self._check(order, asked)
        if self.sandbox.struck(FAIL_THEN_OK) is not None:
            raise WechatError(403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起", number=268435461)
        made = self._insert(order, asked)
        self._plan(made, order)
        return self.shown(made, order)

    def _plan(self, made: Refund, order: Order) -> None:
        """Have a refund end by itself."""
        pending = self.sandbox.struck(PENDING)
        due_us = self.tx.now_us + (SETTLES_US if pending is None else int(pending["s"]) * 1_000_000)
        sealed = self._sealed(made, order, "SUCCESS", due_us)
        self.sandbox.remind(self.tx, JOB, _payload(made, sealed, self._signer(made)), due_us)

    def query(self, out_refund_no: str, sub_mchid: str | None = None) -> dict[str, Any]:
        """Show a refund."""
        found = find(self.tx, self.keys["mchid"], out_refund_no)
        order = None if found is None else self._of(found)
        if found is None or order is None or order.sub_mchid != sub_mchid:
            raise WechatError(404, "RESOURCE_NOT_EXISTS", "退款单不存在", number=268512771)
        return self.shown(found, order)

    def settle(self, out_refund_no: str, outcome: str) -> tuple[str, tuple[int, ...]]:
        """End a refund now; return its state and the call-back to send."""
        found = find(self.tx, self.keys["mchid"], out_refund_no)
        if found is None:
            raise Refused("not_found", "没有这个退款单")
        if found.state != "PROCESSING":
            raise Refused("conflict", "该退款已有结果")
        order, state = self._of(found), OUTCOMES[outcome]
        sealed = self._sealed(found, order, state, self.tx.now_us)
        event = end(self.tx, _payload(found, sealed, self._signer(found)) | {"state": state})
        return state, () if event is None else (self.sandbox.stage(self.tx, event),)

    def shown(self, refund: Refund, order: Order) -> dict[str, Any]:
        """Return a refund as the merchant is answered."""
        told = {
            **_names(refund, order),
            "channel": "ORIGINAL",
            "user_received_account": "支付用户零钱",
            "create_time": self.sandbox.rfc3339(refund.created_us),
            "status": refund.state,
            "funds_account": "AVAILABLE",
            "amount": _amount(refund, order),
            "promotion_detail": [],
        }
        return told | ({} if refund.done_us is None else {"success_time": self.sandbox.rfc3339(refund.done_us)})

    def _order(self, asked: AskedRefund) -> Order:
        mchid = self.keys["mchid"]
        if asked.transaction_id is not None:
            found = orders.find_paid(self.tx, mchid, asked.transaction_id)
        else:
            found = orders.find(self.tx, mchid, asked.out_trade_no or "")
        if found is None or found.state != "SUCCESS" or asked.out_trade_no not in (None, found.out_trade_no):
            raise WechatError(404, "RESOURCE_NOT_EXISTS", "订单不存在", number=268512771)
        if asked.sub_mchid != found.sub_mchid:
            raise parameter("/sub_mchid", "子商户号与订单的不符", asked.sub_mchid)
        return found

    def _signer(self, refund: Refund) -> str:
        return notify.signer(self.sandbox, self.tx, self.keys, refund.out_refund_no)

    def _check(self, order: Order, asked: AskedRefund) -> None:
        sql = (
            "SELECT count(*), coalesce(sum(amount_fen), 0) FROM gw_wechat_refunds"
            " WHERE mchid = ? AND out_trade_no = ? AND state <> 'CLOSED'"
        )
        row = self.tx.one(sql, order.mchid, order.out_trade_no)
        assert row is not None, "an aggregate has a row"
        assert order.success_us is not None, "it was paid"
        if asked.total_fen != order.total_fen:
            raise _refused("订单金额或退款金额与之前请求不一致，请核实后再试")
        if row[1] + asked.refund_fen > order.total_fen:
            raise _refused("累计退款金额大于支付金额，请核实后再试")
        if row[0] >= PARTS_MAX:
            raise _refused("订单退款次数已达上限")
        if self.tx.now_us > order.success_us + LIFE_US:
            raise _refused("订单已超过可退款的最大期限")

    def _insert(self, order: Order, asked: AskedRefund) -> Refund:
        refund_id = f"5030{self.tx.next_number('number'):025d}"
        made = self.tx.run(
            f"INSERT INTO gw_wechat_refunds ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, 'PROCESSING', NULL, ?, ?)"
            " ON CONFLICT DO NOTHING",
            *(order.mchid, asked.out_refund_no, refund_id, order.out_trade_no, asked.refund_fen, asked.notify_url),
            *(asked.fingerprint, self.tx.now_us),
        )
        if not made:  # refunds of one order wait for each other: the name is that of another order's
            raise _refused("请求重入时，参数与首次请求时不一致", 268498688)
        found = find(self.tx, order.mchid, asked.out_refund_no)
        assert found is not None, "what was just written is there"
        return found

    def _sealed(self, refund: Refund, order: Order, state: str, done_us: int) -> str:
        merchants = {name: number for name, number in order.merchants.items() if name.endswith("mchid")}
        told: dict[str, Any] = {
            **merchants,
            **_names(refund, order),
            "refund_status": state,
            "user_received_account": "支付用户零钱",
            "amount": {name: _amount(refund, order)[name] for name in _TOLD},
        }
        if state == "SUCCESS":
            told["success_time"] = self.sandbox.rfc3339(done_us)
        return notify.body(self.sandbox, self.keys, f"REFUND.{state}", told)

    def _of(self, refund: Refund) -> Order:
        found = orders.find(self.tx, refund.mchid, refund.out_trade_no)
        assert found is not None, "a refund is one of an order"
        return found


def find(tx: Tx, mchid: str, out_refund_no: str) -> Refund | None:
    """Return a refund, or nothing."""
    if not out_refund_no.isprintable():
        return None
    sql = f"SELECT {_COLUMNS} FROM gw_wechat_refunds WHERE mchid = ? AND out_refund_no = ?{tx.for_update}"
    row = tx.one(sql, mchid, out_refund_no)
    return None if row is None else Refund(*row)


def end(tx: Tx, payload: Mapping[str, Any]) -> ports.Event | None:
    """End a refund that is under way, as was planned, and return the call-back that tells of it."""
    state = payload.get("state", "SUCCESS")
    ended = tx.run(
        "UPDATE gw_wechat_refunds SET state = ?, done_us = ?"
        " WHERE mchid = ? AND out_refund_no = ? AND state = 'PROCESSING'",
        *(state, tx.now_us if state == "SUCCESS" else None, payload["mchid"], payload["out_refund_no"]),
    )
    if not ended or payload["notify_url"] is None:
        return None
    facts = (payload["notify_url"], payload["out_refund_no"], state, payload["sealed"], payload["serial"])
    return notify.of_refund(*facts)


def settle(sandbox: Sandbox, world: World, out_refund_no: str, outcome: str) -> tuple[str, tuple[int, ...]]:
    """Let a refund end as the sandbox's user says."""
    keys = sandbox.keys(world)
    with world.write() as tx:
        return Desk(tx, keys, sandbox).settle(out_refund_no, outcome)


def back_at_once(tx: Tx, order: Order, name: str) -> None:
    """Give all of a payment back without telling anybody: the merchant took it back at the till."""
    tx.run(
        f"INSERT INTO gw_wechat_refunds ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, NULL, 'SUCCESS', ?, ?, ?)",
        *(order.mchid, name, f"5030{tx.next_number('number'):025d}", order.out_trade_no, order.total_fen),
        *(tx.now_us, "", tx.now_us),
    )


def _payload(refund: Refund, sealed: str, serial: str) -> dict[str, Any]:
    return {
        "mchid": refund.mchid,
        "out_refund_no": refund.out_refund_no,
        "notify_url": refund.notify_url,
        "sealed": sealed,
        "serial": serial,
    }


def _names(refund: Refund, order: Order) -> dict[str, Any]:
    return {
        "refund_id": refund.refund_id,
        "out_refund_no": refund.out_refund_no,
        "transaction_id": order.transaction_id,
        "out_trade_no": order.out_trade_no,
    }


def _amount(refund: Refund, order: Order) -> dict[str, Any]:
    return {
        "total": order.total_fen,
        "refund": refund.amount_fen,
        "from": [],
        "payer_total": order.total_fen,
        "payer_refund": refund.amount_fen,
        "settlement_refund": refund.amount_fen,
        "settlement_total": order.total_fen,
        "discount_refund": 0,
        "currency": "CNY",
    }


def _refused(message: str, number: int = 268435461) -> WechatError:
    return WechatError(400, "INVALID_REQUEST", message, number=number)
