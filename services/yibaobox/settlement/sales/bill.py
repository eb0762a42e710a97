"""The bill of a sale: the rows stand in the message that asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import visits
from yibaobox.domain.errors import InvalidInput
from yibaobox.settlement import med_types
from yibaobox.settlement.bill import Bill, check_total, of_one_day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yibaobox.domain.people import Person
    from yibaobox.domain.visits import Fee, NewVisit, Visit
    from yibaobox.settlement.case import Case

_SELLERS: Final = ("pharmacy", "school_clinic")  # levels of institutions


def check_seller(case: Case) -> None:
    """Refuse an institution that sells nothing over the counter."""
    if case.institution.level not in _SELLERS:
        raise InvalidInput("药店结算仅限定点零售药店和校医院", field="fixmedins_code")


def wanted(case: Case, person: Person) -> NewVisit:
    """Return the sale as the records take it."""
    data = case.data
    return visits.NewVisit(
        psn_no=person.psn_no,
        institution=case.institution.code,
        insutype=data["insutype"],
        ipt_otp_no="",
        begins=data["begntime"],
        facts=data,
        kind=visits.SALE,
    )


def drawn_up(case: Case, visit: Visit, fees: Sequence[Fee], givers: list[str] | None = None) -> Bill:
    """Split the rows of a sale."""
    check_total(fees, case.data["medfee_sumamt"], "购药")
    return of_one_day(case, visit, fees, med_types.SALES, givers)
