"""Rules of payments (reliability §2, F1 to F8), from raw rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from yibaobox.sandbox.audit.rows import Rows

_SETTLED: Final = ("PAID", "POSTED")
_BROUGHT: Final = ("SUCCESS", "REFUNDING", "PARTIAL", "REFUNDED", "CLOSED", "FAILED")

Premium = tuple[str, str, str, int]


class Bill(NamedTuple):
    """A row of `bills`."""

    psn_no: str
    bill_id: int
    region: str
    insutype: str
    year: int
    total_fen: int
    paid_before_fen: int
    due_fen: int
    pay_by_us: int | None
    state: str
    channel: str | None
    txn_id: int | None
    paid_us: int | None
    period_id: int | None

    @property
    def premium(self) -> Premium:
        """The premium that it is a part of."""
        return self.psn_no, self.region, self.insutype, self.year


class Order(NamedTuple):
    """A row of `pay_orders`."""

    psn_no: str
    order_id: int
    bill_id: int
    channel: str
    out_trade_no: str
    amount_fen: int
    state: str


class Payment(NamedTuple):
    """A row of `payments`."""

    psn_no: str
    payment_id: int
    order_id: int
    bill_id: int
    channel: str
    channel_txn: str
    amount_fen: int
    disposition: str
    txn_id: int
    paid_us: int


class Refund(NamedTuple):
    """A row of `refunds`."""

    psn_no: str
    refund_id: int
    payment_id: int
    out_refund_no: str
    amount_fen: int
    state: str
    txn_id: int


class Receipt(NamedTuple):
    """A row of `receipts`."""

    psn_no: str
    receipt_no: str
    region: str
    insutype: str
    year: int
    amount_fen: int
    state: str


def bills_are_paid_whole(rows: Rows) -> Iterator[str]:
    """F1: what was applied to a bill less what was returned of it is nothing or what was due."""
    payments = _payments(rows)
    owner = {(one.psn_no, one.payment_id): one for one in payments}
    net: Counter[tuple[str, int]] = Counter()
    for payment in payments:
        net[payment.psn_no, payment.bill_id] += payment.amount_fen * (payment.disposition == "APPLIED")
    for refund in _refunds(rows):
        payment_ = owner.get((refund.psn_no, refund.payment_id))
        if payment_ is not None and payment_.disposition == "APPLIED" and refund.state != "CLOSED":
            net[refund.psn_no, payment_.bill_id] -= refund.amount_fen
    for bill in _bills(rows):
        if net[bill.psn_no, bill.bill_id] not in (0, bill.due_fen):
            yield f"bill {bill.bill_id} over {bill.due_fen} was paid {net[bill.psn_no, bill.bill_id]} net"


def bills_are_paid_once(rows: Rows) -> Iterator[str]:
    """F2: at most one payment is applied to a bill, any other lies in suspense and is owed back in full."""
    applied: Counter[tuple[str, int]] = Counter()
    owed: Counter[tuple[str, int]] = Counter()
    for refund in _refunds(rows):
        owed[refund.psn_no, refund.payment_id] += refund.amount_fen * (refund.state != "CLOSED")
    for payment in _payments(rows):
        applied[payment.psn_no, payment.bill_id] += payment.disposition == "APPLIED"
        lies = payment.disposition == "SUSPENSE"
        if lies and owed[payment.psn_no, payment.payment_id] != payment.amount_fen:
            yield f"payment {payment.payment_id} lies in suspense and is not owed back in full"
        if not _has(rows, payment.psn_no, payment.txn_id, f"SUSP:{payment.channel}", payment.amount_fen) and lies:
            yield f"payment {payment.payment_id} lies in suspense outside the books"
    yield from (f"bill {key[1]} was paid {count} times" for key, count in applied.items() if count > 1)
    known = {(payment.psn_no, payment.txn_id) for payment in _payments(rows)}
    for entry in rows.entries:
        if entry.account.startswith("SUSP:") and entry.amount_fen > 0 and (entry.psn_no, entry.txn_id) not in known:
            yield f"transaction {entry.txn_id} suspends what nobody paid"


def refunds_are_bounded(rows: Rows) -> Iterator[str]:
    """F3: what is returned of a payment is at most what was paid, and each refund has a name of its own."""
    paid = {(one.psn_no, one.payment_id): one for one in _payments(rows)}
    back: Counter[tuple[str, int]] = Counter()
    names: Counter[str] = Counter()
    for refund in _refunds(rows):
        names[refund.out_refund_no] += 1
        back[refund.psn_no, refund.payment_id] += refund.amount_fen * (refund.state != "CLOSED")
        payment = paid.get((refund.psn_no, refund.payment_id))
        if payment is None:
            yield f"refund {refund.refund_id} returns nothing that was paid"
        elif not _has(rows, refund.psn_no, refund.txn_id, f"REFUND_DUE:{payment.channel}", refund.amount_fen):
            yield f"refund {refund.refund_id} is not in the books"
    for key, fen in back.items():
        if key in paid and fen > paid[key].amount_fen:
            yield f"of payment {key[1]} {fen} are returned and {paid[key].amount_fen} were paid"
    yield from (f"{count} refunds are named {name}" for name, count in names.items() if count > 1)
    yield from _owed_as_booked(rows, paid)


def _owed_as_booked(rows: Rows, paid: Mapping[tuple[str, int], Payment]) -> Iterator[str]:
    """What the books owe a person through a channel is what has not gone back."""
    owed: Counter[tuple[str, str]] = Counter()
    for refund in _refunds(rows):
        payment = paid.get((refund.psn_no, refund.payment_id))
        if payment is not None and refund.state in {"DUE", "PROCESSING"}:
            owed[refund.psn_no, f"REFUND_DUE:{payment.channel}"] += refund.amount_fen
    for entry in rows.entries:
        if entry.account.startswith("REFUND_DUE:"):
            owed[entry.psn_no, entry.account] -= entry.amount_fen
    yield from (f"{key[0]} is owed {fen} other than the books say" for key, fen in owed.items() if fen)


def orders_agree_with_payments(rows: Rows) -> Iterator[str]:
    """F4: an order that succeeded has one payment; a payment belongs to an order that is over."""
    by_order: dict[tuple[str, int], list[Payment]] = defaultdict(list)
    for payment in _payments(rows):
        by_order[payment.psn_no, payment.order_id].append(payment)
    for order in _orders(rows):
        found = by_order.pop((order.psn_no, order.order_id), [])
        if order.state == "SUCCESS" and len(found) < 1:
            yield f"order {order.out_trade_no} succeeded without a payment"
        if found and order.state not in _BROUGHT:
            yield f"order {order.out_trade_no} is {order.state} and was paid"
        if order.state in {"CLOSED", "FAILED"} and any(one.disposition == "APPLIED" for one in found):
            yield f"order {order.out_trade_no} is {order.state} and its payment was applied"
    yield from (f"payments of order {key[1]} have no order" for key in by_order)


def payments_are_as_ordered(rows: Rows) -> Iterator[str]:
    """F5: a payment has its order's bill, channel and amount, and no channel's number came twice."""
    orders = {(one.psn_no, one.order_id): one for one in _orders(rows)}
    numbers: Counter[tuple[str, str]] = Counter()
    for payment in _payments(rows):
        numbers[payment.channel, payment.channel_txn] += 1
        order = orders.get((payment.psn_no, payment.order_id))
        wanted = None if order is None else (order.bill_id, order.channel, order.amount_fen)
        if wanted != (payment.bill_id, payment.channel, payment.amount_fen):
            yield f"payment {payment.payment_id} is not what its order asked for"
    yield from (f"{count} payments carry number {key[1]} of {key[0]}" for key, count in numbers.items() if count > 1)


def corrections_are_sums(rows: Rows) -> Iterator[str]:
    """F6: the bills of a premium follow one on the other: each begins where the sum of those paid before it stands."""
    paid: Counter[Premium] = Counter()
    for bill in sorted(_bills(rows), key=lambda one: (one.txn_id is None, one.txn_id or 0)):
        if bill.due_fen != bill.total_fen - bill.paid_before_fen or bill.due_fen < 1:
            yield f"bill {bill.bill_id} does not ask for the difference"
        if bill.state not in _SETTLED:
            continue
        if paid[bill.premium] and paid[bill.premium] != bill.paid_before_fen:
            yield f"bill {bill.bill_id} begins at {bill.paid_before_fen} where {paid[bill.premium]} were paid"
        paid[bill.premium] += bill.due_fen


def premiums_are_entered(rows: Rows) -> Iterator[str]:
    """F7: a bill is paid exactly when its premium is entered, and posted exactly when it bought a benefit period."""
    entered = {(one.psn_no, one.txn_id, one.account): one for one in rows.entries if one.account.startswith("PREM:")}
    periods = {(row[0], row[1]): row for row in rows.subjects["benefit_periods"]}
    applied = {(one.psn_no, one.bill_id): one for one in _payments(rows) if one.disposition == "APPLIED"}
    for bill in _bills(rows):
        payment = applied.get((bill.psn_no, bill.bill_id))
        if (bill.state in _SETTLED) != (payment is not None):
            yield f"bill {bill.bill_id} is {bill.state} and its payment says otherwise"
        entry = entered.pop((bill.psn_no, bill.txn_id or 0, f"PREM:{bill.region}:{bill.year}"), None)
        if bill.state in _SETTLED and (entry is None or entry.amount_fen != bill.due_fen):
            yield f"bill {bill.bill_id} is {bill.state} and its premium is not entered"
        if payment is not None and (payment.txn_id, payment.paid_us) != (bill.txn_id, bill.paid_us):
            yield f"bill {bill.bill_id} was paid otherwise than its payment says"
        if bill.paid_us is not None and bill.pay_by_us is not None and bill.paid_us >= bill.pay_by_us:
            yield f"bill {bill.bill_id} was paid after its window"
        period = periods.get((bill.psn_no, bill.period_id or 0))
        bought = period is not None and (period[2], period[3], period[4]) == (bill.region, bill.insutype, bill.year)
        if (bill.state == "POSTED") != bought:
            yield f"bill {bill.bill_id} is {bill.state} and its benefit period says otherwise"
    yield from (f"premium of transaction {key[1]} has no bill" for key in entered)


def receipts_tell_what_was_paid(rows: Rows) -> Iterator[str]:
    """F8: a premium has one valid receipt over what was paid of it, and none where nothing was."""
    net: Counter[Premium] = Counter()
    for bill in _bills(rows):
        net[bill.premium] += bill.due_fen * (bill.state in _SETTLED)
    valid: dict[Premium, list[int]] = defaultdict(list)
    for receipt in _receipts(rows):
        if receipt.state == "VALID":
            valid[receipt.psn_no, receipt.region, receipt.insutype, receipt.year].append(receipt.amount_fen)
    for premium in net.keys() | valid.keys():
        wanted = [net[premium]] if net[premium] else []
        if valid[premium] != wanted:
            yield f"premium {premium[1]} {premium[3]} of a person was paid {net[premium]}, receipts: {valid[premium]}"


def _has(rows: Rows, psn_no: str, txn_id: int, account: str, fen: int) -> bool:
    return any((one.account, one.amount_fen) == (account, fen) for one in rows.by_posting.get((psn_no, txn_id), ()))


def _bills(rows: Rows) -> list[Bill]:
    return [Bill(*row) for row in rows.subjects["bills"]]


def _orders(rows: Rows) -> list[Order]:
    return [Order(*row) for row in rows.subjects["pay_orders"]]


def _payments(rows: Rows) -> list[Payment]:
    return [Payment(*row) for row in rows.subjects["payments"]]


def _refunds(rows: Rows) -> list[Refund]:
    return [Refund(*row) for row in rows.subjects["refunds"]]


def _receipts(rows: Rows) -> list[Receipt]:
    return [Receipt(*row) for row in rows.subjects["receipts"]]


RULES: Final[dict[str, Callable[[Rows], Iterator[str]]]] = {
    "F1": bills_are_paid_whole,
    "F2": bills_are_paid_once,
    "F3": refunds_are_bounded,
    "F4": orders_agree_with_payments,
    "F5": payments_are_as_ordered,
    "F6": corrections_are_sums,
    "F7": premiums_are_entered,
    "F8": receipts_tell_what_was_paid,
}
