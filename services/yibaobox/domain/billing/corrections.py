"""Corrections of the tier (修正): at most one per premium (F6), up by paying the higher tier, down by a note."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from yibaobox.domain.billing.bills import Premium

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx

_COLUMNS: Final = "psn_no, correction_id, region, insutype, year, direction, from_fen, to_fen, state, created_us"
_READ: Final = f"SELECT {_COLUMNS} FROM tier_corrections"
_OF: Final = "psn_no = ? AND region = ? AND insutype = ? AND year = ?"


class Correction(NamedTuple):
    """A correction: up is DONE when it is paid; down is NOTED, and RETURNED when the difference is owed back."""

    psn_no: str
    correction_id: int
    region: str
    insutype: str
    year: int
    direction: str
    from_fen: int
    to_fen: int
    state: str
    created_us: int

    @property
    def premium(self) -> Premium:
        """The premium whose tier was corrected."""
        return Premium(self.psn_no, self.region, self.insutype, self.year)


def write(tx: Tx, premium: Premium, from_fen: int, to_fen: int) -> Correction:
    """Write the correction of a premium; the database takes no second one."""
    direction, state = ("up", "DONE") if to_fen > from_fen else ("down", "NOTED")
    tx.run(
        f"INSERT INTO tier_corrections ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(premium.psn_no, tx.next_number("number"), premium.region, premium.insutype, premium.year),
        *(direction, from_fen, to_fen, state, tx.now_us),
    )
    made = find(tx, premium)
    assert made is not None, "what was just written is there"
    return made


def find(tx: Tx, premium: Premium) -> Correction | None:
    """Return the correction of a premium, if there was one."""
    row = tx.one(f"{_READ} WHERE {_OF}", *premium)
    return None if row is None else Correction(*row)


def noted(tx: Tx, region: str, year: int) -> list[Correction]:
    """Return what was noted in a region for a year and not returned yet, in the order of the notes."""
    sql = f"{_READ} WHERE region = ? AND year = ? AND state = 'NOTED' ORDER BY correction_id"
    return [Correction(*row) for row in tx.query(sql, region, year)]


def mark_returned(tx: Tx, found: Correction) -> Correction:
    """Note that the difference is owed back."""
    sql = "UPDATE tier_corrections SET state = 'RETURNED' WHERE psn_no = ? AND correction_id = ? AND state = 'NOTED'"
    touched = tx.run(sql, found.psn_no, found.correction_id)
    assert touched == 1, "the person is locked"
    return found._replace(state="RETURNED")
