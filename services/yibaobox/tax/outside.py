"""Whom the tax channel talks to, and how to reach them; put into the application where it is composed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast

import flask
import requests

from yibaobox.domain.store import World
from yibaobox.edge import choice, context
from yibaobox.tax.channels import Channel
from yibaobox.tax.wechat import CHANNEL, Wallet

EXTENSION: Final = "yibaobox.tax"
POSTING_DELAY: Final = "PT30M"
NOTIFY: Final = "/tax/v1/notify/wechat"


@dataclass(frozen=True, slots=True)
class Outside:
    """The session that carries calls, where the gateways answer, where they reach us, the installation's keys.

    `posting_delay` is how long insurance takes to learn of a payment, as an ISO 8601 duration of sandbox time.
    """

    session: requests.Session
    gateways_url: str
    own_url: str
    keys: Callable[[], Mapping[str, str]]
    posting_delay: str = POSTING_DELAY

    def wallet(self, world: World) -> Wallet:
        """Return WeChat Pay as the merchant of a world sees it."""
        keys = {**self.keys(), **world.info.keys}
        return Wallet(self.session, self.gateways_url, keys, f"{self.home(world)}{NOTIFY}")

    def channel(self, world: World, name: str) -> Channel:
        """Return a channel by its name."""
        assert name == CHANNEL, "the channels are a closed list"
        return self.wallet(world)

    def home(self, world: World) -> str:
        """Return the address at which a world reaches the tax channel itself."""
        return self.own_url if world.name == choice.DEFAULT else f"{self.own_url}/w/{world.name}"


def outside() -> Outside:
    """Return whom this application talks to."""
    return cast("Outside", flask.current_app.extensions[EXTENSION])


def wallet() -> Wallet:
    """Return WeChat Pay as the merchant of this world sees it."""
    return outside().wallet(context.world())
