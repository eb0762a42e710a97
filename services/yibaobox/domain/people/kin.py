"""Kinship as a population register has it: what a relation is checked against where no paper proves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain.errors import InvalidInput

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx

# What somebody is to me, and what I may be to them.
INVERSE: Final = {
    "spouse": ("spouse",),
    "parent": ("child",),
    "child": ("parent",),
    "sibling": ("sibling",),
    "paternal_grandparent": ("sons_child",),
    "maternal_grandparent": ("daughters_child",),
    "sons_child": ("paternal_grandparent",),
    "daughters_child": ("maternal_grandparent",),
}


def record(tx: Tx, psn_no: str, relative: str, relation: str) -> None:
    """Write what a relative is to a person; said again, the later word holds, from whichever side."""
    if relation not in INVERSE:
        raise InvalidInput(f"亲属关系须为 {'、'.join(INVERSE)} 之一", field="relation")
    if psn_no == relative:
        raise InvalidInput("不能登记与本人的亲属关系", field="relative_psn_no")
    for one, other in ((psn_no, relative), (relative, psn_no)):
        tx.run("DELETE FROM kinships WHERE psn_no = ? AND relative_psn_no = ?", one, other)
    tx.run("INSERT INTO kinships (psn_no, relative_psn_no, relation) VALUES (?, ?, ?)", psn_no, relative, relation)


def known(tx: Tx, psn_no: str, relative: str) -> str | None:
    """Return what a relative is to a person, as it was written from either side; nothing where nobody wrote it."""
    sql = "SELECT relation FROM kinships WHERE psn_no = ? AND relative_psn_no = ?"
    row = tx.one(sql, psn_no, relative)
    if row is not None:
        return str(row[0])
    row = tx.one(sql, relative, psn_no)
    return None if row is None else INVERSE[str(row[0])][0]
