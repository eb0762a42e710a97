"""2102 药店结算."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import visits
from yibaobox.domain.errors import InvalidInput
from yibaobox.settlement import charged, commit, held, presented
from yibaobox.settlement.case import writing
from yibaobox.settlement.sales import bill

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from yibaobox.edge.dispatch import Answer
    from yibaobox.settlement.case import Case


def sell(case: Case) -> Answer:
    """Write a sale with its rows and settle it: own account, then family, then cash."""
    bill.check_seller(case)
    rows = case.input["drugdetail"]
    _check_traces(rows)
    person = presented.owner(case, case.data)
    givers = held.payers(case, person.psn_no)
    visit = visits.describe(case.tx, visits.register(case.tx, bill.wanted(case, person)), case.data, ())
    wanted = charged.wanted(rows)
    fees = visits.upload(case.tx, visit, wanted)
    answer, _ = commit.settled(case, bill.drawn_up(case, visit, fees, givers))
    assert answer.output is not None, "a sale that was settled is told"
    return answer._replace(output={**answer.output, "detlcutinfo": charged.told(fees, wanted, sale=True)})


def _check_traces(rows: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a code of one pack (药品追溯码) that stands on two rows, or on a row that is another's."""
    codes = [(trace["drug_trac_codg"], trace["feedetl_sn"], row["feedetl_sn"]) for row, trace in _traces(rows)]
    if len({code for code, _, _ in codes}) != len(codes):
        raise InvalidInput("药品追溯码重复", field="drug_trac_codg")
    if any(named != stands for _, named, stands in codes):
        raise InvalidInput("药品追溯码所指的费用明细流水号与所在明细不符", field="feedetl_sn")


def _traces(rows: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    return [(row, trace) for row in rows for trace in row["durg_trac_info"] or ()]


TRANSACTION: Final = writing("2102", sell)
