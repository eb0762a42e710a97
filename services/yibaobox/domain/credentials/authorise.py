"""Authorisation of mobile payment: a code from the wallet, redeemed once for a serial number and a payment number (C5).

The wallet hands the institution's program an `authCode`; its server redeems it for `authNo` (who it is), `ecToken`
(the institution's token) and `payAuthNo` (that the person pays). Whoever shows a relative's credential authorises for
the relative: the patient and the holder are then two people. Lives are choices of the sandbox (no source names any).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from yibaobox.domain.credentials.activate import holder
from yibaobox.domain.credentials.codes import Asked, Code, record
from yibaobox.domain.errors import CheckFailed, CodeExpired, CodeUsed, NotFound
from yibaobox.domain.secret import hashed, word
from yibaobox.domain.store import Tx

_MINUTE_US: Final = 60_000_000
AUTH_CODE_US: Final = 5 * _MINUTE_US
PAY_AUTH_US: Final = 30 * _MINUTE_US
_OPERATOR: Final = ("self", "本人")
_READ: Final = "SELECT psn_no, holder, expires_us, used_us, used_by FROM pay_auths WHERE auth_hash = ?"


@dataclass(frozen=True, slots=True)
class Grant:
    """Who lets whom be treated where: the patient, who shows the credential, the institution, channel and purpose."""

    psn_no: str
    holder: str
    institution: str
    channel: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Granted:
    """What an authorisation is redeemed for."""

    grant: Grant
    token: str
    auth_no: str
    pay_auth_no: str
    expires_us: int


@dataclass(frozen=True, slots=True)
class PayAuth:
    """A payment number: whose it is, who authorised it, and whether it can still be used."""

    psn_no: str
    holder: str
    state: Literal["live", "used", "expired"]
    used_by: str


def authorise(tx: Tx, grant: Grant) -> Code:
    """Issue an `authCode` of an activated holder."""
    if not holder(tx, grant.psn_no).active:
        raise CheckFailed("尚未激活医保电子凭证")
    text, expires_us = word(32), tx.now_us + AUTH_CODE_US
    tx.run(
        "INSERT INTO auth_codes (code_hash, psn_no, holder, institution, channel, purpose, issued_us, expires_us,"
        " used_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
        *(hashed(text), grant.psn_no, grant.holder, grant.institution, grant.channel, grant.purpose),
        *(tx.now_us, expires_us),
    )
    return Code(text, expires_us)


def redeem(tx: Tx, text: str, institution: str | None = None) -> Granted:
    """Use an `authCode` up; where an institution is named, another's code is as good as none."""
    mark = hashed(text)
    row = tx.one(
        "SELECT psn_no, holder, institution, channel, purpose, expires_us, used_us FROM auth_codes"
        f" WHERE code_hash = ?{tx.for_update}",
        mark,
    )
    if row is None or institution not in (None, row[2]):
        raise NotFound("授权码无效")
    if row[6] is not None:
        raise CodeUsed("授权码已被使用，请重新授权")
    if row[5] <= tx.now_us:
        raise CodeExpired("授权码已过期，请重新授权")
    tx.run("UPDATE auth_codes SET used_us = ? WHERE code_hash = ?", tx.now_us, mark)
    return allow(tx, Grant(*row[:5]))


def allow(tx: Tx, grant: Grant) -> Granted:
    """Give an institution what stands for an authorisation: serial number, token, payment number."""
    shown_by = None if grant.holder == grant.psn_no else grant.holder
    found = record(
        tx, grant.psn_no, Asked(grant.institution, grant.purpose, *_OPERATOR, shown_by=shown_by, channel=grant.channel)
    )
    text, expires_us = f"AUTH{word(36)}", tx.now_us + PAY_AUTH_US
    tx.run(
        "INSERT INTO pay_auths (auth_hash, psn_no, holder, institution, channel, auth_no, issued_us, expires_us,"
        " used_us, used_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
        *(hashed(text), grant.psn_no, grant.holder, grant.institution, grant.channel, found.auth_no),
        *(tx.now_us, expires_us),
    )
    return Granted(grant, found.token, found.auth_no, text, expires_us)


def pay_auth(tx: Tx, text: str) -> PayAuth:
    """Return what a payment number stands for; refuse one that was never given."""
    row = tx.one(f"{_READ}{tx.for_update}", hashed(text))
    if row is None:
        raise NotFound("支付授权码无效")
    psn_no, holding, expires_us, used_us, used_by = row
    state: Literal["live", "used", "expired"] = "live" if expires_us > tx.now_us else "expired"
    return PayAuth(psn_no, holding, "used" if used_us is not None else state, used_by or "")


def use_pay_auth(tx: Tx, text: str, used_by: str) -> None:
    """Use a payment number up for one order; the same order may say so again."""
    found = pay_auth(tx, text)
    if found.state == "used":
        if found.used_by == used_by:
            return
        raise CodeUsed("支付授权码已被使用，请重新授权")
    if found.state == "expired":
        raise CodeExpired("支付授权码已过期，请重新授权")
    tx.run("UPDATE pay_auths SET used_us = ?, used_by = ? WHERE auth_hash = ?", tx.now_us, used_by, hashed(text))
