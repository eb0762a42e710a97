"""T11: a day's books compared, three ways: channel with tax, tax with insurance. Pure but for the reading of our side.

Seven classes, by what each side says of one name: 1 both succeeded over the same amount, 2 over different amounts,
3 they succeeded and ours failed, 4 ours is missing, 5 they failed and ours succeeded, 6 theirs is missing, 7 both
failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from yibaobox.domain import clock
from yibaobox.domain.billing import orders
from yibaobox.domain.store import Tx
from yibaobox.tax.channel_files import Line
from yibaobox.tax.channels import INSIDE

INSURANCE: Final = "insurance"
KINDS: Final[Mapping[int, str]] = {
    1: "双方成功且金额一致",
    2: "双方成功，金额不一致",
    3: "对方成功，我方失败",
    4: "对方成功，我方缺失",
    5: "对方失败，我方成功",
    6: "对方缺失，我方成功",
    7: "双方失败",
}
AGREED: Final = (1, 7)
NEVER: Final = "NEVER_CAME"


@dataclass(frozen=True, slots=True)
class Difference:
    """What both sides say of a name, and its class."""

    name: str
    kind: int
    ours_fen: int | None
    theirs_fen: int | None


def compare(theirs: Iterable[Line], ours: Mapping[str, Line]) -> list[Difference]:
    """Put each name of either side into its class."""
    told = {line.name: line for line in theirs}
    return [_judged(name, told.get(name), ours.get(name)) for name in sorted({*told, *ours})]


def counts(found: Sequence[Difference]) -> dict[int, int]:
    """Return how many names fell into each class."""
    return {kind: sum(one.kind == kind for one in found) for kind in KINDS}


def of_channel(tx: Tx, channel: str, day: date, names: Iterable[str] = ()) -> dict[str, Line]:
    """Return what the tax channel says of a channel's day; `names` are asked for besides, whatever their day.

    An order that is still open says nothing: whoever is asked to pay has not, as far as is known here.
    """
    first_us, next_us = clock.start_of(day), clock.start_of(day + timedelta(days=1))
    if channel in INSIDE:
        rows = tx.query(f"{_OURS} AND o.prepay_id = ?", channel, day.isoformat())
    else:
        paid = "coalesce(p.paid_us, o.created_us)"
        rows = tx.query(f"{_OURS} AND {paid} >= ? AND {paid} < ?", channel, first_us, next_us)
    found = {row[0]: line for row in rows if (line := _ours(row)) is not None}
    open_ = {row[0] for row in rows} - found.keys()
    for name in names:
        if name in found or name in open_ or not name.isprintable():
            continue  # what is not printable names no order, and PostgreSQL would not take it
        row = tx.one(f"{_OURS} AND o.out_trade_no = ?", channel, name)
        if row is not None and (line := _ours(row)) is not None:
            found[name] = line
    return found


_OURS: Final = (
    "SELECT o.out_trade_no, o.state, coalesce(p.amount_fen, o.amount_fen), p.channel_txn,"
    " (SELECT count(*) FROM refunds r WHERE r.psn_no = p.psn_no AND r.payment_id = p.payment_id"
    f" AND r.reason = '{NEVER}') FROM pay_orders o LEFT JOIN payments p"
    " ON p.psn_no = o.psn_no AND p.order_id = o.order_id WHERE o.channel = ?"
)


def of_accounts(tx: Tx, day: date) -> list[Line]:
    """Return what own accounts gave for relatives' premiums on a day, from the books: a channel of its own."""
    rows = tx.query(
        "SELECT o.out_trade_no, e.txn_id, -e.amount_fen FROM payments p"
        " JOIN pay_orders o ON o.psn_no = p.psn_no AND o.order_id = p.order_id"
        " JOIN entries e ON e.psn_no = o.payer AND e.txn_id = p.txn_id AND e.account = 'ACCT'"
        " WHERE p.channel = 'family' AND p.paid_us >= ? AND p.paid_us < ?",
        *(clock.start_of(day), clock.start_of(day + timedelta(days=1))),
    )
    return [Line(row[0], str(row[1]), row[2], ok=True) for row in rows]


def of_tax(tx: Tx, day: date) -> list[Line]:
    """Return the bills that were paid on a day, as the tax channel tells insurance: refunded ones have failed."""
    rows = tx.query(
        "SELECT b.bill_id, b.txn_id, b.due_fen, (SELECT coalesce(sum(r.amount_fen), 0) FROM refunds r"
        " JOIN payments p ON p.psn_no = r.psn_no AND p.payment_id = r.payment_id"
        " WHERE p.psn_no = b.psn_no AND p.bill_id = b.bill_id AND p.disposition = 'APPLIED' AND r.state <> 'CLOSED')"
        " FROM bills b WHERE b.paid_us >= ? AND b.paid_us < ? ORDER BY b.bill_id",
        *(clock.start_of(day), clock.start_of(day + timedelta(days=1))),
    )
    return [Line(f"bill:{row[0]}", str(row[1]), row[2], ok=int(row[3]) < row[2]) for row in rows]


def of_insurance(tx: Tx, day: date) -> dict[str, Line]:
    """Return what insurance knows of the bills paid on a day, and the years it grants for bills that nobody paid."""
    span = (clock.start_of(day), clock.start_of(day + timedelta(days=1)))
    rows = tx.query(
        "SELECT b.bill_id, p.period_id, b.due_fen, p.state FROM bills b JOIN benefit_periods p"
        " ON p.psn_no = b.psn_no AND p.period_id = b.period_id WHERE b.paid_us >= ? AND b.paid_us < ?",
        *span,
    )
    strays = tx.query(
        "SELECT p.source, p.period_id, p.state FROM benefit_periods p WHERE p.source LIKE 'bill:%' AND p.state = 'LIVE'"
        " AND p.created_us >= ? AND p.created_us < ? AND NOT EXISTS (SELECT 1 FROM bills b WHERE b.psn_no = p.psn_no"
        " AND 'bill:' || b.bill_id = p.source AND b.paid_us IS NOT NULL)",
        *span,
    )
    found = {f"bill:{row[0]}": Line(f"bill:{row[0]}", str(row[1]), row[2], ok=row[3] == "LIVE") for row in rows}
    return found | {row[0]: Line(row[0], str(row[1]), 0, ok=True) for row in strays}


def _judged(name: str, theirs: Line | None, ours: Line | None) -> Difference:
    fen = (None if ours is None else ours.amount_fen, None if theirs is None else theirs.amount_fen)
    if theirs is None:
        return Difference(name, 6 if ours is not None and ours.ok else 7, *fen)
    if ours is None:
        return Difference(name, 4 if theirs.ok else 7, *fen)
    if theirs.ok and ours.ok:
        return Difference(name, 1 if theirs.amount_fen == ours.amount_fen else 2, *fen)
    return Difference(name, 3 if theirs.ok else 5 if ours.ok else 7, *fen)


def _ours(row: tuple[str, str, int, str | None, int]) -> Line | None:
    name, state, fen, number, never = row
    if number is not None:
        return Line(name, number, fen, ok=not never)
    return None if state in orders.OPEN else Line(name, "", fen, ok=False)
