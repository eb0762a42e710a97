"""Applications: drafted, submitted and then locked, approved or rejected (reliability §2, E2 and E4)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import canonical
from yibaobox.domain.accounts import papers
from yibaobox.domain.errors import Conflicting, DuplicateApplication, NotFound

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx

DRAFT: Final = "DRAFT"
SUBMITTED: Final = "SUBMITTED"
APPROVED: Final = "APPROVED"
REJECTED: Final = "REJECTED"
STATES: Final = {DRAFT: "草稿", SUBMITTED: "待审核", APPROVED: "审核通过", REJECTED: "审核不通过"}
REGISTRATION: Final = "registration"
SUSPENSION: Final = "suspension"
FLEXIBLE: Final = "flexible"
REPAIR: Final = "repair"
RESIDENT_CHANGE: Final = "resident_change"
EMPLOYEE_CHANGE: Final = "employee_change"
REFUND_MEDICAL: Final = "refund_medical"
REFUND_TAX: Final = "refund_tax"
CHRONIC: Final = "chronic"
FAMILY: Final = "family_account"
FRESHMAN: Final = "freshman"
KINDS: Final = {
    REGISTRATION: "城乡居民参保登记",
    SUSPENSION: "城乡居民暂停参保",
    FLEXIBLE: "灵活就业人员参保登记",
    REPAIR: "灵活就业人员补缴登记",
    RESIDENT_CHANGE: "城乡居民参保信息变更登记",
    EMPLOYEE_CHANGE: "职工参保信息变更登记",
    CHRONIC: "门诊慢特病资格申请",
    REFUND_MEDICAL: "退费医保审核",
    REFUND_TAX: "退费税务审核",
    FAMILY: "个人账户家庭共济绑定",
    FRESHMAN: "新生参保确认",
}
# The affair that an agent needs leave for.
SCOPES: Final = {
    REGISTRATION: "registration",
    SUSPENSION: "suspension",
    FLEXIBLE: "registration",
    REPAIR: "registration",
    RESIDENT_CHANGE: "change",
    EMPLOYEE_CHANGE: "change",
    CHRONIC: "chronic",
    REFUND_MEDICAL: "refund",
    REFUND_TAX: "refund",
    FAMILY: "family",
    FRESHMAN: "confirmation",
}
_READ: Final = (
    "SELECT psn_no, application_id, kind, state, region, form, part_id, reason, created_us, submitted_us, decided_us,"
    " agent_psn_no FROM applications WHERE "
)


@dataclass(frozen=True, slots=True)
class Application:
    """An application with its form; `part_id` is the participation that it made or ended.

    `agent` submitted it for its person, by a consent.
    """

    psn_no: str
    application_id: int
    kind: str
    state: str
    region: str
    form: dict[str, Any]
    part_id: int | None
    reason: str | None
    created_us: int
    submitted_us: int | None
    decided_us: int | None
    agent: str | None = None


def draft(tx: Tx, psn_no: str, kind: str, form: Mapping[str, Any], region: str = "") -> Application:
    """Begin an application."""
    assert kind in KINDS, "the kinds of applications are a closed list"
    application_id = tx.next_number("number")
    tx.run(
        "INSERT INTO applications (psn_no, application_id, kind, state, region, form, part_id, reason, seal,"
        " created_us, submitted_us, decided_us) VALUES (?, ?, ?, 'DRAFT', ?, ?, NULL, NULL, NULL, ?, NULL, NULL)",
        *(psn_no, application_id, kind, region, _written(form), tx.now_us),
    )
    return get(tx, psn_no, application_id)


def change(tx: Tx, found: Application, form: Mapping[str, Any], region: str = "") -> Application:
    """Replace the form of a draft; what was submitted is locked."""
    refuse_locked(found)
    tx.run(
        "UPDATE applications SET form = ?, region = ? WHERE psn_no = ? AND application_id = ?",
        *(_written(form), region, found.psn_no, found.application_id),
    )
    return replace(found, form=dict(form), region=region)


def submit(tx: Tx, found: Application, region: str, agent: str | None = None) -> Application:
    """Lock an application and seal it; refuse a second one of its kind that waits (DUPLICATE_APPLICATION)."""
    refuse_locked(found)
    if tx.one(f"{_READ}psn_no = ? AND kind = ? AND state = 'SUBMITTED'", found.psn_no, found.kind):
        raise DuplicateApplication(f"您已有待审核的{KINDS[found.kind]}申请，请勿重复提交")
    sent = replace(found, state=SUBMITTED, region=region, submitted_us=tx.now_us, agent=agent)
    tx.run(
        "UPDATE applications SET state = 'SUBMITTED', region = ?, seal = ?, submitted_us = ?, agent_psn_no = ?"
        " WHERE psn_no = ? AND application_id = ? AND state = 'DRAFT'",
        *(region, _seal(tx, sent), tx.now_us, agent, found.psn_no, found.application_id),
    )
    return sent


def decide(tx: Tx, found: Application, *, part_id: int | None = None, reason: str | None = None) -> Application:
    """Close an application: approved, with the participation it led to where it leads to one, or rejected."""
    assert part_id is None or reason is None, "an application ends one way"
    state = APPROVED if reason is None else REJECTED
    touched = tx.run(
        "UPDATE applications SET state = ?, part_id = ?, reason = ?, decided_us = ?"
        " WHERE psn_no = ? AND application_id = ? AND state = 'SUBMITTED'",
        *(state, part_id, reason, tx.now_us, found.psn_no, found.application_id),
    )
    if touched != 1:
        raise Conflicting("该申请不在待审核状态")
    return replace(found, state=state, part_id=part_id, reason=reason, decided_us=tx.now_us)


def get(tx: Tx, psn_no: str, application_id: int, kind: str | None = None) -> Application:
    """Return one application of a person, locked where it may be written; any other number is unknown."""
    row = tx.one(f"{_READ}psn_no = ? AND application_id = ?{tx.for_update}", psn_no, application_id)
    if row is None or kind not in (None, row[2]):
        raise NotFound("申请不存在")
    return _application(row)


def listed(tx: Tx, psn_no: str, *kinds: str) -> list[Application]:
    """Return a person's applications of some kinds, the newest first."""
    if not kinds:
        return []
    marks = ", ".join("?" * len(kinds))
    rows = tx.query(f"{_READ}psn_no = ? AND kind IN ({marks}) ORDER BY application_id DESC", psn_no, *kinds)
    return [_application(row) for row in rows]


