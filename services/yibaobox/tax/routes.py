"""REST routes of the tax channel, below /tax/v1: the wizard, orders, receipts, the family account, call-backs."""

from typing import Any, Final

import flask
from flask_smorest import Blueprint  # type: ignore[import-untyped]

from yibaobox.domain import ledger
from yibaobox.domain.billing import bills, orders, receipts, sessions
from yibaobox.domain.billing.payments import Returned, Success
from yibaobox.domain.store import Tx
from yibaobox.edge import context, masks, rest
from yibaobox.edge.rest import exchange
from yibaobox.tax import (
    cards,
    debits,
    declare,
    identify,
    pay,
    pay_family,
    receive,
    refund,
    routes_hand_over,
    routes_receipts,
    routes_refunds,
    schemas,
    sheet,
    shown,
)
from yibaobox.tax.outside import channel as find
from yibaobox.tax.outside import outside, shop, wallet
from yibaobox.tax.session import current, token
from yibaobox.tax.wechat import CHANNEL

_WORD: Final = {"description": "success", "content": {"text/plain": {"schema": {"type": "string"}}}}
_ID: Final = "int(max=999999999999999999)"
wizard: flask.Blueprint = Blueprint("tax", __name__, url_prefix="/tax/v1", description="社保费缴纳")
payment: flask.Blueprint = Blueprint("payment", __name__, url_prefix="/tax/v1", description="支付")
family: flask.Blueprint = Blueprint("family", __name__, url_prefix="/tax/v1/family", description="个人共济账户缴费")
BLUEPRINTS: Final = (
    wizard,
    payment,
    family,
    routes_refunds.blueprint,
    routes_receipts.blueprint,
    routes_hand_over.blueprint,
)


@wizard.post("/identity")
@exchange(asks=schemas.Identify(), answers=schemas.Identified(), status=201, refuses=(403, 422))
def begin(id_no: str, name: str, mobile: str) -> dict[str, str]:
    """Prove who is paying and open a session."""
    with context.world().write() as tx:
        found = identify.identify(tx, id_no, name, mobile)
    context.note(person=found.person.psn_no)
    return shown.identified(found)


@wizard.get("/participations")
@exchange(answers=schemas.Sheet(), refuses=(401,))
def participations() -> dict[str, Any]:
    """Show the participations that bills come from, with what is due; who is not enrolled has none."""
    with context.world().read() as tx:
        return shown.sheet(sheet.rows(tx, current(tx).psn_no))


@wizard.get(f"/participations/<{_ID}:part_id>/years/<int(min=2000, max=2099):year>")
@exchange(query=schemas.LineQuery(), answers=schemas.Line(), refuses=(401, 422))
def line(part_id: int, year: int, total_fen: int | None = None) -> dict[str, Any]:
    """Show what is due for one year and a wanted total."""
    with context.world().read() as tx:
        part = sheet.payable(tx, current(tx).psn_no, part_id)
        return shown.line(sheet.row(tx, part, year, total_fen))


@wizard.post("/bills")
@exchange(asks=schemas.NewBill(), answers=schemas.Bill(), status=201, refuses=(401, 409, 422))
def new_bill(**wanted: Any) -> dict[str, Any]:
    """Declare a year and total and get the bill; declared again, the open bill is returned or replaced."""
    with context.world().write() as tx:
        declared = declare.declare(tx, current(tx).psn_no, declare.Wanted(**wanted))
        told = shown.bill(tx, declared.bill)
    _withdraw(declared.closed)
    return told


@wizard.get("/bills")
@exchange(answers=schemas.Bills(), refuses=(401,))
def listed() -> dict[str, Any]:
    """List the person's bills."""
    with context.world().read() as tx:
        return {"items": [shown.bill(tx, one) for one in bills.of_person(tx, current(tx).psn_no)]}


@wizard.get(f"/bills/<{_ID}:bill_id>")
@exchange(answers=schemas.Bill(), refuses=(401,))
def bill(bill_id: int) -> dict[str, Any]:
    """Show a bill."""
    with context.world().read() as tx:
        return shown.bill(tx, bills.get(tx, current(tx).psn_no, bill_id))


@wizard.get("/receipts")
@exchange(answers=schemas.Receipts(), refuses=(401,))
def all_receipts() -> dict[str, Any]:
    """List the person's receipts."""
    with context.world().read() as tx:
        return {"items": [shown.receipt(tx, one) for one in receipts.of_person(tx, current(tx).psn_no)]}


@wizard.get("/receipts/<receipt_no>")
@exchange(answers=schemas.Receipt(), refuses=(401,))
def receipt(receipt_no: str) -> dict[str, Any]:
    """Show a receipt."""
    with context.world().read() as tx:
        return shown.receipt(tx, receipts.get(tx, current(tx).psn_no, receipt_no))


@payment.post("/session/wechat")
@exchange(asks=schemas.WechatLogin(), answers=schemas.Bound(), refuses=(401, 422, 502, 504))
def wechat_login(code: str) -> dict[str, bool]:
    """Log the session in at WeChat."""
    with context.world().read() as tx:
        current(tx)
    openid = wallet().openid(code)
    with context.world().write() as tx:
        sessions.bind_openid(tx, token(), openid)
    return {"bound": True}


@payment.post("/session/alipay")
@exchange(asks=schemas.AlipayLogin(), answers=schemas.Bound(), refuses=(401, 422, 502, 504))
def alipay_login(code: str) -> dict[str, bool]:
    """Log the session in at Alipay."""
    with context.world().read() as tx:
        current(tx)
    buyer_id = shop().buyer(code)
    with context.world().write() as tx:
        sessions.bind_buyer(tx, token(), buyer_id)
    return {"bound": True}


