"""What the control routes act on."""

from dataclasses import dataclass
from typing import Final, cast

from flask import current_app

from yibaobox.domain.jobs import Handlers
from yibaobox.domain.store import Worlds
from yibaobox.sandbox.deliver import Courier
from yibaobox.sandbox.outside import AlipayWallet, Channels, Wallet
from yibaobox.sandbox.watch import Watch
from yibaobox.tax import Outside

EXTENSION: Final = "yibaobox.installation"


@dataclass(slots=True)
class Installation:
    """All worlds of a process, with who delivers their events, who watches their books, and what new worlds hold."""

    worlds: Worlds
    handlers: Handlers
    courier: Courier
    watch: Watch
    version: str
    population: int = 0
    allow_realistic_ids: bool = False
    wallet: Wallet | None = None
    alipay: AlipayWallet | None = None
    channels: Channels | None = None
    tax: Outside | None = None  # whom the tax channel talks to


def installation() -> Installation:
    """Return the installation that this request drives."""
    return cast("Installation", current_app.extensions[EXTENSION])


def worlds() -> Worlds:
    """Return its worlds."""
    return installation().worlds
