"""Alipay on the buyer's side: log in, open, pay. The pretend gateway does the rest."""

from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, OneOf

from yibaobox.domain import people
from yibaobox.domain.errors import InvalidInput
from yibaobox.edge import context, fields
from yibaobox.edge.refusals import NoSuchRoute
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import blueprint as control_blueprint
from yibaobox.sandbox.installation import installation
from yibaobox.sandbox.outside import AlipayLogin, AlipayWallet, Buyer
from yibaobox.sandbox.routes.events import Delivery, delivered

blueprint = control_blueprint("alipay", "支付宝（付款人一侧）")
_OUTCOMES = ("success", "fail", "cancel", "scan")


class AskCode(fields.Schema):
    """Who asks for a code (a person, or a buyer's number) and for which application (default: this world's).

    `kind`: `login` (default) is what my.getAuthCode gives, `till` what a buyer shows to be scanned.
    """

    psn_no = fields.String(validate=Length(1, 20))
    buyer_id = fields.String(validate=Length(1, 28))
    app_id = fields.String(validate=Length(1, 32))
    kind = fields.String(validate=OneOf(("login", "till")))


class AuthCode(fields.Schema):
    """A code that works once, to log in with within a day or at a till within a minute, and whose it is."""

    auth_code = fields.String(required=True)
    buyer_id = fields.String(required=True)


class BuyerActs(fields.Schema):
    """What the buyer does (default: pays; `scan` only opens the trade), and who it is (default: the trade's)."""

    outcome = fields.String(validate=OneOf(_OUTCOMES))
    buyer_id = fields.String(validate=Length(1, 28))


class OpenWallet(fields.Schema):
    """What the wallet is opened with: an app's signed string, a page's address or a code to scan; then as for pay."""

    given = fields.String(required=True, validate=Length(1, 8000))
    outcome = fields.String(validate=OneOf(_OUTCOMES))
    buyer_id = fields.String(validate=Length(1, 28))


class TradeState(fields.Schema):
    """The trade's state at the gateway, the first attempts to deliver, and where a page leads back to."""

    state = fields.String(
        required=True,
        metadata={"description": "WAIT_BUYER_PAY | TRADE_SUCCESS | TRADE_CLOSED | TRADE_FINISHED"},
    )
    deliveries = ma.fields.List(ma.fields.Nested(Delivery), required=True)
    return_url = fields.String()


@blueprint.post("/login")
@exchange(asks=AskCode(), answers=AuthCode(), refuses=(409, 422))
def login(
    psn_no: str | None = None, buyer_id: str | None = None, app_id: str | None = None, kind: str = "login"
) -> dict[str, str]:
    """Ask Alipay for a code as a person, or as whoever has a buyer's number."""
    if (psn_no is None) == (buyer_id is None):
        raise InvalidInput("请提供 psn_no 或 buyer_id 之一", field="psn_no")
    world = context.world()
    if psn_no is not None:
        with world.read() as tx:
            people.get(tx, psn_no)
    code, whose = _wallet().login(world, AlipayLogin(psn_no, buyer_id, app_id, kind))
    return {"auth_code": code, "buyer_id": whose}


@blueprint.post("/pay/<out_trade_no>")
@exchange(asks=BuyerActs(), answers=TradeState(), refuses=(409, 422))
def pay(out_trade_no: str, outcome: str = "success", buyer_id: str | None = None) -> dict[str, Any]:
    """Let the buyer act on a trade and return after the first attempt to tell the application."""
    return _told(*_wallet().pay(context.world(), Buyer(out_trade_no, outcome, buyer_id)))


@blueprint.post("/open")
@exchange(asks=OpenWallet(), answers=TradeState(), refuses=(403, 409, 422))
def open_wallet(given: str, outcome: str = "success", buyer_id: str | None = None) -> dict[str, Any]:
    """Open the wallet as the client does: the signature is checked, the trade then exists, and the buyer acts."""
    return _told(*_wallet().open(context.world(), given, Buyer("", outcome, buyer_id)))


def _told(state: str, events: tuple[int, ...], return_url: str | None) -> dict[str, Any]:
    told = {"state": state, "deliveries": delivered(context.world(), events)}
    return told | ({} if return_url is None else {"return_url": return_url})


def _wallet() -> AlipayWallet:
    wallet = installation().alipay
    if wallet is None:
        raise NoSuchRoute("本进程没有支付宝模拟网关")
    return wallet
