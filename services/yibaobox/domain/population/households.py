"""Who lives together: couples, their children and a parent, of ages and names that fit. Drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from yibaobox.domain.people import capacities, id_numbers
from yibaobox.domain.people.persons import NewPerson

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from faker import Faker

_YEAR: Final = timedelta(days=365)
_WORKING: Final = {"employee": 55, "flexible": 12, "resident": 27, "assisted": 6}  # adults among a hundred
_CHILDREN: Final = (0, 1, 1, 2)
_APART_MAX: Final = 6 * _YEAR  # ages of a couple
_PARENT_YOUNGEST: Final = 22 * _YEAR
_PARENT_OLDEST: Final = 38 * _YEAR
_WITH_SPOUSE, _WITH_PARENT, _RETIRED = 75, 35, 70  # of a hundred households, and of a hundred parents


@dataclass(frozen=True, slots=True)
class Member:
    """Someone of a household, and what they are to its head: head, spouse, child or parent."""

    relation: str
    wanted: NewPerson


class Households:
    """Draws households of pooling areas, one after the other, as they live on a day."""

    def __init__(self, faker: Faker, areas: Sequence[str], today: date) -> None:
        self._faker, self._areas, self._today = faker, areas, today
        self._draw = faker.random

    def __iter__(self) -> Iterator[list[Member]]:
        place = 0
        while True:
            yield self._household(self._areas[place % len(self._areas)])
            place += 1

    def _household(self, region: str) -> list[Member]:
        head = self._adult(region, self._sex())
        found = [Member("head", head)]
        if self._draw.randrange(100) < _WITH_SPOUSE:
            spouse = self._spouse(head)
            found += [Member("spouse", spouse), *self._children(head, spouse)]
        if self._draw.randrange(100) < _WITH_PARENT:
            found += self._parent(head)
        return found

    def _adult(self, region: str, sex: str) -> NewPerson:
        capacity = self._draw.choices(tuple(_WORKING), tuple(_WORKING.values()))[0]
        return self._person(region, capacity, sex, _bounds(capacity, self._today))

    def _spouse(self, head: NewPerson) -> NewPerson:
        """Draw somebody of the other sex whose age is near the head's, and whose capacity the age fits."""
        assert head.birth is not None, "who is drawn has a birth date"
        near = (head.birth - _APART_MAX, head.birth + _APART_MAX)
        sex = id_numbers.FEMALE if head.sex == id_numbers.MALE else id_numbers.MALE
        wanted = self._draw.choices(tuple(_WORKING), tuple(_WORKING.values()))[0]
        for capacity in (wanted, head.capacity):
            bounds = _both(near, _bounds(capacity, self._today))
            if bounds is not None:
                return self._person(head.region, capacity, sex, bounds)
        raise AssertionError("the head's own capacity fits the head's own age")

    def _children(self, head: NewPerson, spouse: NewPerson) -> Iterator[Member]:
        father, mother = (head, spouse) if head.sex == id_numbers.MALE else (spouse, head)
        assert father.birth is not None, "who is drawn has a birth date"
        assert mother.birth is not None, "who is drawn has a birth date"
        youngest = max(father.birth, mother.birth) + _PARENT_YOUNGEST
        oldest = min(father.birth, mother.birth) + _PARENT_OLDEST
        for _ in range(self._draw.choice(_CHILDREN)):
            for capacity in self._draw.sample(("child", "student"), 2):
                bounds = _both((youngest, oldest), _bounds(capacity, self._today))
                if bounds is not None:
                    child = self._person(head.region, capacity, self._sex(), bounds, surname=_surname(father))
                    yield Member("child", child)
                    break

    def _parent(self, head: NewPerson) -> Iterator[Member]:
        assert head.birth is not None, "who is drawn has a birth date"
        capacity = "retiree" if self._draw.randrange(100) < _RETIRED else "resident"
        bounds = _both((head.birth - _PARENT_OLDEST, head.birth - _PARENT_YOUNGEST), _bounds(capacity, self._today))
        if bounds is not None:
            sex = self._sex()
            surname = _surname(head) if sex == id_numbers.MALE else None
            yield Member("parent", self._person(head.region, capacity, sex, bounds, surname=surname))

    def _person(
        self, region: str, capacity: str, sex: str, born: tuple[date, date], *, surname: str | None = None
    ) -> NewPerson:
        given = self._faker.first_name_male() if sex == id_numbers.MALE else self._faker.first_name_female()
        birth = born[0] + timedelta(days=self._draw.randint(0, (born[1] - born[0]).days))
        name = (surname or self._faker.last_name()) + given
        return NewPerson(region=region, capacity=capacity, name=name, birth=birth, sex=sex)

    def _sex(self) -> str:
        sex: str = self._draw.choice((id_numbers.MALE, id_numbers.FEMALE))
        return sex


def _bounds(capacity: str, today: date) -> tuple[date, date]:
    return capacities.get(capacity).births(today)


def _both(one: tuple[date, date], other: tuple[date, date]) -> tuple[date, date] | None:
    """Return the days in both spans, or nothing."""
    first, last = max(one[0], other[0]), min(one[1], other[1])
    return (first, last) if first <= last else None


def _surname(person: NewPerson) -> str:
    assert person.name is not None, "who is drawn has a name"
    return person.name[:1]
