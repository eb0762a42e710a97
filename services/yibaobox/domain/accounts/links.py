"""Links: which user of a wallet's mini-program is which account, so that a code of the wallet signs in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from yibaobox.domain.errors import AlreadyExists, NotFound, NotLinked

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx

CHANNELS: Final = {"wechat": "微信", "alipay": "支付宝"}


@dataclass(frozen=True, slots=True)
class Link:
    """A user of a wallet (openid, user_id) who is an account."""

    psn_no: str
    channel: str
    user_id: str
    created_us: int


def link(tx: Tx, psn_no: str, channel: str, user_id: str) -> Link:
    """Link an account; again with the same user changes nothing, another user of the wallet takes the old one's place.

    Refuses a user who is another's account.
    """
    known = _one(tx, "channel = ? AND user_id = ?", channel, user_id)
    if known is not None and known.psn_no == psn_no:
        return known
    if known is not None:
        raise AlreadyExists(f"该{CHANNELS[channel]}用户已关联其他账户")
    tx.run("DELETE FROM portal_links WHERE psn_no = ? AND channel = ?", psn_no, channel)
    made = tx.run(
        "INSERT INTO portal_links (psn_no, channel, user_id, created_us) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        *(psn_no, channel, user_id, tx.now_us),
    )
    if not made:
        raise AlreadyExists(f"该{CHANNELS[channel]}用户已关联其他账户")
    return Link(psn_no, channel, user_id, tx.now_us)


def unlink(tx: Tx, psn_no: str, channel: str) -> None:
    """Undo a link."""
    if not tx.run("DELETE FROM portal_links WHERE psn_no = ? AND channel = ?", psn_no, channel):
        raise NotFound("没有关联该渠道")


def links(tx: Tx, psn_no: str) -> list[Link]:
    """Return an account's links, by channel."""
    sql = "SELECT psn_no, channel, user_id, created_us FROM portal_links WHERE psn_no = ? ORDER BY channel"
    return [Link(*row) for row in tx.query(sql, psn_no)]


def linked(tx: Tx, channel: str, user_id: str) -> str:
    """Return the psn_no that a user of a wallet is; refuse one who is nobody's account yet (NOT_LINKED)."""
    found = _one(tx, "channel = ? AND user_id = ?", channel, user_id)
    if found is None:
        raise NotLinked(f"该{CHANNELS[channel]}用户尚未关联账户，请先登录后关联", channel=channel)
    return found.psn_no


def _one(tx: Tx, where: str, *values: str) -> Link | None:
    row = tx.one(f"SELECT psn_no, channel, user_id, created_us FROM portal_links WHERE {where}", *values)
    return None if row is None else Link(*row)
