"""5206 人员累计信息查询."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from yibaobox.domain import accumulators, clock
from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.people import capacities
from yibaobox.settlement.case import query
from yibaobox.settlement.queries import known

if TYPE_CHECKING:
    from yibaobox.settlement.case import Case, Values


_MONTH: Final = re.compile(r"(20[0-9]{2})(0[1-9]|1[0-2])", re.ASCII)
# No source names 累计类别代码 and the field has ten characters: these are the sandbox's own.
_BENEFITS: Final = (
    *(("OUTPATIENT", "MZ"), ("EMERGENCY", "JZ"), ("INPATIENT_MAJOR", "ZYDB"), ("INPATIENT", "ZY")),
    *(("CHRONIC", "MTB"), ("TWO_DISEASES", "LB"), ("MAJOR", "DB"), ("AID", "YZ")),
)
_KINDS: Final = {"DED": "QF", "CAP": "TC", "COUNT": "CS", "BASE": "JS", "PAID": "ZF", "THRESHOLD": "QF"}
_WHOLE: Final = 100  # a count has the two decimals of an amount


def accumulated(case: Case) -> Values:
    """Tell what a person had used up in each policy year by the end of a month, or by now."""
    data, tx = case.data, case.tx
    person = known.person(case, data["psn_no"])
    month, until_us = _asked(data["cum_ym"], tx.today)
    sums: dict[tuple[str, int, str], int] = {}
    for (_, scheme, year, bucket), fen in accumulators.by_scheme(tx, person.psn_no, until_us).items():
        key = (_insutype(scheme), year, _code(bucket))
        sums[key] = sums.get(key, 0) + (fen * _WHOLE if bucket.endswith("COUNT") else fen)
    rows = [
        {"insutype": insutype, "year": str(year), "cum_ym": month, "cum_type_code": code, "cum": fen}
        for (insutype, year, code), fen in sums.items()
    ]
    return {"cuminfo": rows}


def _asked(month: str | None, today: date) -> tuple[str, int]:
    """Return the month and the instant that ends it."""
    text = month or f"{today:%Y%m}"
    found = _MONTH.fullmatch(text)
    if found is None:
        raise InvalidInput("累计年月应为 yyyyMM", field="cum_ym")
    year, number = int(found[1]), int(found[2])
    ends = date(year + number // 12, number % 12 + 1, 1)
    return text, clock.start_of(ends)


def _insutype(scheme: str) -> str:
    schemes = {each.scheme: each.insutype for each in capacities.CAPACITIES.values()}
    return schemes[scheme]


def _code(bucket: str) -> str:
    benefit = next((code for name, code in _BENEFITS if bucket.startswith(name)), bucket[:5])
    return f"{benefit}_{_KINDS.get(bucket.rpartition('_')[2], 'QT')}"


TRANSACTION: Final = query("5206", accumulated)
