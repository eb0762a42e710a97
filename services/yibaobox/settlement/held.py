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


def visit(case: Case, data: Mapping[str, Any]) -> Visit:
    """Return a visit as it stands once nobody else can change it."""
    found = _named(case, data)  # before the lock: a person who does not exist gets no book
    ledger.lock(case.tx, [found.psn_no])
    return found if case.tx.alone else _named(case, data)


def visit_and_payers(case: Case, data: Mapping[str, Any]) -> tuple[Visit, list[str]]:
    """Return a visit and the payers once its person's and all payers' books are held."""
    found = _named(case, data)
    givers = bill.payers(case, found.psn_no)
    ledger.lock(case.tx, [found.psn_no, *givers])
    if case.tx.alone:
        return found, givers
    if bill.payers(case, found.psn_no) != givers:
        # Locking the newcomer now would break the order in which everybody locks.
        raise Conflict("the family changed before it was held")
    return _named(case, data), givers


def _named(case: Case, data: Mapping[str, Any]) -> Visit:
    return visits.find(case.tx, data["psn_no"], data["mdtrt_id"], case.institution.code)
