"""A visit: registered, described, perhaps cancelled."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from yibaobox.domain import clock
from yibaobox.domain.errors import Conflicting, InvalidInput, NotFound
from yibaobox.domain.visits.numbers import number_of, written

if TYPE_CHECKING:
    from yibaobox.domain.store.memory import Read
    from yibaobox.domain.store.tx import Tx

VISIT, STAY, SALE = "VISIT", "STAY", "SALE"  # kinds
_OF: Final[Mapping[str, str]] = {VISIT: "门诊挂号", STAY: "入院登记", SALE: "药店购药"}
_LYING: Final = (
    "EXISTS (SELECT 1 FROM stays s WHERE s.psn_no = {psn_no} AND s.state <> 'CANCELLED' AND s.begin_us <= {at}"
    " AND CASE WHEN s.end_us IS NULL THEN s.closed_by IS NULL ELSE {at} < s.end_us END)"
)
READ_FROM: Final = (
    "SELECT v.psn_no, v.visit_id, v.institution, v.insutype, v.ipt_otp_no, v.state, v.begin_us, v.med_type,"
    f" v.registered, v.uploaded, v.kind, {_LYING.format(psn_no='v.psn_no', at='v.begin_us')}"
    " FROM visits v"
)
OF_PERSON: Final = f"{READ_FROM} WHERE v.psn_no = ?"
_READ: Final = f"{OF_PERSON} AND v.visit_id = ? AND v.institution = ?"
_INSERT: Final = (
    "INSERT INTO visits (psn_no, visit_id, institution, insutype, ipt_otp_no, state, begin_us, med_type, registered,"
    " uploaded, created_us, kind) VALUES (?, ?, ?, ?, ?, 'OPEN', ?, NULL, ?, NULL, ?, ?)"
)
_DIAGNOSIS: Final = (
    "INSERT INTO diagnoses (psn_no, visit_id, line, diag_code, diag_name, detail) VALUES (?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class NewVisit:
    """What is known when a patient is registered; `facts` is the whole message, `kind` visit, stay or sale."""

    psn_no: str
    institution: str
    insutype: str
    ipt_otp_no: str
    begins: datetime
    facts: Mapping[str, Any]
    kind: str = VISIT


class Visit(NamedTuple):
    """A visit, stay or sale as it stands. `med_type` and `uploaded` are empty until a visit is described.

    The messages that it was registered and described with are read when somebody asks: most settlements need neither.
    """

    psn_no: str
    visit_id: int
    institution: str
    insutype: str
    ipt_otp_no: str
    state: str
    begin_us: int
    med_type: str | None
    registered_json: str
    uploaded_json: str | None
    kind: str = VISIT
    in_hospital: bool = False  # whether the person lay in hospital when it began

    @property
    def number(self) -> str:
        """就诊ID as the wire has it."""
        return str(self.visit_id)

    @property
    def registered(self) -> dict[str, Any]:
        """The message that it was registered with."""
        facts: dict[str, Any] = json.loads(self.registered_json)
        return facts

    @property
    def uploaded(self) -> dict[str, Any]:
        """The message that it was described with, empty where it was not."""
        facts: dict[str, Any] = json.loads(self.uploaded_json or "{}")
        return facts

    @property
    def disease(self) -> str:
        """The code of the disease that it was described with, empty where none was named."""
        return str(self.uploaded.get("dise_codg") or "")

    @property
    def day(self) -> date:
        """The day of treatment, on which entitlement and policy are judged."""
        return clock.day_of(self.begin_us)


def register(tx: Tx, wanted: NewVisit) -> Visit:
    """Open a visit and return it; it cannot begin on a day that has not come."""
    begin_us = _begun(tx, wanted.begins)
    visit_id = tx.next_number("number")
    facts = written(wanted.facts)
    lying = wanted.kind != STAY and lies(tx, wanted.psn_no, begin_us)
    tx.put(
        _INSERT,
        *(wanted.psn_no, visit_id, wanted.institution, wanted.insutype, wanted.ipt_otp_no),
        *(begin_us, facts, tx.now_us, wanted.kind),
    )
    head = (wanted.psn_no, visit_id, wanted.institution, wanted.insutype, wanted.ipt_otp_no)
    return Visit(*head, "OPEN", begin_us, None, facts, None, wanted.kind, lying)


def imagined(tx: Tx, wanted: NewVisit) -> Visit:
    """Return a visit as it would be, without a number of its own; nothing is written."""
    begin_us = _begun(tx, wanted.begins)
    head = (wanted.psn_no, 0, wanted.institution, wanted.insutype, wanted.ipt_otp_no)
    lying = lies(tx, wanted.psn_no, begin_us)
    return Visit(*head, "OPEN", begin_us, None, written(wanted.facts), None, wanted.kind, lying)


def reading(psn_no: str, mdtrt_id: object, institution: str) -> list[Read]:
    """Return what `find` asks, for `tx.ahead`: nothing where there can be no such visit."""
    visit_id = number_of(mdtrt_id)
    return [] if visit_id is None else [(_READ, (psn_no, visit_id, institution))]


def find(tx: Tx, psn_no: str, mdtrt_id: object, institution: str, kind: str = VISIT) -> Visit:
    """Return an open visit of this person at this institution; any other answers as one that does not exist."""
    found = seen(tx, psn_no, mdtrt_id, institution, kind)
    if found.state != "OPEN":
        raise Conflicting("该就诊登记已撤销")
    return found


def seen(tx: Tx, psn_no: str, mdtrt_id: object, institution: str, kind: str) -> Visit:
    """Return a visit as `find` does, also one that was cancelled."""
    found = asked_for(tx, psn_no, mdtrt_id, institution)
    if found.kind != kind:
        raise NotFound(f"该就诊记录是{_OF[found.kind]}，不是{_OF[kind]}")
    return found


def asked_for(tx: Tx, psn_no: str, mdtrt_id: object, institution: str) -> Visit:
    """Return a visit of any kind of this person at this institution, also one that was cancelled."""
    visit_id = number_of(mdtrt_id)
    found = [] if visit_id is None else tx.known_of(psn_no, visit_id, _READ, institution, of=visit_of)
    if not found:
        raise NotFound("就诊记录不存在")
    return found[0]


def by_number(tx: Tx, psn_no: str, visit_id: int) -> Visit:
    """Return a visit of any kind that something of the person's refers to."""
    row = tx.one(f"{OF_PERSON} AND v.visit_id = ?", psn_no, visit_id)
    assert row is not None, "what refers to a visit stands beside it"
    return visit_of(row)


