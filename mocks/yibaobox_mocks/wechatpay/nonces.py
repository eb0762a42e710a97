"""A nonce of a merchant works once: a request that is sent a second time under its old signature is refused."""

from __future__ import annotations

from typing import Final

from yibaobox_mocks.ports import Tx
from yibaobox_mocks.wechatpay.errors import unsigned
from yibaobox_mocks.wechatpay.signing import TOLERANCE_S

_KEPT_S: Final = 2 * TOLERANCE_S  # an older timestamp is refused by itself


def spend(tx: Tx, nonce: str, wall_s: int) -> None:
    """Take note of a nonce; refuse one that was seen."""
    tx.run("DELETE FROM gw_wechat_nonces WHERE seen_s < ?", wall_s - _KEPT_S)
    made = tx.run(
        "INSERT INTO gw_wechat_nonces (nonce, seen_s) VALUES (?, ?) ON CONFLICT DO NOTHING",
        *(nonce, wall_s),
    )
    if not made:
        raise unsigned("Http头Authorization中的nonce_str重复使用，请为每个请求生成新的随机串")
