from collections import Counter
from datetime import date

import pytest

from yibaobox.domain import clock, enrolment, family, ledger, people, population
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


@pytest.fixture(scope="module")
def crowd():
    places = open_places("memory://")
    yield tuple(populate(places, "w_crowd", 3000, 42, EVERYWHERE))
    places.close()


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
    spread = Counter(person.region for person in crowd)
    assert set(spread) == set(EVERYWHERE)
    assert max(spread.values()) < 2 * min(spread.values())


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


def test_families_are_of_fitting_ages_and_names(places):
    with places.create("w_families").write() as tx:
        clock.put(tx, "frozen", clock.start_of(DAY))
        population.generate(tx, 1500, seed=3, codes=["510400", "511700"])
        bound = [
            (people.get(tx, binding.giver), binding.relation, people.get(tx, binding.member))
            for (giver,) in tx.query("SELECT DISTINCT psn_no FROM family_bindings")
            for binding in family.members(tx, giver)
        ]

    apart = {(relation, round((giver.birth - member.birth).days / 365)) for giver, relation, member in bound}
    assert {relation for relation, _ in apart} == {"spouse", "child", "parent"}
    assert all(abs(years) <= 6 for relation, years in apart if relation == "spouse")
    assert all(-38 <= years <= -22 for relation, years in apart if relation == "child")
    assert all(22 <= years <= 38 for relation, years in apart if relation == "parent")
    for giver, relation, member in bound:
        assert giver.region == member.region
        assert relation != "spouse" or giver.sex != member.sex
        assert relation != "child" or giver.sex != "1" or giver.name[0] == member.name[0]


def test_most_people_are_insured_and_employees_have_money(places):
    with places.create("w_insured").write() as tx:
        clock.put(tx, "frozen", clock.start_of(DAY))
        crowd = population.generate(tx, 300, seed=3, codes=["510400", "511700"])
        entitled = [person for person in crowd if enrolment.standing(tx, person.psn_no, DAY).entitled]
        rich = [person for person in entitled if ledger.balance(tx, person.psn_no) > 0]

    assert 0.85 < len(entitled) / len(crowd) < 1
    assert {person.capacity for person in rich} == {"employee", "retiree", "flexible"}
