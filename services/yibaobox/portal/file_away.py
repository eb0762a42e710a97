"""异地就医备案 (P9): file treatment elsewhere for oneself, or for somebody who has given leave, and take it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from yibaobox.domain import enrolment, filings, ledger, people
from yibaobox.domain.accounts import consents
from yibaobox.domain.errors import CheckFailed, Conflicting, InvalidInput, NotEligible, NotFound, UnknownRegion
from yibaobox.domain.filings import Filing
from yibaobox.domain.people import regions
from yibaobox.domain.policy import Place
from yibaobox.domain.policy.filing_rules import away_until, begins
from yibaobox.domain.store import Tx

SELF: Final = "self"
OTHER: Final = "other"
SOURCE: Final = "portal"
_AHEAD: Final = timedelta(days=366)
_KINDS: Final = (filings.AWAY, filings.TRANSFER)
_FOR_WHOM: Final[Mapping[str, tuple[str, ...]]] = {  # who a type is for, by capacity; the others are for everybody
    "resettled": ("retiree",),
    "posted": ("employee", "flexible"),
}
_UNKNOWN: Final = "未查询到该人员的参保信息，或未取得其代办授权"


@dataclass(frozen=True, slots=True)
class Form:
    """What is filed; `contact` is who can be reached: name, mobile, address."""

    type: str
    destination: str
    from_day: date
    until_day: date | None
    student_place: str | None
    contact: Mapping[str, str]


def for_whom(tx: Tx, agent: str, asked: Mapping[str, Any]) -> str:
    """Look a person up by region and number; whoever gave no leave looks like whoever does not exist."""
    person = people.find_by_id_no(tx, asked["id_no"])
    if person is None or not consents.allows(tx, agent, person.psn_no, "filing"):
        raise CheckFailed(_UNKNOWN, check="person")
    part = enrolment.standing(tx, person.psn_no, tx.today)
    if part.region != _area(asked["region"], "region"):
        raise CheckFailed(_UNKNOWN, check="person")
    return person.psn_no


def submit(tx: Tx, psn_no: str, form: Form, agent: str | None = None) -> Filing:
    """File; it is in force from its first day, which may be today."""
    ledger.lock(tx, [psn_no])
    found = enrolment.standing(tx, psn_no, tx.today)
    if not found.entitled:
        raise NotEligible(f"{found.reason}，不能办理异地就医备案", standing=found.code)
    place = Place(found.region, found.scheme)
    _check_type(form, found.capacity)
    _check_contact(form, agent)
    destination = _destination(form.destination, found.region)
    return filings.file(
        tx,
        filings.NewFiling(
            psn_no=psn_no,
            kind=filings.AWAY,
            type=form.type,
            region=found.region,
            from_day=form.from_day,
            until_day=_until(tx, form, place, agent),
            source=SOURCE,
            destination=destination,
            detail={
                "contact": dict(form.contact),
                **({"student_place": form.student_place} if form.student_place else {}),
                **({"agent": agent} if agent else {}),
            },
        ),
    )


def cancel(tx: Tx, psn_no: str, filing_id: int, reason: str) -> Filing:
    """Take a filing back that one made; what a hospital filed, the hospital takes back."""
    ledger.lock(tx, [psn_no])
    found = get(tx, psn_no, filing_id)
    if found.kind != filings.AWAY:
        raise Conflicting("转院备案由医院办理，请联系医院撤销")
    if found.state(tx.today) == "EXPIRED":
        raise Conflicting("该备案已过期，无需撤销")
    return filings.cancel(tx, found, reason)


def get(tx: Tx, psn_no: str, filing_id: int) -> Filing:
    """Return a filing for treatment elsewhere; any other number is unknown."""
    found = filings.get(tx, psn_no, filing_id)
    if found.kind not in _KINDS:
        raise NotFound("备案不存在")
    return found


def listed(tx: Tx, psn_no: str) -> list[Filing]:
    """Return a person's filings for treatment elsewhere, hospitals' transfers among them, the newest first."""
    return [one for one in filings.listed(tx, psn_no) if one.kind in _KINDS]


def destination_name(code: str) -> str:
    """Return the name of a place of care: a pooling area, or a whole province."""
    try:
        return regions.resolve(code).full_name
    except UnknownRegion:
        return regions.provinces().get(code, code)


def _check_type(form: Form, capacity: str) -> None:
    if capacity not in _FOR_WHOM.get(form.type, (capacity,)):
        name = filings.AWAY_TYPES[form.type].name
        raise InvalidInput(f"备案类型“{name}”与参保身份不符", field="type")
    if form.student_place and capacity != "student":
        raise InvalidInput("只有大学生可以选择学籍地、户籍地、实习地或新生入学", field="student_place")


def _check_contact(form: Form, agent: str | None) -> None:
    names = {"name": "联系人", "mobile": "联系人电话", "address": "联系人地址"}
    needed = [name for name in names if not (agent and name == "name")]  # an agent is the contact
    missing = [names[name] for name in needed if not form.contact.get(name)]
    if missing:
        raise InvalidInput(f"请填写：{'、'.join(missing)}", field="contact")


def _destination(code: str, home: str) -> str:
    """Return the pooling area or the province that is meant; one's own needs no filing."""
    found = code if code in regions.provinces() else _area(code, "destination")
    if found == home:
        raise InvalidInput("就医地在参保统筹区内，无需备案", field="destination")
    return found


def _until(tx: Tx, form: Form, place: Place, agent: str | None) -> date | None:
    """Return the last day; refuse days outside what the region allows."""
    first = begins(place, OTHER if agent else SELF, tx.today)
    if not first <= form.from_day <= tx.today + _AHEAD:
        raise InvalidInput(f"开始日期须在 {first.isoformat()} 之后的一年以内，不能早于该日", field="from_day")
    longest = away_until(place, filings.AWAY_TYPES[form.type].status, form.from_day)
    wanted = form.until_day or longest
    if longest is not None and wanted is not None and wanted > longest:
        raise InvalidInput(f"该备案类型的有效期最长至 {longest.isoformat()}", field="until_day")
    return wanted


def _area(code: str, field: str) -> str:
    try:
        return regions.resolve(code).code
    except UnknownRegion as unknown:
        raise InvalidInput(unknown.message, field=field) from None
