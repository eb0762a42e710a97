"""Sign in (P1): mobile or identity number, password, captcha."""

from __future__ import annotations

from yibaobox.domain.accounts import captchas, logins
from yibaobox.domain.errors import Refusal
from yibaobox.domain.store import Tx


def sign_in(tx: Tx, *, login: str, password: str, captcha_id: str, captcha: str) -> logins.Session | Refusal:
    """Open a session, or return why not; the captcha is spent either way."""
    refusal = captchas.solve(tx, captcha_id, captcha)
    if refusal is not None:
        return refusal
    return logins.sign_in(tx, login, password)
