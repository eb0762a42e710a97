"""Each class of difference has its repair (T11): 补单, 退费, 挂账. Done again, nothing more happens.

| class | channel and tax | tax and insurance (insurance is theirs) |
|---|---|---|
| 2 | hung up (挂账) | hung up |
| 3 | the money came for an order that is over: into suspense and back (退费) | the year of a refunded bill ends |
| 4 | the money came unnoticed: entered (补单); of an order nobody made, hung up | a year nobody paid for ends |
| 5 | the channel is asked; what it does not know is taken out of the books | hung up |
| 6 | the same | posted (补单) |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from yibaobox.domain import enrolment, ledger
from yibaobox.domain.billing import bills, orders, payments
from yibaobox.domain.billing.bills import Bill, Premium
from yibaobox.domain.billing.payments import APPLIED, Payment, Success
from yibaobox.domain.errors import NotFound, Refusal
from yibaobox.domain.ledger import Entry
from yibaobox.domain.store import Tx, World
from yibaobox.tax import pay, post, recon, refund
from yibaobox.tax.channel_files import Line
from yibaobox.tax.channels import Channel, Find
from yibaobox.tax.receive import receive
from yibaobox.tax.recon import INSURANCE, Difference

ENTERED: Final = "entered"  # 补单
GONE_BACK: Final = "sent_back"  # 退费
HUNG: Final = "hung"  # 挂账
TAKEN_OUT: Final = "taken_out"
POSTED: Final = "posted"
ENDED: Final = "ended"
MATCHED: Final = "matched"  # the channel knows of it after all, on another day


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one party's differences of a day are repaired."""

    world: World
    find: Find
    party: str
    day: str
    post_after: str

    def repair(self, found: Difference, theirs: Line | None) -> str:
        """Repair a difference and say what was done."""
        done = self._of_insurance(found) if self.party == INSURANCE else self._of_channel(found, theirs)
        if done == HUNG:
            with self.world.write() as tx:
                hang(tx, self.party, self.day, found)
        return done

    def _of_channel(self, found: Difference, theirs: Line | None) -> str:
        if self.party not in pay.CHANNELS:
            return HUNG
        if found.kind in {3, 4} and theirs is not None:
            return self._enter(theirs)
        return self._take_out(found.name) if found.kind in {5, 6} else HUNG

    def _enter(self, theirs: Line) -> str:
        """Enter money that came; what can no longer pay its bill goes back."""
        order = self._order(theirs.name)
        if order is None:
            return HUNG
        told = self._asked(self.find(self.party), order)
        if told is None:
            return HUNG  # their own books do not have it: nothing is entered on the word of a file
        with self.world.write() as tx:
            received = receive(tx, theirs.name, told, self.post_after)
        pay.withdraw(self.find, received.closed)
        return ENTERED if received.payment.disposition == APPLIED else GONE_BACK

    def _take_out(self, name: str) -> str:
        """Take a payment out of the books that the channel does not know, asked once more."""
        order = self._order(name)
        if order is None:
            return HUNG
        try:
            told = self.find(self.party).success(order)
        except Refusal as refusal:
            if refusal.detail.get("channel_code") != "ORDER_NOT_EXIST":
                return HUNG
            told = None
        if told is not None:
            return MATCHED
        with self.world.write() as tx:
            return take_out(tx, order)

    def _order(self, name: str) -> orders.Order | None:
        """Return the order of a name, where it is one of this party's."""
        with self.world.read() as tx:
            try:
                found = orders.by_trade_no(tx, name)
            except NotFound:
                return None
        return found if found.channel == self.party else None

    def _asked(self, channel: Channel, order: orders.Order) -> Success | None:
        try:
            return channel.success(order)
        except Refusal:
            return None

    def _of_insurance(self, found: Difference) -> str:
        bill_id = int(found.name.removeprefix("bill:")) if found.name.removeprefix("bill:").isdecimal() else 0
        with self.world.write() as tx:
            try:
                bill = bills.get(tx, bills.owner(tx, bill_id), bill_id)
            except NotFound:
                return HUNG
            if found.kind in {3, 4}:
                return _end_year(tx, bill)
            return _post(tx, bill) if found.kind == 6 else HUNG  # noqa: PLR2004 - theirs is missing


def hang(tx: Tx, party: str, day: str, found: Difference) -> None:
    """Write down what waits for somebody to look into it, once."""
    tx.run(
        "INSERT INTO recon_hangs (party, name, kind, day, ours_fen, theirs_fen, hung_us) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        *(party, found.name[:64], found.kind, day, found.ours_fen, found.theirs_fen, tx.now_us),
    )


def take_out(tx: Tx, order: orders.Order) -> str:
    """Reverse a payment that never came: the premium leaves the books, the year ends, the receipt is flushed."""
    refund.lock_parties(tx, order.psn_no)
    payment = next((one for one in payments.of_person(tx, order.psn_no) if one.order_id == order.order_id), None)
    if payment is None or payment.disposition != APPLIED:
        return HUNG
    bill = bills.get(tx, payment.psn_no, payment.bill_id)
    left = {one.payment_id: fen for one, fen in payments.kept(tx, bill.premium)}
    if left.get(payment.payment_id) != payment.amount_fen:
        return HUNG  # some of it has gone back already
    _reverse(tx, payment, bill.premium)
    if not bills.paid_fen(tx, bill.premium):
        _end_year(tx, bill)
    refund.flush(tx, bill, recon.NEVER)
    return TAKEN_OUT


def _reverse(tx: Tx, payment: Payment, premium: Premium) -> None:
    fen, due, cash = payment.amount_fen, f"REFUND_DUE:{payment.channel}", f"CASH:{payment.channel}"
    note = {"payment": payment.channel_txn, "reason": recon.NEVER}
    out = [Entry(payment.psn_no, premium.account, -fen), Entry(payment.psn_no, due, fen)]
    owed = payments.owe(tx, payment, ledger.post(tx, "refund_due", out, note=note), recon.NEVER)
    home = [Entry(payment.psn_no, due, -fen), Entry(payment.psn_no, cash, fen)]
    ledger.post(tx, "refund_paid", home, note=note)
    payments.step(tx, payments.step(tx, owed, "PROCESSING"), "DONE", recon.NEVER)


def _end_year(tx: Tx, bill: Bill) -> str:
    """End the year that a bill bought, where nothing of the premium is paid."""
    ledger.lock(tx, [bill.psn_no])
    if bills.paid_fen(tx, bill.premium):
        return HUNG
    if (period := enrolment.live(tx, *bill.premium)) is not None:
        enrolment.refund_period(tx, bill.psn_no, period.period_id)
    return ENDED


def _post(tx: Tx, bill: Bill) -> str:
    done = post.post(tx, {"psn_no": bill.psn_no, "bill_id": bill.bill_id})
    return POSTED if done.state == "POSTED" else HUNG
