"""Captchas: four characters in a picture, five minutes, one try."""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from yibaobox.domain.errors import CheckFailed, NotFound

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx

LIFE_US: Final = 5 * 60 * 1_000_000  # of the sandbox clock
LENGTH: Final = 4
_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without those that look alike
_ID: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
_STEP_X: Final = 28


@dataclass(frozen=True, slots=True)
class Captcha:
    """A question and its answer; only the control API tells the answer."""

    captcha_id: str
    answer: str
    expires_us: int


def draw(tx: Tx) -> Captcha:
    """Make a captcha."""
    answer = "".join(secrets.choice(_LETTERS) for _ in range(LENGTH))
    made = Captcha(secrets.token_hex(16), answer, tx.now_us + LIFE_US)
    tx.run(
        "INSERT INTO captchas (captcha_id, answer, created_us, expires_us, used_us) VALUES (?, ?, ?, ?, NULL)",
        *(made.captcha_id, made.answer, tx.now_us, made.expires_us),
    )
    return made


def find(tx: Tx, captcha_id: str) -> Captcha:
    """Return a captcha with its answer; refuse an id that was never given out."""
    known = _ID.fullmatch(captcha_id) is not None
    row = (
        tx.one("SELECT captcha_id, answer, expires_us FROM captchas WHERE captcha_id = ?", captcha_id)
        if known
        else None
    )
    if row is None:
        raise NotFound("图形验证码不存在")
    return Captcha(*row)


def solve(tx: Tx, captcha_id: str, offered: str) -> CheckFailed | None:
    """Try an answer, once; return the refusal of a wrong, late or second one."""
    wrong = CheckFailed("图形验证码不正确或已失效，请刷新后重试", check="captcha")
    if _ID.fullmatch(captcha_id) is None:
        return wrong
    sql = "UPDATE captchas SET used_us = ? WHERE captcha_id = ? AND used_us IS NULL"
    if tx.run(sql, tx.now_us, captcha_id) != 1:
        return wrong
    captcha = find(tx, captcha_id)
    right = hmac.compare_digest(captcha.answer.encode(), offered.upper().encode("utf-8", "replace"))
    return None if right and tx.now_us < captcha.expires_us else wrong


def picture(captcha: Captcha) -> str:
    """Return the captcha as SVG: each letter turned and shifted, a few lines across."""
    letters = "".join(
        f'<text x="{14 + place * _STEP_X}" y="{28 + secrets.randbelow(9)}" font-size="26" font-family="monospace"'
        f' transform="rotate({secrets.randbelow(41) - 20} {20 + place * _STEP_X} 24)">{letter}</text>'
        for place, letter in enumerate(captcha.answer)
    )
    lines = "".join(
        f'<path d="M0 {secrets.randbelow(44)} L130 {secrets.randbelow(44)}" stroke="#888" fill="none"/>'
        for _ in range(LENGTH)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="130" height="44" role="img">{lines}{letters}</svg>'
