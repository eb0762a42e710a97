"""The payer's side in a browser: a cashier's page for `h5_url` and `code_url`, and `wx` and `WeixinJSBridge` for pages.

The page stands alone: no script, nothing from elsewhere. It acts as /_sandbox/v1/wechat/pay does.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlsplit

import flask

from yibaobox_mocks.ports import Refused, Sandbox, World
from yibaobox_mocks.wechatpay import invoke, magic, med_ins, orders, prepays
from yibaobox_mocks.wechatpay.orders import Order
from yibaobox_mocks.written import yuan

PATH: Final = "/cgi-bin/mmpayweb-bin"
HOST: Final = "wx.tenpay.com"
_VENDORS: Final = ("api.mch.weixin.qq.com", "api2.mch.weixin.qq.com")
_OUTCOMES: Final = {"pay": None, "fail": "fail", "cancel": "cancel"}
_RESULTS: Final = {"ok": "支付完成", "fail": "支付失败", "cancel": "已取消支付"}
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
}
_KINDS: Final = {"checkmweb": "MWEB", "bizpayurl": "NATIVE"}
_STATUS: Final = {"not_found": 404, "conflict": 409, "invalid": 400, "unverified": 403}


def address(base: str, world: str) -> str:
    """Return where the cashier is reached: beside the address that the merchant called, or at the vendor's own."""
    parts = urlsplit(base)
    origin = f"https://{HOST}" if parts.hostname in _VENDORS else f"{parts.scheme}://{parts.netloc}"
    prefix = parts.path or ("" if world == "default" else f"/w/{world}")
    return f"{origin}{prefix}{PATH}"


class Cashier:
    """Where a payer's browser calls."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def page(self, door: str) -> flask.Response:
        """Show what is to be paid."""
        return self._shown(door, None)

    def act(self, door: str) -> flask.Response:
        """Take what the payer does."""
        origin = flask.request.headers.get("Origin")
        if origin not in (None, flask.request.host_url.rstrip("/")):
            return self._page(403, error="请求来自其他网站")
        if flask.request.form.get("act") not in _OUTCOMES:
            return self._page(400, error="没有这个操作")
        return self._shown(door, flask.request.form["act"])

    def script(self) -> flask.Response:
        """Return `wx` and `WeixinJSBridge` for a page that is tested outside WeChat."""
        text = files("yibaobox_mocks.wechatpay").joinpath("wx.js").read_text("utf-8")
        return flask.Response(text, content_type="text/javascript; charset=utf-8", headers=_open_to_all())

    def opened(self) -> flask.Response:
        """Open the wallet as a page opens it, and tell the page what came of it."""
        told: dict[str, Any]
        try:
            told = self._opened()
        except Refused as refused:
            told = {"result": "fail", "message": refused.message}
        text = json.dumps(told, ensure_ascii=False)
        return flask.Response(text, content_type="application/json", headers=_open_to_all())

    def _opened(self) -> dict[str, Any]:
        world = self._sandbox.world(flask.request.environ)
        given = _given(self._sandbox.keys(world)["appid"])
        name = invoke.opened(self._sandbox, world, given)
        _, result = self._sandbox.let_pay(world, name, None, None)
        return {"result": result}

    def _shown(self, door: str, act: str | None) -> flask.Response:
        world = self._sandbox.world(flask.request.environ)
        back = _safe(flask.request.values.get("redirect_url"))
        try:
            order = self._order(world, door)
            if act is None:
                return self._page(200, order=order, back=back)
            openid = flask.request.form.get("openid") or None
            state, result = self._sandbox.let_pay(world, order.out_trade_no, openid, _OUTCOMES[act])
        except Refused as refused:
            return self._page(_STATUS[refused.reason], error=refused.message, back=back)
        return self._page(200, order=order, back=back, result=_RESULTS[result], state=state)

    def _order(self, world: World, door: str) -> Order:
        given = flask.request.args
        prepay_id = f"wx{given.get('pr', '')}" if door == "bizpayurl" else given.get("prepay_id", "")
        with world.read() as tx:
            found = prepays.find(tx, prepay_id)
            order = None if found is None else orders.find(tx, found.mchid, found.out_trade_no)
            if found is None or order is None or order.trade_type != _KINDS[door]:
                raise Refused("not_found", "没有这个支付订单")
            if order.state == "NOTPAY" and tx.now_us >= found.until_us:
                raise Refused("conflict", "支付链接已过期，请重新下单")
            if med_ins.find(tx, found.mchid, found.out_trade_no) is not None:
                raise Refused("conflict", "医保混合订单须在小程序内支付")
        return order

    def _page(self, status: int, **told: Any) -> flask.Response:
        order = told.get("order")
        amount = "" if order is None else yuan(order.total_fen)
        text = flask.render_template_string(_template(), amount=amount, payers=magic.PAYERS, **told)
        return flask.Response(text, status, content_type="text/html; charset=utf-8", headers=_HEADERS)


def add(made: flask.Blueprint, sandbox: Sandbox) -> None:
    """Add the paths."""
    desk, doors = Cashier(sandbox), f"<any({','.join(_KINDS)}):door>"
    made.add_url_rule(f"{PATH}/{doors}", endpoint="cashier", view_func=desk.page, methods=["GET"])
    made.add_url_rule(f"{PATH}/{doors}", endpoint="cashier_act", view_func=desk.act, methods=["POST"])
    made.add_url_rule(f"{PATH}/wx.js", endpoint="cashier_script", view_func=desk.script, methods=["GET"])
    made.add_url_rule(f"{PATH}/invoke", endpoint="cashier_open", view_func=desk.opened, methods=["POST"])


def _given(appid: str) -> invoke.Invocation:
    """Read what a page hands over; a mini-program does not name itself."""
    try:
        document = json.loads(flask.request.get_data())
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise Refused("invalid", "参数须为JSON对象")
    names = ("timeStamp", "nonceStr", "package", "signType", "paySign", "prepayId", "mixTradeNo")
    told = {name: document.get(name) for name in ("appId", *names)}
    if not all(value is None or isinstance(value, str) for value in told.values()):
        raise Refused("invalid", "参数须为文本")
    stamp, nonce, package, kind, signed, prepay_id, mix = (told[name] for name in names)
    return invoke.Invocation(
        told["appId"] or appid, stamp or "", nonce or "", package or "", kind or "", signed or "", prepay_id, mix
    )


def _template() -> str:
    return files("yibaobox_mocks.wechatpay").joinpath("cashier.html").read_text("utf-8")


def _safe(url: str | None) -> str | None:
    """Return an address that a link may lead to."""
    try:
        return url if url is not None and urlsplit(url).scheme in ("http", "https") else None
    except ValueError:
        return None


def _open_to_all() -> dict[str, str]:
    """Return headers that let a page of any origin call: what it may do, the merchant has signed."""
    return {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
