"""The paths of WeChat Pay API v3."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import flask

from yibaobox_mocks.ports import Sandbox
from yibaobox_mocks.wechatpay import asked, notify, orders, signing
from yibaobox_mocks.wechatpay.errors import WechatError, parameter

Reply = tuple[int, dict[str, Any] | None]


class Counter:
    """Where merchants call."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def jsapi(self) -> flask.Response:
        """Take an order to be paid inside WeChat."""
        return self._answered(self._jsapi)

    def query(self, out_trade_no: str) -> flask.Response:
        """Show an order."""
        return self._answered(lambda: self._query(out_trade_no))

    def close(self, out_trade_no: str) -> flask.Response:
        """Close an order."""
        return self._answered(lambda: self._close(out_trade_no))

    def _jsapi(self) -> Reply:
        world, keys = self._caller()
        wanted = asked.order(flask.request.get_data(), keys, self._sandbox)
        with world.write() as tx:
            return 200, {"prepay_id": orders.create(tx, keys["mchid"], wanted)}

    def _query(self, out_trade_no: str) -> Reply:
        world, keys = self._caller()
        self._own_merchant(flask.request.args.get("mchid"))
        with world.read() as tx:
            found = orders.find(tx, keys["mchid"], out_trade_no)
        if found is None:
            raise WechatError(404, "ORDER_NOT_EXIST", "订单不存在", number=268512771)
        return 200, orders.shown(found, self._sandbox)

    def _close(self, out_trade_no: str) -> Reply:
        world, keys = self._caller()
        self._own_merchant(asked.document_of(flask.request.get_data()).get("mchid"))
        with world.write() as tx:
            orders.close(tx, keys["mchid"], out_trade_no)
        return 204, None

    def _caller(self) -> tuple[Any, Any]:
        """Return the world and the keys of the merchant that signed the request."""
        request = flask.request
        world = self._sandbox.world(request.environ)
        keys = self._sandbox.keys(world)
        authorization = request.headers.get("Authorization", "")
        seen = signing.Request(
            request.method, self._sandbox.targets(request.environ), authorization, request.get_data()
        )
        signing.check(seen, keys, self._wall_s())
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
    made, counter = flask.Blueprint("wechatpay", __name__, url_prefix="/v3/pay/transactions"), Counter(sandbox)
    made.add_url_rule("/jsapi", view_func=counter.jsapi, methods=["POST"])
    made.add_url_rule("/out-trade-no/<out_trade_no>", view_func=counter.query, methods=["GET"])
    made.add_url_rule("/out-trade-no/<out_trade_no>/close", view_func=counter.close, methods=["POST"])
    return made


def _response(status: int, document: dict[str, Any] | None) -> flask.Response:
    body = b"" if document is None else json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return flask.Response(body, status, content_type="application/json; charset=utf-8")
