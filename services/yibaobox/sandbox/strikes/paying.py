"""Payments that cross their orders: sooner than the order's own reply, or after it was closed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from yibaobox.domain.billing import bills, orders
from yibaobox.domain.billing.orders import Order
from yibaobox.domain.errors import Refusal
from yibaobox.edge.faulting import told
from yibaobox.sandbox.outside import Buyer, Payer

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from yibaobox.edge.faulting import Effect, Scene
    from yibaobox.sandbox.installation import Installation

_OK: Final = 300
_WALLETS: Final = ("wechat", "alipay")


def effects(installation: Installation) -> Mapping[str, Effect]:
    """Return the effects that need the payer's side of the gateway and who delivers its notifications."""

    def at_once(scene: Scene) -> Response:
        """Take the order, let the payer pay and the notification go out, then answer."""
        reply = scene.served()
        name = told(scene.body).get("out_trade_no")
        if scene.once("paid") and not (
            reply.status_code < _OK and isinstance(name, str) and _paid(installation, scene, name, closed=False)
        ):
            scene.missed()
        return reply

    def after_close(scene: Scene) -> Response:
        """Close the order, then let the payment through that was under way."""
        reply = scene.served()
        name = unquote(scene.facts["path"].split("/")[-2])
        if scene.once("paid") and not (reply.status_code < _OK and _paid(installation, scene, name, closed=True)):
            scene.missed()
        return reply

    def twice(scene: Scene) -> Response:
        """Let the payer pay here, then what they had begun in the other wallet come through."""
        other = _other(scene)
        reply = scene.served()
        if scene.once("paid") and not (reply.status_code < _OK and other and _through(installation, scene, other)):
            scene.missed()
        return reply

    return {
        "pay.notify_before_response": at_once,
        "pay.late_success_after_close": after_close,
        "pay.double_channel": twice,
    }


def _other(scene: Scene) -> Order | None:
    """Return the open order of the same bill in the other wallet."""
    with scene.world.read() as tx, suppress(Refusal):
        struck = orders.by_trade_no(tx, unquote(scene.facts["path"].rpartition("/")[2]))
        found = orders.open_of(tx, bills.get(tx, struck.psn_no, struck.bill_id))
        return next((each for each in found if each.channel in _WALLETS and each.channel != struck.channel), None)
    return None


def _through(installation: Installation, scene: Scene, order: Order) -> bool:
    """Let an order be paid that may have been closed meanwhile; tell whether it was."""
    return any(_bought(installation, scene, order, closed=closed) for closed in (False, True))


def _bought(installation: Installation, scene: Scene, order: Order, *, closed: bool) -> bool:
    if order.channel == "wechat":
        return _paid(installation, scene, order.out_trade_no, closed=closed)
    if installation.alipay is None:
        return False
    try:
        _, events, _ = installation.alipay.pay(scene.world, Buyer(order.out_trade_no, even_closed=closed))
    except Refusal:
        return False
    for event_id in events:
        installation.courier.resend(scene.world, event_id)
    return True


def _paid(installation: Installation, scene: Scene, name: str, *, closed: bool) -> bool:
    """Let the payer act on an order and the notification go out; tell whether there was one to pay."""
    if installation.wallet is None:
        return False
    try:
        events = installation.wallet.pay(scene.world, Payer(name, even_closed=closed)).events
    except Refusal:
        return False
    for event_id in events:
        installation.courier.resend(scene.world, event_id)
    return True
