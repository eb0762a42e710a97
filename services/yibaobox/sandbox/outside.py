"""What the control routes ask of pretend parties. They are filled in where the application is composed."""

from dataclasses import dataclass
from typing import Protocol

from yibaobox.domain.store import World


@dataclass(frozen=True, slots=True)
class Payer:
    """What a payer does with an order: success, fail or cancel; how the call-back is signed and probed.

    Without an outcome the payer decides: a magic one has a manner of its own, any other pays.
    """

    out_trade_no: str
    outcome: str | None = None
    openid: str | None = None
    serial: str | None = None
    probe: bool = False
    even_closed: bool = False


@dataclass(frozen=True, slots=True)
class Invoked:
    """What a page or an app hands to the wallet, and what the payer does then, with which openid.

    A mixed order (微信医保支付) is named by `mix_trade_no`; where insurance pays it all, nothing else is handed over.
    """

    appid: str
    stamp: str = ""
    nonce: str = ""
    package: str = ""
    sign_type: str = ""
    pay_sign: str = ""
    prepay_id: str | None = None
    mix_trade_no: str | None = None
    outcome: str | None = None
    openid: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it: the state, the events to deliver, in this order, and what the wallet tells the page."""

    state: str
    events: tuple[int, ...]
    result: str = "ok"


class Wallet(Protocol):
    """WeChat on the payer's side."""

    def login(self, world: World, psn_no: str | None, openid: str | None, appid: str | None) -> str:
        """Return what wx.login() gives a person, or whoever has the openid."""

    def phone(self, world: World, mobile: str, appid: str | None) -> str:
        """Return what a button for the phone number gives."""

    def pay(self, world: World, payer: Payer) -> Done:
        """Let the payer act."""

    def invoke(self, world: World, invoked: Invoked) -> Done:
        """Check what the wallet was called with, as the client app does; then as `pay`."""

    def refund(self, world: World, out_refund_no: str, outcome: str) -> Done:
        """Let a refund end."""


@dataclass(frozen=True, slots=True)
class AlipayLogin:
    """Who asks Alipay for a code, for which application, and what kind: `login`, or `till` to be scanned."""

    psn_no: str | None
    buyer_id: str | None
    app_id: str | None
    kind: str = "login"


@dataclass(frozen=True, slots=True)
class Buyer:
    """What a buyer does with a trade: success, fail, cancel, or scan, which only opens it."""

    out_trade_no: str
    outcome: str = "success"
    buyer_id: str | None = None
    even_closed: bool = False


class AlipayWallet(Protocol):
    """Alipay on the buyer's side."""

    def login(self, world: World, asked: AlipayLogin) -> tuple[str, str]:
        """Return a code and whose it is."""

    def pay(self, world: World, buyer: Buyer) -> tuple[str, tuple[int, ...], str | None]:
        """Let the buyer act; return the trade's state, the events to deliver in order, and the way back to a page."""

    def open(self, world: World, given: str, buyer: Buyer) -> tuple[str, tuple[int, ...], str | None]:
        """Check what the wallet was opened with; then as `pay`."""


@dataclass(frozen=True, slots=True)
class ChannelAccount:
    """A payer's account at a channel that debits at once; None leaves a password as it is."""

    channel: str
    account_no: str
    holder: str
    balance_fen: int
    password: str | None = None
    psn_no: str | None = None
    frozen: bool = False


class Channels(Protocol):
    """Bank, campus card and kiosk on the payer's side."""

    def key(self, world: World) -> str:
        """Return the key that the merchant of a world signs with."""

    def open(self, world: World, wanted: ChannelAccount) -> ChannelAccount:
        """Open an account, or set one that is there."""

    def account(self, world: World, channel: str, account_no: str) -> ChannelAccount:
        """Return an account."""

    def load(self, world: World, named: tuple[str, str], fen: int, source_no: str | None) -> ChannelAccount:
        """Put money on the account that channel and number name, out of nowhere or out of one at the bank."""