@payment.post(f"/bills/<{_ID}:bill_id>/orders")
@exchange(asks=schemas.NewOrder(), answers=schemas.OrderToPay(), status=201, refuses=(401, 403, 409, 422, 502, 504))
def new_order(bill_id: int, channel: str, **account: str) -> dict[str, Any]:
    """Order the payment of a bill; asked again, the payer's open order is returned. Cards are debited at once."""
    world = context.world()
    with world.read() as tx:
        session = current(tx)
        named = cards.account(tx, session.psn_no, channel, account)
    if named is not None:
        paid = debits.debited(
            world, outside().debits(world, channel), (session.psn_no, bill_id), named, outside().posting_delay
        )
        _withdraw(paid[1])
        made = paid[0]
    else:
        made = pay.order(world, find(channel), session.psn_no, bill_id, cards.payer(session, channel))
    with world.read() as tx:
        told = shown.order(tx, made)
    payable = made.is_open and made.prepay_id is not None and channel == CHANNEL
    return {**told, "invoke": wallet().invoke(str(made.prepay_id)) if payable else None}


@payment.get(f"/bills/<{_ID}:bill_id>/orders")
@exchange(answers=schemas.Orders(), refuses=(401,))
def orders_of(bill_id: int) -> dict[str, Any]:
    """List the orders of a bill, whoever was asked to pay it."""
    with context.world().read() as tx:
        found = bills.get(tx, current(tx).psn_no, bill_id)
        return {"items": [shown.order(tx, one) for one in orders.of_bill(tx, found)]}


@payment.get("/orders/<out_trade_no>")
@exchange(answers=schemas.Order(), refuses=(401,))
def order(out_trade_no: str) -> dict[str, Any]:
    """Show an order."""
    with context.world().read() as tx:
        return shown.order(tx, _order(tx, out_trade_no))


@payment.post("/orders/<out_trade_no>/refresh")
@exchange(answers=schemas.Order(), refuses=(401, 422, 502, 504))
def refresh(out_trade_no: str) -> dict[str, Any]:
    """Ask the payment channel what became of an order, where its notification did not come."""
    world = context.world()
    with world.read() as tx:
        found = _order(tx, out_trade_no)
    pay.refresh(world, find, found, outside().posting_delay)
    with world.read() as tx:
        return shown.order(tx, _order(tx, out_trade_no))


@payment.post("/orders/<out_trade_no>/close")
@exchange(answers=schemas.Order(), refuses=(401, 409, 502, 504))
def close(out_trade_no: str) -> dict[str, Any]:
    """Give an order up."""
    world = context.world()
    with world.read() as tx:
        found = _order(tx, out_trade_no)
    pay.close(world, find, found)
    with world.read() as tx:
        return shown.order(tx, _order(tx, out_trade_no))


@payment.post("/notify/wechat")
@exchange(answers=schemas.Taken(), refuses=(403, 422, 502))
def notified() -> dict[str, str]:
    """Take a call-back of WeChat Pay: verified, decrypted, compared with the order, done once."""
    channel_wallet = wallet()
    told = channel_wallet.notified(dict(flask.request.headers), flask.request.get_data())
    if isinstance(told, Returned):
        with context.world().write() as tx:
            context.note(person=refund.returned(tx, told).psn_no)
    elif told is not None:
        _receive(*told)
    return {"code": "SUCCESS"}


@payment.post("/notify/alipay")
@rest.documented(payment, responses={200: _WORD})
@exchange(refuses=(403, 422, 502))
def told_by_alipay() -> flask.Response:
    """Take a notification of Alipay: verified, compared with the order, done once; answered with the one word."""
    told = shop().notified(flask.request.get_data())
    if told is not None:
        _receive(*told)
    return flask.Response("success", mimetype="text/plain")


@family.post("/quote")
@exchange(asks=schemas.FamilyWanted(), answers=schemas.FamilyQuote(), refuses=(401, 422))
def family_quote(id_no: str, year: int, total_fen: int | None = None) -> dict[str, Any]:
    """Show a bound relative and what is due for a year."""
    with context.world().read() as tx:
        member = pay_family.member_of(tx, current(tx).psn_no, id_no)
        told = shown.line(sheet.row(tx, member.part, year, total_fen))
    where = {"region": member.part.region, "sub_item": shown.sub_item(member.part)}
    return {**told, **where, "name": masks.mask_name(member.person.name)}


@family.post("/payments")
@exchange(asks=schemas.FamilyWanted(), answers=schemas.FamilyPaid(), status=201, refuses=(401, 409, 422))
def family_payment(id_no: str, year: int, total_fen: int | None = None) -> dict[str, Any]:
    """Pay a bound relative's year from the own account, at once."""
    with context.world().write() as tx:
        giver = current(tx).psn_no
        paid = pay_family.pay(tx, giver, id_no, (year, total_fen), outside().posting_delay)
        told = {"bill": shown.bill(tx, paid.bill), "account_fen": ledger.balance(tx, giver)}
    _withdraw(paid.closed)
    return {**told, "name": masks.mask_name(paid.member.person.name), "out_trade_no": paid.order.out_trade_no}


def _receive(out_trade_no: str, success: Success) -> None:
    """Enter what a channel told of an order, and close at their channels the orders that it left nothing to pay."""
    with context.world().write() as tx:
        received = receive.receive(tx, out_trade_no, success, outside().posting_delay)
    context.note(person=received.payment.psn_no)
    _withdraw(received.closed)


def _withdraw(closed: tuple[orders.Order, ...]) -> None:
    """Close at their channels what was closed here."""
    pay.withdraw(find, closed)


def _order(tx: Tx, out_trade_no: str) -> orders.Order:
    return orders.by_trade_no(tx, out_trade_no, current(tx).psn_no)
