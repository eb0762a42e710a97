"""Bills of a day or a month: a zip of two GBK tables, fetched at an address that is good for half a minute."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from yibaobox_mocks.alipay import users
from yibaobox_mocks.alipay.errors import AlipayError, parameter
from yibaobox_mocks.alipay.notify import seller
from yibaobox_mocks.ports import Sandbox, Tx
from yibaobox_mocks.written import clocked, yuan

PATH: Final = "/downloadBillFile.resource"
KINDS: Final = ("trade", "signcustomer")
_LIFE_S: Final = 30
_DAY: Final = re.compile(r"\d{4}-\d\d(-\d\d)?", re.ASCII)
_MIDNIGHT: Final = "T00:00:00+08:00"
_EMPTY: Final = "EMPTY_DATA_WITH_BILL_FILE"
_ROWS: Final = [
    "支付宝交易号",
    "商户订单号",
    "业务类型",
    "商品名称",
    "创建时间",
    "完成时间",
    "门店编号",
    "门店名称",
    "操作员",
    "终端号",
    "对方账户",
    "订单金额（元）",
    "商家实收（元）",
    "支付宝红包（元）",
    "集分宝（元）",
    "支付宝优惠（元）",
    "商家优惠（元）",
    "券核销金额（元）",
    "券名称",
    "商家红包消费金额（元）",
    "卡消费金额（元）",
    "退款批次号/请求号",
    "服务费（元）",
    "分润（元）",
    "备注",
]
_SUMS: Final = [
    "门店编号",
    "门店名称",
    "交易订单总笔数",
    "退款订单总笔数",
    "订单金额（元）",
    "商家实收（元）",
    "支付宝优惠（元）",
    "商家优惠（元）",
    "卡消费金额（元）",
    "服务费（元）",
    "分润（元）",
    "实收净额（元）",
]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bill, and the base of the address that it is fetched at."""

    base: str
    kind: str
    day: str


@dataclass(frozen=True, slots=True)
class Row:
    """One movement: a payment, or a refund (negative)."""

    trade_no: str
    out_trade_no: str
    subject: str
    created_us: int
    done_us: int
    buyer_id: str
    fen: int
    request_no: str = ""


def offered(tx: Tx, sandbox: Sandbox, keys: Mapping[str, str], wanted: Wanted) -> dict[str, Any]:
    """Return where a bill is fetched; that of today is not written yet."""
    if wanted.kind not in KINDS:
        raise parameter("bill_type", "只支持trade和signcustomer")
    begin_us, end_us = _span(sandbox, wanted.day)
    if end_us > tx.now_us:
        raise AlipayError("40004", "isp.bill_not_exist", "账单不存在，当日或当月的账单次日生成")
    until_s = sandbox.wall_us() // 1_000_000 + _LIFE_S
    facts = {"app_id": keys["app_id"], "bill_type": wanted.kind, "bill_date": wanted.day, "until": str(until_s)}
    told = {"bill_download_url": f"{wanted.base}{PATH}?{urlencode(facts | {'token': _token(keys, facts)})}"}
    if not rows(tx, keys["app_id"], (begin_us, end_us)):
        told["bill_file_code"] = _EMPTY
    return told


def fetched(tx: Tx, sandbox: Sandbox, keys: Mapping[str, str], given: Mapping[str, str]) -> tuple[str, bytes] | None:
    """Return a bill's file, or nothing when the address is too old or was not given out."""
    names = ("app_id", "bill_type", "bill_date", "until")
    facts = {name: given.get(name, "") for name in names}
    if not hmac.compare_digest(_token(keys, facts).encode(), given.get("token", "").encode("utf-8", "replace")):
        return None
    if sandbox.wall_us() // 1_000_000 > int(facts["until"]):
        return None
    found = rows(tx, keys["app_id"], _span(sandbox, facts["bill_date"]))
    name = f"{seller(keys['app_id'])}_{facts['bill_date'].replace('-', '')}"
    return f"{name}.csv.zip", _zipped(name, found, sandbox, facts["bill_date"])


