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


def issue_code(tx: Tx, psn_no: str) -> Code:
    """Issue a code of an activated holder."""
    if not holder(tx, psn_no).active:
        raise CheckFailed("尚未激活医保电子凭证")
    text, expires_us = word(CODE_LENGTH), tx.now_us + CODE_US
    tx.run(
        "INSERT INTO ec_codes (code_hash, psn_no, issued_us, expires_us, used_us, used_by)"
        " VALUES (?, ?, ?, ?, NULL, NULL)",
        *(hashed(text), psn_no, tx.now_us, expires_us),
    )
    return Code(text, expires_us)


def decode(tx: Tx, text: str, institution: str, *, purpose: str, operator: str, operator_name: str) -> Decoded:
    """Use a code up and give the institution a token for its patient; purpose and operator are recorded."""
    mark = hashed(text)
    row = tx.one(f"SELECT psn_no, expires_us, used_us FROM ec_codes WHERE code_hash = ?{tx.for_update}", mark)
    if row is None:
        raise NotFound("医保码无效")
    psn_no, expires_us, used_us = row
    if used_us is not None:
        raise CodeUsed("医保码已被使用，请刷新后重试")
    if expires_us <= tx.now_us:
        raise CodeExpired("医保码已过期，请刷新后重试")
    tx.run("UPDATE ec_codes SET used_us = ?, used_by = ? WHERE code_hash = ?", tx.now_us, institution, mark)
    made = Decoded(psn_no, word(40), f"AUTH{word(24)}", tx.now_us + TOKEN_US)
    tx.run(
        "INSERT INTO decodings (institution, token_hash, psn_no, purpose, operator, operator_name, auth_no,"
        " issued_us, expires_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(institution, hashed(made.token), psn_no, purpose, operator, operator_name, made.auth_no),
        *(tx.now_us, made.expires_us),
    )
    return made


def identify(tx: Tx, token: str, institution: str) -> str:
    """Return the patient behind an institution's own token; another institution's is as good as none."""
    row = tx.one(
        "SELECT psn_no, expires_us FROM decodings WHERE institution = ? AND token_hash = ?",
        *(institution, hashed(token)),
    )
    if row is None:
        raise NotFound("医保电子凭证令牌无效")
    if row[1] <= tx.now_us:
        raise CodeExpired("医保电子凭证令牌已过期，请重新扫码")
    return str(row[0])


def lapse(tx: Tx, text: str) -> bool:
    """Let a code or a token end now; tell whether there was one that still held."""
    mark, now_us = hashed(text), tx.now_us
    ended = tx.run("UPDATE ec_codes SET expires_us = ? WHERE code_hash = ? AND expires_us > ?", now_us, mark, now_us)
    ended += tx.run("UPDATE decodings SET expires_us = ? WHERE token_hash = ? AND expires_us > ?", now_us, mark, now_us)
    return ended > 0


def decodings(tx: Tx, psn_no: str, limit: int = 100) -> list[dict[str, Any]]:
    """Return who decoded a person's codes, newest first."""
    rows = tx.query(
        "SELECT institution, purpose, operator_name, auth_no, issued_us FROM decodings WHERE psn_no = ?"
        " ORDER BY issued_us DESC, auth_no LIMIT ?",
        *(psn_no, limit),
    )
    names = ("institution", "purpose", "operator_name", "auth_no")
    return [dict(zip(names, row[:4], strict=True)) | {"at": clock.rfc3339(row[4])} for row in rows]
