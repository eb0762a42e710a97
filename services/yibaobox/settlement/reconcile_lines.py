"""3202 医药机构费用结算对明细账."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import clock, reconciliation
from yibaobox.domain.faults import striking
from yibaobox.domain.money import format_yuan
from yibaobox.domain.reconciliation import Kind
from yibaobox.settlement.case import query
from yibaobox.settlement.reconcile import UNEVEN, scope_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yibaobox.domain.reconciliation import Difference, Line
    from yibaobox.settlement.case import Case, Values

_Cells = tuple[str | None, ...]


def reconcile_lines(case: Case) -> Values:
    """Compare the lines of an uploaded sheet with the centre's; what differs stands in a sheet to download."""
    data, tx, institution = case.data, case.tx, case.institution.code
    scope = scope_of(case, data)
    sheet = reconciliation.read(tx, institution, data["file_qury_no"]).content
    theirs = reconciliation.rows(reconciliation.unpacked(sheet))
    found = reconciliation.differences(reconciliation.stated(tx, scope), theirs)
    name = f"{institution}_{scope.first:%Y%m%d}_{scope.last:%Y%m%d}_{data['clr_type']}"
    late = striking.at("recon.late_file")
    content = reconciliation.packed(f"{name}.txt", (_cells(each) for each in found))
    made = reconciliation.keep(tx, institution, f"{name}.zip", content, later_s=late["s"] if late else 0)
    until = clock.from_us(made.expires_us)
    return {"fileinfo": {"file_qury_no": made.number, "filename": made.name, "dld_endtime": until}}


def _cells(found: Difference) -> _Cells:
    """Return the ten columns of a line that differs: amounts of the centre where it has the line."""
    return tuple(_columns(found))


def _columns(found: Difference) -> Iterator[str | None]:
    line, row = found.line, found.row
    if line is not None:
        yield from (line.psn_no, str(line.visit_id), str(_number(line, found)), line.msgid)
        yield from (UNEVEN, "1" if line.sign < 0 else "0", _memo(found))
        yield from (format_yuan(fen) for fen in (line.total_fen, line.fund_fen, line.account_fen))
        return
    assert row is not None, "a difference has one side at least"
    yield from (row.psn_no, row.mdtrt_id, row.setl_id, None, UNEVEN, row.refund_flag, _memo(found))
    yield from (format_yuan(fen) for fen in row.amounts)


def _number(line: Line, found: Difference) -> object:
    """Return the number under which the institution knows the line, else that of the settlement."""
    return line.setl_id if found.row is None else found.row.setl_id


def _memo(found: Difference) -> str:
    if found.kind is Kind.ONLY_CENTRE:
        return "机构无此记录"
    if found.kind is Kind.ONLY_INSTITUTION:
        return "中心无此记录"
    assert found.row is not None, "amounts differ between two sides"
    total, fund, account = (format_yuan(fen) for fen in found.row.amounts)
    return f"金额不一致：机构上传总额{total}，基金{fund}，账户{account}"


TRANSACTION: Final = query("3202", reconcile_lines, touches=lambda _: True, brief=False)
