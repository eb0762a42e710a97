"""Hold what a verb decides about: lock books in one order, then look again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yibaobox.domain import family, ledger, visits
from yibaobox.domain.store import Conflict
from yibaobox.settlement import bill

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from yibaobox.domain.store import Read
    from yibaobox.domain.visits import Visit
    from yibaobox.settlement.case import Case


def visit(case: Case, data: Mapping[str, Any], kind: str = visits.VISIT) -> Visit:
    """Return a visit, stay or sale as it stands once nobody else can change it."""
    if _is_locked(case, data):
        return _named(case, data, kind)
    found = _named(case, data, kind)  # before the lock: a person who does not exist gets no book
    ledger.lock(case.tx, [found.psn_no])
    return found if case.tx.alone else _named(case, data, kind)


def visit_and_payers(case: Case, data: Mapping[str, Any], kind: str = visits.VISIT) -> tuple[Visit, list[str]]:
    """Return a visit or stay and the payers once its person's and all payers' books are held."""
    if case.tx.alone:
        found = _named(case, data, kind)
        return found, payers(case, found.psn_no)
    if _is_locked(case, data, family.GIVEN_TO):
        found = _named(case, data, kind)
        if bill.payers(case, found.psn_no):
            raise Conflict("somebody began to give while the book was waited for")
        return found, []
    again = visits.reading(data["psn_no"], data["mdtrt_id"], case.institution.code)
    case.tx.ahead(*again, *bill.reading_payers(case, data["psn_no"]))
    found = _named(case, data, kind)
    givers = payers(case, found.psn_no, lambda givers: [*again, *_next(case, found, givers)])
    return _named(case, data, kind), givers


def _is_locked(case: Case, data: Mapping[str, Any], unless: str | None = None) -> bool:
    """Tell whether the book was locked with the first statement, as it was foreseen."""
    if case.tx.alone:
        return False
    psn_no: str = data["psn_no"]
    asked = ledger.locking(case.tx, [psn_no])[0] if unless is None else ledger.locking_unless(case.tx, psn_no, unless)
    return ledger.locked(case.tx, psn_no, asked)


def _next(case: Case, visit: Visit, givers: Sequence[str]) -> list[Read]:
    """Return what is asked once the books are held: for a stay that depends on more than is known."""
    if visit.kind != visits.VISIT:
        return []
    asked = bill.reading(visit.psn_no, visit.visit_id, case.data["chrg_bchno"], givers)
    return [*asked, case.tx.drawing("number"), case.tx.drawing("txn"), *visits.reading_sources()]


def payers(case: Case, psn_no: str, then: Callable[[list[str]], list[Read]] = lambda _: []) -> list[str]:
    """Return the payers once the person's and all payers' books are held; `then` says what is asked next."""
    givers = bill.payers(case, psn_no)
    held = [psn_no, *givers]
    if case.tx.alone:
        ledger.lock(case.tx, held)
        return givers
    case.tx.ahead(*ledger.locking(case.tx, held), *bill.reading_payers(case, psn_no), *then(givers))
    ledger.lock(case.tx, held)
    if bill.payers(case, psn_no) != givers:
        # Locking the newcomer now would break the order in which everybody locks.
        raise Conflict("the family changed before it was held")
    return givers


def _named(case: Case, data: Mapping[str, Any], kind: str) -> Visit:
    return visits.find(case.tx, data["psn_no"], data["mdtrt_id"], case.institution.code, kind)
