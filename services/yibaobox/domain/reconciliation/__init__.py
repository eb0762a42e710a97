"""Reconciliation (对账) and clearing (清算) between an institution and the centre.

Everything is read from settlements and their reversals by accounting date. What an institution says comes in a file;
what differs is named line by line; what was cleared is remembered line by line, so that nothing is cleared twice.
"""

from yibaobox.domain.reconciliation.clearing import AlreadyCleared, Application, apply, hold, is_cleared, withdraw
from yibaobox.domain.reconciliation.compare import Difference, Kind, Row, differences
from yibaobox.domain.reconciliation.files import ExchangeFile, FileNotReady, keep, read
from yibaobox.domain.reconciliation.sheets import FileUnreadable, packed, rows, unpacked
from yibaobox.domain.reconciliation.statement import (
    AMOUNT,
    EXTRA,
    MISSING,
    SHIFT,
    Line,
    Scope,
    Totals,
    books,
    known,
    mark,
    stated,
    sum_of,
    totals,
    unmarked,
)

__all__ = [
    "AMOUNT",
    "EXTRA",
    "MISSING",
    "SHIFT",
    "AlreadyCleared",
    "Application",
    "Difference",
    "ExchangeFile",
    "FileNotReady",
    "FileUnreadable",
    "Kind",
    "Line",
    "Row",
    "Scope",
    "Totals",
    "apply",
    "books",
    "differences",
    "hold",
    "is_cleared",
    "keep",
    "known",
    "mark",
    "packed",
    "read",
    "rows",
    "stated",
    "sum_of",
    "totals",
    "unmarked",
    "unpacked",
    "withdraw",
]
