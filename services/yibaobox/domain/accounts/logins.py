"""Accounts of the portal and their sessions: one account a person, a token a session, kept as its hash."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from yibaobox.domain.accounts import doors, passwords
from yibaobox.domain.errors import AlreadyExists, CheckFailed, NotSignedIn, Refusal
from yibaobox.domain.people import persons
from yibaobox.domain.secret import hashed

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx

SESSION_US: Final = 12 * 3600 * 1_000_000  # of the sandbox clock
_READ: Final = "SELECT psn_no, mobile, password FROM portal_accounts WHERE "


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in; `token` is known only to the one who just did."""

    psn_no: str
    token_hash: str
    expires_us: int
    part_id: int | None = None
    token: str = ""


def open_account(tx: Tx, person: persons.Person, mobile: str, password: str) -> None:
    """Open a person's account; refuse a second one, and a mobile number that serves another."""
    passwords.check_rules(password, mobile=mobile, id_no=person.id_no)
    if tx.one(f"{_READ}psn_no = ?", person.psn_no):
        raise AlreadyExists("该证件号码已注册，请直接登录")
    made = tx.run(
        "INSERT INTO portal_accounts (psn_no, mobile, password, created_us) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        *(person.psn_no, mobile, passwords.kept(password), tx.now_us),
    )
    if not made:
        raise AlreadyExists("该手机号码已用于其他账户")


def mobile_of(tx: Tx, psn_no: str) -> str | None:
    """Return the mobile number of a person's account, or nothing when there is none."""
    row = tx.one(f"{_READ}psn_no = ?", psn_no)
    return None if row is None else str(row[1])


def sign_in(tx: Tx, login: str, password: str) -> Session | Refusal:
    """Open a session for a mobile or identity number and its password; return the refusal of a wrong pair."""
    account = _account(tx, login)
    door = account[0] if account else hashed(login)
    refusal = doors.shut(tx, door)
    if refusal is not None:
        return refusal
    if not passwords.matches(password, account[1] if account else None):
        return doors.failed(tx, door) or CheckFailed("账号或密码不正确", check="password")
    assert account is not None, "nobody's password matches"
    doors.passed(tx, door)
    return begin(tx, account[0])


def begin(tx: Tx, psn_no: str) -> Session:
    """Open a session."""
    token = secrets.token_urlsafe(32)
    made = Session(psn_no, hashed(token), tx.now_us + SESSION_US, token=token)
    tx.run(
        "INSERT INTO portal_sessions (psn_no, token_hash, created_us, expires_us, ended_us, part_id)"
        " VALUES (?, ?, ?, ?, NULL, NULL)",
        *(psn_no, made.token_hash, tx.now_us, made.expires_us),
    )
    return made


def session(tx: Tx, token: str) -> Session:
    """Return the session of a token; refuse one that is unknown, ended or over, all in the same words."""
    row = tx.one(
        "SELECT psn_no, token_hash, expires_us, part_id, ended_us FROM portal_sessions WHERE token_hash = ?",
        hashed(token),
    )
    if row is None or row[4] is not None or tx.now_us >= row[2]:
        raise NotSignedIn("请先登录")
    return Session(*row[:4])


def choose(tx: Tx, held: Session, part_id: int) -> None:
    """Remember which participation the session looks at."""
    tx.run(
        "UPDATE portal_sessions SET part_id = ? WHERE psn_no = ? AND token_hash = ?",
        *(part_id, held.psn_no, held.token_hash),
    )


def end(tx: Tx, held: Session) -> None:
    """Sign out."""
    tx.run(
        "UPDATE portal_sessions SET ended_us = ? WHERE psn_no = ? AND token_hash = ? AND ended_us IS NULL",
        *(tx.now_us, held.psn_no, held.token_hash),
    )


def _account(tx: Tx, login: str) -> tuple[str, str] | None:
    """Find an account by mobile or identity number."""
    if not login.isprintable():
        return None
    row = tx.one(f"{_READ}mobile = ?", login)
    if row is None:
        person = persons.find_by_id_no(tx, login.upper())
        row = None if person is None else tx.one(f"{_READ}psn_no = ?", person.psn_no)
    return None if row is None else (row[0], row[2])
