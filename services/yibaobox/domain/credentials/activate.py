"""Activation: the terms, the face check, the session of the holder (C1)."""

from dataclasses import dataclass
from typing import Final

from yibaobox.domain.errors import InvalidInput, NotFound, NotSignedIn
from yibaobox.domain.secret import hashed, word
from yibaobox.domain.store import Tx

CHANNELS: Final = ("national_app", "wechat", "alipay", "city_app")
FAILURES_MAX: Final = 5
_SECOND_US: Final = 1_000_000
ACTIVATION_US: Final = 10 * 60 * _SECOND_US
SESSION_US: Final = 24 * 3600 * _SECOND_US
LOCKED_US: Final = 24 * 3600 * _SECOND_US
TERMS: Final = "ec-terms/1"


@dataclass(frozen=True, slots=True)
class Holder:
    """A person as holder of the credential."""

    psn_no: str
    channel: str | None
    activated_us: int | None
    failures: int
    locked_until_us: int
    part_id: int | None = None  # the participation that was chosen to be shown

    @property
    def active(self) -> bool:
        """Whether the credential was activated."""
        return self.activated_us is not None


@dataclass(frozen=True, slots=True)
class Session:
    """Whose session it is, and in which channel the face was checked."""

    psn_no: str
    channel: str


@dataclass(frozen=True, slots=True)
class Check:
    """What a face check came to: passed (with the holder's session), failed, timeout or locked."""

    outcome: str
    psn_no: str
    token: str = ""
    expires_us: int = 0
    failures_left: int = 0


def holder(tx: Tx, psn_no: str) -> Holder:
    """Return a person as holder, activated or not."""
    row = tx.one(
        "SELECT psn_no, channel, activated_us, failures, locked_until_us, part_id FROM holders WHERE psn_no = ?",
        psn_no,
    )
    return Holder(psn_no, None, None, 0, 0) if row is None else Holder(*row)


def begin(tx: Tx, psn_no: str, channel: str) -> tuple[str, int]:
    """Begin an activation after the terms were agreed to; return its token and the instant it lapses."""
    if channel not in CHANNELS:
        raise InvalidInput("激活渠道须为 national_app、wechat、alipay 或 city_app")
    token, expires_us = word(32), tx.now_us + ACTIVATION_US
    tx.run(
        "INSERT INTO activations (psn_no, activation_id, token_hash, channel, state, created_us, expires_us)"
        " VALUES (?, ?, ?, ?, 'FACE_PENDING', ?, ?)",
        *(psn_no, tx.next_number("number"), hashed(token), channel, tx.now_us, expires_us),
    )
    return token, expires_us


def pass_face(tx: Tx, token: str) -> Check:
    """Check the face of whoever began; the outcome is stored, so the caller commits before it refuses."""
    row = tx.one(
        "SELECT psn_no, activation_id, channel, state, expires_us FROM activations"
        f" WHERE token_hash = ?{tx.for_update}",
        hashed(token),
    )
    if row is None:
        raise NotFound("没有这次激活申请")
    psn_no, activation_id, channel, state, expires_us = row
    if state != "FACE_PENDING" or expires_us <= tx.now_us:
        raise NotSignedIn("激活申请已结束，请重新发起")
    check = look_at(tx, psn_no)
    if check.outcome != "passed":
        return check
    _set_state(tx, psn_no, activation_id, "PASSED")
    set_up(tx, psn_no, channel)
    session = open_session(tx, psn_no, channel)
    return Check("passed", psn_no, token=session, expires_us=tx.now_us + SESSION_US)


def look_at(tx: Tx, psn_no: str) -> Check:
    """Check a person's face; failures count and lock the person out, a face that is not checked counts for nothing."""
    known = _locked_row(tx, psn_no)
    if known.locked_until_us > tx.now_us:
        return Check("locked", psn_no)
    outcome = _face(tx, psn_no)
    if outcome == "timeout":
        return Check("timeout", psn_no)
    if outcome == "fail":
        return _failed(tx, known)
    tx.run("UPDATE holders SET failures = 0 WHERE psn_no = ?", psn_no)
    return Check("passed", psn_no)


def applicant(tx: Tx, token: str) -> str:
    """Return the person whose activation this is."""
    row = tx.one("SELECT psn_no FROM activations WHERE token_hash = ?", hashed(token))
    if row is None:
        raise NotFound("没有这次激活申请")
    return str(row[0])


