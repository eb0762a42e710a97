"""Money that is owed back: asked for at the channel by itself, and entered when the channel says that it went.

DUE → PROCESSING when the call is put into the outbox, in one transaction; it is sent until the channel takes it, under
one number, so that it is refunded once. PROCESSING → DONE by the channel's signed notification.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import jobs, ledger, outbox
from yibaobox.domain.billing import payments
from yibaobox.domain.errors import AmountMismatch
from yibaobox.domain.ledger import Entry

if TYPE_CHECKING:
    from yibaobox.domain.billing.payments import Payment, Refund, Returned
    from yibaobox.domain.store import Tx, World
    from yibaobox.tax.wechat import Wallet

SEND: Final = "tax.refund"
TOPIC: Final = "tax-refund"
# Seconds between attempts, on the sandbox clock: about nine days in all.
SCHEDULE: Final = (15, 60, 300, 900, 3600, 10800, 21600, *(86400,) * 8)

Back = Callable[["Tx", "Payment", "Refund"], None]


def through(wallet: Wallet) -> Back:
    """Return how money goes back: beside its cause a job that asks the channel for it."""

    def back(tx: Tx, payment: Payment, owed: Refund) -> None:
        url, body = wallet.refund(payment, owed)
        payload = {"out_refund_no": owed.out_refund_no, "psn_no": owed.psn_no, "url": url, "body": body}
        jobs.enqueue(tx, SEND, payload, key=f"{SEND}:{owed.out_refund_no}")

    return back


def send(tx: Tx, payload: Mapping[str, Any]) -> None:
    """Put the call into the outbox; done again, nothing changes."""
    ledger.lock(tx, [payload["psn_no"]])
    owed = payments.refund(tx, payload["out_refund_no"])
    if owed.state != "DUE":
        return
    payments.step(tx, owed, "PROCESSING")
    outbox.stage(
        tx,
        topic=f"{TOPIC}:{owed.out_refund_no}",
        cause=f"refund {owed.out_refund_no}",
        url=payload["url"],
        headers={"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "yibaobox"},
        body=payload["body"],
        schedule=SCHEDULE,
    )


def returned(tx: Tx, told: Returned) -> Refund:
    """Enter that money went back; told again, nothing changes. Another amount than is owed has no effect."""
    ledger.lock(tx, [payments.refund(tx, told.out_refund_no).psn_no])
    owed = payments.refund(tx, told.out_refund_no)
    if told.amount_fen != owed.amount_fen:
        raise AmountMismatch("退款通知的金额与应退金额不一致")
    if owed.state == "DONE":
        return owed
    if owed.state == "DUE":
        owed = payments.step(tx, owed, "PROCESSING")
    entries = [
        Entry(owed.psn_no, f"REFUND_DUE:{told.channel}", -owed.amount_fen),
        Entry(owed.psn_no, f"CASH:{told.channel}", owed.amount_fen),
    ]
    ledger.post(tx, "refund_paid", entries, note={"refund": owed.out_refund_no})
    return payments.step(tx, owed, "DONE")


class Seal:
    """Signs calls as they leave: a signature that waited for hours would be too old."""

    def __init__(self, wallet: Callable[[World], Wallet]) -> None:
        self._wallet = wallet

    def __call__(self, world: World, headers: Mapping[str, str], body: str) -> dict[str, str]:
        """Return the headers to send."""
        return {**headers, "Authorization": self._wallet(world).authorized(body)}
