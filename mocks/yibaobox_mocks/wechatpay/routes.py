"""The paths of WeChat Pay API v3: orders, refunds, certificates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import flask

from yibaobox_mocks.ports import Sandbox
from yibaobox_mocks.wechatpay import (
    asked,
    bill_routes,
    body,
    cashier,
    certificates,
    codes,
    door,
    med_ins,
    orders,
    prepays,
)
from yibaobox_mocks.wechatpay.asked import Kind
from yibaobox_mocks.wechatpay.door import Door, Reply
from yibaobox_mocks.wechatpay.errors import WechatError, parameter
from yibaobox_mocks.wechatpay.refunds import Desk

_KINDS: Final[dict[str, Kind]] = {"jsapi": "JSAPI", "native": "NATIVE", "h5": "MWEB", "app": "APP"}
PAY: Final = "/pay/transactions"
PARTNER: Final = "/pay/partner/transactions"
REFUND: Final = "/refund/domestic/refunds"


class Counter:
    """Where merchants call; `partner`: a service provider, for merchants of its own."""

    def __init__(self, entrance: Door, *, partner: bool = False) -> None:
        self._door, self._sandbox, self._partner = entrance, entrance.sandbox, partner

    def order(self, product: str) -> flask.Response:
        """Take an order."""
        return self._door.answered(lambda: self._order(_KINDS[product]))

    def codepay(self) -> flask.Response:
        """Take the money of whoever shows a payment code."""
        return self._door.answered(self._codepay)

    def query(self, out_trade_no: str) -> flask.Response:
        """Show an order by the merchant's number."""
        return self._door.answered(lambda: self._query(orders.find, out_trade_no))

    def query_paid(self, transaction_id: str) -> flask.Response:
        """Show an order by the gateway's number."""
        return self._door.answered(lambda: self._query(orders.find_paid, transaction_id))

    def close(self, out_trade_no: str) -> flask.Response:
        """Close an order."""
        return self._door.answered(lambda: self._close(out_trade_no))

    def reverse(self, out_trade_no: str) -> flask.Response:
        """Take back an order by payment code, whatever became of it."""
        return self._door.answered(lambda: self._reverse(out_trade_no))

    def refund(self) -> flask.Response:
        """Take a refund."""
        return self._door.answered(self._refund)

    def query_refund(self, out_refund_no: str) -> flask.Response:
        """Show a refund."""
        return self._door.answered(lambda: self._query_refund(out_refund_no))

    def certificates(self) -> flask.Response:
        """Show the platform's certificates."""
        return self._door.answered(self._certificates)

    def _order(self, kind: Kind) -> Reply:
        world, keys = self._door.caller()
        read = asked.Reader(keys, self._sandbox, partner=self._partner)
        wanted = read.order(flask.request.get_data(), kind)
        with world.write() as tx:
            orders.create(tx, keys["mchid"], wanted, self._sandbox.switch(tx, orders.REENTRY))
            name = prepays.begin(tx, keys["mchid"], wanted.out_trade_no, kind)
        return 200, prepays.told(kind, name, cashier.address(self._door.base(), world.name))

    def _codepay(self) -> Reply:
        world, keys = self._door.caller()
        read = asked.Reader(keys, self._sandbox, partner=self._partner)
        wanted, auth_code = read.codepay(flask.request.get_data())
        with world.write() as tx:
            status, document = codes.Till(tx, keys, self._sandbox).take(wanted, auth_code)
        if status >= 400:  # noqa: PLR2004 - what the payer's wallet refuses is kept: the order is there and failed
            raise WechatError(status, document["code"], document["message"])
        return status, document

    def _query(self, find: Callable[..., orders.Order | None], name: str) -> Reply:
        world, keys = self._door.caller()
        sub_mchid = self._named(keys, flask.request.args)
        with world.read() as tx:
            found = find(tx, keys["mchid"], name)
        if found is None or found.sub_mchid != sub_mchid:
            raise WechatError(404, "ORDER_NOT_EXIST", "订单不存在", number=268512771)
        return 200, orders.shown(found, self._sandbox)

    def _close(self, out_trade_no: str) -> Reply:
        world, keys = self._door.caller()
        sub_mchid = self._named(keys, body.document_of(flask.request.get_data()))
        with world.write() as tx:
            med_ins.check_close(tx, keys["mchid"], out_trade_no)
            orders.close(tx, keys["mchid"], out_trade_no, sub_mchid)
        return 204, None

    def _reverse(self, out_trade_no: str) -> Reply:
        world, keys = self._door.caller()
        self._named(keys, body.document_of(flask.request.get_data()))
        with world.write() as tx:
            return 200, codes.Till(tx, keys, self._sandbox).reverse(out_trade_no)

    def _refund(self) -> Reply:
        door.check_agent()
        world, keys = self._door.caller()
        wanted = asked.refund(flask.request.get_data())
        with world.write() as tx:
            return 200, Desk(tx, keys, self._sandbox).create(wanted)

    def _query_refund(self, out_refund_no: str) -> Reply:
        door.check_agent()
        world, keys = self._door.caller()
        with world.read() as tx:
            return 200, Desk(tx, keys, self._sandbox).query(out_refund_no, flask.request.args.get("sub_mchid"))

    def _certificates(self) -> Reply:
        door.check_agent()
        world, keys = self._door.caller()
        with world.read() as tx:
            return 200, certificates.shown(tx, keys, self._sandbox)

    def _named(self, keys: Mapping[str, str], given: Mapping[str, Any]) -> str | None:
        """Check the merchant that a request names, and return the one that it is asked for."""
        if not self._partner:
            door.own_merchant(keys, given.get("mchid"))
            return None
        door.own_merchant(keys, given.get("sp_mchid"), "sp_mchid")
        sub_mchid = given.get("sub_mchid")
        if not isinstance(sub_mchid, str) or not sub_mchid:
            raise parameter("/sub_mchid", "子商户号缺失", sub_mchid)
        return sub_mchid


def blueprint(sandbox: Sandbox) -> flask.Blueprint:
    """Return the paths."""
    made, entrance = flask.Blueprint("wechatpay", __name__, url_prefix="/v3"), Door(sandbox)
    direct, partner = Counter(entrance), Counter(entrance, partner=True)
    for path, counter in ((PAY, direct), (PARTNER, partner)):
        name = "direct" if counter is direct else "partner"
        _route(made, f"{path}/<any({','.join(_KINDS)}):product>", "POST", counter.order, name)
        _route(made, f"{path}/out-trade-no/<out_trade_no>", "GET", counter.query, name)
        _route(made, f"{path}/id/<transaction_id>", "GET", counter.query_paid, name)
        _route(made, f"{path}/out-trade-no/<out_trade_no>/close", "POST", counter.close, name)
        _route(made, f"{path}/codepay", "POST", counter.codepay, name)
        _route(made, f"{path}/out-trade-no/<out_trade_no>/reverse", "POST", counter.reverse, name)
    _route(made, REFUND, "POST", direct.refund)
    _route(made, f"{REFUND}/<out_refund_no>", "GET", direct.query_refund)
    _route(made, "/certificates", "GET", direct.certificates)
    bill_routes.add(made, entrance)
    med_ins.add(made, entrance)
    return made


def _route(made: flask.Blueprint, rule: str, method: str, view: Callable[..., Any], of: str = "") -> None:
    made.add_url_rule(rule, endpoint=f"{of}{view.__name__}", view_func=view, methods=[method])
