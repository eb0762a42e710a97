"""2301 住院费用明细上传."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import visits
from yibaobox.domain.errors import InvalidInput
from yibaobox.edge.dispatch import Answer
from yibaobox.settlement import charged, held
from yibaobox.settlement.case import writing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yibaobox.domain.visits import NewFee, Stay
    from yibaobox.settlement.case import Case


def charge(case: Case) -> Answer:
    """Write the fee rows of one stay, returns among them, and tell how the catalogue values each."""
    rows = case.input["feedetail"]
    if len({(row["psn_no"], row["mdtrt_id"]) for row in rows}) != 1:
        raise InvalidInput("一次上传的费用明细须属于同一人员的同一次住院", field="mdtrt_id")
    wanted = charged.wanted(rows, dated=True)
    visit = held.visit(case, rows[0], visits.STAY)
    _check_days(case, visits.still_open(case.tx, visit), wanted)
    fees = visits.upload_with_returns(case.tx, visit, wanted)
    return Answer({"result": charged.told(fees, wanted)}, psn_no=visit.psn_no)


def _check_days(case: Case, stay: Stay, wanted: Sequence[NewFee]) -> None:
    """Refuse charges outside the days of the stay, or on a day to come."""
    first, last = stay.admitted.isoformat(), (stay.discharged or case.tx.today).isoformat()
    for row in wanted:
        if row.charged_on is None or not first <= row.charged_on <= last:
            raise InvalidInput(
                f"费用明细 {row.feedetl_sn} 的费用发生日期 {row.charged_on} 不在住院期间 {first} 至 {last} 内",
                field="fee_ocur_time",
            )


TRANSACTION: Final = writing("2301", charge)
