"""Two lists of lines side by side: what differs, exactly and only that. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from yibaobox.domain.reconciliation.statement import Line

REFUND: Final = "1"  # refd_setl_flag


class Kind(StrEnum):
    """How a line differs."""

    AMOUNT = "amount"
    ONLY_CENTRE = "only_centre"
    ONLY_INSTITUTION = "only_institution"


@dataclass(frozen=True, slots=True)
class Row:
    """A line as an institution has it; a refund bears the number of the settlement or its own, and a minus."""

    setl_id: str
    mdtrt_id: str
    psn_no: str
    total_fen: int
    fund_fen: int
    account_fen: int
    refund_flag: str

    @property
    def amounts(self) -> tuple[int, int, int]:
        """The three amounts that are compared."""
        return self.total_fen, self.fund_fen, self.account_fen

    @classmethod
    def of(cls, line: Line) -> Row:
        """Return a line as the institution that was told of it would write it."""
        return cls(
            setl_id=str(line.setl_id),
            mdtrt_id=str(line.visit_id),
            psn_no=line.psn_no,
            total_fen=line.total_fen,
            fund_fen=line.fund_fen,
            account_fen=line.account_fen,
            refund_flag=REFUND if line.sign < 0 else "0",
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """One line that is not the same on both sides."""

    kind: Kind
    line: Line | None
    row: Row | None


def differences(centre: Iterable[Line], institution: Iterable[Row]) -> list[Difference]:
    """Return what differs: amounts of lines that both have, lines that only one has; told twice is once too often."""
    by_number: dict[tuple[str, int], Line] = {}
    for each in centre:
        by_number[str(each.setl_id), each.sign] = each
        by_number[str(each.number), each.sign] = each
    open_ones = {(each.setl_id, each.sign): each for each in by_number.values()}
    found = []
    for row in institution:
        meant = _meant(by_number, row)
        line = None if meant is None else open_ones.pop((meant.setl_id, meant.sign), None)
        if line is None:
            found.append(Difference(Kind.ONLY_INSTITUTION, None, row))
        elif row.amounts != (line.total_fen, line.fund_fen, line.account_fen):
            found.append(Difference(Kind.AMOUNT, line, row))
    return found + [Difference(Kind.ONLY_CENTRE, each, None) for each in open_ones.values()]


def _meant(by_number: dict[tuple[str, int], Line], row: Row) -> Line | None:
    """Return the line that a row stands for: by its sign, or by a number that only a reversal has."""
    sign = -1 if row.total_fen < 0 else 1
    found = by_number.get((row.setl_id, sign))
    if found is None and row.refund_flag == REFUND:
        reversal = by_number.get((row.setl_id, -1))
        found = reversal if reversal is not None and str(reversal.number) == row.setl_id else None
    return found
