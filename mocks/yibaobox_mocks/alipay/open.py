"""The client's side: Alipay checks what an app, a page or a code hands it before it asks the buyer."""

from __future__ import annotations

from typing import Final

from yibaobox_mocks.alipay import medical, routes, trades
from yibaobox_mocks.alipay.asked import Product
from yibaobox_mocks.alipay.calls import Counter, offered
from yibaobox_mocks.alipay.errors import AlipayError
from yibaobox_mocks.ports import Refused, Sandbox, World

_APP: Final[dict[str, Product]] = {"alipay.trade.app.pay": "app"}
_QR: Final = "https://qr.alipay.com/"


def opened(sandbox: Sandbox, world: World, given: str) -> str:
    """Check an app's string, a page's address or a code to scan; return the trade that the buyer is asked to pay."""
    keys = sandbox.keys(world)
    with world.write() as tx:
        if given.startswith(_QR):
            found = trades.scanned(tx, keys["app_id"], given)
            if found is None:
                raise Refused("not_found", "二维码已失效")
            return found.out_trade_no
        request = routes.parsed(given)
        try:
            if given.startswith(medical.URL):
                trade_no = given.removeprefix(medical.URL)
                return medical.Desk(tx, sandbox, keys["app_id"]).named((None, trade_no)).out_trade_no
            routes.check(request, keys)
            product = {**routes.PAGES, **_APP}.get(request.parameters["method"])
            if product is None:
                raise Refused("invalid", "该接口不能唤起支付宝")
            return offered(Counter(tx, sandbox, keys, request.parameters, ""), product).out_trade_no
        except AlipayError as error:
            raise Refused("unverified", f"{error.sub_code} {error.sub_msg}") from error
