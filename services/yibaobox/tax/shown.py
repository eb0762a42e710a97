"""What payers see: rows of the domain in the words of the schemas."""

from __future__ import annotations

from itertools import groupby
from typing import Any, Final

from yibaobox.domain import clock
from yibaobox.domain.billing import payments, receipts
from yibaobox.domain.billing.bills import Bill
from yibaobox.domain.billing.orders import Order
from yibaobox.domain.billing.receipts import Receipt
from yibaobox.domain.enrolment import Participation
from yibaobox.domain.people import regions
from yibaobox.domain.policy.season import Days
from yibaobox.domain.store import Tx
from yibaobox.edge import masks
from yibaobox.tax import states
from yibaobox.tax.identify import Identified
from yibaobox.tax.sheet import CHOICE, Row

ITEM: Final = "城乡居民基本医疗保险费"
_SUB_ITEMS: Final = {"student": "普通学生", "resident": "普通成年居民", "child": "未成年人", "assisted": "救助对象"}


def identified(found: Identified) -> dict[str, str]:
    """Return a session with whose it is, masked."""
    return {
        "token": found.token,
        "expires_at": clock.rfc3339(found.expires_us),
        "name": masks.mask_name(found.person.name),
        "id_no": masks.mask_id(found.person.id_no),
    }


def sheet(rows: list[Row]) -> dict[str, Any]:
    """Return the sheet: each participation with its lines, and the sum."""
    groups = [list(group) for _, group in groupby(rows, key=lambda row: row.part.part_id)]
    items = [{**heading(group[0].part), "lines": [line(row) for row in group]} for group in groups]
    return {"items": items, "total_due_fen": sum(row.quote.due_fen for row in rows)}


def heading(part: Participation) -> dict[str, Any]:
    """Return what the wizard shows of a participation."""
    area = regions.resolve(part.region)
    return {
        "part_id": part.part_id,
        "region": part.region,
        "region_name": area.full_name,
        "item": ITEM,
        "sub_item": sub_item(part),
        "agency": agency(part.region),
    }


def sub_item(part: Participation) -> str:
    """Return the 征收子目, such as 普通学生(达州)."""
    return sub_item_of(part.capacity, part.region)


def sub_item_of(capacity: str, region: str) -> str:
    """Return the 征收子目 of a capacity somewhere."""
    return f"{_SUB_ITEMS[capacity]}({regions.resolve(region).short})"


def agency(region: str) -> str:
    """Return the 社保经办机构 of a pooling area."""
    return f"{regions.resolve(region).name}医疗保障事务中心"


def line(row: Row) -> dict[str, Any]:
    """Return one line of the sheet."""
    period = row.period
    entitled = None if period is None else Days(period.entitled_from, period.entitled_until)
    return {
        "year": row.year,
        "setting": row.setting,
        "manner": "normal" if row.setting == CHOICE else "assessed",
        "tiers": [{"number": tier.number, "total_fen": tier.total_fen} for tier in row.offer.tiers],
        "code": row.quote.code,
        "total_fen": row.quote.total_fen,
        "paid_fen": row.paid_fen,
        "due_fen": row.quote.due_fen,
        "window": days(row.offer.window),
        "entitled": None if entitled is None else days(entitled),
        "assumed": list(row.quote.assumed),
        "warnings": list(row.quote.warnings),
    }


def days(span: Days) -> dict[str, str]:
    """Return a span of days."""
    return {"first": span.first.isoformat(), "last": span.last.isoformat()}


def bill(tx: Tx, found: Bill) -> dict[str, Any]:
    """Return a bill with the receipt that covers it."""
    covering = receipts.valid(tx, found) if found.is_settled else None
    return {
        "bill_id": found.bill_id,
        "part_id": found.part_id,
        "region": found.region,
        "year": found.year,
        "manner": found.manner,
        "total_fen": found.total_fen,
        "paid_before_fen": found.paid_before_fen,
        "due_fen": found.due_fen,
        "state": states.state_of(tx, found),
        "channel": found.channel,
        "paid_at": _instant(found.paid_us),
        "posted_at": _instant(found.posted_us),
        "pay_by": _instant(found.pay_by_us),
        "receipt_no": None if covering is None else covering.receipt_no,
    }


def order(tx: Tx, found: Order) -> dict[str, Any]:
    """Return an order with what is owed back of its money."""
    paid = {one.payment_id for one in payments.of_person(tx, found.psn_no) if one.order_id == found.order_id}
    owed = [one for one in payments.refunds(tx, found.psn_no) if one.payment_id in paid]
    return {
        "out_trade_no": found.out_trade_no,
        "bill_id": found.bill_id,
        "channel": found.channel,
        "amount_fen": found.amount_fen,
        "state": found.state,
        "expires_at": clock.rfc3339(found.expires_us),
        "prepay_id": found.prepay_id,
        "refunds": [
            {
                "out_refund_no": one.out_refund_no,
                "amount_fen": one.amount_fen,
                "state": one.state,
                "reason": one.reason,
            }
            for one in owed
        ],
    }


def receipt(tx: Tx, found: Receipt) -> dict[str, Any]:
    """Return a receipt, with the red one that took it back, if any."""
    red = receipts.red(tx, found)
    return {
        "red_receipt_no": None if red is None else red.red_no,
        "check_code": receipts.check_code(found),
        "receipt_no": found.receipt_no,
        "bill_id": found.bill_id,
        "region": found.region,
        "year": found.year,
        "amount_fen": found.amount_fen,
        "state": found.state,
        "issued_at": clock.rfc3339(found.issued_us),
    }


def _instant(us: int | None) -> str | None:
    return None if us is None else clock.rfc3339(us)
