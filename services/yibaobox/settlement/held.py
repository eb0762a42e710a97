"""Hold what a verb decides about: lock books in one order, then look again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yibaobox.domain import ledger, visits
from yibaobox.domain.store import Conflict
from yibaobox.settlement import bill

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from yibaobox.domain.visits import Visit
    from yibaobox.settlement.case import Case


def visit(case: Case, data: Mapping[str, Any], kind: str = visits.VISIT) -> Visit:
    """Return a visit, stay or sale as it stands once nobody else can change it."""
    found = _named(case, data, kind)  # before the lock: a person who does not exist gets no book
    ledger.lock(case.tx, [found.psn_no])
    return found if case.tx.alone else _named(case, data, kind)


def visit_and_payers(case: Case, data: Mapping[str, Any], kind: str = visits.VISIT) -> tuple[Visit, list[str]]:
    """Return a visit or stay and the payers once its person's and all payers' books are held."""
    found = _named(case, data, kind)
    givers = payers(case, found.psn_no)
    return found if case.tx.alone else _named(case, data, kind), givers


def payers(case: Case, psn_no: str) -> list[str]:
    """Return the payers once the person's and all payers' books are held."""
    givers = bill.payers(case, psn_no)
    ledger.lock(case.tx, [psn_no, *givers])
    if not case.tx.alone and bill.payers(case, psn_no) != givers:
        # Locking the newcomer now would break the order in which everybody locks.
        raise Conflict("the family changed before it was held")
    return givers


def _named(case: Case, data: Mapping[str, Any], kind: str) -> Visit:
    return visits.find(case.tx, data["psn_no"], data["mdtrt_id"], case.institution.code, kind)
