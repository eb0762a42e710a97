"""The replies that tell of a bill: a trial, a settlement, and the reversal of one."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from yibaobox.domain import ledger, people
from yibaobox.settlement import quotes
from yibaobox.settlement.catalogue import spec
from yibaobox.settlement.setlinfo import Told

if TYPE_CHECKING:
    from yibaobox.domain.visits import Reversal, Settlement
    from yibaobox.settlement.bill import Bill
    from yibaobox.settlement.case import Case


def of_trial(case: Case, bill: Bill) -> dict[str, Any]:
    """Tell what a settlement would come to."""
    return _written(case, bill, Told.of_bill(bill), {})


def of_settlement(case: Case, bill: Bill, told: Told, made: Settlement) -> dict[str, Any]:
    """Tell what a settlement came to."""
    return _written(case, bill, told, {"setl_id": made.number})


def of_reversal(case: Case, made: Settlement, reversal: Reversal, infno: str) -> dict[str, Any]:
    """Tell a settlement with a minus, under the reversal's own number, as far as the table of a transaction goes."""
    tx, told = case.tx, Told.of_settlement(made)
    setlinfo = told.setlinfo(people.get(tx, made.psn_no), tx.now, sign=-1) | {
        "mdtrt_id": str(made.visit_id),
        "setl_id": str(reversal.reversal_id),
        "medins_setl_id": case.msgid,
        "balc": ledger.balance(tx, made.psn_no),
    }
    return {"setlinfo": fitting(infno, setlinfo), "setldetail": told.setldetail(sign=-1)}


def fitting(infno: str, setlinfo: dict[str, Any]) -> dict[str, Any]:
    """Return those of the values that the table of a transaction has."""
    known = _columns(infno)
    return {name: value for name, value in setlinfo.items() if name in known}


@cache
def _columns(infno: str) -> frozenset[str]:
    found = spec(infno).answers.field("setlinfo")
    assert found is not None, "a reversal tells of the settlement"
    assert found.child is not None, "setlinfo is a node"
    return frozenset(field.name for field in found.child.fields)


def _written(case: Case, bill: Bill, told: Told, known: dict[str, Any]) -> dict[str, Any]:
    setlinfo = told.setlinfo(bill.person, case.tx.now) | {
        "mdtrt_id": bill.visit.number,
        "medins_setl_id": case.msgid,
        "exp_content": quotes.written(bill, told.quote),
        "balc": bill.held_fen - told.fen["own_fen"],
        **known,
    }
    return {"setlinfo": setlinfo, "setldetail": told.setldetail()}
