"""2001 人员待遇享受检查."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import clock, visits
from yibaobox.domain.errors import InvalidInput, NotEligible
from yibaobox.domain.people import capacities
from yibaobox.settlement import claim, med_types
from yibaobox.settlement.case import query
from yibaobox.settlement.claim import Treatment
from yibaobox.settlement.queries import known
from yibaobox.settlement.refusals import Blocked
from yibaobox.settlement.setlinfo import MAJOR, POOL

if TYPE_CHECKING:
    from datetime import date

    from yibaobox.settlement.case import Case, Values


_BY_FUND: Final = "01"  # trt_chk_type
_YES, _NO = "1", "0"
_OWN_ACCOUNT: Final = "310200"


def entitlement(case: Case) -> Values:
    """Tell for each fund whether it would pay for a treatment here on a day, since when, until when, or why not."""
    data = case.data
    if data["fixmedins_code"] != case.institution.code:
        raise InvalidInput("只能检查在本机构的待遇", field="fixmedins_code")
    person, day = known.person(case, data["psn_no"]), data["begntime"].date()
    kinds = med_types.STAYS if data["med_type"] in med_types.STAYS else med_types.VISITS
    lying = kinds is not med_types.STAYS and visits.lies(case.tx, person.psn_no, clock.to_us(data["begntime"]))
    asked = (data["med_type"], data["insutype"], kinds, data["dise_codg"] or "", lying)
    treatment = Treatment(person.psn_no, day, *asked)
    try:
        standing = claim.grounds(case, treatment).standing
    except (NotEligible, Blocked) as refusal:
        rows = [_row(fund, _NO, day, refusal.message) for fund in _funds(data["insutype"])]
    else:
        period = standing.period or standing.participation
        since, until = day if period is None else period.from_day, standing.period and standing.period.until_day
        rows = [_row(fund, _YES, since, "") | {"enddate": until} for fund in _funds(standing.insutype)]
    return {"trtinfo": [row | {"psn_no": person.psn_no} for row in rows]}


def _funds(insutype: str) -> list[str]:
    if insutype not in POOL:
        raise InvalidInput(f"不支持险种 {insutype}", field="insutype")
    own = [_OWN_ACCOUNT] if insutype == capacities.EMPLOYEE_INSURANCE else []
    return [POOL[insutype][0], MAJOR[insutype][0], *own]


def _row(fund: str, flag: str, since: date, why: str) -> dict[str, Any]:
    return {
        "trt_chk_type": _BY_FUND,
        "fund_pay_type": fund,
        "trt_enjymnt_flag": flag,
        "begndate": since,
        "trt_chk_rslt": why,
    }


TRANSACTION: Final = query("2001", entitlement)
