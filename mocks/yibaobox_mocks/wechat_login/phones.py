"""Phone numbers: a mini-program's button gives a code, its server exchanges it once within five minutes."""

from __future__ import annotations

from yibaobox_mocks import lots
from yibaobox_mocks.ports import Tx
from yibaobox_mocks.wechat_login.users import LIFE_US


def issue(tx: Tx, appid: str, mobile: str) -> str:
    """Return a code for a phone number."""
    code = lots.word(64)
    tx.run(
        "INSERT INTO gw_wechat_phone_codes (code, appid, mobile, expires_us, used_us) VALUES (?, ?, ?, ?, NULL)",
        *(code, appid, mobile, tx.now_us + LIFE_US),
    )
    return code


def exchange(tx: Tx, appid: str, code: str) -> str | None:
    """Return the phone number behind a code that still holds, and use the code up."""
    sql = f"SELECT appid, mobile, expires_us, used_us FROM gw_wechat_phone_codes WHERE code = ?{tx.for_update}"
    row = tx.one(sql, code)
    if row is None or row[0] != appid or row[2] <= tx.now_us or row[3] is not None:
        return None
    tx.run("UPDATE gw_wechat_phone_codes SET used_us = ? WHERE code = ?", tx.now_us, code)
    return str(row[1])