def lies(tx: Tx, psn_no: str, at_us: int) -> bool:
    """Tell whether a person lay in hospital at an instant."""
    row = tx.one(f"SELECT {_LYING.format(psn_no='?', at='?')}", psn_no, at_us, at_us)
    return row is not None and bool(row[0])


def describe(tx: Tx, visit: Visit, facts: Mapping[str, Any], diagnoses: Sequence[Mapping[str, Any]]) -> Visit:
    """Write what the visit was about, in place of what was written before."""
    begin_us = _begun(tx, facts["begntime"])
    text = written(facts)
    tx.exactly(
        1,
        "UPDATE visits SET med_type = ?, begin_us = ?, uploaded = ? WHERE psn_no = ? AND visit_id = ?",
        *(facts["med_type"], begin_us, text, visit.psn_no, visit.visit_id),
    )
    tx.put("DELETE FROM diagnoses WHERE psn_no = ? AND visit_id = ?", visit.psn_no, visit.visit_id)
    rows = [
        (visit.psn_no, visit.visit_id, line, each["diag_code"], each["diag_name"], written(each))
        for line, each in enumerate(sorted(diagnoses, key=lambda one: int(one["diag_srt_no"])), 1)
    ]
    tx.many(_DIAGNOSIS, rows)
    return visit._replace(med_type=facts["med_type"], begin_us=begin_us, uploaded_json=text)


def cancel(tx: Tx, visit: Visit) -> None:
    """Take a registration back; fee rows and settlements go first."""
    where = (visit.psn_no, visit.visit_id)
    if tx.one("SELECT 1 FROM fee_uploads WHERE psn_no = ? AND visit_id = ? AND setl_id IS NOT NULL", *where):
        raise Conflicting("该就诊已结算，请先撤销结算")
    if tx.one("SELECT 1 FROM fees WHERE psn_no = ? AND visit_id = ?", *where):
        raise Conflicting("该就诊已上传费用明细，请先撤销费用明细")
    tx.run("UPDATE visits SET state = 'CANCELLED' WHERE psn_no = ? AND visit_id = ?", *where)


def _begun(tx: Tx, begins: datetime) -> int:
    begin_us = clock.to_us(begins)
    if clock.day_of(begin_us) > tx.today:
        raise InvalidInput(f"就诊开始时间晚于沙箱当前日期 {tx.today.isoformat()}", field="begntime")
    return begin_us


def visit_of(row: tuple[Any, ...]) -> Visit:
    """Return the visit that a row read by READ_FROM is."""
    visit = Visit._make(row)
    return visit._replace(in_hospital=visit.kind != STAY and bool(visit.in_hospital))
