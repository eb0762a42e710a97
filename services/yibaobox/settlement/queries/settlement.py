"""5203 结算信息查询."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import clock, ledger, visits
from yibaobox.domain.errors import NotFound
from yibaobox.domain.people import regions
from yibaobox.settlement import told
from yibaobox.settlement.case import query
from yibaobox.settlement.queries import known, levels
from yibaobox.settlement.setlinfo import Told

if TYPE_CHECKING:
    from datetime import date

    from yibaobox.domain.visits import Settlement, Visit
    from yibaobox.settlement.case import Case, Values


_HERE, _SAME_PROVINCE, _FAR = "2", "3", "4"  # pay_loc


def settlement(case: Case) -> Values:
    """Tell a settlement of this institution, or with a minus its reversal, by the number of either."""
    data, tx = case.data, case.tx
    person = known.person(case, data["psn_no"])
    visit = visits.asked_for(tx, person.psn_no, data["mdtrt_id"], case.institution.code)
    made, undone = visits.shown(tx, data["setl_id"])
    if made.psn_no != visit.psn_no or made.visit_id != visit.visit_id:
        raise NotFound("结算记录不存在")
    is_reversal = undone is not None and data["setl_id"] == str(undone.reversal_id)
    at_us = undone.reversed_us if undone is not None and is_reversal else made.settled_us
    facts, sign = Told.of_settlement(made), -1 if is_reversal else 1
    setlinfo = facts.setlinfo(person, clock.from_us(at_us), sign=sign)
    setlinfo |= _besides(case, visit, made) | {
        "setl_id": data["setl_id"],
        "medins_setl_id": undone.msgid if undone is not None and is_reversal else made.msgid,
        "psn_pay": setlinfo["psn_part_amt"],
        "cash_payamt": setlinfo["psn_cash_pay"],
        "balc": ledger.balance(tx, person.psn_no),
        "refd_setl_flag": "1" if is_reversal else "0",
    }
    return {"setlinfo": told.fitting("5203", setlinfo), "setldetail": facts.setldetail(sign=sign)}


def _besides(case: Case, visit: Visit, made: Settlement) -> dict[str, Any]:
    """Return where and when it was, and for what."""
    here, described = case.institution, visit.uploaded
    return {
        "mdtrt_id": visit.number,
        "pay_loc": _pay_loc(made.region, here.region),
        "fixmedins_code": here.code,
        "fixmedins_name": here.name,
        "hosp_lv": levels.HOSPITAL[here.level],
        "dedc_hosp_lv": levels.DEDUCTIBLE[here.level],
        "fixmedins_poolarea": here.region,
        "begndate": visit.day,
        "enddate": _ended(case, visit, made),
        "year": str(made.year),
        **known.some(described, ("dise_codg", "dise_name")),
    }


def _ended(case: Case, visit: Visit, made: Settlement) -> date:
    if visit.kind != visits.STAY:
        return visit.day
    return visits.stay_of(case.tx, visit).discharged or clock.day_of(made.settled_us)


def _pay_loc(home: str, here: str) -> str:
    if home == here:
        return _HERE
    return _SAME_PROVINCE if regions.resolve(home).code[:2] == regions.resolve(here).code[:2] else _FAR


TRANSACTION: Final = query("5203", settlement)
