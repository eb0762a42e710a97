"""Bank, campus card and kiosk as the control routes ask for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from yibaobox.app.gateways import Ground, refusing
from yibaobox.domain.store import World
from yibaobox.sandbox.outside import ChannelAccount
from yibaobox_mocks import channels, ports


class DebitChannels:
    """The payer's side of the channels that debit at once."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def key(self, world: World) -> str:
        """Return the key that the merchant of a world signs with."""
        return channels.key(self._ground.keys(cast("ports.World", world)))

    def open(self, world: World, wanted: ChannelAccount) -> ChannelAccount:
        """Open an account, or set one that is there."""
        facts = channels.Opened(wanted.holder, wanted.balance_fen, wanted.password, wanted.psn_no, wanted.frozen)
        return _done(lambda: channels.opened(cast("ports.World", world), wanted.channel, wanted.account_no, facts))

    def account(self, world: World, channel: str, account_no: str) -> ChannelAccount:
        """Return an account."""
        return _done(lambda: channels.shown(cast("ports.World", world), channel, account_no))

    def load(self, world: World, named: tuple[str, str], fen: int, source_no: str | None) -> ChannelAccount:
        """Put money on an account."""
        return _done(lambda: channels.load(cast("ports.World", world), *named, fen, source_no))


def _done(work: Callable[[], channels.Account]) -> ChannelAccount:
    with refusing():
        found = work()
    return ChannelAccount(
        channel=found.channel,
        account_no=found.account_no,
        holder=found.holder,
        balance_fen=found.balance_fen,
        psn_no=found.psn_no,
        frozen=bool(found.frozen),
    )
