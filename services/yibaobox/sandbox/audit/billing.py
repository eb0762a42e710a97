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
    corrects_fen: int

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
    request_id: int | None

    @property
    def counts(self) -> bool:
        """Whether the money went back, or is to go."""
        return self.state != "CLOSED"


class Correction(NamedTuple):
    """A row of `tier_corrections`."""

    psn_no: str
    region: str
    insutype: str
    year: int
    direction: str
    from_fen: int
    to_fen: int
    state: str

    @property
    def premium(self) -> Premium:
        """The premium whose tier was corrected."""
        return self.psn_no, self.region, self.insutype, self.year


class Request(NamedTuple):
    """A row of `refund_requests`."""

    psn_no: str
    request_id: int
    region: str
    insutype: str
    year: int
    amount_fen: int
    state: str


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
    """F1: what was applied to a bill less what was returned of it is nothing or what was due.

    Where a lower tier was noted and the difference returned, a bill may be left with the rest.
    """
    lowered = {one.premium: one.to_fen for one in _corrections(rows) if one.state == "RETURNED"}
    net = _net(rows)
    for bill in _bills(rows):
        left = net[bill.psn_no, bill.bill_id]
        if left not in (0, bill.due_fen) and not 0 < left <= lowered.get(bill.premium, 0):
            yield f"bill {bill.bill_id} over {bill.due_fen} was paid {left} net"


def _net(rows: Rows) -> Counter[tuple[str, int]]:
    """What was applied to each bill, less what was returned of it."""
    owner = {(one.psn_no, one.payment_id): one for one in _payments(rows) if one.disposition == "APPLIED"}
    net: Counter[tuple[str, int]] = Counter()
    for payment in owner.values():
        net[payment.psn_no, payment.bill_id] += payment.amount_fen
    for refund in _refunds(rows):
        applied = owner.get((refund.psn_no, refund.payment_id))
        if applied is not None and refund.counts:
            net[refund.psn_no, applied.bill_id] -= refund.amount_fen
    return net


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
    known = {(payment.psn_no, payment.txn_id) for payment in _payments(rows)} | _failed(rows)
    for entry in rows.entries:
        if entry.account.startswith("SUSP:") and entry.amount_fen > 0 and (entry.psn_no, entry.txn_id) not in known:
            yield f"transaction {entry.txn_id} suspends what nobody paid"


def _failed(rows: Rows) -> set[tuple[str, int]]:
    """Return the postings that mirror a refund which its channel could not make: person and transaction."""
    closed = {(one.psn_no, one.txn_id) for one in _refunds(rows) if not one.counts}
    return {(one.psn_no, one.txn_id) for one in rows.postings if (one.psn_no, one.reverses) in closed}


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
    """F6: a bill begins where the sum of those paid before it stands, or corrects it: once a premium."""
    payments = {(one.psn_no, one.payment_id): one for one in _payments(rows)}
    events: list[tuple[int, Premium, int, Bill | None]] = []
    for bill in _bills(rows):
        if bill.due_fen != bill.total_fen - bill.paid_before_fen or bill.due_fen < 1:
            yield f"bill {bill.bill_id} does not ask for the difference"
        if bill.state in _SETTLED:
            events.append((bill.txn_id or 0, bill.premium, bill.due_fen, bill))
    premium_of = {(bill.psn_no, bill.bill_id): bill.premium for bill in _bills(rows)}
    for refund in _refunds(rows):
        payment = payments.get((refund.psn_no, refund.payment_id))
        if payment is not None and payment.disposition == "APPLIED" and refund.counts:
            premium = premium_of.get((payment.psn_no, payment.bill_id))
            if premium is not None:
                events.append((refund.txn_id, premium, -refund.amount_fen, None))
    yield from _follow(sorted(events, key=lambda one: one[0]))
    yield from _corrected_once(rows)


