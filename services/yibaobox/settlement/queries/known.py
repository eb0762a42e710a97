"""What the queries share: the person asked about, and facts that were stored as text."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from yibaobox.domain import clock, enrolment, people
from yibaobox.domain.errors import InvalidInput, NotFound
from yibaobox.domain.people import capacities
from yibaobox.settlement import presented

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from yibaobox.domain.people import Person
    from yibaobox.settlement.case import Case

_NOBODY = "99"  # psn_type 其他


def person(case: Case, psn_no: str) -> Person:
    """Return a person by number; a number that nobody has is refused as everywhere."""
    try:
        return people.get(case.tx, psn_no)
    except NotFound:
        raise NotFound(presented.UNKNOWN) from None


def about(who: Person, on: date) -> dict[str, Any]:
    """Return what every table says of a person."""
    return {
        "psn_no": who.psn_no,
        "psn_cert_type": who.id_type,
        "certno": who.id_no,
        "psn_name": who.name,
        "gend": who.sex,
        "brdy": who.birth,
        "age": who.age_on(on),
    }


def psn_type(case: Case, psn_no: str) -> Callable[[date], str]:
    """Return what tells 人员类别 on a day; how the person was enrolled is read once."""
    paid = enrolment.periods(case.tx, psn_no)
    parts = enrolment.participations(case.tx, psn_no, paid)

    def on(day: date) -> str:
        capacity = enrolment.judge(parts, paid, day).capacity
        return capacities.get(capacity).psn_type if capacity else _NOBODY

    return on


def span(begins: datetime, ends: datetime | None, now: datetime) -> tuple[int, int]:
    """Return the instants between which something is asked for; without an end, until now."""
    last = now if ends is None else ends
    if last < begins:
        raise InvalidInput("结束时间不能早于开始时间", field="endtime")
    return clock.to_us(begins), clock.to_us(last)


def moment(facts: Mapping[str, Any], name: str) -> datetime | None:
    """Return a time that was stored as text."""
    return datetime.fromisoformat(facts[name]) if facts.get(name) else None


def some(facts: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return those of the facts that are there."""
    return {name: facts[name] for name in names if facts.get(name) not in (None, "")}
