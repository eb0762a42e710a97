"""Openids: one for a person and an application; one that nobody knows belongs to the first application that uses it."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from yibaobox_mocks import lots
from yibaobox_mocks.ports import Refused, Tx

LIFE_US: Final = 300 * 1_000_000
_BIND: Final = "INSERT INTO gw_wechat_users (openid, appid, psn_no) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"


def belongs(tx: Tx, appid: str, openid: str) -> bool:
    """Tell whether an openid is one of an application; one never seen is from now on."""
    tx.run(_BIND, openid, appid, None)
    row = tx.one("SELECT appid FROM gw_wechat_users WHERE openid = ?", openid)
    return row is not None and row[0] == appid


def of_person(tx: Tx, appid: str, psn_no: str) -> str:
    """Return the openid of a person in an application."""
    mark = hashlib.sha256(f"{appid}:{psn_no}".encode()).digest()[:20]
    tx.run(_BIND, "o" + base64.urlsafe_b64encode(mark).decode().rstrip("="), appid, psn_no)
    row = tx.one("SELECT openid FROM gw_wechat_users WHERE appid = ? AND psn_no = ?", appid, psn_no)
    if row is None:
        raise Refused("conflict", "该人员的openid已属于其他应用")
    return str(row[0])


def person(tx: Tx, openid: str) -> str | None:
    """Return whose openid it is, where that is known."""
    row = tx.one("SELECT psn_no FROM gw_wechat_users WHERE openid = ?", openid)
    return None if row is None or row[0] is None else str(row[0])


def stranger(appid: str) -> str:
    """Return the openid of somebody who pays an application's order that names nobody."""
    mark = hashlib.sha256(f"{appid}:stranger".encode()).digest()[:20]
    return "o" + base64.urlsafe_b64encode(mark).decode().rstrip("=")


def issue_code(tx: Tx, appid: str, openid: str) -> str:
    """Return what wx.login() gives: a code that can be exchanged once within five minutes."""
    if not belongs(tx, appid, openid):
        raise Refused("conflict", "appid和openid不匹配")
    code = lots.word(32)
    sql = "INSERT INTO gw_wechat_codes (code, openid, appid, expires_us, used_us) VALUES (?, ?, ?, ?, NULL)"
    tx.run(sql, code, openid, appid, tx.now_us + LIFE_US)
    return code


def exchange(tx: Tx, appid: str, code: str) -> tuple[str, int]:
    """Return the openid behind a code and 0, or nothing and the vendor's number of the error."""
    row = tx.one(
        f"SELECT openid, appid, expires_us, used_us FROM gw_wechat_codes WHERE code = ?{tx.for_update}",
        code,
    )
    if row is None or row[1] != appid or row[2] <= tx.now_us:
        return "", 40029
    if row[3] is not None:
        return "", 40163
    tx.run("UPDATE gw_wechat_codes SET used_us = ? WHERE code = ?", tx.now_us, code)
    return str(row[0]), 0
