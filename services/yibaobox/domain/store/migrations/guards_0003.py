"""The triggers of revision w0003: what keeps bills, orders, payments, refunds and receipts in order.

| trigger | keeps |
|---|---|
| `<table>_kept` | no row is deleted (bills, pay_orders, payments, refunds, receipts) |
| `bills_steps` | a bill goes from unpaid to paying to paid to posted, and its amounts never change |
| `orders_steps` | F4: CREATED → PAYING → SUCCESS, CLOSED or FAILED; SUCCESS → REFUNDING → PARTIAL or REFUNDED |
| `payments_agree` | F5: a payment is one of an order and has its bill, channel and amount |
| `payments_fixed` | a payment never changes |
| `refunds_bounded` | F3: what is returned of a payment is at most what was paid |
| `refunds_steps` | a refund that is done or closed stays so, and its amount never changes |
| `receipts_steps` | F8: a receipt loses its validity once |
"""

from __future__ import annotations

from typing import Final

from yibaobox.domain.store.migrations import triggers

_KEPT: Final = ("bills", "pay_orders", "payments", "refunds", "receipts")
_BILL_EDGES: Final = (
    *(("UNPAID", "PAYING"), ("PAYING", "UNPAID"), ("PAYING", "PAID"), ("PAID", "POSTED")),
    *(("UNPAID", "VOID"), ("PAYING", "VOID")),
)
_ORDER_EDGES: Final = (
    *(("CREATED", "PAYING"), ("PAYING", "SUCCESS"), ("PAYING", "CLOSED"), ("PAYING", "FAILED")),
    *(("SUCCESS", "REFUNDING"), ("REFUNDING", "PARTIAL"), ("REFUNDING", "REFUNDED"), ("PARTIAL", "REFUNDING")),
)
_REFUND_EDGES: Final = (("DUE", "PROCESSING"), ("PROCESSING", "DONE"), ("PROCESSING", "CLOSED"), ("DUE", "CLOSED"))
_DISAGREES: Final = """NOT EXISTS (SELECT 1 FROM pay_orders o WHERE o.psn_no = NEW.psn_no
    AND o.order_id = NEW.order_id AND o.bill_id = NEW.bill_id AND o.channel = NEW.channel
    AND o.amount_fen = NEW.amount_fen)"""
_TOO_MUCH: Final = """NEW.amount_fen + (SELECT coalesce(sum(r.amount_fen), 0) FROM refunds r
    WHERE r.psn_no = NEW.psn_no AND r.payment_id = NEW.payment_id AND r.state <> 'CLOSED')
    > (SELECT coalesce(sum(p.amount_fen), 0) FROM payments p
    WHERE p.psn_no = NEW.psn_no AND p.payment_id = NEW.payment_id)"""


def _changed(*names: str) -> str:
    return "(" + " OR ".join(f"NEW.{name} <> OLD.{name}" for name in names) + ")"


def _strays(edges: tuple[tuple[str, str], ...]) -> str:
    allowed = " OR ".join(f"OLD.state = '{old}' AND NEW.state = '{new}'" for old, new in edges)
    return f"(NEW.state <> OLD.state AND NOT ({allowed}))"


_BILL_FACTS: Final = _changed(
    *("psn_no", "bill_id", "part_id", "region", "insutype", "capacity", "year", "manner"),
    *("total_fen", "paid_before_fen", "due_fen", "created_us"),
)
_ORDER_FACTS: Final = _changed("psn_no", "order_id", "bill_id", "channel", "out_trade_no", "payer", "amount_fen")
_REFUND_FACTS: Final = _changed("psn_no", "refund_id", "payment_id", "out_refund_no", "amount_fen")
_RECEIPT_FACTS: Final = _changed("psn_no", "receipt_no", "bill_id", "region", "insutype", "year", "amount_fen")

# Each: table, moment, condition to refuse, message. INSERT of a world's copy or import passes through them as well, so
# that a first state is not demanded where a row may arrive grown up.
_REFUSALS: Final = triggers.kept(_KEPT) | {
    "bills_steps": ("bills", "UPDATE", f"{_strays(_BILL_EDGES)} OR {_BILL_FACTS}", "a bill does not go that way"),
    "orders_steps": (
        "pay_orders",
        "UPDATE",
        f"{_strays(_ORDER_EDGES)} OR {_ORDER_FACTS}",
        "an order does not go that way",
    ),
    "payments_agree": ("payments", "INSERT", _DISAGREES, "a payment is one of an order"),
    "payments_fixed": ("payments", "UPDATE", "1 = 1", "a payment never changes"),
    "refunds_bounded": ("refunds", "INSERT", _TOO_MUCH, "more is returned than was paid"),
    "refunds_steps": (
        "refunds",
        "UPDATE",
        f"{_strays(_REFUND_EDGES)} OR {_REFUND_FACTS}",
        "a refund does not go that way",
    ),
    "receipts_steps": (
        "receipts",
        "UPDATE",
        f"OLD.state <> 'VALID' OR {_RECEIPT_FACTS}",
        "a receipt loses its validity once",
    ),
}


def create() -> None:
    """Create the triggers of this revision."""
    triggers.refuse(_REFUSALS)


def drop() -> None:
    """Drop what outlives its table."""
    triggers.forget(_REFUSALS)
