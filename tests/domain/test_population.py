from collections import Counter
from datetime import date

import pytest

from yibaobox.domain import clock, people, population
from yibaobox.domain.errors import InvalidInput, UnknownRegion
from yibaobox.domain.people import capacities, id_numbers, regions
from yibaobox.domain.store.places import open_places

DAY = date(2025, 11, 20)
EVERYWHERE = [region.code for region in regions.shipped()]


@pytest.fixture
def places():
    made = open_places("memory://")
    yield made
    made.close()


def populate(places, place, n, seed, codes):
    with places.create(place).write() as tx:
        clock.put(tx, "frozen", clock.start_of(DAY))
        return population.generate(tx, n, seed=seed, codes=codes)


@pytest.fixture
def crowd(places):
    return populate(places, "w_crowd", 3000, 42, EVERYWHERE)


def test_every_generated_person_is_synthetic_unique_and_of_a_fitting_age(crowd):
    for person in crowd:
        capacity = capacities.get(person.capacity)
        number = id_numbers.validate(person.id_no)
        assert person.id_no[:6] == regions.resolve(person.region).id_prefix
        assert (number.birth, number.sex) == (person.birth, person.sex)
        assert capacity.age_min <= person.age_on(DAY) <= capacity.age_max
    for field in ("psn_no", "id_no", "mobile"):
        assert len({getattr(person, field) for person in crowd}) == len(crowd)


def test_every_capacity_and_every_region_is_found_in_a_crowd(crowd):
    assert set(Counter(person.capacity for person in crowd)) == set(capacities.CAPACITIES)
    assert max(Counter(person.region for person in crowd).values()) == -(-len(crowd) // len(EVERYWHERE))


def test_the_same_seed_gives_the_same_people(places):
    first = populate(places, "w_one", 50, 7, ["511700", "510400"])
    again = populate(places, "w_two", 50, 7, ["511700", "510400"])

    assert first == again


def test_another_seed_gives_other_people(places):
    first = populate(places, "w_one", 50, 7, ["511700"])
    other = populate(places, "w_two", 50, 8, ["511700"])

    assert [person.name for person in first] != [person.name for person in other]


def test_generating_again_adds_people_beside_those_who_are_there(places):
    store = places.create("w_twice")
    with store.write() as tx:
        population.generate(tx, 200, seed=1, codes=["511700"])
        population.generate(tx, 200, seed=1, codes=["511700"])

    with store.read() as tx:
        assert people.page(tx).total == 400


def test_an_address_lies_in_a_county_of_the_region_and_stays_the_same(crowd):
    for person in crowd[:30]:
        address = population.address_of(person)
        area = regions.resolve(person.region)
        assert regions.resolve(address.county) == area
        assert address.text.startswith(area.full_name + area.counties[address.county])
        assert address.postcode == area.postcode
        assert population.address_of(person) == address


@pytest.mark.parametrize("n", [0, -1, 100_001])
def test_a_number_of_people_out_of_range_is_refused(places, n):
    with pytest.raises(InvalidInput):
        populate(places, "w_none", n, 1, ["511700"])


def test_nobody_is_generated_in_an_unknown_region(places):
    with pytest.raises(UnknownRegion):
        populate(places, "w_none", 1, 1, ["511700", "110105"])
