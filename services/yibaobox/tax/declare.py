"""Step 3 of the wizard: the payer says which year and tier, and gets a bill for what remains."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from yibaobox.domain import ledger
from yibaobox.domain.billing import bills, orders, requests
from yibaobox.domain.billing.bills import Bill, NewBill
from yibaobox.domain.billing.orders import Order
from yibaobox.domain.errors import (
    Conflicting,
    CorrectionLimit,
    InvalidInput,
    NothingDue,
    Refusal,
    TierBelowPaid,
    WindowClosed,
)
from yibaobox.domain.store import Tx
from yibaobox.tax import sheet

_MANNERS: Final = {sheet.CHOICE: "normal", sheet.ASSESSED: "assessed"}
_REFUSALS: Final[dict[str, tuple[type[Refusal], str]]] = {
    "NOTHING_DUE": (NothingDue, "该缴费年度已足额缴费，没有应补缴金额"),
    "TIER_BELOW_PAID": (TierBelowPaid, "应缴费额低于已缴费额，不能办理降档"),
    "WINDOW_CLOSED": (WindowClosed, "不在缴费期内，不能缴费"),
    "CORRECTION_LIMIT": (CorrectionLimit, "该缴费年度的档次变更次数已用完"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the payer wants: `manner` is normal (正常缴费) or assessed (核定缴费), None whichever it is."""

    part_id: int
    year: int
    manner: str | None = None
    total_fen: int | None = None
    on: date | None = None  # the day of payment, where the money came before the bill


@dataclass(frozen=True, slots=True)
class Declared:
    """The bill, and orders over its forerunner that were closed here and are still to be closed at the channel."""

    bill: Bill
    closed: tuple[Order, ...]


def declare(tx: Tx, psn_no: str, wanted: Wanted) -> Declared:
    """Return the bill for a year and total: the open one when it is the same, else a new one in its room."""
    ledger.lock(tx, [psn_no])
    part = sheet.payable(tx, psn_no, wanted.part_id)
    line = sheet.row(tx, part, wanted.year, wanted.total_fen, wanted.on)
    _refuse(line, wanted)
    if requests.waits(tx, line.premium):
        raise Conflicting("该缴费年度的退费申请正在审核，不能缴费")
    known = bills.find_open(tx, line.premium)
    if known is not None and _same(known, line):
        return Declared(known, ())
    closed = () if known is None else void(tx, known)
    again = line.quote.refund_pending_fen > 0  # the whole tier is paid anew, and what was paid before goes back
    new = NewBill(
        premium=line.premium,
        part_id=part.part_id,
        capacity=part.capacity,
        manner=_MANNERS[line.setting],
        total_fen=line.quote.total_fen,
        paid_before_fen=0 if again else line.paid_fen,
        due_fen=line.quote.due_fen,
        pay_by_us=line.pay_by_us,
        corrects_fen=line.paid_fen if again else 0,
    )
    return Declared(bills.issue(tx, new), closed)


def void(tx: Tx, bill: Bill) -> tuple[Order, ...]:
    """Take a bill back with the orders over it."""
    closed = tuple(orders.finish(tx, order, "CLOSED") for order in orders.open_of(tx, bill))
    bills.step(tx, bill, "VOID")
    return closed


def _refuse(line: sheet.Row, wanted: Wanted) -> None:
    if wanted.manner not in (None, _MANNERS[line.setting]):
        manner = "正常缴费" if line.setting == sheet.CHOICE else "核定缴费"
        raise InvalidInput(f"该征收子目请选择{manner}", field="manner")
    refuse_quote(line)


def refuse_quote(line: sheet.Row) -> None:
    """Refuse a line on which nothing can be paid, in the words of its code."""
    if line.quote.code != "DUE":
        kind, message = _REFUSALS[line.quote.code]
        window = line.quote.window
        raise kind(
            message,
            paid_fen=line.paid_fen,
            window={"first": window.first.isoformat(), "last": window.last.isoformat()},
        )


def _same(known: Bill, line: sheet.Row) -> bool:
    return (known.part_id, known.total_fen, known.due_fen, known.pay_by_us) == (
        line.part.part_id,
        line.quote.total_fen,
        line.quote.due_fen,
        line.pay_by_us,
    )
