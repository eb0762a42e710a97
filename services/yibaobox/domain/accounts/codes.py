"""Codes by text message: six digits, five minutes, five tries, one use, ten an hour. No network carries them."""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from yibaobox.domain.errors import CheckFailed, CodeExpired, InvalidInput, Refusal, TooMany

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx

LIFE_US: Final = 5 * 60 * 1_000_000  # of the sandbox clock
TRIES: Final = 5
SENT_MAX: Final = 10  # to one number in one hour
HOUR_US: Final = 3600 * 1_000_000
PURPOSES: Final = ("register", "reset_password", "change_mobile", "consent")
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_READ: Final = (
    "SELECT code_id, mobile, purpose, code, attempts_left, created_us, expires_us, used_us FROM sms_codes"
    " WHERE mobile = ?"
)


@dataclass(frozen=True, slots=True)
class Sent:
    """A code that was sent; `used_us` is set once it has served."""

    code_id: int
    mobile: str
    purpose: str
    code: str
    attempts_left: int
    created_us: int
    expires_us: int
    used_us: int | None


def checked_mobile(mobile: object) -> str:
    """Return a mobile number when it is one."""
    if not isinstance(mobile, str) or _MOBILE.fullmatch(mobile) is None:
        raise InvalidInput("手机号码须为11位数字", field="mobile")
    return mobile


def send(tx: Tx, mobile: object, purpose: str) -> Sent:
    """Send a code; the codes sent before to the same number for the same purpose no longer serve."""
    number = checked_mobile(mobile)
    if purpose not in PURPOSES:
        raise InvalidInput(f"验证码用途须为 {'、'.join(PURPOSES)} 之一", field="purpose")
    _refuse_flood(tx, number)
    sent = Sent(
        code_id=tx.next_number("number"),
        mobile=number,
        purpose=purpose,
        code=f"{secrets.randbelow(10**6):06d}",
        attempts_left=TRIES,
        created_us=tx.now_us,
        expires_us=tx.now_us + LIFE_US,
        used_us=None,
    )
    tx.run(
        "INSERT INTO sms_codes (mobile, code_id, purpose, code, attempts_left, created_us, expires_us, used_us)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
        *(sent.mobile, sent.code_id, sent.purpose, sent.code, sent.attempts_left, sent.created_us, sent.expires_us),
    )
    return sent


def _refuse_flood(tx: Tx, number: str) -> None:
    """Refuse another code to a number that was sent too many within the hour."""
    sql = "SELECT created_us FROM sms_codes WHERE mobile = ? AND created_us > ? ORDER BY code_id DESC LIMIT ?"
    recent = tx.query(sql, number, tx.now_us - HOUR_US, SENT_MAX)
    if len(recent) == SENT_MAX:
        wait_s = -(-(recent[-1][0] + HOUR_US - tx.now_us) // 1_000_000)
        raise TooMany(f"验证码发送过于频繁：每小时最多{SENT_MAX}条，请稍后再试", retry_after=wait_s)


def sent(tx: Tx, mobile: object) -> list[Sent]:
    """Return the codes sent to a number, the newest first."""
    return [Sent(*row) for row in tx.query(f"{_READ} ORDER BY code_id DESC", checked_mobile(mobile))]


def check(tx: Tx, mobile: object, purpose: str, offered: str) -> Sent | Refusal:
    """Try a code: return it when it is right, else a refusal; each try counts, right or wrong."""
    rows = tx.query(
        f"{_READ} AND purpose = ? ORDER BY code_id DESC LIMIT 1{tx.for_update}", checked_mobile(mobile), purpose
    )
    newest = Sent(*rows[0]) if rows else None
    if newest is None or newest.used_us is not None or newest.attempts_left == 0:
        return CheckFailed("验证码不正确或已失效，请重新获取", check="sms")
    tx.run("UPDATE sms_codes SET attempts_left = attempts_left - 1 WHERE mobile = ? AND code_id = ?", *_key(newest))
    if tx.now_us >= newest.expires_us:
        return CodeExpired("验证码已过期，请重新获取")
    if not hmac.compare_digest(newest.code.encode(), offered.encode("utf-8", "replace")):
        return CheckFailed("验证码不正确或已失效，请重新获取", check="sms")
    return newest


def use(tx: Tx, code: Sent) -> None:
    """Spend a code that was right."""
    sql = "UPDATE sms_codes SET used_us = ? WHERE mobile = ? AND code_id = ? AND used_us IS NULL"
    touched = tx.run(sql, tx.now_us, *_key(code))
    assert touched == 1, "a code that was just checked is unused"


def _key(code: Sent) -> tuple[str, int]:
    return code.mobile, code.code_id
