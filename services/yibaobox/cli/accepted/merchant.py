"""A merchant's server, as far as requests of others need it: orders and refunds at the pretend WeChat Pay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import clock
from yibaobox.edge import signing

if TYPE_CHECKING:
    import requests

    from yibaobox.cli.accepted.stage import Stage

ORDERS: Final = "/v3/pay/transactions/jsapi"
REFUNDS: Final = "/v3/refund/domestic/refunds"
TOTAL_FEN: Final = 100


def keys(stage: Stage) -> dict[str, str]:
    """Return the merchant's names and keys."""
    found: dict[str, str] = stage.control("GET", "/credentials")["wechat"]
    return found


def order(stage: Stage) -> tuple[str, requests.Response]:
    """Order a payment and return its name and the answer."""
    own, name = keys(stage), stage.name()
    wanted = {
        "appid": own["appid"],
        "mchid": own["mchid"],
        "description": "城乡居民医保缴费",
        "out_trade_no": name,
        "notify_url": "http://127.0.0.1:9/notify",
        "amount": {"total": TOTAL_FEN, "currency": "CNY"},
        "payer": {"openid": "o-contract"},
    }
    return name, _sent(stage, own, ORDERS, wanted)


def refund(stage: Stage) -> str:
    """Order a payment, have it paid, ask for it back and return the refund's name."""
    name, _ = order(stage)
    stage.control("POST", f"/wechat/pay/{name}", {})
    amount = {"refund": TOTAL_FEN, "total": TOTAL_FEN, "currency": "CNY"}
    _sent(stage, keys(stage), REFUNDS, {"out_trade_no": name, "out_refund_no": f"{name}R", "amount": amount})
    return f"{name}R"


def signature(own: Mapping[str, str], text: str) -> str:
    """Return the merchant's signature under a text."""
    return signing.rsa2(own["mch_key"], text.encode())


def _sent(stage: Stage, own: Mapping[str, str], path: str, document: Mapping[str, Any]) -> requests.Response:
    wall_us, body = clock.wall_us(), json.dumps(document)
    stamp, nonce = str(wall_us // 1_000_000), f"{stage.name()}-{wall_us}"
    parts = {"mchid": own["mchid"], "nonce_str": nonce, "timestamp": stamp, "serial_no": own["mch_serial"]}
    parts["signature"] = signature(own, f"POST\n{path}\n{stamp}\n{nonce}\n{body}\n")
    headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "yibaobox"}
    headers["Authorization"] = "WECHATPAY2-SHA256-RSA2048 " + ",".join(f'{one}="{parts[one]}"' for one in parts)
    reply: requests.Response = stage.caller.send("POST", path, data=body.encode(), headers=headers)
    return reply
