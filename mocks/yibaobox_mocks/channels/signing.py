"""Signatures of the channels: HMAC-SHA256 in hex over method, target, second and body; of replies, second and body."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Final

from yibaobox_mocks.channels.errors import ChannelError

MERCHANT: Final = "X-Channel-Merchant"
TIMESTAMP: Final = "X-Channel-Timestamp"
SIGNATURE: Final = "X-Channel-Signature"
TOLERANCE_S: Final = 300


def key(keys: Mapping[str, str]) -> str:
    """Return the key that a merchant shares with the channels."""
    return hmac.new(keys["apiv3_key"].encode(), b"channels", hashlib.sha256).hexdigest()


def sign(secret: str, *lines: str) -> str:
    """Return the signature under lines."""
    return hmac.new(secret.encode(), "\n".join(lines).encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()


def check(
    headers: Mapping[str, str], keys: Mapping[str, str], wall_s: int, sent: tuple[str, Sequence[str], bytes]
) -> None:
    """Refuse what the merchant did not sign within the last five minutes; `sent` is method, targets, body."""
    method, targets, body = sent
    stamp, given = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
    if headers.get(MERCHANT) != keys["mchid"]:
        raise ChannelError("BAD_SIGNATURE", "商户号缺失或不属于本沙盒世界")
    if not (stamp.isascii() and stamp.isdecimal()) or abs(int(stamp[:18]) - wall_s) > TOLERANCE_S:
        raise ChannelError("BAD_SIGNATURE", "时间戳与当前时间相差超过5分钟")
    text = body.decode("utf-8", "surrogateescape")
    expected = [sign(key(keys), method, target, stamp, text) for target in targets]
    if not any(hmac.compare_digest(each.encode(), given.encode("utf-8", "replace")) for each in expected):
        raise ChannelError("BAD_SIGNATURE", "签名不正确")
