"""Access tokens of an application: good for two hours of sandbox time, the one before for five minutes more.

`/cgi-bin/token` gives a new one each time; `stable_token` gives the same until it is about to end, or by force another.
"""

from __future__ import annotations

from typing import Final, Literal

from yibaobox_mocks import lots
from yibaobox_mocks.ports import Tx

Kind = Literal["plain", "stable"]
_MICRO: Final = 1_000_000
LIFE_US: Final = 7200 * _MICRO
GRACE_US: Final = 300 * _MICRO


def fresh(tx: Tx, appid: str, kind: Kind) -> tuple[str, int]:
    """Return a new token and its life in seconds; those before it end soon."""
    tx.run(
        "UPDATE gw_wechat_tokens SET expires_us = ? WHERE appid = ? AND kind = ? AND expires_us > ?",
        *(tx.now_us + GRACE_US, appid, kind, tx.now_us + GRACE_US),
    )
    tx.run("DELETE FROM gw_wechat_tokens WHERE appid = ? AND expires_us <= ?", appid, tx.now_us - LIFE_US)
    token = f"88_{appid}_{lots.word(100)}"  # whoever shows it is known to be of this application, and so of its world
    tx.run(
        "INSERT INTO gw_wechat_tokens (token, appid, kind, issued_us, expires_us) VALUES (?, ?, ?, ?, ?)",
        *(token, appid, kind, tx.now_us, tx.now_us + LIFE_US),
    )
    return token, LIFE_US // _MICRO


def stable(tx: Tx, appid: str, *, force: bool) -> tuple[str, int]:
    """Return the token that holds, or a new one where none does or another is wanted."""
    row = tx.one(
        "SELECT token, expires_us FROM gw_wechat_tokens WHERE appid = ? AND kind = 'stable' AND expires_us > ?"
        " ORDER BY expires_us DESC LIMIT 1",
        *(appid, tx.now_us + GRACE_US),
    )
    if row is None or force:
        return fresh(tx, appid, "stable")
    return str(row[0]), (row[1] - tx.now_us) // _MICRO


def judge(tx: Tx, token: str) -> tuple[str, int]:
    """Return the application of a token and 0, or nothing and the vendor's number of the error."""
    row = None
    if token.isprintable():
        row = tx.one("SELECT appid, expires_us FROM gw_wechat_tokens WHERE token = ?", token)
    if row is None:
        return "", 40001
    return (str(row[0]), 0) if row[1] > tx.now_us else ("", 42001)