def cases(tx: Tx, state: str | None = None, limit: int = 100) -> list[Application]:
    """Return everybody's submitted applications, the newest first: the desk of the office."""
    rows = tx.query(
        f"{_READ}state <> 'DRAFT' AND (? = '' OR state = ?) ORDER BY application_id DESC LIMIT ?",
        *(state or "", state or "", limit),
    )
    return [_application(row) for row in rows]


def case(tx: Tx, application_id: int) -> Application:
    """Return a submitted application by its number alone."""
    row = tx.one(f"{_READ}application_id = ? AND state <> 'DRAFT'{tx.for_update}", application_id)
    if row is None:
        raise NotFound("没有这个办件")
    return _application(row)


def waiting(tx: Tx, application_id: int) -> Application:
    """Return a submitted application by its number alone; refuse one that is decided already."""
    found = case(tx, application_id)
    if found.state != SUBMITTED:
        raise Conflicting("该办件已办结")
    return found


def refuse_locked(found: Application) -> None:
    """Refuse to touch what was submitted (E4)."""
    if found.state != DRAFT:
        raise Conflicting("申请已提交并锁定，不能再修改")


def _seal(tx: Tx, sent: Application) -> str:
    """Return the hash over form and papers that an audit can compute again."""
    hashes = sorted(paper.sha256 for paper in papers.listed(tx, sent.psn_no, sent.application_id))
    return hashlib.sha256("\n".join([sent.kind, sent.region, _written(sent.form), *hashes]).encode()).hexdigest()


def _written(form: Mapping[str, Any]) -> str:
    return canonical.written(form)


def _application(row: tuple[Any, ...]) -> Application:
    psn_no, application_id, kind, state, region, form, part_id, reason, *rest = row
    created, submitted, decided, agent = rest
    return Application(
        psn_no=psn_no,
        application_id=application_id,
        kind=kind,
        state=state,
        region=region,
        form=json.loads(form),
        part_id=part_id,
        reason=reason,
        created_us=created,
        submitted_us=submitted,
        decided_us=decided,
        agent=agent,
    )