def open_session(tx: Tx, psn_no: str, channel: str) -> str:
    """Open a session of the holder and return its token."""
    token = word(40)
    sql = "INSERT INTO holder_sessions (token_hash, psn_no, expires_us, channel) VALUES (?, ?, ?, ?)"
    tx.run(sql, hashed(token), psn_no, tx.now_us + SESSION_US, channel)
    return token


def held(tx: Tx, token: str) -> Session:
    """Return whose session this is, and its channel."""
    row = tx.one("SELECT psn_no, expires_us, channel FROM holder_sessions WHERE token_hash = ?", hashed(token))
    if row is None or row[1] <= tx.now_us:
        raise NotSignedIn("请先完成刷脸验证")
    return Session(str(row[0]), str(row[2] or CHANNELS[0]))


def session(tx: Tx, token: str) -> str:
    """Return the person whose session this is."""
    return held(tx, token).psn_no


def channels(tx: Tx, psn_no: str) -> list[tuple[str, int]]:
    """Return where a person activated the credential and when, the first first."""
    sql = "SELECT channel, activated_us FROM holder_channels WHERE psn_no = ? ORDER BY activated_us, channel"
    return [(str(row[0]), int(row[1])) for row in tx.query(sql, psn_no)]


def show(tx: Tx, psn_no: str, part_id: int | None) -> None:
    """Choose the participation that the credential shows; none: whichever is active."""
    _locked_row(tx, psn_no)
    tx.run("UPDATE holders SET part_id = ? WHERE psn_no = ?", part_id, psn_no)


def script_face(tx: Tx, psn_no: str, outcome: str, times: int, *, first: bool = False) -> None:
    """Decide the next face checks of a person, after (or before) those decided already; unscripted ones pass."""
    sql = "INSERT INTO face_scripts (psn_no, script_id, outcome, remaining) VALUES (?, ?, ?, ?)"
    script_id = tx.next_number("number")
    tx.run(sql, psn_no, -script_id if first else script_id, outcome, times)


def set_up(tx: Tx, psn_no: str, channel: str = "national_app") -> None:
    """Activate a person's credential in a channel, the steps being done (or left out, for test set-up)."""
    _locked_row(tx, psn_no)
    tx.run(
        "UPDATE holders SET channel = ?, activated_us = COALESCE(activated_us, ?) WHERE psn_no = ?",
        *(channel, tx.now_us, psn_no),
    )
    tx.run(
        "INSERT INTO holder_channels (psn_no, channel, terms, activated_us) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        *(psn_no, channel, TERMS, tx.now_us),
    )


def _locked_row(tx: Tx, psn_no: str) -> Holder:
    tx.run(
        "INSERT INTO holders (psn_no, channel, activated_us, failures, locked_until_us) VALUES (?, NULL, NULL, 0, 0)"
        " ON CONFLICT DO NOTHING",
        psn_no,
    )
    tx.one(f"SELECT 1 FROM holders WHERE psn_no = ?{tx.for_update}", psn_no)
    return holder(tx, psn_no)


def _face(tx: Tx, psn_no: str) -> str:
    row = tx.one(
        "SELECT script_id, outcome FROM face_scripts WHERE psn_no = ? AND remaining > 0 ORDER BY script_id LIMIT 1",
        psn_no,
    )
    if row is None:
        return "pass"
    tx.run("UPDATE face_scripts SET remaining = remaining - 1 WHERE psn_no = ? AND script_id = ?", psn_no, row[0])
    return str(row[1])


def _failed(tx: Tx, known: Holder) -> Check:
    failures = known.failures + 1
    locked = failures >= FAILURES_MAX
    tx.run(
        "UPDATE holders SET failures = ?, locked_until_us = ? WHERE psn_no = ?",
        *(0 if locked else failures, tx.now_us + LOCKED_US if locked else 0, known.psn_no),
    )
    return Check("locked" if locked else "failed", known.psn_no, failures_left=FAILURES_MAX - failures)


def _set_state(tx: Tx, psn_no: str, activation_id: int, state: str) -> None:
    tx.run("UPDATE activations SET state = ? WHERE psn_no = ? AND activation_id = ?", state, psn_no, activation_id)
