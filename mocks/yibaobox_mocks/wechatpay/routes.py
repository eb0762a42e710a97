"""The paths of WeChat Pay API v3."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import flask

from yibaobox_mocks.ports import Sandbox
from yibaobox_mocks.wechatpay import asked, body, certificates, nonces, notify, orders, signing
from yibaobox_mocks.wechatpay.asked import Kind
from yibaobox_mocks.wechatpay.errors import WechatError, parameter
from yibaobox_mocks.wechatpay.refunds import Desk

Reply = tuple[int, dict[str, Any] | None]
_KINDS: Final[dict[str, Kind]] = {"jsapi": "JSAPI", "native": "NATIVE", "h5": "MWEB", "app": "APP"}


class Counter:
    """Where merchants call."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def order(self, product: str) -> flask.Response:
        """Take an order."""
        return self._answered(lambda: self._order(_KINDS[product]))

    def query(self, out_trade_no: str) -> flask.Response:
        """Show an order by the merchant's number."""
        return self._answered(lambda: self._query(orders.find, out_trade_no))

    def query_paid(self, transaction_id: str) -> flask.Response:
        """Show an order by the gateway's number."""
        return self._answered(lambda: self._query(orders.find_paid, transaction_id))

    def close(self, out_trade_no: str) -> flask.Response:
        """Close an order."""
        return self._answered(lambda: self._close(out_trade_no))

    def refund(self) -> flask.Response:
        """Take a refund."""
        return self._answered(self._refund)

    def query_refund(self, out_refund_no: str) -> flask.Response:
        """Show a refund."""
        return self._answered(lambda: self._query_refund(out_refund_no))

    def certificates(self) -> flask.Response:
        """Show the platform's certificates."""
        return self._answered(self._certificates)

    def _order(self, kind: Kind) -> Reply:
        world, keys = self._caller()
        wanted = asked.order(flask.request.get_data(), kind, keys, self._sandbox)
        with world.write() as tx:
            return 200, orders.create(tx, keys["mchid"], wanted)

    def _query(self, find: Callable[..., orders.Order | None], name: str) -> Reply:
        world, keys = self._caller()
        self._own_merchant(flask.request.args.get("mchid"))
        with world.read() as tx:
            found = find(tx, keys["mchid"], name)
        if found is None:
            raise WechatError(404, "ORDER_NOT_EXIST", "订单不存在", number=268512771)
        return 200, orders.shown(found, self._sandbox)

    def _close(self, out_trade_no: str) -> Reply:
        world, keys = self._caller()
        self._own_merchant(body.document_of(flask.request.get_data()).get("mchid"))
        with world.write() as tx:
            orders.close(tx, keys["mchid"], out_trade_no)
        return 204, None

    def _refund(self) -> Reply:
        _check_agent()
        world, keys = self._caller()
        wanted = asked.refund(flask.request.get_data())
        with world.write() as tx:
            return 200, Desk(tx, keys, self._sandbox).create(wanted)

    def _query_refund(self, out_refund_no: str) -> Reply:
        _check_agent()
        world, keys = self._caller()
        with world.read() as tx:
            return 200, Desk(tx, keys, self._sandbox).query(out_refund_no)

    def _certificates(self) -> Reply:
        _check_agent()
        _, keys = self._caller()
        return 200, certificates.shown(keys, self._sandbox)

    def _caller(self) -> tuple[Any, Any]:
        """Return the world and the keys of the merchant that signed the request."""
        request = flask.request
        world = self._sandbox.world(request.environ)
        keys = self._sandbox.keys(world)
        authorization = request.headers.get("Authorization", "")
        seen = signing.Request(
            request.method, self._sandbox.targets(request.environ), authorization, request.get_data()
        )
        nonce = signing.check(seen, keys, self._wall_s())
        with world.write() as tx:
            nonces.spend(tx, nonce, self._wall_s())
        return world, keys

    def _own_merchant(self, mchid: object) -> None:
        if mchid != self._keys()["mchid"]:
            raise parameter("/mchid", "商户号缺失或与签名的商户号不一致", mchid)

    def _keys(self) -> Any:
        return self._sandbox.keys(self._sandbox.world(flask.request.environ))

    def _wall_s(self) -> int:
        return self._sandbox.wall_us() // 1_000_000

    def _answered(self, work: Callable[[], Reply]) -> flask.Response:
        """Answer with a signed reply, or with an error, which is never signed."""
        try:
            status, document = work()
        except WechatError as error:
            reply = _response(error.status, error.document)
            reply.headers["Request-ID"] = notify.request_id(error.number)
            return reply
        reply, keys = _response(status, document), self._keys()
        wanted = flask.request.headers.get("Wechatpay-Serial")
        serial = keys["pub_key_id"] if wanted == keys["pub_key_id"] else keys["plat_serial"]
        reply.headers.update(signing.reply_headers(keys, reply.get_data(), self._wall_s(), serial=serial))
        reply.headers["Request-ID"] = notify.request_id(0)
        return reply


def blueprint(sandbox: Sandbox) -> flask.Blueprint:
    """Return the paths."""
    made, counter = flask.Blueprint("wechatpay", __name__, url_prefix="/v3"), Counter(sandbox)
    pay, refund = "/pay/transactions", "/refund/domestic/refunds"
    made.add_url_rule(f"{pay}/<any({','.join(_KINDS)}):product>", view_func=counter.order, methods=["POST"])
    made.add_url_rule(f"{pay}/out-trade-no/<out_trade_no>", view_func=counter.query, methods=["GET"])
    made.add_url_rule(f"{pay}/id/<transaction_id>", view_func=counter.query_paid, methods=["GET"])
    made.add_url_rule(f"{pay}/out-trade-no/<out_trade_no>/close", view_func=counter.close, methods=["POST"])
    made.add_url_rule(refund, view_func=counter.refund, methods=["POST"])
    made.add_url_rule(f"{refund}/<out_refund_no>", view_func=counter.query_refund, methods=["GET"])
    made.add_url_rule("/certificates", view_func=counter.certificates, methods=["GET"])
    return made


def _check_agent() -> None:
    """Refuse a caller that does not say what it is and takes; some of the vendor's paths look at it first."""
    headers = flask.request.headers
    if not headers.get("User-Agent") or not headers.get("Accept"):
        raise WechatError(400, "INVALID_REQUEST", "Http头缺少Accept或User-Agent")


def _response(status: int, document: dict[str, Any] | None) -> flask.Response:
    told = b"" if document is None else json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return flask.Response(told, status, content_type="application/json; charset=utf-8")
