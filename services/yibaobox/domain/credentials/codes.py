"""Codes and tokens: shown once, decoded once, identifying for half an hour (C3, C5)."""

from dataclasses import dataclass
from typing import Any, Final

from yibaobox.domain import clock
from yibaobox.domain.credentials.activate import holder
from yibaobox.domain.errors import CheckFailed, CodeExpired, CodeUsed, NotFound
from yibaobox.domain.secret import hashed, word
from yibaobox.domain.store import Tx

_SECOND_US: Final = 1_000_000
CODE_US: Final = 60 * _SECOND_US
TOKEN_US: Final = 30 * 60 * _SECOND_US
CODE_LENGTH: Final = 28


@dataclass(frozen=True, slots=True)
class Code:
    """A code to show, and the instant it lapses."""

    text: str
    expires_us: int


@dataclass(frozen=True, slots=True)
class Decoded:
    """What an institution gets for a code: its own token for the patient."""

    psn_no: str
    token: str
    auth_no: str
    expires_us: int
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Who identifies a patient, what for, and who showed the code where."""

    institution: str
    purpose: str
    operator: str
    operator_name: str
    shown_by: str | None = None
    channel: str | None = None


def issue_code(tx: Tx, psn_no: str, *, shown_by: str | None = None, channel: str | None = None) -> Code:
    """Issue a code of an activated holder; what the same person showed before lapses, as a refreshed screen does."""
    if not holder(tx, psn_no).active:
        raise CheckFailed("尚未激活医保电子凭证")
    text, expires_us = word(CODE_LENGTH), tx.now_us + CODE_US
    tx.run(
        "UPDATE ec_codes SET expires_us = ? WHERE psn_no = ? AND COALESCE(shown_by, '') = ? AND expires_us > ?"
        " AND used_us IS NULL",
        *(tx.now_us, psn_no, shown_by or "", tx.now_us),
    )
    tx.run(
        "INSERT INTO ec_codes (code_hash, psn_no, issued_us, expires_us, used_us, used_by, shown_by, channel)"
        " VALUES (?, ?, ?, ?, NULL, NULL, ?, ?)",
        *(hashed(text), psn_no, tx.now_us, expires_us, shown_by, channel),
    )
    return Code(text, expires_us)


def check_shown(tx: Tx, text: str, shower: str) -> None:
    """Refuse a code that this person does not show just now; another's answers as one that does not exist."""
    row = tx.one("SELECT psn_no, shown_by, expires_us, used_us FROM ec_codes WHERE code_hash = ?", hashed(text))
    if row is None or (row[1] or row[0]) != shower:
        raise NotFound("医保码无效")
    _refuse_spent(tx, row[2], row[3])


def decode(tx: Tx, text: str, institution: str, *, purpose: str, operator: str, operator_name: str) -> Decoded:
    """Use a code up and give the institution a token for its patient; purpose and operator are recorded."""
    mark = hashed(text)
    row = tx.one(
        f"SELECT psn_no, expires_us, used_us, shown_by, channel FROM ec_codes WHERE code_hash = ?{tx.for_update}", mark
    )
    if row is None:
        raise NotFound("医保码无效")
    psn_no, expires_us, used_us, shown_by, channel = row
    _refuse_spent(tx, expires_us, used_us)
    tx.run("UPDATE ec_codes SET used_us = ?, used_by = ? WHERE code_hash = ?", tx.now_us, institution, mark)
    asked = Asked(institution, purpose, operator, operator_name, shown_by, channel)
    return record(tx, psn_no, asked)


def record(tx: Tx, psn_no: str, asked: Asked) -> Decoded:
    """Give an institution a token for a patient, and remember who asked what for."""
    made = Decoded(psn_no, word(40), f"AUTH{word(24)}", tx.now_us + TOKEN_US, asked.channel)
    tx.run(
        "INSERT INTO decodings (institution, token_hash, psn_no, purpose, operator, operator_name, auth_no,"
        " issued_us, expires_us, shown_by, channel) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(asked.institution, hashed(made.token), psn_no, asked.purpose, asked.operator, asked.operator_name),
        *(made.auth_no, tx.now_us, made.expires_us, asked.shown_by, asked.channel),
    )
    return made


def _refuse_spent(tx: Tx, expires_us: int, used_us: int | None) -> None:
    if used_us is not None:
        raise CodeUsed("医保码已被使用，请刷新后重试")
    if expires_us <= tx.now_us:
        raise CodeExpired("医保码已过期，请刷新后重试")


def identify(tx: Tx, token: str, institution: str) -> str:
    """Return the patient behind an institution's own token; another institution's is as good as none."""
    mark = hashed(token)
    row = tx.one(
        "SELECT psn_no, expires_us FROM decodings WHERE institution = ? AND token_hash = ?", institution, mark
    ) or tx.one("SELECT psn_no, expires_us FROM pay_auths WHERE auth_hash = ? AND institution = ?", mark, institution)
    if row is None:
        raise NotFound("医保电子凭证令牌无效")
    if row[1] <= tx.now_us:
        raise CodeExpired("医保电子凭证令牌已过期，请重新扫码")
    return str(row[0])


def lapse(tx: Tx, text: str) -> bool:
    """Let a code or a token end now; tell whether there was one that still held."""
    mark, now_us = hashed(text), tx.now_us
    ended = tx.run("UPDATE ec_codes SET expires_us = ? WHERE code_hash = ? AND expires_us > ?", now_us, mark, now_us)
    ended += tx.run("UPDATE auth_codes SET expires_us = ? WHERE code_hash = ? AND expires_us > ?", now_us, mark, now_us)
    ended += tx.run("UPDATE pay_auths SET expires_us = ? WHERE auth_hash = ? AND expires_us > ?", now_us, mark, now_us)
    ended += tx.run("UPDATE decodings SET expires_us = ? WHERE token_hash = ? AND expires_us > ?", now_us, mark, now_us)
    return ended > 0


def of_auth_no(tx: Tx, auth_no: str, institution: str) -> str:
    """Return the patient whom this institution was given a serial number for; another's is as good as none."""
    row = tx.one("SELECT psn_no, expires_us FROM decodings WHERE institution = ? AND auth_no = ?", institution, auth_no)
    if row is None:
        raise NotFound("授权流水号无效")
    if row[1] <= tx.now_us:
        raise CodeExpired("授权流水号已过期，请重新授权")
    return str(row[0])


def decodings(
    tx: Tx, *, psn_no: str | None = None, institution: str | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """Return who decoded whose codes, newest first: of one person, of one institution, of all."""
    rows = tx.query(
        "SELECT psn_no, institution, purpose, operator, operator_name, auth_no, shown_by, channel, issued_us"
        " FROM decodings WHERE (? = '' OR psn_no = ?) AND (? = '' OR institution = ?)"
        " ORDER BY issued_us DESC, auth_no LIMIT ?",
        *(psn_no or "", psn_no or "", institution or "", institution or "", limit),
    )
    names = ("psn_no", "institution", "purpose", "operator", "operator_name", "auth_no", "shown_by", "channel")
    return [dict(zip(names, row[:8], strict=True)) | {"at": clock.rfc3339(row[8])} for row in rows]
