"""A population: many synthetic people at once, the same for the same seed.

The only place that knows Faker. It is imported when the first person is asked for: loading its word lists takes time
that a start without a population should not pay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from yibaobox.domain import people
from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.people import capacities, id_numbers, regions
from yibaobox.domain.store.tx import Tx

if TYPE_CHECKING:
    from faker import Faker

LARGEST: Final = 100_000
_SHARES: Final = {  # people of each capacity among a hundred
    "employee": 34,
    "retiree": 13,
    "flexible": 7,
    "resident": 20,
    "child": 13,
    "student": 9,
    "assisted": 4,
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a person lives: a street that does not exist in a county of their pooling area."""

    county: str
    text: str
    postcode: str


def generate(tx: Tx, n: int, *, seed: int, codes: Sequence[str]) -> list[people.Person]:
    """Write `n` people, spread evenly over the regions; world, day and seed alone decide who they are."""
    if not 1 <= n <= LARGEST:
        raise InvalidInput(f"人数须在 1 至 {LARGEST} 之间", field="n")
    return [people.create(tx, wanted) for wanted in drafts(n, seed, codes, tx.today)]


def drafts(n: int, seed: int, codes: Sequence[str], today: date) -> Iterator[people.NewPerson]:
    """Yield people as they are asked for: names, sexes, and birth dates that fit their capacity on a day."""
    areas = [regions.resolve(code).code for code in codes]
    assert areas, "people live somewhere"
    faker = _faker(seed)
    for place in range(n):
        capacity = capacities.get(faker.random.choices(tuple(_SHARES), tuple(_SHARES.values()))[0])
        first, last = capacity.births(today)
        sex = faker.random.choice((id_numbers.MALE, id_numbers.FEMALE))
        yield people.NewPerson(
            region=areas[place % len(areas)],
            capacity=capacity.code,
            name=faker.name_male() if sex == id_numbers.MALE else faker.name_female(),
            birth=first + timedelta(days=faker.random.randint(0, (last - first).days)),
            sex=sex,
        )


def address_of(person: people.Person) -> Address:
    """Return a person's address; it follows from their number and is nowhere stored."""
    area = regions.resolve(person.region)
    faker = _faker(person.seq)
    county = faker.random.choice(sorted(area.counties))
    street = f"{faker.street_name()}{faker.random.randint(1, 999)}号"
    return Address(county, area.full_name + area.counties[county] + street, area.postcode)


def _faker(seed: int) -> Faker:
    """Return a source of Chinese names that draws from its own seed."""
    from faker import Faker  # noqa: PLC0415 - its word lists load in a third of a second, which only a population needs

    faker = Faker("zh_CN")
    faker.seed_instance(seed)
    return faker
