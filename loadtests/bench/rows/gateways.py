"""A merchant's day at the pretend WeChat Pay, through the SDK as it is and in one process: no socket anywhere."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from loadtests.bench.row import Bench, Row, absent
from yibaobox.testing import mock_yibao, sinks

if TYPE_CHECKING:
    from yibaobox.testing.box import Box

MARK: Final = 100
NAME: Final = "round trips through wechatpayv3, in process"
_STEPS: Final = 4  # an order, the payment, its call-back, a query


def rows(bench: Bench) -> Iterator[Row]:
    """Order, pay, verify and decrypt the call-back, query, over and over; the best of several turns, by CPU time."""
    if find_spec("wechatpayv3") is None:
        yield absent(NAME, "wechatpayv3 is not installed")
        return
    with bench.scratch("gateways") as folder, mock_yibao() as box, sinks.opened(box) as sink:
        client = _client(box, folder, sink.url)
        _turn(client, box, sink, "warm", 5)
        turns = [_turn(client, box, sink, f"t{turn}", bench.of(20, 60)) for turn in range(bench.rounds)]
    rate = max(turns)
    facts = {"cycles_s": rate / _STEPS, "turns": turns}
    yield Row(
        NAME,
        round(rate),
        "/s",
        MARK,
        note="CPU of both sides; order, payment, call-back and query count one each",
        facts=facts,
    )


def _turn(client: Any, box: Box, sink: Any, name: str, cycles: int) -> float:
    """Return how many round trips a number of cycles come to in a second of CPU."""
    began = time.process_time()
    for cycle in range(cycles):
        _cycle(client, box, sink, f"{name}-{cycle:06d}")
    return _STEPS * cycles / (time.process_time() - began)


def _cycle(client: Any, box: Box, sink: Any, name: str) -> None:
    amount, payer = {"total": 380_00}, {"openid": "oBench"}
    status, _ = client.pay(description="城乡居民医保缴费", out_trade_no=name, amount=amount, payer=payer)
    assert status == 200, name
    sink.clear()
    box.control("POST", f"/wechat/pay/{name}", {})
    [came] = sink.received
    assert client.callback(dict(came.headers), came.body)["resource"]["out_trade_no"] == name
    status, told = client.query(out_trade_no=name)
    assert (status, json.loads(told)["trade_state"]) == (200, "SUCCESS")


def _client(box: Box, folder: Path, notify_url: str) -> Any:
    wechatpayv3: Any = import_module("wechatpayv3")  # a tool of the tests, which need not be installed
    keys = box.credentials["wechat"]
    return wechatpayv3.WeChatPay(
        wechatpay_type=wechatpayv3.WeChatPayType.JSAPI,
        mchid=keys["mchid"],
        private_key=keys["mch_key"],
        cert_serial_no=keys["mch_serial"],
        appid=keys["appid"],
        apiv3_key=keys["apiv3_key"],
        notify_url=notify_url,
        cert_dir=str(folder),
        public_key=keys["plat_pub"],
        public_key_id=keys["pub_key_id"],
    )
