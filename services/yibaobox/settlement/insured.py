"""Who is filed for: a person who is insured on the day, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain import enrolment, ledger, people
from yibaobox.domain.errors import InvalidInput, NotEligible, NotFound, UnknownRegion
from yibaobox.domain.people import institutions, regions
from yibaobox.settlement import presented

if TYPE_CHECKING:
    from datetime import date

    from yibaobox.domain.people.institutions import Institution
    from yibaobox.settlement.case import Case

_YEAR: Final = 366


def person(case: Case, psn_no: str) -> str:
    """Hold a person's book; refuse a number that nobody has."""
    try:
        found = people.get(case.tx, psn_no)
    except NotFound:
        raise NotFound(presented.UNKNOWN) from None
    ledger.lock(case.tx, [found.psn_no])
    return found.psn_no


def standing(case: Case, psn_no: str, on: date) -> enrolment.Standing:
    """Return the entitlement of a person on a day, wherever it is; refuse whoever has none."""
    found = enrolment.standing(case.tx, psn_no, on)
    if not found.entitled:
        raise NotEligible(f"{found.reason}（{on.isoformat()}），不能办理备案", standing=found.code)
    return found


def start(case: Case, day: date, field: str = "begndate") -> date:
    """Return the first day of a filing; refuse one more than a year away, either way."""
    if abs((day - case.tx.today).days) > _YEAR:
        raise InvalidInput("开始日期与当前日期相差不能超过一年", field=field)
    return day


def agree(found: enrolment.Standing, *, insutype: str | None, region: str | None) -> None:
    """Refuse a message that names another insurance or another region than the person's."""
    if insutype and insutype != found.insutype:
        raise InvalidInput(f"险种类型与参保信息不一致，该人员享受待遇的险种为 {found.insutype}", field="insutype")
    if region and area(region, "insu_optins") != found.region:
        raise InvalidInput("参保机构医保区划与参保信息不一致", field="insu_optins")


def area(code: str, field: str) -> str:
    """Return the pooling area of a code; refuse one that this sandbox does not have, naming the field."""
    try:
        return regions.resolve(code).code
    except UnknownRegion as unknown:
        raise InvalidInput(unknown.message, field=field) from None


def institution(case: Case, code: str, field: str) -> Institution:
    """Return an institution that a message names; refuse one that is not under contract, naming the field."""
    found = institutions.find(case.tx, code)
    if found is None:
        raise InvalidInput("定点医药机构不存在或未签约", field=field)
    return found
