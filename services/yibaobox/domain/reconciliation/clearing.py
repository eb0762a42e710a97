"""Applications for clearing (清算申请): which lines of an institution are settled between it and the fund.

A line is cleared by one application at a time; withdrawing the application frees its lines. A settlement that is
reversed after it was cleared is followed by its negative line, which waits for the next application.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from yibaobox.domain.errors import Conflicting, NotFound

if TYPE_CHECKING:
    from yibaobox.domain.reconciliation.statement import Line, Scope, Totals
    from yibaobox.domain.store.tx import Tx

_DIGITS: Final = 18


class AlreadyCleared(Conflicting):
    """The settlement belongs to an application for clearing, and this world does not reverse such ones."""

    code = "ALREADY_CLEARED"


@dataclass(frozen=True, slots=True)
class Application:
    """What an institution applies for: clearing type and way, month, and what it and the fund recognise."""

    clr_type: str
    clr_way: str | None
    setlym: str
    recognised_fen: int
    msgid: str


def hold(tx: Tx, institution: str) -> None:
    """Let nobody else clear for this institution, or ask whether something is cleared, until this is committed."""
    tx.one(f"SELECT code FROM institutions WHERE code = ?{tx.for_update}", institution)


def apply(tx: Tx, scope: Scope, wanted: Application, lines: list[Line], totals: Totals) -> int:
    """Clear lines and return the number of the application (清算申请事件ID)."""
    clr_id = tx.next_number("number")
    tx.run(
        "INSERT INTO clearings (institution, clr_id, clr_type, clr_way, setlym, first_day, last_day, lines, total_fen,"
        " fund_fen, account_fen, cash_fen, recognised_fen, msgid, applied_us)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(scope.institution, clr_id, wanted.clr_type, wanted.clr_way, wanted.setlym),
        *(scope.first.isoformat(), scope.last.isoformat(), totals.lines, totals.total_fen, totals.fund_fen),
        *(totals.account_fen, totals.cash_fen, wanted.recognised_fen, wanted.msgid, tx.now_us),
    )
    tx.many(
        "INSERT INTO cleared_lines (psn_no, setl_id, sign, institution, clr_id) VALUES (?, ?, ?, ?, ?)",
        [(line.psn_no, line.setl_id, line.sign, scope.institution, clr_id) for line in lines],
    )
    return clr_id


def withdraw(tx: Tx, institution: str, number: str) -> None:
    """Take an application back; another institution's answers as one that does not exist."""
    row = None
    if number.isascii() and number.isdigit() and len(number) <= _DIGITS:
        row = tx.one(
            f"SELECT withdrawn_us FROM clearings WHERE institution = ? AND clr_id = ?{tx.for_update}",
            *(institution, int(number)),
        )
    if row is None:
        raise NotFound("清算申请不存在")
    if row[0] is not None:
        raise Conflicting("该清算申请已撤销")
    where = (institution, int(number))
    tx.run("UPDATE clearings SET withdrawn_us = ? WHERE institution = ? AND clr_id = ?", tx.now_us, *where)
    tx.run("DELETE FROM cleared_lines WHERE institution = ? AND clr_id = ?", *where)


def is_cleared(tx: Tx, psn_no: str, setl_id: int) -> bool:
    """Tell whether a settlement belongs to a standing application."""
    row = tx.one("SELECT 1 FROM cleared_lines WHERE psn_no = ? AND setl_id = ? AND sign = 1", psn_no, setl_id)
    return row is not None
