"""An application's server, as far as requests of others need it: trades at the pretend Alipay."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from yibaobox.domain import clock
from yibaobox_mocks import rsa

if TYPE_CHECKING:
    from yibaobox.cli.accepted.stage import Stage

GATEWAY: Final = "/gateway.do"


def trade(stage: Stage) -> str:
    """Offer a trade by a code to scan and return its number."""
    name = stage.name()
    asked = {"out_trade_no": name, "total_amount": "1.00", "subject": "城乡居民医保缴费"}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode(signed(stage, "alipay.trade.precreate", asked)).encode()
    stage.caller.send("POST", GATEWAY, data=body, headers=form)
    return name


def string(stage: Stage) -> str:
    """Return what an app hands to the wallet."""
    asked = {"out_trade_no": stage.name(), "total_amount": "1.00", "subject": "城乡居民医保缴费"}
    return urlencode(signed(stage, "alipay.trade.app.pay", asked))


def way_back(stage: Stage) -> str:
    """Return the query that a page is left with, signed by the gateway: it tells of a trade, not of a payment."""
    asked = {"out_trade_no": stage.name(), "total_amount": "1.00", "subject": "城乡居民医保缴费"}
    asked |= {"product_code": "FAST_INSTANT_TRADE_PAY"}
    page = signed(stage, "alipay.trade.page.pay", asked, return_url="http://127.0.0.1:9/back")
    url = f"{stage.caller.url}{GATEWAY}?{urlencode(page)}"
    done = stage.control("POST", "/alipay/open", {"given": url})
    return str(done["return_url"]).partition("?")[2]


def signed(stage: Stage, method: str, content: dict[str, Any], **more: str) -> dict[str, str]:
    """Return the parameters of a request, signed by the application."""
    own = stage.control("GET", "/credentials")["alipay"]
    told = {
        "app_id": own["app_id"],
        "method": method,
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": clock.rfc3339(clock.wall_us())[:19].replace("T", " "),
        "version": "1.0",
        "biz_content": json.dumps(content, ensure_ascii=False),
    } | more
    text = "&".join(f"{name}={told[name]}" for name in sorted(told))
    return told | {"sign": rsa.sign(own["app_key"], text.encode())}
