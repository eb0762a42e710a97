"""A filing as it is written, read and cancelled. Who writes holds the lock on the person's book."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import canonical, clock
from yibaobox.domain.errors import Conflicting, DuplicateApplication, InvalidInput, NotFound
from yibaobox.domain.filings.kinds import KINDS

if TYPE_CHECKING:
    from yibaobox.domain.store.memory import Read
    from yibaobox.domain.store.tx import Tx

_COLUMNS: Final = (
    "psn_no, filing_id, kind, type, region, destination, institutions, from_day, until_day, source, detail, filed_us,"
    " cancelled_us, cancel_reason"
)
_READ: Final = f"SELECT {_COLUMNS} FROM filings WHERE psn_no = ?"
_ALL: Final = f"{_READ} ORDER BY filing_id DESC"
_INSERT: Final = f"INSERT INTO filings ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)"
_CANCEL: Final = (
    "UPDATE filings SET cancelled_us = ?, cancel_reason = ? WHERE psn_no = ? AND filing_id = ? AND cancelled_us IS NULL"
)
_NUMBER_DIGITS: Final = 18
_LAST: Final = date.max
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NewFiling:
    """What is to be filed.

    `type` is a type of the kind: of treatment elsewhere, of transfer, a disease, a business type. `region` is where the
    person takes part, `destination` the code of the place of care (county, city or province), empty where none is
    meant. `source` says who files: `portal`, an institution, or `office`.
    """

    psn_no: str
    kind: str
    type: str
    region: str
    from_day: date
    until_day: date | None
    source: str
    destination: str = ""
    institutions: tuple[str, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filing:
    """A filing as it stands; both days inclusive, without an end where `until_day` is None."""

    psn_no: str
    filing_id: int
    kind: str
    type: str
    region: str
    destination: str
    institutions: tuple[str, ...]
    from_day: date
    until_day: date | None
    source: str
    detail: Mapping[str, Any]
    filed_us: int
    cancelled_us: int | None
    cancel_reason: str | None

    @property
    def number(self) -> str:
        """待遇申报明细流水号 as the wire has it."""
        return str(self.filing_id)

    @property
    def last_day(self) -> date:
        """The last day on which it is in force; before its first day when it was cancelled before it began."""
        if self.cancelled_us is None:
            return self.until_day or _LAST
        return min(clock.day_of(self.cancelled_us) - _DAY, self.until_day or _LAST)

    def covers(self, day: date) -> bool:
        """Whether it is in force on a day; the day on which it is cancelled is none."""
        return self.from_day <= day <= self.last_day

    def state(self, today: date) -> str:
        """NOT_BEGUN, VALID, EXPIRED or CANCELLED."""
        if self.cancelled_us is not None:
            return "CANCELLED"
        if today < self.from_day:
            return "NOT_BEGUN"
        return "VALID" if self.covers(today) else "EXPIRED"


STATES: Final = {"NOT_BEGUN": "未生效", "VALID": "有效", "EXPIRED": "已过期", "CANCELLED": "已撤销"}


def file(tx: Tx, wanted: NewFiling) -> Filing:
    """Write a filing; refuse days the wrong way round, and one like it that is in force at the same time."""
    assert wanted.kind in KINDS, "the kinds of filings are a closed list"
    if wanted.until_day is not None and wanted.until_day < wanted.from_day:
        raise InvalidInput("结束日期不能早于开始日期", field="enddate")
    twin = next((one for one in listed(tx, wanted.psn_no, wanted.kind) if _clashes(one, wanted)), None)
    if twin is not None:
        raise DuplicateApplication(f"已有同类{KINDS[wanted.kind]}在有效期内，请勿重复办理", filing_id=twin.filing_id)
    filing_id = tx.next_number("number")
    until = None if wanted.until_day is None else wanted.until_day.isoformat()
    tx.run(
        _INSERT,
        *(wanted.psn_no, filing_id, wanted.kind, wanted.type, wanted.region, wanted.destination),
        *(_written(list(wanted.institutions)), wanted.from_day.isoformat(), until, wanted.source),
        *(_written(wanted.detail), tx.now_us),
    )
    return get(tx, wanted.psn_no, filing_id)


def cancel(tx: Tx, found: Filing, reason: str) -> Filing:
    """Take a filing back; from today on it is not in force."""
    if tx.run(_CANCEL, tx.now_us, reason, found.psn_no, found.filing_id) != 1:
        raise Conflicting("该备案已撤销，不能重复撤销")
    return replace(found, cancelled_us=tx.now_us, cancel_reason=reason)


def get(tx: Tx, psn_no: str, filing_id: int, kind: str | None = None) -> Filing:
    """Return a filing of a person, of one kind where it is named; any other answers as one that does not exist."""
    row = tx.one(f"{_READ} AND filing_id = ?", psn_no, filing_id)
    if row is None or kind not in (None, row[2]):
        raise NotFound("备案不存在")
    return _filing(row)


def find(tx: Tx, psn_no: str, number: str, kind: str) -> Filing:
    """Return a filing by the number that the wire has; what is no number is unknown like any other."""
    if not (number.isascii() and number.isdigit() and len(number) <= _NUMBER_DIGITS):
        raise NotFound("备案不存在")
    return get(tx, psn_no, int(number), kind)


def reading(psn_no: str) -> Read:
    """Return what `listed` asks, for `tx.ahead`."""
    return _ALL, (psn_no,)


def listed(tx: Tx, psn_no: str, kind: str | None = None) -> list[Filing]:
    """Return a person's filings, the newest first."""
    rows = tx.known(_ALL, psn_no)
    return [_filing(row) for row in rows if kind in (None, row[2])]


def _clashes(one: Filing, wanted: NewFiling) -> bool:
    """Whether both would be in force on one day for the same thing."""
    same = (one.type, one.destination) == (wanted.type, wanted.destination)
    if wanted.kind == "designated":
        same = one.type == wanted.type and one.institutions == wanted.institutions
    last = wanted.until_day or _LAST
    return same and one.cancelled_us is None and one.from_day <= last and wanted.from_day <= one.last_day


def _written(value: Any) -> str:
    return canonical.written(value, default=str)


def _filing(row: tuple[Any, ...]) -> Filing:
    psn_no, filing_id, kind, type_, region, destination, institutions, first, last, source, detail, *ends = row
    return Filing(
        *(psn_no, filing_id, kind, type_, region, destination, tuple(json.loads(institutions))),
        *(date.fromisoformat(first), None if last is None else date.fromisoformat(last), source, json.loads(detail)),
        *ends,
    )
