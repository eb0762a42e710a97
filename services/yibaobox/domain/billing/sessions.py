"""Sessions of the tax channel: who proved to be whom, for half an hour. Only hashes of tokens are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from yibaobox.domain.errors import NotSignedIn
from yibaobox.domain.secret import hashed

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx

LIFE_US: Final = 1800 * 1_000_000


class Session(NamedTuple):
    """A session that lives."""

    psn_no: str
    openid: str | None
    expires_us: int
    buyer_id: str | None = None


def begin(tx: Tx, psn_no: str, token: str) -> Session:
    """Open a session for a person; those that are over are cleared away."""
    tx.run("DELETE FROM tax_sessions WHERE psn_no = ? AND expires_us <= ?", psn_no, tx.now_us)
    expires_us = tx.now_us + LIFE_US
    tx.run(
        "INSERT INTO tax_sessions (psn_no, token_hash, openid, created_us, expires_us) VALUES (?, ?, NULL, ?, ?)",
        *(psn_no, hashed(token), tx.now_us, expires_us),
    )
    return Session(psn_no, None, expires_us)


def current(tx: Tx, token: str) -> Session:
    """Return the session of a token; refuse one that is unknown or over."""
    row = tx.one("SELECT psn_no, openid, expires_us, buyer_id FROM tax_sessions WHERE token_hash = ?", hashed(token))
    if row is None or row[2] <= tx.now_us:
        raise NotSignedIn("请先完成身份核验")
    return Session(*row)


def bind_buyer(tx: Tx, token: str, buyer_id: str) -> None:
    """Note who is logged in at Alipay."""
    tx.run("UPDATE tax_sessions SET buyer_id = ? WHERE token_hash = ?", buyer_id, hashed(token))


def bind_openid(tx: Tx, token: str, openid: str) -> None:
    """Note who is logged in at the wallet."""
    tx.run("UPDATE tax_sessions SET openid = ? WHERE token_hash = ?", openid, hashed(token))
