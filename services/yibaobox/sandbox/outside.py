"""What the control routes ask of pretend parties. They are filled in where the application is composed."""

from dataclasses import dataclass
from typing import Protocol

from yibaobox.domain.store import World


@dataclass(frozen=True, slots=True)
class Payer:
    """What a payer does with an order: success, fail or cancel; how the call-back is signed and probed."""

    out_trade_no: str
    outcome: str = "success"
    openid: str | None = None
    serial: str | None = None
    probe: bool = False
    even_closed: bool = False


@dataclass(frozen=True, slots=True)
class Invoked:
    """What a page or an app hands to the wallet, and what the payer does then, with which openid."""

    appid: str
    stamp: str
    nonce: str
    package: str
    sign_type: str
    pay_sign: str
    prepay_id: str | None = None
    outcome: str = "success"
    openid: str | None = None


class Wallet(Protocol):
    """WeChat on the payer's side."""

    def login(self, world: World, psn_no: str | None, openid: str | None, appid: str | None) -> str:
        """Return what wx.login() gives a person, or whoever has the openid."""

    def pay(self, world: World, payer: Payer) -> tuple[str, tuple[int, ...]]:
        """Let the payer act; return the order's state and the events to deliver, in this order."""

    def invoke(self, world: World, invoked: Invoked) -> tuple[str, tuple[int, ...]]:
        """Check what the wallet was called with, as the client app does; then as `pay`."""

    def refund(self, world: World, out_refund_no: str, outcome: str) -> tuple[str, tuple[int, ...]]:
        """Let a refund end; return its state and the events to deliver."""
