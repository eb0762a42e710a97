"""Bills of a day: what was paid and what was asked back, and how the merchant's balance moved.

A bill is UTF-8 with a mark of it, lines end in CR LF, each cell begins with a backtick, amounts are yuan. It tells of
the day as it stood at its end, so that it reads the same whenever it is fetched; no fee is taken here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from yibaobox_mocks.ports import Tx
from yibaobox_mocks.written import yuan

_BOM: Final = "\ufeff"
_ORDER: Final = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,"
    "交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额"
)
_REFUND: Final = "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态"
_END: Final = "商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
_SUM: Final = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
_FLOW: Final = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),"
    "资金变更提交申请人,备注,业务凭证号"
)
_FLOW_SUM: Final = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
_NOTHING: Final = ("0", "0", "0.00", "0.00", "", "")
_PAID: Final = (
    "SELECT success_us, appid, sub_mchid, transaction_id, out_trade_no, openid, trade_type, description, attach,"
    " total_fen FROM gw_wechat_orders WHERE mchid = ? AND success_us >= ? AND success_us < ?"
)
_BACK: Final = (
    "SELECT o.success_us, o.appid, o.sub_mchid, o.transaction_id, o.out_trade_no, o.openid, o.trade_type,"
    " o.description, o.attach, o.total_fen, r.created_us, r.refund_id, r.out_refund_no, r.amount_fen, r.done_us"
    " FROM gw_wechat_refunds r JOIN gw_wechat_orders o ON o.mchid = r.mchid AND o.out_trade_no = r.out_trade_no"
    " WHERE r.mchid = ?"
)
Kind = Literal["ALL", "SUCCESS", "REFUND"]
KINDS: Final[tuple[Kind, ...]] = ("ALL", "SUCCESS", "REFUND")


@dataclass(frozen=True, slots=True)
class Day:
    """A merchant's day, and how an instant of it is written."""

    mchid: str
    from_us: int
    until_us: int
    written: Callable[[int], str]


@dataclass(frozen=True, slots=True)
class _Paid:
    success_us: int
    appid: str
    sub_mchid: str | None
    transaction_id: str
    out_trade_no: str
    openid: str | None
    trade_type: str
    description: str
    attach: str | None
    total_fen: int


@dataclass(frozen=True, slots=True)
class _Back:
    of: _Paid
    created_us: int
    refund_id: str
    out_refund_no: str
    amount_fen: int
    done_us: int | None

    def state(self, day: Day) -> str:
        """The state at the end of the day."""
        return "SUCCESS" if self.done_us is not None and self.done_us < day.until_us else "PROCESSING"


def trade(tx: Tx, day: Day, kind: Kind) -> bytes:
    """Return the bill of trades; nothing happened when it is empty."""
    paid = [] if kind == "REFUND" else _paid(tx, day)
    back = [] if kind == "SUCCESS" else _back(tx, day)
    if not paid and not back:
        return b""
    rows = [(each.success_us, 0, _order_row(day, each, kind)) for each in paid]
    rows += [(each.created_us, 1, _refund_row(day, each, kind)) for each in back]
    came, gone = sum(each.total_fen for each in paid), sum(each.amount_fen for each in back)
    total = (str(len(rows)), yuan(came), yuan(gone), "0.00", "0.00000", yuan(came), yuan(gone))
    head = {
        "ALL": f"{_ORDER},{_REFUND},{_END}",
        "SUCCESS": f"{_ORDER},商品名称,商户数据包,手续费,费率,订单金额,费率备注",
        "REFUND": f"{_ORDER},退款申请时间,退款成功时间,{_REFUND},{_END}",
    }[kind]
    return _file(head, [row for _, _, row in sorted(rows)], _SUM, total)


