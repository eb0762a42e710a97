"""Accounts that were opened on a freshman's confirmation, the pledge given with them, and what it calls back (P12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yibaobox.domain.accounts.schools import SchoolRecord
    from yibaobox.domain.store.tx import Tx

PLEDGE: Final = "freshman-pledge/1"
OTHER_NAME: Final = "相同证件号存在其他医保账户但姓名不同"
_COLUMNS: Final = (
    "psn_no, year, application_id, region, opened_day, claimable_day, until_day, part_id, period_id, pledge, due_day,"
    " decided_us"
)


@dataclass(frozen=True, slots=True)
class Opened:
    """An account of a freshman; `due` is the last day on which the next year can be paid."""

    psn_no: str
    year: int
    application_id: int
    region: str
    opened_on: date
    claimable_on: date
    until: date
    part_id: int
    period_id: int
    pledge: str
    due: date
    decided_us: int | None


def form(record: SchoolRecord, year: int, signature: str) -> dict[str, Any]:
    """Return what a confirmation says: where the freshman studies, and the pledge for a year with its signature."""
    return {
        "school": record.school,
        "college": record.college,
        "major": record.major,
        "student_no": record.student_no,
        "registered_on": record.registered_on.isoformat(),
        "year": year,
        "pledge": PLEDGE,
        "signature": signature,
    }


def write(tx: Tx, made: Opened) -> None:
    """Write an account that was just opened."""
    marks = ", ".join("?" * 12)
    days = (made.opened_on.isoformat(), made.claimable_on.isoformat(), made.until.isoformat())
    tx.run(
        f"INSERT INTO account_openings ({_COLUMNS}) VALUES ({marks})",
        *(made.psn_no, made.year, made.application_id, made.region, *days, made.part_id, made.period_id),
        *(made.pledge, made.due.isoformat(), made.decided_us),
    )


def latest(tx: Tx, psn_no: str) -> Opened | None:
    """Return the account that was opened last, or nothing."""
    row = tx.one(f"SELECT {_COLUMNS} FROM account_openings WHERE psn_no = ? ORDER BY year DESC LIMIT 1", psn_no)
    return None if row is None else _opened(row)


def get(tx: Tx, psn_no: str, year: int) -> Opened:
    """Return the account of a year, locked where it may be written."""
    row = tx.one(f"SELECT {_COLUMNS} FROM account_openings WHERE psn_no = ? AND year = ?{tx.for_update}", psn_no, year)
    assert row is not None, "only an account that was opened is asked for"
    return _opened(row)


def decide(tx: Tx, found: Opened, pledge: str) -> None:
    """Close a pledge: KEPT or BROKEN."""
    touched = tx.run(
        "UPDATE account_openings SET pledge = ?, decided_us = ? WHERE psn_no = ? AND year = ? AND pledge = 'OPEN'",
        *(pledge, tx.now_us, found.psn_no, found.year),
    )
    assert touched == 1, "a pledge is decided once"


def reclaim(tx: Tx, found: Opened, settled: Iterable[tuple[int, int]], txn_id: int) -> None:
    """Write what is called back: of each settlement its number and what the funds had paid for it."""
    tx.many(
        "INSERT INTO reclaims (psn_no, setl_id, year, fund_fen, txn_id, reclaimed_us) VALUES (?, ?, ?, ?, ?, ?)",
        [(found.psn_no, setl_id, found.year, fen, txn_id, tx.now_us) for setl_id, fen in settled],
    )


def reclaimed(tx: Tx, psn_no: str, year: int) -> list[tuple[int, int]]:
    """Return what was called back of a year: settlement and fen."""
    sql = "SELECT setl_id, fund_fen FROM reclaims WHERE psn_no = ? AND year = ? ORDER BY setl_id"
    return [(int(row[0]), int(row[1])) for row in tx.query(sql, psn_no, year)]


def _opened(row: tuple[Any, ...]) -> Opened:
    psn_no, year, application_id, region, opened, claimable, until, part_id, period_id, pledge, due, decided_us = row
    first, second, last = (date.fromisoformat(each) for each in (opened, claimable, until))
    return Opened(
        psn_no=psn_no,
        year=year,
        application_id=application_id,
        region=region,
        opened_on=first,
        claimable_on=second,
        until=last,
        part_id=part_id,
        period_id=period_id,
        pledge=pledge,
        due=date.fromisoformat(due),
        decided_us=decided_us,
    )
