"""3203 清算申请."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import reconciliation
from yibaobox.domain.errors import AmountMismatch, InvalidInput, NothingDue
from yibaobox.domain.money import format_yuan
from yibaobox.domain.reconciliation import Application, Scope
from yibaobox.settlement.case import writing
from yibaobox.settlement.reconcile import med_types, period

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yibaobox.domain.reconciliation import Line, Totals
    from yibaobox.settlement.case import Case, Values

_MONTH: Final = re.compile(r"20[0-9]{2}(0[1-9]|1[0-2])", re.ASCII)
_AMOUNTS: Final = {
    "medfee_sumamt": "total_fen",
    "fund_appy_sum": "fund_fen",
    "acct_pay": "account_fen",
    "cash_payamt": "cash_fen",
}


def clear(case: Case) -> Values:
    """Apply for what was settled in some days and not yet cleared; the amounts must be those of the books."""
    data, tx = case.data, case.tx
    scope = _scope(case, data)
    reconciliation.hold(tx, scope.institution)
    lines = reconciliation.books(tx, scope, uncleared=True)
    if not lines:
        raise NothingDue("该期间没有待清算的结算")
    totals = reconciliation.sum_of(lines)
    _check(data, totals, lines)
    wanted = Application(data["clr_type"], data["clr_way"], data["setlym"], data["med_sumfee"], case.msgid)
    return {"result": {"clr_appy_evt_id": str(reconciliation.apply(tx, scope, wanted, lines, totals))}}


def _scope(case: Case, data: Mapping[str, Any]) -> Scope:
    if _MONTH.fullmatch(data["setlym"]) is None:
        raise InvalidInput("清算年月 setlym 须为 yyyyMM", field="setlym")
    first, last = period(data["begndate"], data["enddate"], "begndate")
    return Scope(case.institution.code, first, last, med_types=med_types(data["clr_type"]))


def _check(data: Mapping[str, Any], totals: Totals, lines: list[Line]) -> None:
    """Refuse amounts that are not those of the lines, and a count that is not settlements less reversals."""
    for name, part in _AMOUNTS.items():
        computed = getattr(totals, part)
        if data[name] != computed:
            told = f"{name} {format_yuan(data[name])} 与待清算合计 {format_yuan(computed)} 不一致"
            raise AmountMismatch(told, field=name, computed_fen=computed)
    times = sum(line.sign for line in lines)
    if data["psntime"] != times:
        raise AmountMismatch(f"psntime {data['psntime']} 与待清算人次 {times} 不一致", field="psntime", computed=times)


TRANSACTION: Final = writing("3203", clear, brief=False)
