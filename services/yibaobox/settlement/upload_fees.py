"""2204 门诊费用明细信息上传."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import visits
from yibaobox.domain.errors import InvalidInput
from yibaobox.edge.dispatch import Answer
from yibaobox.settlement import charged, foresee, held
from yibaobox.settlement.case import writing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yibaobox.settlement.case import Case


def upload_fees(case: Case) -> Answer:
    """Write the fee rows of one visit and tell how the catalogue values each."""
    rows = case.input["feedetail"]
    if len({(row["psn_no"], row["mdtrt_id"]) for row in rows}) != 1:
        raise InvalidInput("一次上传的费用明细须属于同一人员的同一次就诊", field="mdtrt_id")
    wanted = charged.wanted(rows, batch=_batch)
    visit = held.visit(case, rows[0])
    fees = visits.upload(case.tx, visit, wanted)
    return Answer({"result": charged.told(fees, wanted)}, psn_no=visit.psn_no)


def _batch(row: Mapping[str, Any]) -> str:
    if row["chrg_bchno"] == visits.ALL_BATCHES:
        raise InvalidInput("收费批次号 0000 保留给全部撤销", field="chrg_bchno")
    return str(row["chrg_bchno"])


TRANSACTION: Final = writing("2204", upload_fees, foresee=foresee.charging)