def _follow(events: list[tuple[int, Premium, int, Bill | None]]) -> Iterator[str]:
    """Name bills that begin elsewhere than where the payments before them, less what was returned, stand."""
    paid: Counter[Premium] = Counter()
    for _, premium, fen, bill in events:
        stands = paid[premium]
        begins = 0 if bill is None else bill.paid_before_fen + bill.corrects_fen
        if bill is not None and stands and stands != begins:
            yield f"bill {bill.bill_id} begins at {begins} where {stands} were paid"
        paid[premium] += fen


def _corrected_once(rows: Rows) -> Iterator[str]:
    """Name premiums whose tier was corrected more than once, or upwards without a bill that was paid for it."""
    times = Counter(one.premium for one in _corrections(rows))
    yield from (f"the tier of a premium of {key[3]} was corrected {n} times" for key, n in times.items() if n > 1)
    noted = {one.premium: one for one in _corrections(rows) if one.direction == "up"}
    for bill in _bills(rows):
        if bill.corrects_fen and bill.state in _SETTLED:
            found = noted.get(bill.premium)
            if found is None or (found.from_fen, found.to_fen) != (bill.corrects_fen, bill.total_fen):
                yield f"bill {bill.bill_id} corrects a tier and no correction says so"


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
    back = {(one.psn_no, one.txn_id) for one in _refunds(rows)} | _failed(rows)
    yield from (f"premium of transaction {key[1]} has no bill" for key in entered if key[:2] not in back)


def receipts_tell_what_was_paid(rows: Rows) -> Iterator[str]:
    """F8: a premium has one valid receipt over what was paid of it, and none where nothing was."""
    net: Counter[Premium] = Counter()
    kept = _net(rows)
    for bill in _bills(rows):
        net[bill.premium] += kept[bill.psn_no, bill.bill_id]
    valid: dict[Premium, list[int]] = defaultdict(list)
    for receipt in _receipts(rows):
        if receipt.state == "VALID":
            valid[receipt.psn_no, receipt.region, receipt.insutype, receipt.year].append(receipt.amount_fen)
    for premium in net.keys() | valid.keys():
        wanted = [net[premium]] if net[premium] else []
        if valid[premium] != wanted:
            yield f"premium {premium[1]} {premium[3]} of a person was paid {net[premium]}, receipts: {valid[premium]}"
    red = {(psn_no, receipt_no) for psn_no, receipt_no in rows.subjects["red_receipts"]}
    flushed = {(one.psn_no, one.receipt_no) for one in _receipts(rows) if one.state == "FLUSHED"}
    yield from (f"receipt {receipt_no} and its red one disagree" for _, receipt_no in red ^ flushed)


def requests_are_answered(rows: Rows) -> Iterator[str]:
    """F9: a request that was granted gives back all that it asked for, any other nothing; it is over when all is."""
    back: Counter[tuple[str, int | None]] = Counter()
    open_: Counter[tuple[str, int | None]] = Counter()
    for refund in _refunds(rows):
        if refund.request_id is not None:
            back[refund.psn_no, refund.request_id] += refund.amount_fen * refund.counts
            open_[refund.psn_no, refund.request_id] += refund.state in {"DUE", "PROCESSING"}
    for row in rows.subjects["refund_requests"]:
        asked = Request(*row)
        key = (asked.psn_no, asked.request_id)
        granted = asked.state in {"REFUNDING", "REFUNDED"}
        if back.pop(key, 0) != asked.amount_fen * granted:
            yield f"refund request {asked.request_id} is {asked.state} and other money goes back"
        if granted and (asked.state == "REFUNDING") != bool(open_[key]):
            yield f"refund request {asked.request_id} is {asked.state} and its refunds say otherwise"
    yield from (f"refund request {key[1]} does not exist" for key, fen in back.items() if fen)


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


def _corrections(rows: Rows) -> list[Correction]:
    return [Correction(*row) for row in rows.subjects["tier_corrections"]]


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
    "F9": requests_are_answered,
}
