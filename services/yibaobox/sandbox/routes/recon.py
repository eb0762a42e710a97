"""The centre's statement of one day beside the books and beside what institutions were told."""

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

import marshmallow as ma

from yibaobox.domain import reconciliation
from yibaobox.domain.people import institutions
from yibaobox.domain.reconciliation import Difference, Line, Row, Scope
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import blueprint as control_blueprint
from yibaobox.settlement import med_types

if TYPE_CHECKING:
    from yibaobox.domain.store import Tx

blueprint = control_blueprint("recon", "对账")


class Day(fields.Schema):
    """The accounting date: the day of the sandbox clock on which a transaction was committed."""

    date = ma.fields.Date(required=True)


class Amounts(fields.Schema):
    """The amounts that are compared; those of a refund are negative."""

    total_fen = fields.Integer(required=True)
    fund_fen = fields.Integer(required=True)
    account_fen = fields.Integer(required=True)


class DayTotals(Amounts):
    """What the centre states of one kind of insurance and one clearing type."""

    insutype = fields.String(required=True)
    clr_type = fields.String(required=True)
    settlements = fields.Integer(required=True)
    refunds = fields.Integer(required=True)
    cash_fen = fields.Integer(required=True)


class LineDifference(fields.Schema):
    """One line that differs: `amount`, `only_centre` or `only_institution`."""

    kind = fields.String(required=True)
    setl_id = fields.String(required=True)
    mdtrt_id = fields.String(required=True)
    psn_no = fields.String(required=True)
    msgid = fields.String(required=True, allow_none=True)
    refund = fields.Boolean(required=True)
    centre = ma.fields.Nested(Amounts, required=True, allow_none=True)
    institution = ma.fields.Nested(Amounts, required=True, allow_none=True)


class InstitutionDay(fields.Schema):
    """An institution's day; `ledger_fen` is what its account in the books got, whatever the settlements say."""

    code = fields.String(required=True)
    balanced = fields.Boolean(required=True)
    ledger_fen = fields.Integer(required=True)
    totals = ma.fields.List(ma.fields.Nested(DayTotals), required=True)
    differences = ma.fields.List(ma.fields.Nested(LineDifference), required=True)


class Reconciled(fields.Schema):
    """All institutions that had something to do with the day, by code."""

    date = ma.fields.Date(required=True)
    balanced = fields.Boolean(required=True)
    institutions = ma.fields.List(ma.fields.Nested(InstitutionDay), required=True)


@blueprint.post("/run")
@exchange(asks=Day(), answers=Reconciled(), refuses=(422,))
def run(date: date) -> dict[str, Any]:
    """Reconcile a day."""
    with context.world().read() as tx:
        booked = _booked(tx, date)
        found = [_day(tx, each.code, date, booked.get(each.code, 0)) for each in institutions.listed(tx)]
    busy = [each for each in found if each["totals"] or each["differences"] or each["ledger_fen"]]
    return {"date": date, "balanced": all(each["balanced"] for each in busy), "institutions": busy}


def _day(tx: "Tx", code: str, day: date, ledger_fen: int) -> dict[str, Any]:
    scope = Scope(code, day, day)
    stated, known = reconciliation.stated(tx, scope), reconciliation.known(tx, scope)
    found = reconciliation.differences(stated, [Row.of(line) for line in known])
    settled_fen = reconciliation.sum_of(reconciliation.books(tx, scope)).total_fen
    return {
        "code": code,
        "balanced": not found and ledger_fen == settled_fen,
        "ledger_fen": ledger_fen,
        "totals": _totals(stated),
        "differences": [_shown(each) for each in found],
    }


def _booked(tx: "Tx", day: date) -> dict[str, int]:
    """Return what the accounts of institutions got on a day, by code, from raw entries."""
    rows = tx.query(
        # CROSS: SQLite joins in the order that is written, and few postings are of the day.
        "SELECT e.account, sum(e.amount_fen) FROM postings p CROSS JOIN entries e WHERE e.psn_no = p.psn_no"
        " AND e.txn_id = p.txn_id AND p.biz_at_us >= ? AND p.biz_at_us < ? AND e.account LIKE 'INST:%'"
        " GROUP BY e.account",
        *Scope("", day, day).instants,
    )
    return {account.removeprefix("INST:"): int(fen) for account, fen in rows}


def _totals(stated: list[Line]) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in stated:
        groups[line.insutype, med_types.clearing(line.med_type)].append(line)
    return [
        {
            "insutype": insutype,
            "clr_type": clr_type,
            "settlements": sum(line.sign > 0 for line in lines),
            "refunds": sum(line.sign < 0 for line in lines),
            "cash_fen": sum(line.cash_fen for line in lines),
            **_amounts(reconciliation.sum_of(lines)),
        }
        for (insutype, clr_type), lines in sorted(groups.items())
    ]


def _shown(found: Difference) -> dict[str, Any]:
    line, row = found.line, found.row
    side = line if line is not None else row
    assert side is not None, "a difference has one side at least"
    return {
        "kind": str(found.kind),
        "setl_id": str(side.setl_id),
        "mdtrt_id": str(line.visit_id) if line is not None else row.mdtrt_id if row is not None else "",
        "psn_no": side.psn_no,
        "msgid": line.msgid if line is not None else None,
        "refund": side.total_fen < 0,
        "centre": None if line is None else _amounts(line),
        "institution": None if row is None else _amounts(row),
    }


def _amounts(side: Any) -> dict[str, int]:
    return {name: getattr(side, name) for name in ("total_fen", "fund_fen", "account_fen")}
