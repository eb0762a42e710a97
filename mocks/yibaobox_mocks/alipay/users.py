"""Buyers: one number for a person and for ever; codes to log in with, and codes that a till scans."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from yibaobox_mocks import lots
from yibaobox_mocks.alipay import magic
from yibaobox_mocks.ports import Refused, Tx

LOGIN: Final = "login"
TILL: Final = "till"
_LIFE_US: Final = {LOGIN: 86_400 * 1_000_000, TILL: 60 * 1_000_000}
_TILL_CODE: Final = re.compile(r"(?:2[5-9]|30)\d{14,22}", re.ASCII)
_BIND: Final = "INSERT INTO gw_alipay_users (buyer_id, app_id, psn_no) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"


def belongs(tx: Tx, app_id: str, buyer_id: str) -> bool:
    """Tell whether a buyer may pay an application; one never seen belongs to it from now on."""
    tx.run(_BIND, buyer_id, app_id, None)
    row = tx.one("SELECT app_id FROM gw_alipay_users WHERE buyer_id = ?", buyer_id)
    return row is not None and row[0] == app_id


def of_person(tx: Tx, app_id: str, psn_no: str) -> str:
    """Return the buyer that a person is."""
    tx.run(_BIND, _number(f"{app_id}:{psn_no}"), app_id, psn_no)
    row = tx.one("SELECT buyer_id FROM gw_alipay_users WHERE app_id = ? AND psn_no = ?", app_id, psn_no)
    if row is None:
        raise Refused("conflict", "该人员的支付宝账号已属于其他应用")
    return str(row[0])


def stranger(app_id: str) -> str:
    """Return somebody who pays an application's trade that names nobody."""
    return _number(f"{app_id}:stranger")


def open_id(app_id: str, buyer_id: str) -> str:
    """Return what a buyer is called in one application only."""
    return hashlib.sha256(f"{app_id}:{buyer_id}".encode()).hexdigest()[:32]


def logon(buyer_id: str) -> str:
    """Return what a buyer's account is called, masked."""
    return f"yb{buyer_id[-3:]}***@sandbox.test"


def issue(tx: Tx, app_id: str, buyer_id: str, kind: str) -> str:
    """Return a code that works once: for a log-in within a day, at a till within a minute."""
    if not belongs(tx, app_id, buyer_id):
        raise Refused("conflict", "该支付宝账号属于其他应用")
    code = lots.word(32) if kind == LOGIN else f"28{lots.digits(16)}"
    sql = "INSERT INTO gw_alipay_codes (code, kind, buyer_id, app_id, expires_us, used_us) VALUES (?, ?, ?, ?, ?, NULL)"
    tx.run(sql, code, kind, buyer_id, app_id, tx.now_us + _LIFE_US[kind])
    return code


def spend(tx: Tx, app_id: str, code: str, kind: str) -> str | None:
    """Return who stands behind a code and use it up, or nothing when it is unknown, spent or too old."""
    sql = f"SELECT buyer_id, app_id, kind, expires_us, used_us FROM gw_alipay_codes WHERE code = ?{tx.for_update}"
    row = tx.one(sql, code)
    if row is None or (row[1], row[2]) != (app_id, kind) or row[3] <= tx.now_us or row[4] is not None:
        return None
    tx.run("UPDATE gw_alipay_codes SET used_us = ? WHERE code = ?", tx.now_us, code)
    return str(row[0])


def at_till(tx: Tx, app_id: str, code: str) -> str | None:
    """Return who shows a code at a till; one of the right form that nobody issued is a stranger's."""
    row = tx.one("SELECT 1 FROM gw_alipay_codes WHERE code = ?", code)
    if row is not None:
        return spend(tx, app_id, code, TILL)
    if not _TILL_CODE.fullmatch(code):
        return None
    return magic.by_code(code) or stranger(app_id)


def _number(mark: str) -> str:
    digits = int(hashlib.sha256(mark.encode()).hexdigest(), 16) % 10**12
    return f"2088{digits:012d}"
