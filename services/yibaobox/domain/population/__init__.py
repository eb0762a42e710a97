"""A population: many synthetic people at once, the same for the same seed.

They live in households, most are insured and paid up, employees have money on their accounts, and some open theirs to
their family. The only place that knows Faker. It is imported when the first person is asked for: loading its word lists
takes time that a start without a population should not pay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from yibaobox.domain import credentials, family, people, set_up
from yibaobox.domain.errors import InvalidInput, PolicyGap
from yibaobox.domain.people import Person, capacities, regions
from yibaobox.domain.population.households import Households, Member
from yibaobox.domain.store.tx import Tx

if TYPE_CHECKING:
    from datetime import date

    from faker import Faker

LARGEST: Final = 100_000
_INSURED, _ACTIVATED, _SHARES = 92, 70, 50  # of a hundred; the last of the heads with an own account
_ACCOUNT_MAX_FEN: Final = 600_000


@dataclass(frozen=True, slots=True)
class Address:
    """Where a person lives: a street that does not exist in a county of their pooling area."""

    county: str
    text: str
    postcode: str


def generate(tx: Tx, n: int, *, seed: int, codes: Sequence[str]) -> list[Person]:
    """Write `n` people, household by household over the regions; world, day and seed alone decide who they are."""
    if not 1 <= n <= LARGEST:
        raise InvalidInput(f"人数须在 1 至 {LARGEST} 之间", field="n")
    faker = _faker(seed)
    made: list[Person] = []
    for household in drafts(n, faker, codes, tx.today):
        living = [(member.relation, people.create(tx, member.wanted)) for member in household]
        made += [person for _, person in living]
        _settle_in(tx, living, faker)
    return made


def drafts(n: int, faker: Faker, codes: Sequence[str], today: date) -> Iterator[list[Member]]:
    """Yield households until there are `n` people; the last one may be cut short."""
    areas = [regions.resolve(code).code for code in codes]
    assert areas, "people live somewhere"
    left = n
    for household in Households(faker, areas, today):
        yield list(islice(household, left))
        left -= len(household)
        if left <= 0:
            return


def address_of(person: Person) -> Address:
    """Return a person's address; it follows from their number and is nowhere stored."""
    area = regions.resolve(person.region)
    faker = _faker(person.seq)
    county = faker.random.choice(sorted(area.counties))
    street = f"{faker.street_name()}{faker.random.randint(1, 999)}号"
    return Address(county, area.full_name + area.counties[county] + street, area.postcode)


def _settle_in(tx: Tx, living: Iterable[tuple[str, Person]], faker: Faker) -> None:
    """Insure a household, fill its accounts, and open the head's account to the rest."""
    draw = faker.random
    insured: list[tuple[str, Person]] = []
    for relation, person in living:
        employed = capacities.get(person.capacity).insutype == capacities.EMPLOYEE_INSURANCE
        chances = (draw.randrange(100) < _INSURED, draw.randrange(100) < _ACTIVATED, draw.randint(1, _ACCOUNT_MAX_FEN))
        if not (chances[0] and _insure(tx, person)):
            continue
        insured.append((relation, person))
        if chances[1]:
            credentials.set_up(tx, person.psn_no)
        if employed:
            set_up.credit(tx, person.psn_no, chances[2])
    if draw.randrange(100) < _SHARES:
        _open_account(tx, insured)


def _insure(tx: Tx, person: Person) -> bool:
    """Enrol with every year paid; not where the region says nothing about the years since."""
    try:
        set_up.enrol(tx, person, enrolled=True)
    except PolicyGap:
        return False
    return True


def _open_account(tx: Tx, insured: Sequence[tuple[str, Person]]) -> None:
    """Let the head's own account pay for the others, where the head has one."""
    if not insured or insured[0][0] != "head":
        return
    giver = insured[0][1]
    if capacities.get(giver.capacity).insutype == capacities.EMPLOYEE_INSURANCE:
        for relation, person in insured[1:]:
            family.bind(tx, giver.psn_no, person.psn_no, relation)


def _faker(seed: int) -> Faker:
    """Return a source of Chinese names that draws from its own seed."""
    from faker import Faker  # noqa: PLC0415 - its word lists load in a third of a second, which only a population needs

    faker = Faker("zh_CN")
    faker.seed_instance(seed)
    return faker
