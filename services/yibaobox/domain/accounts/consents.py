"""Consents (代办授权): who may act for whom, in what affairs, until when.

A principal gives one to an agent, signed in, or by a code that a text message brought to the mobile number that the
population register has of them. A consent is never changed: it ends, by either side, or with its last day.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import clock
from yibaobox.domain.errors import AlreadyExists, InvalidInput, NotFound

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx

SCOPES: Final = {
    "hall": "查看参保信息",
    "registration": "参保登记",
    "suspension": "暂停参保",
    "change": "参保信息变更",
    "filing": "异地就医备案",
    "chronic": "门诊慢特病申请",
    "family": "家庭共济",
    "confirmation": "新生参保确认",
    "refund": "退费办件",
}
NOTICE: Final = "agent-consent/1"
LONGEST: Final = "P1Y"
SESSION: Final = "session"
SMS: Final = "sms"
_READ: Final = (
    "SELECT psn_no, consent_id, agent_psn_no, scopes, given_by, until_day, created_us, ended_us FROM portal_consents"
)


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent; `until_day` is the last day on which it holds."""

    principal: str
    consent_id: int
    agent: str
    scopes: tuple[str, ...]
    given_by: str
    until_day: date
    created_us: int
    ended_us: int | None

    def state(self, today: date) -> str:
        """LIVE, ENDED by somebody, or EXPIRED."""
        if self.ended_us is not None:
            return "ENDED"
        return "LIVE" if today <= self.until_day else "EXPIRED"


def grant(
    tx: Tx, principal: str, agent: str, *, scopes: Collection[str], until: date, given_by: str = SESSION
) -> Consent:
    """Let an agent act for a principal; refuse a second consent while one is live."""
    if principal == agent:
        raise InvalidInput("不能授权本人", field="id_no")
    if not scopes or not set(scopes) <= set(SCOPES):
        raise InvalidInput(f"代办事项须为 {'、'.join(SCOPES)} 中的一项或多项", field="scopes")
    if not tx.today <= until <= clock.later(tx.now, LONGEST).date():
        raise InvalidInput("授权截止日期须在今天起的一年之内", field="until")
    _end_expired(tx, principal, agent)
    consent_id, written = tx.next_number("number"), " ".join(sorted(set(scopes)))
    made = tx.run(
        "INSERT INTO portal_consents (psn_no, consent_id, agent_psn_no, scopes, given_by, notice, until_day,"
        " created_us, ended_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL) ON CONFLICT DO NOTHING",
        *(principal, consent_id, agent, written, given_by, NOTICE, until.isoformat(), tx.now_us),
    )
    if not made:
        raise AlreadyExists("已有有效的代办授权，请先解除后重新授权")
    return Consent(principal, consent_id, agent, tuple(written.split()), given_by, until, tx.now_us, None)


def end(tx: Tx, psn_no: str, consent_id: int) -> Consent:
    """End a live consent that one gave or holds; any other number is unknown."""
    row = tx.one(
        f"{_READ} WHERE consent_id = ? AND (psn_no = ? OR agent_psn_no = ?){tx.for_update}",
        *(consent_id, psn_no, psn_no),
    )
    found = None if row is None else _consent(row)
    if found is None or found.state(tx.today) != "LIVE":
        raise NotFound("代办授权不存在")
    _close(tx, found)
    return replace(found, ended_us=tx.now_us)


def held(tx: Tx, agent: str, consent_id: int) -> Consent:
    """Return a live consent that an agent holds; any other number is unknown."""
    row = tx.one(f"{_READ} WHERE consent_id = ? AND agent_psn_no = ?", consent_id, agent)
    found = None if row is None else _consent(row)
    if found is None or found.state(tx.today) != "LIVE":
        raise NotFound("代办授权不存在")
    return found


def allows(tx: Tx, agent: str, principal: str, scope: str) -> bool:
    """Tell whether an agent may act for a principal in an affair now."""
    return any(
        one.principal == principal and scope in one.scopes and one.state(tx.today) == "LIVE"
        for one in received(tx, agent)
    )


def given(tx: Tx, principal: str) -> list[Consent]:
    """Return the consents that a person gave, the newest first."""
    return [_consent(row) for row in tx.query(f"{_READ} WHERE psn_no = ? ORDER BY consent_id DESC", principal)]


def received(tx: Tx, agent: str) -> list[Consent]:
    """Return the consents that a person holds, the newest first."""
    return [_consent(row) for row in tx.query(f"{_READ} WHERE agent_psn_no = ? ORDER BY consent_id DESC", agent)]


def _end_expired(tx: Tx, principal: str, agent: str) -> None:
    for row in tx.query(
        f"{_READ} WHERE psn_no = ? AND agent_psn_no = ? AND ended_us IS NULL{tx.for_update}", principal, agent
    ):
        found = _consent(row)
        if found.state(tx.today) == "EXPIRED":
            _close(tx, found)


def _close(tx: Tx, found: Consent) -> None:
    tx.run(
        "UPDATE portal_consents SET ended_us = ? WHERE psn_no = ? AND consent_id = ? AND ended_us IS NULL",
        *(tx.now_us, found.principal, found.consent_id),
    )


def _consent(row: tuple[Any, ...]) -> Consent:
    principal, consent_id, agent, scopes, given_by, until, created_us, ended_us = row
    last = date.fromisoformat(until)
    return Consent(principal, consent_id, agent, tuple(scopes.split()), given_by, last, created_us, ended_us)
