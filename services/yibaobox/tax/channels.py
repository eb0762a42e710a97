"""Payment channels as the tax channel sees them: an order begun, asked about, closed, and money sent back.

No method is called inside a transaction. Each may raise PartyTimeout (nothing is known) or PartyRefused (it will not).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from yibaobox.domain.billing.orders import Order
from yibaobox.domain.billing.payments import Payment, Refund, Returned, Success
from yibaobox.tax.channel_files import Line

INSIDE: Final = ("bank", "campus", "kiosk")  # debit at once, and only inside the window (T6)
FAMILY: Final = "family"  # no channel outside: the own account of a relative
FINANCE: Final = "finance"  # no channel outside: what a college took itself


class Channel(Protocol):
    """One channel for one merchant."""

    @property
    def name(self) -> str:
        """Its name in orders and accounts of the books."""

    def prepay(self, order: Order, description: str) -> str:
        """Order a payment and return what the payer's client begins with; the same order may be sent again."""

    def success(self, order: Order) -> Success | None:
        """Ask what became of an order; nothing while it is not paid."""

    def close(self, order: Order) -> None:
        """Close an order that is not paid."""

    def refund(self, payment: Payment, owed: Refund) -> Returned | None:
        """Ask for a refund; nothing while it is under way. The same may be asked again."""

    def bill(self, day: str) -> list[Line]:
        """Return what the channel writes of a day (yyyy-MM-dd); PartyRefused while it is not written."""


Find = Callable[[str], Channel]  # the channels of a world, by name
