"""The ground of the pretend parties: the sandbox as `yibaobox_mocks.ports` asks for it, and the payer's side of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import Any, Final, cast

from yibaobox.app import telling
from yibaobox.app.insured import Insured
from yibaobox.domain import clock, jobs, outbox, switches
from yibaobox.domain.errors import CheckFailed, Conflicting, InvalidInput, NotFound, Refusal
from yibaobox.domain.faults import striking
from yibaobox.domain.store import Tx, World, Worlds
from yibaobox.domain.store.migrate import Annex
from yibaobox.edge import context
from yibaobox.sandbox.outside import AlipayLogin, Buyer, Done, Invoked, Payer
from yibaobox_mocks import alipay, annex, channels, ports, wechatpay
from yibaobox_mocks.wechat_login import phones, users
from yibaobox_mocks.wechatpay import Act, Invocation, act

ANNEX: Final = Annex(annex.NAME, annex.metadata, annex.VERSIONS)
_REFUSALS: Final[dict[str, type[Refusal]]] = {
    "not_found": NotFound,
    "conflict": Conflicting,
    "invalid": InvalidInput,
    "unverified": CheckFailed,
}


def _handler(work: Callable[[ports.Tx, Mapping[str, Any]], ports.Event | None]) -> jobs.Handler:
    """Return a handler of what a gateway took a while ago; it stages what tells of it."""

    def done(tx: Tx, payload: Mapping[str, Any]) -> None:
        event = work(cast("ports.Tx", tx), payload)
        if event is not None:
            _stage(tx, event)

    return done


HANDLERS: Final[Mapping[str, jobs.Handler]] = {kind: _handler(work) for kind, work in wechatpay.JOBS.items()}


def handlers(ground: Ground) -> dict[str, jobs.Handler]:
    """Return what the parties do by themselves: trades time out or become final, debits come to their end."""

    def end(tx: Tx, payload: Mapping[str, Any]) -> None:
        keys = {**ground.installation, "app_id": str(payload["app_id"])}
        alipay.end(ground, keys, cast("ports.Tx", tx), payload)

    def debit(tx: Tx, payload: Mapping[str, Any]) -> None:
        channels.finish(ground, cast("ports.Tx", tx), payload)

    return {alipay.JOB: end, channels.JOB: debit}


def _nobody(_: World, __: int) -> None:
    """Leave a call-back to whoever delivers what is due."""


class Ground:
    """Worlds, keys, time and call-backs for pretend parties."""

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds
        made = worlds.registry.made()
        if made:
            # Jobs ask for them amid a transaction on a world: whoever holds a world must not wait for the registry.
            self.installation = made
        self.deliver: Callable[[World, int], object] = _nobody  # who takes call-backs to their receivers

    @cached_property
    def installation(self) -> Mapping[str, str]:
        """The installation's keys, made when they are first asked for."""
        return self._worlds.registry.installation()

    def world(self, environ: Mapping[str, Any]) -> ports.World:
        """Return the world that a request means."""
        return cast("ports.World", environ[context.WORLD])

    def keys(self, world: ports.World) -> Mapping[str, str]:
        """Return the keys of a world and of the installation."""
        return {**self.installation, **cast("World", world).info.keys}

    def targets(self, environ: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the raw request targets that a signature may cover, with and without `/w/<world>`."""
        raw, bare = str(environ[context.RAW_TARGET]), str(environ[context.TARGET])
        return (raw,) if raw == bare else (raw, bare)

    def wall_us(self) -> int:
        """Return the wall's instant."""
        return clock.wall_us()

    def rfc3339(self, us: int) -> str:
        """Write an instant with the offset of China, in whole seconds."""
        return clock.from_us(us).isoformat(timespec="seconds")

    def instant_us(self, text: str) -> int:
        """Read an RFC 3339 instant."""
        try:
            return clock.to_us(clock.parse_instant(text))
        except InvalidInput as refusal:
            raise ValueError(refusal.message) from refusal

    @cached_property
    def insurance(self) -> ports.Insurance:
        """The insurance side of a payment that is both."""
        return Insured()

    def switch(self, tx: ports.Tx, name: str) -> str:
        """Return how a switch of the world stands."""
        return switches.read(cast("Tx", tx))[name]

    def struck(self, name: str) -> Mapping[str, Any] | None:
        """Return the parameters of a fault that strikes now."""
        return striking.at(name)

    def let_pay(
        self, world: ports.World, out_trade_no: str, openid: str | None, outcome: str | None
    ) -> tuple[str, str]:
        """Let a payer of WeChat act, and make the first attempt to tell the merchant."""
        own = cast("World", world)
        acted = _acted(self, own, Payer(out_trade_no, outcome, openid))
        for event_id in acted.events:
            self.deliver(own, event_id)
        return acted.state, acted.result

    def stage(self, tx: ports.Tx, event: ports.Event) -> int:
        """Put a call-back into the outbox beside its cause."""
        return _stage(cast("Tx", tx), event)

    def remind(self, tx: ports.Tx, kind: str, payload: Mapping[str, object], due_us: int) -> None:
        """Put work on the list of jobs."""
        jobs.enqueue(cast("Tx", tx), kind, payload, due_us=due_us)


def _acted(ground: Ground, world: World, payer: Payer) -> wechatpay.Acted:
    unknown = telling.unknown(world, payer.out_trade_no, "pay.unknown_then_failed")
    wanted = Act(
        payer.out_trade_no,
        "fail" if unknown else payer.outcome,
        payer.openid,
        payer.serial,
        payer.probe,
        payer.even_closed,
        telling.told(world, payer.out_trade_no),
    )
    return act(ground, world, wanted)


class WechatWallet:
    """WeChat on the payer's side, for the control routes."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def login(self, world: World, psn_no: str | None, openid: str | None, appid: str | None) -> str:
        """Return what wx.login() gives."""
        name = appid or world.info.keys["appid"]
        with refusing(), world.write() as tx:
            known = openid if openid is not None else users.of_person(tx, name, str(psn_no))
            return users.issue_code(tx, name, known)

    def phone(self, world: World, mobile: str, appid: str | None) -> str:
        """Return what a button for the phone number gives."""
        with world.write() as tx:
            return phones.issue(tx, appid or world.info.keys["appid"], mobile)

    def pay(self, world: World, payer: Payer) -> Done:
        """Let the payer act, and the gateway tell of it as a fault would have it."""
        with refusing():
            acted = _acted(self._ground, world, payer)
        return Done(acted.state, acted.events, acted.result)

    def invoke(self, world: World, invoked: Invoked) -> Done:
        """Check what a page hands to WeChat, then let the payer act."""
        given = Invocation(
            invoked.appid,
            invoked.stamp,
            invoked.nonce,
            invoked.package,
            invoked.sign_type,
            invoked.pay_sign,
            invoked.prepay_id,
            invoked.mix_trade_no,
        )
        with refusing():
            out_trade_no = wechatpay.opened(self._ground, world, given)
        return self.pay(world, Payer(out_trade_no, invoked.outcome, invoked.openid))

    def refund(self, world: World, out_refund_no: str, outcome: str) -> Done:
        """Let a refund end."""
        with refusing():
            return Done(*wechatpay.settle(self._ground, world, out_refund_no, outcome))


class AlipayWallet:
    """Alipay on the buyer's side, for the control routes."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def login(self, world: World, asked: AlipayLogin) -> tuple[str, str]:
        """Return a code to log in with or to show at a till, and whose it is."""
        with refusing():
            alipay.check_app(self._ground, world, asked.app_id)
            return alipay.login(self._ground, world, asked.psn_no, asked.buyer_id, asked.kind)

    def pay(self, world: World, buyer: Buyer) -> tuple[str, tuple[int, ...], str | None]:
        """Let the buyer act, and the gateway tell of it as a fault would have it."""
        told = telling.told(world, buyer.out_trade_no)
        wanted = alipay.Act(buyer.out_trade_no, buyer.outcome, buyer.buyer_id, buyer.even_closed, told)
        with refusing():
            acted = alipay.act(self._ground, world, wanted)
        return acted.state, acted.events, acted.return_url

    def open(self, world: World, given: str, buyer: Buyer) -> tuple[str, tuple[int, ...], str | None]:
        """Check what the wallet was opened with, then let the buyer act."""
        with refusing():
            out_trade_no = alipay.opened(self._ground, world, given)
        return self.pay(world, replace(buyer, out_trade_no=out_trade_no))


def _stage(tx: Tx, event: ports.Event) -> int:
    return outbox.stage(
        tx,
        topic=event.topic,
        cause=event.cause,
        url=event.url,
        headers=event.headers,
        body=event.body,
        schedule=event.schedule,
        delay=event.delay,
    )


@contextmanager
def refusing() -> Iterator[None]:
    """Answer the sandbox's user with a refusal of the sandbox where a pretend party does not do something."""
    try:
        yield
    except ports.Refused as refused:
        raise _REFUSALS[refused.reason](refused.message) from refused