def fund_flow(tx: Tx, day: Day) -> bytes:
    """Return the bill of the basic account; its balance is what all days before left and this one brought."""
    paid, back = _paid(tx, day), _back(tx, day, "done_us")
    if not paid and not back:
        return b""
    moves = [(each.success_us, each.transaction_id, each.out_trade_no, "交易", "收入", each.total_fen) for each in paid]
    moves += [
        (each.done_us, each.refund_id, each.out_refund_no, "退款", "支出", each.amount_fen)
        for each in back
        if each.done_us is not None
    ]
    balance, rows = _before(tx, day), []
    for at_us, number, name, business, way, fen in sorted(moves):
        balance += fen if way == "收入" else -fen
        flow = (day.written(at_us), number, number, business, business, way, yuan(fen), yuan(balance))
        rows.append((*flow, "system", "", name))
    came, gone = [[move[5] for move in moves if move[4] == way] for way in ("收入", "支出")]
    total = (str(len(moves)), str(len(came)), yuan(sum(came)), str(len(gone)), yuan(sum(gone)))
    return _file(_FLOW, rows, _FLOW_SUM, total)


def _paid(tx: Tx, day: Day) -> list[_Paid]:
    return [_Paid(*row) for row in tx.query(_PAID, day.mchid, day.from_us, day.until_us)]


def _back(tx: Tx, day: Day, when: Literal["created_us", "done_us"] = "created_us") -> list[_Back]:
    rows = tx.query(f"{_BACK} AND r.{when} >= ? AND r.{when} < ?", day.mchid, day.from_us, day.until_us)
    return [_Back(_Paid(*row[:10]), *row[10:]) for row in rows]


def _before(tx: Tx, day: Day) -> int:
    """Return the balance that a day began with."""
    came = tx.one(
        "SELECT coalesce(sum(total_fen), 0) FROM gw_wechat_orders WHERE mchid = ? AND success_us < ?",
        *(day.mchid, day.from_us),
    )
    gone = tx.one(
        "SELECT coalesce(sum(amount_fen), 0) FROM gw_wechat_refunds WHERE mchid = ? AND done_us < ?",
        *(day.mchid, day.from_us),
    )
    assert came is not None, "an aggregate has a row"
    assert gone is not None, "an aggregate has a row"
    return int(came[0]) - int(gone[0])


def _order_row(day: Day, order: _Paid, kind: Kind) -> tuple[str, ...]:
    begin = _begin(day.written(order.success_us), day, order, "SUCCESS", order.total_fen)
    end = (order.description, order.attach or "", "0.00000", "0.00%", yuan(order.total_fen))
    if kind == "SUCCESS":
        return (*begin, *end, "")
    return (*begin, *_NOTHING, *end, "0.00", "")


def _refund_row(day: Day, back: _Back, kind: Kind) -> tuple[str, ...]:
    state = back.state(day)
    begin = _begin(day.written(back.created_us), day, back.of, "REFUND", 0)
    refund = (back.refund_id, back.out_refund_no, yuan(back.amount_fen), "0.00", "ORIGINAL", state)
    end = (back.of.description, back.of.attach or "", "0.00000", "0.00%", "0.00", yuan(back.amount_fen), "")
    if kind != "REFUND":
        return (*begin, *refund, *end)
    done = day.written(back.done_us) if state == "SUCCESS" and back.done_us is not None else ""
    return (*begin, day.written(back.created_us), done, *refund, *end)


def _begin(at: str, day: Day, order: _Paid, state: str, fen: int) -> tuple[str, ...]:
    return (
        *(at, order.appid, day.mchid, order.sub_mchid or "0", "", order.transaction_id, order.out_trade_no),
        *(order.openid or "", order.trade_type, state, "OTHERS", "CNY", yuan(fen), "0.00"),
    )


def _file(head: str, rows: Iterable[Sequence[str]], foot: str, total: Sequence[str]) -> bytes:
    lines = [head, *map(_line, rows), foot, _line(total)]
    return (_BOM + "".join(f"{line}\r\n" for line in lines)).encode()


def _line(cells: Sequence[str]) -> str:
    return ",".join(f"`{_plain(cell)}" for cell in cells)


def _plain(cell: str) -> str:
    """Return a text that cannot end its cell or its line."""
    return "".join("\\ " if letter == "," else " " if letter in "\r\n`" else letter for letter in cell)
