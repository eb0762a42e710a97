"""3201 医药机构费用结算对总账."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import reconciliation
from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.money import format_yuan
from yibaobox.domain.people import regions
from yibaobox.domain.reconciliation import Scope, Totals
from yibaobox.settlement import med_types as kinds
from yibaobox.settlement.case import query

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from yibaobox.settlement.case import Case, Values

EVEN, UNEVEN = "0", "1"  # stmt_rslt
_SIGNS: Final = {"0": 1, "1": -1}  # refd_setl_flag
_NO_KIND: Final = ("-",)  # of treatment


def reconcile(case: Case) -> Values:
    """Compare totals of a kind of insurance and a clearing type over some days; a refund is a line with a minus."""
    data = case.data
    ours = reconciliation.totals(case.tx, scope_of(case, data))
    theirs = told(data)
    return {
        "stmtinfo": {
            "setl_optins": data["setl_optins"],
            "stmt_rslt": EVEN if ours == theirs else UNEVEN,
            "stmt_rslt_dscr": "账目一致" if ours == theirs else f"中心{_words(ours)}；机构{_words(theirs)}",
        }
    }


def scope_of(case: Case, data: Mapping[str, Any]) -> Scope:
    """Return what a message of reconciliation is about."""
    first, last = period(data["stmt_begndate"], data["stmt_enddate"], "stmt_begndate")
    return Scope(
        institution=case.institution.code,
        first=first,
        last=last,
        insutype=data.get("insutype") or "",
        med_types=med_types(data["clr_type"]),
        region=regions.resolve(data["setl_optins"]).code,
        sign=_SIGNS.get(data["refd_setl_flag"], 0),
    )


def period(first: date, last: date, field: str) -> tuple[date, date]:
    """Return a period; refuse one that ends before it begins."""
    if first > last:
        raise InvalidInput("开始日期晚于结束日期", field=field)
    return first, last


def med_types(clr_type: str) -> tuple[str, ...]:
    """Return the kinds of treatment that are cleared under a clearing type."""
    return kinds.cleared_as(clr_type) or _NO_KIND


def told(data: Mapping[str, Any]) -> Totals:
    """Return the totals that the institution states."""
    amounts = (data["medfee_sumamt"], data["fund_pay_sumamt"], data["acct_pay"])
    return Totals(data["fixmedins_setl_cnt"], *amounts)


def _words(totals: Totals) -> str:
    amounts = (totals.total_fen, totals.fund_fen, totals.account_fen)
    total, fund, account = (format_yuan(fen) for fen in amounts)
    return f"{totals.lines}笔，总额{total}，基金{fund}，账户{account}"


TRANSACTION: Final = query("3201", reconcile, brief=False)
