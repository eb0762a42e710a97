"""Hand-overs (T4): another mini-program sends a person to the tax channel, signed, and gets them back with the result.

A ticket is base64url of canonical JSON, a point, and HMAC-SHA256 in hex over that text, keyed by the secret that both
share. It lives five minutes of the wall's time and works once.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from yibaobox.domain import canonical, clock
from yibaobox.domain.errors import CheckFailed, CodeExpired, CodeUsed, NotFound
from yibaobox.domain.secret import hashed

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx

LIFE_S: Final = 300
_TICKET_MAX: Final = 4000
_FACTS: Final = ("partner", "id_no", "name", "mobile", "nonce", "expires", "return_url")


class HandOver(NamedTuple):
    """A person who came from elsewhere."""

    psn_no: str
    hand_over_id: int
    partner: str
    nonce: str
    return_url: str
    returned_us: int | None


def sealed(secret: str, facts: Mapping[str, Any]) -> str:
    """Return facts as a ticket."""
    text = canonical.written(dict(facts))
    body = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return f"{body}.{_signature(secret, body)}"


def opened(secret: str, ticket: str) -> dict[str, str]:
    """Return what a ticket into the tax channel says; refuse one that was not signed, or is too old."""
    body, _, signature = ticket.partition(".")
    given = signature.encode("utf-8", "replace")
    if len(ticket) > _TICKET_MAX or not hmac.compare_digest(_signature(secret, body).encode(), given):
        raise CheckFailed("跳转凭据验签失败")
    facts = _facts(body)
    if int(facts["expires"]) * 1_000_000 <= clock.wall_us():
        raise CodeExpired("跳转凭据已过期，请返回原小程序重新发起")
    if int(facts["expires"]) * 1_000_000 > clock.wall_us() + LIFE_S * 1_000_000:
        raise CheckFailed(f"跳转凭据的有效期不得超过{LIFE_S}秒")
    return facts


def come(tx: Tx, psn_no: str, facts: Mapping[str, str], token: str) -> HandOver:
    """Write that somebody came by a ticket; it works once."""
    if tx.one("SELECT 1 FROM hand_overs WHERE partner = ? AND nonce = ?", facts["partner"], facts["nonce"]):
        raise CodeUsed("跳转凭据已使用，请返回原小程序重新发起")
    tx.run(
        "INSERT INTO hand_overs (psn_no, hand_over_id, partner, nonce, return_url, token_hash, came_us, returned_us)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
        *(psn_no, tx.next_number("number"), facts["partner"], facts["nonce"], facts["return_url"]),
        *(hashed(token), tx.now_us),
    )
    return _found(tx, token)


def go_back(tx: Tx, token: str) -> HandOver:
    """Write that whoever holds a session goes back to where they came from; once."""
    found = _found(tx, token)
    sql = "UPDATE hand_overs SET returned_us = ? WHERE psn_no = ? AND hand_over_id = ? AND returned_us IS NULL"
    if found.returned_us is not None or tx.run(sql, tx.now_us, found.psn_no, found.hand_over_id) != 1:
        raise CodeUsed("本次跳转已返回")
    return found


def _found(tx: Tx, token: str) -> HandOver:
    row = tx.one(
        "SELECT psn_no, hand_over_id, partner, nonce, return_url, returned_us FROM hand_overs WHERE token_hash = ?",
        hashed(token),
    )
    if row is None:
        raise NotFound("本次办理不是从其他小程序跳转而来")
    return HandOver(*row)


def _signature(secret: str, body: str) -> str:
    return hmac.new(secret.encode(), body.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def _facts(body: str) -> dict[str, str]:
    """Read what was signed; whoever signs may still send nonsense."""
    try:
        told = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (ValueError, binascii.Error):
        told = None
    if not isinstance(told, dict) or set(told) != set(_FACTS):
        raise CheckFailed("跳转凭据的内容不完整")
    facts = {name: str(told[name]) for name in _FACTS}
    plain = all(value.isprintable() and 0 < len(value) <= 1000 for value in facts.values())  # noqa: PLR2004 - of a URL
    stamp = facts["expires"]
    if not plain or not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12):  # noqa: PLR2004 - seconds
        raise CheckFailed("跳转凭据的内容不完整")
    if not facts["return_url"].startswith(("http://", "https://")):
        raise CheckFailed("跳转凭据的返回地址须为http或https地址")
    return facts
