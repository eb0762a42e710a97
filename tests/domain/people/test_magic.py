import re

from yibaobox.domain import clock, people
from yibaobox.domain.people import capacities, id_numbers, regions
from yibaobox.domain.people.magic import magic_persons


def test_there_are_thirty_one_magic_persons_with_numbers_of_their_own():
    assert len({magic.id_no for magic in magic_persons()}) == len(magic_persons()) == 31


def test_magic_persons_are_synthetic_by_number_and_by_surname():
    for magic in magic_persons():
        assert id_numbers.is_synthetic(magic.id_no), magic
        assert magic.name.startswith("测")


def test_magic_persons_live_in_shipped_regions_in_a_fitting_capacity():
    for magic in magic_persons():
        assert regions.resolve(magic.region).code == magic.region
        assert capacities.get(magic.capacity)
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", magic.state)


def test_all_magic_persons_fit_into_one_world_beside_the_people_who_come_later(store):
    with store.write() as tx:
        clock.put(tx, "frozen", clock.to_us(clock.parse_instant("2025-11-20T10:00:00+08:00")))
        created = [people.create(tx, magic.wanted) for magic in magic_persons()]
        later = [people.create(tx, people.NewPerson(magic.region, magic.capacity)) for magic in magic_persons()]

    assert [person.id_no for person in created] == [magic.id_no for magic in magic_persons()]
    assert len({person.id_no for person in created + later}) == 62