def rows(tx: Tx, app_id: str, span: tuple[int, int]) -> list[Row]:
    """Return what moved in a span, in its order."""
    paid = tx.query(
        "SELECT trade_no, out_trade_no, subject, created_us, paid_us, buyer_id, total_fen FROM gw_alipay_trades"
        " WHERE app_id = ? AND paid_us >= ? AND paid_us < ?",
        app_id,
        *span,
    )
    back = tx.query(
        "SELECT t.trade_no, t.out_trade_no, t.subject, t.created_us, r.done_us, t.buyer_id, -r.amount_fen,"
        " r.out_request_no FROM gw_alipay_refunds r JOIN gw_alipay_trades t ON t.app_id = r.app_id"
        " AND t.out_trade_no = r.out_trade_no WHERE r.app_id = ? AND r.done_us >= ? AND r.done_us < ?",
        app_id,
        *span,
    )
    return sorted((Row(*each) for each in [*paid, *back]), key=lambda row: (row.done_us, row.trade_no, row.request_no))


def _span(sandbox: Sandbox, day: str) -> tuple[int, int]:
    """Return the instants between which a day or a month lies."""
    match = _DAY.fullmatch(day)
    if match is None:
        raise _no_day()
    try:
        if match[1]:
            begin_us = sandbox.instant_us(f"{day}{_MIDNIGHT}")
            return begin_us, begin_us + 86_400 * 1_000_000
        year, month = int(day[:4]), int(day[5:])
        after = f"{year + month // 12:04d}-{month % 12 + 1:02d}-01"
        return sandbox.instant_us(f"{day}-01{_MIDNIGHT}"), sandbox.instant_us(f"{after}{_MIDNIGHT}")
    except ValueError:
        raise _no_day() from None


def _no_day() -> AlipayError:
    return parameter("bill_date", "格式为yyyy-MM-dd或yyyy-MM")


def _token(keys: Mapping[str, str], facts: Mapping[str, str]) -> str:
    secret = hashlib.sha256(keys["ali_key"].encode()).digest()
    return hmac.new(secret, urlencode(facts).encode("utf-8", "replace"), "sha256").hexdigest()


def _zipped(name: str, found: Sequence[Row], sandbox: Sandbox, day: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as bundle:
        for part, lines in (("业务明细", _details(found, sandbox, day)), ("业务明细(汇总)", _summary(found, day))):
            text = io.StringIO()
            csv.writer(text, lineterminator="\r\n").writerows(lines)
            bundle.writestr(zipfile.ZipInfo(f"{name}_{part}.csv"), text.getvalue().encode("gbk", "replace"))
    return made.getvalue()


def _details(found: Sequence[Row], sandbox: Sandbox, day: str) -> Iterator[list[str]]:
    yield ["#支付宝业务明细查询"]
    yield [f"#账期：[{day}]"]
    yield ["#-----------------------------------------业务明细列表----------------------------------------"]
    yield _ROWS
    for row in found:
        amount = yuan(row.fen)
        head = [f"{row.trade_no}\t", f"{row.out_trade_no}\t", "退款" if row.fen < 0 else "交易", row.subject]
        times = [clocked(sandbox, us) for us in (row.created_us, row.done_us)]
        tail = [
            users.logon(row.buyer_id),
            amount,
            amount,
            *["0.00"] * 5,
            "",
            "0.00",
            "0.00",
            row.request_no,
            "0.00",
            "0.00",
        ]
        yield [*head, *times, "", "", "", "", *tail, ""]
    yield ["#-----------------------------------------业务明细列表结束------------------------------------"]
    yield [f"#交易合计：{_count(found, 1)}笔", f"商家实收共{yuan(sum(row.fen for row in found if row.fen > 0))}元"]
    yield [
        f"#退款合计：{_count(found, -1)}笔",
        f"商家实收退款共{yuan(sum(row.fen for row in found if row.fen < 0))}元",
    ]


def _summary(found: Sequence[Row], day: str) -> Iterator[list[str]]:
    yield ["#支付宝业务汇总查询"]
    yield [f"#账期：[{day}]"]
    yield _SUMS
    net = yuan(sum(row.fen for row in found))
    counts = [str(_count(found, 1)), str(_count(found, -1))]
    yield ["合计", "", *counts, net, net, *["0.00"] * 5, net]


def _count(found: Sequence[Row], sign: int) -> int:
    return sum(1 for row in found if row.fen * sign > 0)
