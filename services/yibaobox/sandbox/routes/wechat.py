"""WeChat on the payer's side: log in, pay, be paid back. The pretend gateway does the rest."""

from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Regexp

from yibaobox.domain import people
from yibaobox.domain.errors import InvalidInput
from yibaobox.edge import context, fields
from yibaobox.edge.refusals import NoSuchRoute
from yibaobox.edge.rest import exchange
from yibaobox.sandbox import outside
from yibaobox.sandbox.blueprint import blueprint as control_blueprint
from yibaobox.sandbox.installation import installation
from yibaobox.sandbox.outside import Payer, Wallet
from yibaobox.sandbox.routes.events import Delivery, delivered

blueprint = control_blueprint("wechat", "微信支付（付款人一侧）")


class Login(fields.Schema):
    """Who calls wx.login(), and in which application (default: the one of this world)."""

    psn_no = fields.String(validate=Length(1, 20))
    openid = fields.String(validate=Length(1, 128))
    appid = fields.String(validate=Length(1, 32))


class Code(fields.Schema):
    """What wx.login() returns: works once within five minutes."""

    code = fields.String(required=True)


class Pay(fields.Schema):
    """What the payer does (default: pays, or as a magic payer does), and with which openid (default: the order's)."""

    outcome = fields.String(validate=OneOf(("success", "fail", "cancel")))
    openid = fields.String(validate=Length(1, 128))


class PayQuery(fields.Query):
    """How the call-back is signed, and whether a probe with a signature that cannot hold goes before it."""

    serial = fields.String(validate=Length(1, 64))
    probe = fields.Integer(minimum=0, maximum=1)


class Paid(fields.Schema):
    """The order's state at the gateway and the first attempts to deliver."""

    state = fields.String(required=True, metadata={"description": "NOTPAY | SUCCESS | REFUND | CLOSED | MIX_PAY_…"})
    deliveries = ma.fields.List(ma.fields.Nested(Delivery), required=True)


class Invoke(fields.Schema):
    """What wx.requestPayment is called with; an app's SDK names the prepayment beside it (`prepayId`).

    wx.requestMedicalInsurancePay names the mixed order too (`mixTradeNo`), and only that where insurance pays all.
    """

    appid = fields.String(required=True, data_key="appId", validate=Length(1, 32))
    stamp = fields.String(data_key="timeStamp", validate=Regexp(r"[0-9]{1,10}\Z"))
    nonce = fields.String(data_key="nonceStr", validate=Length(1, 32))
    package = fields.String(validate=Length(1, 128))
    sign_type = fields.String(data_key="signType", validate=Length(1, 32))
    pay_sign = fields.String(data_key="paySign", validate=Length(1, 1024))
    prepay_id = fields.String(data_key="prepayId", validate=Length(1, 64))
    mix_trade_no = fields.String(data_key="mixTradeNo", validate=Length(1, 64))
    outcome = fields.String(validate=OneOf(("success", "fail", "cancel")))
    openid = fields.String(validate=Length(1, 128))


class Invoked(fields.Schema):
    """What the page is told, the order's state at the gateway and the first attempts to deliver."""

    result = fields.String(required=True, metadata={"description": "ok | fail | cancel"})
    state = fields.String(required=True, metadata={"description": "NOTPAY | SUCCESS | REFUND | CLOSED | MIX_PAY_…"})
    deliveries = ma.fields.List(ma.fields.Nested(Delivery), required=True)


class Phone(fields.Schema):
    """Whose phone number a mini-program's button asks for, in which application (default: the one of this world)."""

    psn_no = fields.String(required=True, validate=Length(1, 20))
    appid = fields.String(validate=Length(1, 32))


class EndRefund(fields.Schema):
    """How a refund ends (default: success)."""

    outcome = fields.String(validate=OneOf(("success", "abnormal", "closed")))


class Refunded(fields.Schema):
    """The refund's state at the gateway and the first attempts to deliver."""

    state = fields.String(required=True, metadata={"description": "SUCCESS | ABNORMAL | CLOSED"})
    deliveries = ma.fields.List(ma.fields.Nested(Delivery), required=True)


@blueprint.post("/login")
@exchange(asks=Login(), answers=Code(), refuses=(409, 422))
def login(psn_no: str | None = None, openid: str | None = None, appid: str | None = None) -> dict[str, str]:
    """Call wx.login() as a person, or as whoever has an openid."""
    if (psn_no is None) == (openid is None):
        raise InvalidInput("请提供 psn_no 或 openid 之一", field="psn_no")
    world = context.world()
    if psn_no is not None:
        with world.read() as tx:
            people.get(tx, psn_no)
    return {"code": _wallet().login(world, psn_no, openid, appid)}


@blueprint.post("/phone")
@exchange(asks=Phone(), answers=Code(), refuses=(404, 422))
def phone(psn_no: str, appid: str | None = None) -> dict[str, str]:
    """Press the button that gives a mini-program a person's phone number, for a code that is exchanged once."""
    world = context.world()
    with world.read() as tx:
        mobile = people.get(tx, psn_no).mobile
    return {"code": _wallet().phone(world, mobile, appid)}


@blueprint.post("/pay/<out_trade_no>")
@exchange(asks=Pay(), query=PayQuery(), answers=Paid(), refuses=(409, 422))
def pay(
    out_trade_no: str,
    outcome: str | None = None,
    openid: str | None = None,
    serial: str | None = None,
    probe: int = 0,
) -> dict[str, Any]:
    """Let the payer act on an order and return after the first attempt to tell the merchant."""
    payer = Payer(out_trade_no, outcome, openid, serial, probe=probe == 1)
    return _delivered(_wallet().pay(context.world(), payer))


@blueprint.post("/invoke")
@exchange(asks=Invoke(), answers=Invoked(), refuses=(403, 409, 422))
def invoke(**given: str) -> dict[str, Any]:
    """Open the wallet as the client app does: signature, appid, session and payer are checked, then the payer acts."""
    for name in () if "mix_trade_no" in given else ("stamp", "nonce", "package", "sign_type", "pay_sign"):
        if name not in given:
            raise InvalidInput("缺少 timeStamp、nonceStr、package、signType、paySign 之一", field=name)
    done = _wallet().invoke(context.world(), outside.Invoked(**given))
    return {"result": done.result, **_delivered(done)}


@blueprint.post("/refund/<out_refund_no>")
@exchange(asks=EndRefund(), answers=Refunded(), refuses=(409, 422))
def refund(out_refund_no: str, outcome: str = "success") -> dict[str, Any]:
    """End a refund that is under way, now and like this, and return after the first attempt to tell the merchant."""
    return _delivered(_wallet().refund(context.world(), out_refund_no, outcome))


def _delivered(done: outside.Done) -> dict[str, Any]:
    """Send what is to be sent now and tell how it went."""
    return {"state": done.state, "deliveries": delivered(context.world(), done.events)}


def _wallet() -> Wallet:
    wallet = installation().wallet
    if wallet is None:
        raise NoSuchRoute("本进程没有微信支付模拟网关")
    return wallet
