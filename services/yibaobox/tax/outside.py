"""Whom the tax channel talks to, and how to reach them; put into the application where it is composed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast

import flask
import requests

from yibaobox.domain.store import World
from yibaobox.edge import choice, context
from yibaobox.tax.alipay import Shop
from yibaobox.tax.channels import INSIDE, Channel
from yibaobox.tax.debits import Debits
from yibaobox.tax.wechat import Wallet

EXTENSION: Final = "yibaobox.tax"
POSTING_DELAY: Final = "PT30M"
NOTIFY: Final = "/tax/v1/notify"


@dataclass(frozen=True, slots=True)
class Outside:
    """The session that carries calls, where the gateways answer, where they reach us, the installation's keys.

    `channel_key` gives what bank, campus card and kiosk share with the merchant of a world. `posting_delay` is how long
    insurance takes to learn of a payment, as an ISO 8601 duration of sandbox time.
    """

    session: requests.Session
    gateways_url: str
    own_url: str
    keys: Callable[[], Mapping[str, str]]
    channel_key: Callable[[World], str]
    posting_delay: str = POSTING_DELAY

    def wallet(self, world: World) -> Wallet:
        """Return WeChat Pay as the merchant of a world sees it."""
        return Wallet(self.session, self.gateways_url, self._keys(world), f"{self.home(world)}{NOTIFY}/wechat")

    def shop(self, world: World) -> Shop:
        """Return Alipay as the application of a world sees it."""
        return Shop(self.session, self.gateways_url, self._keys(world), f"{self.home(world)}{NOTIFY}/alipay")

    def debits(self, world: World, name: str) -> Debits:
        """Return a channel that debits at once."""
        assert name in INSIDE, "the channels are a closed list"
        merchant_no, key = world.info.keys["mchid"], self.channel_key(world)
        return Debits(name, self.session, self.gateways_url, merchant_no, key)

    def channel(self, world: World, name: str) -> Channel:
        """Return a channel by its name."""
        if name == "wechat":
            return self.wallet(world)
        return self.shop(world) if name == "alipay" else self.debits(world, name)

    def _keys(self, world: World) -> Mapping[str, str]:
        return {**self.keys(), **world.info.keys}

    def home(self, world: World) -> str:
        """Return the address at which a world reaches the tax channel itself."""
        return self.own_url if world.name == choice.DEFAULT else f"{self.own_url}/w/{world.name}"


def outside() -> Outside:
    """Return whom this application talks to."""
    return cast("Outside", flask.current_app.extensions[EXTENSION])


def wallet() -> Wallet:
    """Return WeChat Pay as the merchant of this world sees it."""
    return outside().wallet(context.world())


def shop() -> Shop:
    """Return Alipay as the application of this world sees it."""
    return outside().shop(context.world())


def channel(name: str) -> Channel:
    """Return a channel of this world by its name."""
    return outside().channel(context.world(), name)
