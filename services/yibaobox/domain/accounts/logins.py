"""Accounts of the portal and their sessions: one account a person, a token a session, kept as its hash."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from yibaobox.domain.accounts import consents, doors, passwords
from yibaobox.domain.errors import AlreadyExists, CheckFailed, NotFound, NotSignedIn, Refusal
from yibaobox.domain.people import persons
from yibaobox.domain.secret import hashed

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx

SESSION_US: Final = 12 * 3600 * 1_000_000  # of the sandbox clock
_READ: Final = "SELECT psn_no, mobile, password FROM portal_accounts WHERE "


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in; `token` is known only to the one who just did.

    `psn_no` is whom the session is about. Where an agent acts for them, `agent` and `consent` say who, by what leave.
    """

    psn_no: str
    token_hash: str
    expires_us: int
    part_id: int | None = None
    agent: str | None = None
    consent: consents.Consent | None = None
    token: str = ""

    def may(self, scope: str) -> bool:
        """Whether the session reaches an affair: one's own reaches all, an agent's those of the consent."""
        return self.consent is None or scope in self.consent.scopes


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


def known(tx: Tx, id_no: str, mobile: str) -> persons.Person | None:
    """Return whose number and mobile agree, the register's or the account's; nothing for who has only one of them."""
    person = persons.find_by_id_no(tx, id_no)
    return person if person is not None and mobile in (person.mobile, mobile_of(tx, person.psn_no)) else None


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


def begin(tx: Tx, psn_no: str, by: consents.Consent | None = None) -> Session:
    """Open a session: of oneself, or for a principal by their consent."""
    token = secrets.token_urlsafe(32)
    agent, consent_id = (None, None) if by is None else (by.agent, by.consent_id)
    made = Session(psn_no, hashed(token), tx.now_us + SESSION_US, agent=agent, consent=by, token=token)
    tx.run(
        "INSERT INTO portal_sessions (psn_no, token_hash, created_us, expires_us, ended_us, part_id, agent_psn_no,"
        " consent_id) VALUES (?, ?, ?, ?, NULL, NULL, ?, ?)",
        *(psn_no, made.token_hash, tx.now_us, made.expires_us, agent, consent_id),
    )
    return made


def session(tx: Tx, token: str) -> Session:
    """Return the session of a token; refuse one that is unknown, ended or over, all in the same words.

    An agent's session is over as soon as the consent is.
    """
    row = tx.one(
        "SELECT psn_no, token_hash, expires_us, part_id, agent_psn_no, consent_id, ended_us FROM portal_sessions"
        " WHERE token_hash = ?",
        hashed(token),
    )
    if row is None or row[6] is not None or tx.now_us >= row[2]:
        raise NotSignedIn("请先登录")
    if row[4] is None:
        return Session(*row[:4])
    try:
        return replace(Session(*row[:4]), agent=row[4], consent=consents.held(tx, row[4], row[5]))
    except NotFound:
        raise NotSignedIn("请先登录") from None


def change_password(tx: Tx, held: Session, password: str, new: str) -> Refusal | None:
    """Set another password for who knows the present one, and end all other sessions; return why not.

    Wrong tries shut the door of the log-in.
    """
    row = tx.one(f"{_READ}psn_no = ?{tx.for_update}", held.psn_no)
    assert row is not None, "who is signed in has an account"
    refusal = try_password(tx, held.psn_no, password)
    if refusal is not None:
        return refusal
    set_password(tx, held.psn_no, new)
    end_all(tx, held.psn_no, but=held.token_hash)
    return None


def try_password(tx: Tx, psn_no: str, password: str) -> Refusal | None:
    """Check the password of a person's account behind the door of the log-in; return the refusal of a wrong one."""
    row = tx.one(f"{_READ}psn_no = ?", psn_no)
    refusal: Refusal | None = doors.shut(tx, psn_no)
    if refusal is None and not passwords.matches(password, row[2] if row else None):
        refusal = doors.failed(tx, psn_no) or CheckFailed("密码不正确", check="password")
    if refusal is None:
        doors.passed(tx, psn_no)
    return refusal


def set_password(tx: Tx, psn_no: str, new: str) -> None:
    """Set another password, which keeps the rules."""
    mobile = mobile_of(tx, psn_no)
    assert mobile is not None, "only accounts have passwords"
    passwords.check_rules(new, mobile=mobile, id_no=persons.get(tx, psn_no).id_no)
    tx.run("UPDATE portal_accounts SET password = ? WHERE psn_no = ?", passwords.kept(new), psn_no)


def change_mobile(tx: Tx, psn_no: str, mobile: str) -> None:
    """Let another mobile number serve an account; refuse one that serves another's.

    Whoever else claims the number holds one of its codes: locking them all makes one wait for the other.
    """
    tx.query(f"SELECT code_id FROM sms_codes WHERE mobile = ? ORDER BY code_id{tx.for_update}", mobile)
    other = tx.one("SELECT psn_no FROM portal_accounts WHERE mobile = ?", mobile)
    if other is not None and other[0] != psn_no:
        raise AlreadyExists("该手机号码已用于其他账户")
    tx.run("UPDATE portal_accounts SET mobile = ? WHERE psn_no = ?", mobile, psn_no)


def end_all(tx: Tx, psn_no: str, but: str = "") -> None:
    """End every session that a person opened, also those in which they act for others, save one."""
    tx.run(
        "UPDATE portal_sessions SET ended_us = ? WHERE ended_us IS NULL AND token_hash <> ?"
        " AND ((psn_no = ? AND agent_psn_no IS NULL) OR agent_psn_no = ?)",
        *(tx.now_us, but, psn_no, psn_no),
    )


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
