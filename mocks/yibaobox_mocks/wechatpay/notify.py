"""Notifications: encrypted with the merchant's APIv3 key when written, signed by the platform when sent."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from yibaobox_mocks import lots
from yibaobox_mocks.ports import Event, Sandbox, Tx, World
from yibaobox_mocks.wechatpay import sealing, signing

TOPIC: Final = "wechatpay"
# 15s/15s/30s/3m/10m/20m/30m/30m/30m/60m/3h/3h/3h/6h/6h after the first attempt: 24h4m in all.
SCHEDULE: Final = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
MIX_SCHEDULE: Final = (10, 20)
FIRST_S: Final = 30
PROBE: Final = "WECHATPAY/SIGNTEST/"


_KINDS: Final = {
    "TRANSACTION.SUCCESS": ("transaction", "支付成功"),
    "REFUND.SUCCESS": ("refund", "退款成功"),
    "REFUND.ABNORMAL": ("refund", "退款异常"),
    "REFUND.CLOSED": ("refund", "退款关闭"),
    "MEDICAL_INSURANCE.SUCCESS": ("medical_insurance", "医保混合收款成功"),
}
SIGN_WITH: Final = "wechat_sign_with"


def event(sandbox: Sandbox, keys: Mapping[str, str], url: str, transaction: dict[str, Any], serial: str) -> Event:
    """Return the notification of a payment.

    Whoever causes it makes the first attempt at once; the delay is for the case that they die before it.
    """
    name = str(transaction["out_trade_no"])
    return Event(
        topic=f"{TOPIC}:{name}",
        cause=f"wechatpay {name} SUCCESS",
        url=url,
        headers={"Content-Type": "application/json", "Wechatpay-Serial": serial},
        body=body(sandbox, keys, "TRANSACTION.SUCCESS", transaction),
        schedule=SCHEDULE,
        delay=FIRST_S,
    )


def of_mix(sandbox: Sandbox, keys: Mapping[str, str], url: str, mix: dict[str, Any], serial: str) -> Event:
    """Return the notification that insurance and cash both came; it is tried for half a minute only."""
    name = str(mix["out_trade_no"])
    return Event(
        topic=f"{TOPIC}:mix:{name}",
        cause=f"wechatpay mix {name} SUCCESS",
        url=url,
        headers={"Content-Type": "application/json", "Wechatpay-Serial": serial},
        body=body(sandbox, keys, "MEDICAL_INSURANCE.SUCCESS", mix),
        schedule=MIX_SCHEDULE,
        delay=FIRST_S,
    )


def of_refund(url: str, name: str, state: str, sealed: str, serial: str) -> Event:
    """Return the notification of a refund that came to its end; `sealed` is its body."""
    return Event(
        topic=f"{TOPIC}:refund:{name}",
        cause=f"wechatpay refund {name} {state}",
        url=url,
        headers={"Content-Type": "application/json", "Wechatpay-Serial": serial},
        body=sealed,
        schedule=SCHEDULE,
    )


def signer(sandbox: Sandbox, tx: Tx, keys: Mapping[str, str], name: str) -> str:
    """Return the serial that call-backs about this name are signed by: the certificate's or the public key's.

    While the vendor moves merchants from one to the other, a share of the call-backs is signed by the key already.
    """
    position, _, share = sandbox.switch(tx, SIGN_WITH).partition(":")
    if position == "mixed":
        of_hundred = int.from_bytes(sha256(name.encode()).digest()[:4]) % 100
        position = "pubkey" if of_hundred < int(share) else "cert"
    return keys["pub_key_id"] if position == "pubkey" else keys["plat_serial"]


def body(sandbox: Sandbox, keys: Mapping[str, str], kind: str, resource: Mapping[str, Any]) -> str:
    """Return a call-back's body: what it tells is sealed."""
    original, summary = _KINDS[kind]
    plain = json.dumps(resource, ensure_ascii=False, separators=(",", ":")).encode()
    document = {
        "id": f"EV-{lots.word(32)}",
        "create_time": sandbox.rfc3339(sandbox.wall_us()),
        "resource_type": "encrypt-resource",
        "event_type": kind,
        "summary": summary,
        "resource": {"original_type": original, **sealing.seal(keys, plain, original)},
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def probe(sent: Event) -> Event:
    """Return the vendor's test of a receiver: the same call-back with a signature that cannot hold, tried once."""
    headers = {**sent.headers, "Wechatpay-Signature": PROBE + lots.word(300)}
    return Event(f"{sent.topic}:probe", sent.cause, sent.url, headers, sent.body, (), sent.delay)


def once(sent: Event, name: str) -> Event:
    """Return a call-back under a topic of its own that is tried once, whatever the receiver says."""
    return Event(f"{sent.topic}:{name}", sent.cause, sent.url, sent.headers, sent.body, (), sent.delay)


def forge(headers: Mapping[str, str], body: str) -> tuple[dict[str, str], str]:
    """Return headers and body of a call-back whose signature has the right form and does not hold."""
    raw = base64.b64encode(lots.word(256).encode()).decode()
    return {**headers, "Wechatpay-Signature": raw}, body


def forged(sent: Event) -> Event:
    """Return a call-back whose signature does not hold."""
    headers, _ = forge(sent.headers, sent.body)
    return once(Event(**_facts(sent) | {"headers": headers}), "forged")


def _facts(sent: Event) -> dict[str, Any]:
    return {name: getattr(sent, name) for name in sent.__slots__}


class Seal:
    """Signs call-backs as they leave: a signature that waited for hours would be too old."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def __call__(self, world: World, headers: Mapping[str, str], body: str) -> dict[str, str]:
        """Return the headers to send: what was staged, and what must be fresh."""
        keys, wall_s = self._sandbox.keys(world), self._sandbox.wall_us() // 1_000_000
        fresh = signing.reply_headers(keys, body.encode(), wall_s, serial=headers["Wechatpay-Serial"])
        return {**fresh, "User-Agent": "Mozilla/4.0", "Request-ID": request_id(0), **headers}


def request_id(number: int) -> str:
    """Return the name of a request; the number of an error stands at its end."""
    return f"08{lots.word(30).upper()}-{number}"
