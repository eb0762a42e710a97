"""The paths of 微信医保支付."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import flask

from yibaobox_mocks.wechatpay import body
from yibaobox_mocks.wechatpay.door import Door, Reply
from yibaobox_mocks.wechatpay.errors import WechatError, parameter
from yibaobox_mocks.wechatpay.med_ins import back, mixes
from yibaobox_mocks.wechatpay.med_ins.asked import Reader
from yibaobox_mocks.wechatpay.med_ins.judged import Judge

_ORDERS: Final = "/med-ins/orders"


class MixCounter:
    """Where hospitals' merchants call."""

    def __init__(self, entrance: Door) -> None:
        self._door, self._sandbox = entrance, entrance.sandbox

    def order(self) -> flask.Response:
        """Take a mixed order."""
        return self._door.answered(self._order)

    def query(self, out_trade_no: str) -> flask.Response:
        """Show a mixed order by the merchant's number."""
        return self._door.answered(lambda: self._query(mixes.find, out_trade_no))

    def query_mix(self, mix_trade_no: str) -> flask.Response:
        """Show a mixed order by the gateway's number."""
        return self._door.answered(lambda: self._query(mixes.find_mix, mix_trade_no))

    def refunded(self) -> flask.Response:
        """Hear that insurance has its share back."""
        return self._door.answered(self._refunded)

    def _order(self) -> Reply:
        world, keys = self._door.caller()
        read = Reader(keys, self._sandbox, flask.request.headers.get("Wechatpay-Serial", ""))
        wanted = read.mix(flask.request.get_data())
        with world.write() as tx:
            if mixes.find(tx, keys["mchid"], wanted.out_trade_no) is not None:
                raise WechatError(400, "ALREADY_EXISTS", "订单已存在", number=268512536)
            Judge(tx, self._sandbox.insurance, keys["mchid"]).check(wanted)
            made = mixes.create(tx, keys["mchid"], wanted)
            return 200, mixes.shown(tx, made, self._sandbox)

    def _query(self, find: Callable[..., mixes.Mix | None], name: str) -> Reply:
        world, keys = self._door.caller()
        with world.read() as tx:
            found = find(tx, keys["mchid"], name)
            if found is None or found.asked.get("sub_mchid") != flask.request.args.get("sub_mchid"):
                raise _not_found()
            return 200, mixes.shown(tx, found, self._sandbox)

    def _refunded(self) -> Reply:
        world, keys = self._door.caller()
        name = flask.request.args.get("mix_trade_no")
        if not name:
            raise parameter("/mix_trade_no", "mix_trade_no缺失", name)
        document: dict[str, Any] = body.document_of(flask.request.get_data())
        told = back.read(document, self._sandbox)
        with world.write() as tx:
            found = mixes.find_mix(tx, keys["mchid"], name)
            if found is None:
                raise _not_found()
            back.take(tx, found, told)
        return 204, None


def add(made: flask.Blueprint, entrance: Door) -> None:
    """Add the paths."""
    desk = MixCounter(entrance)
    for rule, method, view in (
        (_ORDERS, "POST", desk.order),
        (f"{_ORDERS}/out-trade-no/<out_trade_no>", "GET", desk.query),
        (f"{_ORDERS}/mix-trade-no/<mix_trade_no>", "GET", desk.query_mix),
        ("/med-ins/refunds/notify", "POST", desk.refunded),
    ):
        made.add_url_rule(rule, endpoint=f"mix_{view.__name__}", view_func=view, methods=[method])


def _not_found() -> WechatError:
    return WechatError(404, "NOT_FOUND", "未找到订单，请确认订单号是否正确", number=268529515)
