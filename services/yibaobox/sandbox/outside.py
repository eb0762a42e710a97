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


class Wallet(Protocol):
    """WeChat on the payer's side."""

    def login(self, world: World, psn_no: str | None, openid: str | None, appid: str | None) -> str:
        """Return what wx.login() gives a person, or whoever has the openid."""

    def pay(self, world: World, payer: Payer) -> tuple[str, tuple[int, ...]]:
        """Let the payer act; return the order's state and the events to deliver, in this order."""
