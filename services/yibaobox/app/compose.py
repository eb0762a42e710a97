"""Put the parts together: worlds, services, control, router, ticker."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import requests

import yibaobox_mocks
from yibaobox import __version__, credential, portal, sandbox, tax
from yibaobox.app import gateways, inside
from yibaobox.app.channels import DebitChannels
from yibaobox.app.gateways import ANNEX, AlipayWallet, Ground, WechatWallet
from yibaobox.app.late import Late
from yibaobox.app.seeding import Seeding
from yibaobox.app.settings import LOG, POSTING_DELAY, REGIONS_DIR, TOKEN, CannotStart, Settings
from yibaobox.domain import clock
from yibaobox.domain.errors import Refusal
from yibaobox.domain.jobs import Handler, Handlers
from yibaobox.domain.policy.folders import read_also
from yibaobox.domain.store import (
    Damaged,
    DatabaseNewer,
    OwnedElsewhere,
    Store,
    World,
    Worlds,
    WorldSpec,
    failures,
    keys,
)
from yibaobox.edge import choice, faulting, logs
from yibaobox.edge.guard import Guard
from yibaobox.edge.journal import Journal, Moment
from yibaobox.edge.router import CONTROL, SETTLEMENT, Hooks, Router
from yibaobox.portal import decide
from yibaobox.sandbox.deliver import Courier, Receivers, created_session
from yibaobox.sandbox.ticker import Ticker
from yibaobox.sandbox.watch import Watch
from yibaobox.settlement import routes as settlement
from yibaobox_mocks import alipay, wechatpay

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
HANDLERS: Final[Mapping[str, Handler]] = {
    **tax.HANDLERS,
    **decide.HANDLERS,
    **gateways.HANDLERS,
}  # kinds of jobs, gathered from the services


class Application:
    """The whole sandbox as one WSGI application."""

    def __init__(self, settings: Settings, installation: sandbox.Installation, ground: Ground) -> None:
        self.worlds = installation.worlds
        self.installation = installation
        ground.deliver = installation.courier.resend
        self._ticker = Ticker(installation)
        self._claimed: Store | None = None  # the latest
        outside = self._outside(settings, ground)
        installation.courier.homes = {tax.REFUND_TOPIC: outside.home}
        installation.tax = outside
        services: dict[str, Wsgi] = {
            CONTROL: sandbox.create(installation),
            SETTLEMENT: settlement.create(lambda: ground.installation),
            "portal": Late(lambda: portal.create(portal.Outside(outside.session, outside.gateways_url, outside.keys))),
            "credential": Late(credential.create),
            "tax": Late(lambda: tax.create(outside)),
            "gateways": Late(lambda: yibaobox_mocks.create(ground)),
        }
        self.router = Router(
            self.worlds,
            services,
            guard=Guard(settings.token, frozenset({settings.host})),
            journal=Journal(ticking=settings.ticker),
            only=settings.services,
            hooks=Hooks(
                installation.watch.is_broken,
                sandbox.effects(installation),
                pump=None if settings.ticker else self._ticker.pump,  # without a ticker nobody else does what is due
            ),
        )
        if settings.ticker:
            self._ticker.start()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        return self.router(environ, start_response)

    def claim(self, environ: dict[str, Any]) -> Store | None:
        """Reserve what a brief request needs, as `Router.claim` says; Occupied."""
        store = self.router.claim(environ)
        if store is not None:
            self._claimed = store
        return store

    def relief(self, moment: Moment) -> Callable[[], bool] | None:
        """Return what does between brief requests some of what would be in the way of one, and tells whether it did.

        Nothing where there is not enough to do.
        """
        return self._relieve_idle if moment == "idle" else self.router.journal.relief(moment)

    def _relieve_idle(self) -> bool:
        if self._claimed is not None and self._claimed.copy_back():
            return True
        work = self.router.journal.relief("idle")
        return work is not None and work()

    def pump(self, world: World) -> None:
        """Run what is due in a world, now, in this thread: without a ticker nobody else does."""
        self._ticker.pump(world)

    def certificate(self) -> str:
        """Return a key and a certificate for the vendors' names, by the installation's authority, as PEM text."""
        return keys.served(self.worlds.registry.installation(), sorted(yibaobox_mocks.HOSTS))

    def close(self) -> None:
        """Stop what runs by itself, write what waits, let go of the worlds."""
        self._ticker.stop()
        self.router.close()
        self.worlds.close()

    def _outside(self, settings: Settings, ground: Ground) -> tax.Outside:
        """Return how the tax channel reaches the gateways and they it: without a socket, unless they stand apart."""
        session = self.installation.courier.session
        for service in inside.HOSTS:
            session.mount(inside.address(service), inside.Inside(self))
        session.mount(faulting.ITSELF, inside.Inside(self))
        return tax.Outside(
            session=session,
            gateways_url=settings.gateways_url or inside.address("gateways"),
            own_url=settings.tax_url or inside.address("tax"),
            keys=lambda: ground.installation,
            channel_key=DebitChannels(ground).key,
            posting_delay=settings.posting_delay,
        )


def create_app(
    settings: Settings | None = None,
    *,
    session: requests.Session | None = None,
    handlers: Handlers | None = None,
) -> Application:
    """Return the application, or raise CannotStart with a line that says why.

    `session` carries deliveries to receivers; `handlers` adds kinds of jobs.
    """
    if not __debug__:
        raise CannotStart("python -O drops the assertions that guard money: start without it")
    settings = settings or Settings()
    if not settings.on_loopback and not settings.token:
        raise CannotStart(f"listening on {settings.host} needs {TOKEN}: anyone could drive the sandbox")
    _check_delay(settings)
    _read_regions(settings)
    kinds: dict[str, Handler] = {**HANDLERS, **(handlers or {})}
    worlds = _opened(settings, kinds)
    ground = Ground(worlds)
    kinds |= gateways.handlers(ground)
    installation = sandbox.Installation(
        worlds=worlds,
        handlers=kinds,
        courier=_courier(settings, session or created_session(), ground),
        watch=Watch(),
        version=__version__,
        population=settings.population,
        allow_realistic_ids=settings.allow_realistic_ids,
        wallet=WechatWallet(ground),
        alipay=AlipayWallet(ground),
        channels=DebitChannels(ground),
    )
    return Application(settings, installation, ground)


def served(settings: Settings) -> Application:
    """Return the application of a server process, which logs to stderr (YIBAOBOX_LOG: INFO tells every request)."""
    logs.configure(os.environ.get(LOG) or "WARNING")
    return create_app(settings)


def _courier(settings: Settings, session: requests.Session, ground: Ground) -> Courier:
    """Return who takes call-backs to their receivers, in the ways of each gateway."""
    return Courier(
        session,
        _receivers(settings),
        accepts={alipay.TOPIC: alipay.taken},
        seals={wechatpay.TOPIC: wechatpay.Seal(ground)},
        forgers={wechatpay.TOPIC: wechatpay.forge, alipay.TOPIC: alipay.forge},
    )


def _receivers(settings: Settings) -> Receivers:
    """Return who may be called: the tax channel and the gateways are ours, wherever they stand."""
    receivers = Receivers.of(settings.callback_allow, loopback=settings.on_loopback)
    ours = {*inside.HOSTS.values(), str(urlsplit(faulting.ITSELF).hostname)}
    apart = {urlsplit(url).netloc.lower() for url in (settings.tax_url, settings.gateways_url)} - {""}
    return replace(receivers, allowed=receivers.allowed | apart | ours)


def _check_delay(settings: Settings) -> None:
    try:
        clock.later(clock.wall(), settings.posting_delay)
    except Refusal as refusal:
        raise CannotStart(f"{POSTING_DELAY} is an ISO 8601 duration: {refusal.message}") from refusal


def _read_regions(settings: Settings) -> None:
    try:
        read_also(Path(folder) for folder in settings.regions_dirs)
    except (ValueError, OSError) as reason:
        raise CannotStart(f"{REGIONS_DIR}: {_line(reason)}") from reason


def _opened(settings: Settings, handlers: Handlers) -> Worlds:
    try:
        worlds = Worlds.open(
            settings.db, seeder=Seeding(), handlers=handlers, durable=settings.durable, annexes=(ANNEX,)
        )
    except (OwnedElsewhere, Damaged, DatabaseNewer, ValueError, OSError) as reason:
        raise CannotStart(_line(reason)) from reason
    except failures() as reason:
        raise CannotStart(f"the database cannot be reached: {_line(reason)}") from reason
    try:
        _ensure(worlds, settings)
    except BaseException as reason:
        worlds.close()
        if isinstance(reason, Refusal):
            raise CannotStart(reason.message) from reason
        if isinstance(reason, (DatabaseNewer, *failures())):
            raise CannotStart(_line(reason)) from reason
        raise
    return worlds


def _ensure(worlds: Worlds, settings: Settings) -> None:
    """Make the default world and the one that was asked for, where they are missing, and open all there are."""
    spec = WorldSpec(settings.seed, (), settings.population, settings.at)
    for name in dict.fromkeys((choice.DEFAULT, settings.world)):
        worlds.ensure(name, spec, regions=settings.regions)
    for info in worlds.infos():
        worlds.get(info.name)


def _line(reason: BaseException) -> str:
    """Return the first line of a reason, or its kind when it has no words."""
    return (str(reason).strip().splitlines() or [type(reason).__name__])[0]
