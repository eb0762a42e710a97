"""What the software of an institution does at the end of a day: totals, lines, files, clearing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from yibaobox.domain import money
from yibaobox.domain.reconciliation import sheets

Told = Mapping[str, Any]  # the `setlinfo` of a settlement or of a reversal
_AMOUNTS: Final = ("medfee_sumamt", "fund_pay_sumamt", "acct_pay")
_COLUMNS: Final = ("setl_id", "mdtrt_id", "psn_no")
SHEET: Final = "lines.txt"


def sums(told: Iterable[Told], *names: str) -> dict[str, str]:
    """Return what amounts come to over some replies."""
    replies = list(told)
    return {name: money.format_yuan(sum(money.parse_yuan(each[name]) for each in replies)) for name in names}


def totals(window: Any, told: Sequence[Told], **changes: Any) -> dict[str, Any]:
    """Return the input of 3201 for the day of a window: what was sold, and with a minus what was taken back."""
    day = window.now[:10]
    asked = {
        "clr_type": "11",
        "setl_optins": window.institution[1:7],
        "stmt_begndate": day,
        "stmt_enddate": day,
        "fixmedins_setl_cnt": len(told),
    }
    return asked | sums(told, *_AMOUNTS) | changes


def packed(told: Iterable[Told]) -> bytes:
    """Return the sheet of seven columns, a line for each reply, as it is uploaded."""
    return sheets.packed(SHEET, [_line(each) for each in told])


def clearing(window: Any, told: Sequence[Told], **changes: Any) -> dict[str, Any]:
    """Return the input of 3203 for the day of a window."""
    day, amounts = window.now[:10], sums(told, *_AMOUNTS, "psn_cash_pay", "inscp_scp_amt")
    asked = {
        "clr_type": "11",
        "clr_way": "1",
        "setlym": day[:7].replace("-", ""),
        "psntime": sum(-1 if str(each["medfee_sumamt"]).startswith("-") else 1 for each in told),
        "begndate": day,
        "enddate": day,
        "medfee_sumamt": amounts["medfee_sumamt"],
        "med_sumfee": amounts["inscp_scp_amt"],
        "fund_appy_sum": amounts["fund_pay_sumamt"],
        "cash_payamt": amounts["psn_cash_pay"],
        "acct_pay": amounts["acct_pay"],
    }
    return asked | changes


def _line(told: Told) -> list[str]:
    amounts = [money.format_yuan(money.parse_yuan(told[name])) for name in _AMOUNTS]
    return [*(str(told[name]) for name in _COLUMNS), *amounts, "1" if amounts[0].startswith("-") else "0"]
