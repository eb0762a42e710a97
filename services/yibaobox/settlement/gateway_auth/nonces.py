"""The nonces that a gateway has seen: rows of the world, so that a restart forgets none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.settlement.gateway_auth.tif import WINDOW_S

if TYPE_CHECKING:
    from yibaobox.domain.store import World

_KEPT_US: Final = 2 * WINDOW_S * 1_000_000  # a timestamp may lie as far ahead as behind


def remember(world: World, paasid: str, nonce: str, now_us: int) -> bool:
    """Keep a nonce; tell whether it is new. Those that no timestamp in time can bring back are dropped."""
    with world.write() as tx:
        tx.run("DELETE FROM gateway_nonces WHERE seen_us < ?", now_us - _KEPT_US)
        made = tx.run(
            "INSERT INTO gateway_nonces (paasid, nonce, seen_us) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            *(paasid, nonce, now_us),
        )
    return made == 1
