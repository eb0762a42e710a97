import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from yibaobox.domain import clock, people
from yibaobox.domain.errors import DuplicatePerson, InvalidInput, PersonNotFound, RealisticId, UnknownRegion
from yibaobox.domain.people import NewPerson, id_numbers
from yibaobox.domain.store import Conflict

NOVEMBER = clock.parse_instant("2025-11-20T10:00:00+08:00")
FRESHMAN = "511701200403150022"
STRANGER = "110105199001011005"


@pytest.fixture(autouse=True)
def november(store):
    with store.write() as tx:
        clock.put(tx, "frozen", clock.to_us(NOVEMBER))


def create(store, region="511700", capacity="student", **wanted):
    with store.write() as tx:
        return people.create(tx, NewPerson(region, capacity, **wanted))


def count(store):
    with store.read() as tx:
        return tx.one("SELECT count(*) FROM persons")[0], tx.one("SELECT count(*) FROM id_numbers")[0]


def test_a_person_is_complete_though_nothing_was_said_of_them(store):
    person = create(store)

    assert re.fullmatch(r"511700[0-9]{14}", person.psn_no)
    assert id_numbers.is_synthetic(person.id_no)
    assert (person.birth, person.sex) == (id_numbers.birth_of(person.id_no), id_numbers.sex_of(person.id_no))
    assert 18 <= person.age_on(NOVEMBER.date()) <= 24
    assert person.name.startswith("测")
    assert person.created_us == clock.to_us(NOVEMBER)


def test_a_person_is_found_by_number_and_by_identity_number(store):
    person = create(store, name="测正常", id_no=FRESHMAN)

    with store.read() as tx:
        assert people.get(tx, person.psn_no) == person
        assert people.find_by_id_no(tx, FRESHMAN) == person


def test_what_was_said_of_a_person_is_kept(store):
    person = create(store, name="阿依古丽·买买提", birth=date(2005, 2, 28), sex="2")

    assert (person.name, person.birth, person.sex) == ("阿依古丽·买买提", date(2005, 2, 28), "2")


def test_a_person_of_a_county_belongs_to_its_pooling_area(store):
    person = create(store, region="510402", capacity="employee")

    assert (person.region, person.psn_no[:6], person.id_no[:6]) == ("510400", "510400", "510401")


def test_an_identity_number_belongs_to_one_person(store):
    create(store, id_no=FRESHMAN)

    with pytest.raises(DuplicatePerson) as caught:
        create(store, region="510400", id_no=FRESHMAN)

    assert (caught.value.code, caught.value.status) == ("DUPLICATE_PERSON", 409)
    assert FRESHMAN not in caught.value.message
    assert count(store) == (1, 1)


def test_of_several_claims_to_one_identity_number_one_wins(store):
    def claim(_):
        try:
            return create(store, id_no=FRESHMAN).psn_no
        except (DuplicatePerson, Conflict):
            return None

    with ThreadPoolExecutor(6) as pool:
        winners = [psn_no for psn_no in pool.map(claim, range(6)) if psn_no]

    assert len(winners) == 1
    assert count(store) == (1, 1)


def test_people_of_one_birth_date_have_different_numbers(store):
    made = [create(store, birth=date(2005, 5, 5), sex="1") for _ in range(20)]

    assert len({person.id_no for person in made}) == len({person.psn_no for person in made}) == 20
    assert len({person.mobile for person in made}) == 20


def test_a_taken_number_is_stepped_over(store):
    with store.write() as tx:
        for serial in range(id_numbers.ORDERS - 1):
            taken = id_numbers.make("511700", date(2005, 5, 5), "1", serial)
            tx.run("INSERT INTO id_numbers (id_type, id_no, psn_no) VALUES ('01', ?, ?)", taken, "0" * 20)

    last = id_numbers.make("511700", date(2005, 5, 5), "1", id_numbers.ORDERS - 1)
    assert create(store, birth=date(2005, 5, 5), sex="1").id_no == last
    with pytest.raises(DuplicatePerson, match="已用尽"):
        create(store, birth=date(2005, 5, 5), sex="1")


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"id_no": FRESHMAN, "birth": date(2004, 3, 16)}, "出生日期与身份证号码不一致"),
        ({"id_no": FRESHMAN, "sex": "1"}, "性别与身份证号码不一致"),
        ({"id_no": FRESHMAN[:17] + "3"}, "校验位"),
        ({"id_no": id_numbers.make("511700", date(2025, 11, 21), "1", 0)}, "晚于沙箱当前日期"),
        ({"birth": date(2025, 11, 21)}, "晚于沙箱当前日期"),
        ({"sex": "0"}, "性别"),
        ({"capacity": "pensioner"}, "参保身份"),
        ({"name": ""}, "姓名"),
        ({"name": "测\n试"}, "姓名"),
        ({"name": " 测试"}, "姓名"),
        ({"name": "测" * 51}, "姓名"),
        ({"name": "·测"}, "姓名"),
        ({"name": "\ud800"}, "姓名"),
        ({"name": "<script>"}, "姓名"),
    ],
)
def test_a_person_who_cannot_be_is_refused_and_leaves_nothing(store, wanted, message):
    with pytest.raises(InvalidInput, match=message):
        create(store, **wanted)

    assert count(store) == (0, 0)


def test_a_person_born_today_can_be_created(store):
    assert create(store, capacity="child", birth=NOVEMBER.date()).age_on(NOVEMBER.date()) == 0


def test_an_identity_number_that_may_be_real_is_refused_unless_the_operator_allows_it(store):
    with pytest.raises(RealisticId):
        create(store, id_no=STRANGER)

    with store.write() as tx:
        wanted = NewPerson("511700", "resident", id_no=STRANGER)
        assert people.create(tx, wanted, allow_realistic=True).id_no == STRANGER


def test_nobody_is_insured_by_a_province(store):
    with pytest.raises(UnknownRegion):
        create(store, region="510000")


@pytest.mark.parametrize("psn_no", ["", "51170000000000000099", None, 7, "\x00" * 3])
def test_a_person_who_does_not_exist_is_refused(store, psn_no):
    with store.read() as tx, pytest.raises(PersonNotFound):
        people.get(tx, psn_no)


@pytest.mark.parametrize("id_no", [FRESHMAN, "", "\x00", "\ud800", "五"])
def test_an_identity_number_that_nobody_has_finds_nobody(store, id_no):
    with store.read() as tx:
        assert people.find_by_id_no(tx, id_no) is None


def test_pages_run_from_the_newest_to_the_oldest_and_miss_nobody(store):
    made = [create(store).psn_no for _ in range(5)]

    seen, after = [], None
    with store.read() as tx:
        while True:
            some = people.page(tx, after, 2)
            assert some.total == 5
            seen += [person.psn_no for person in some.items]
            after = some.next
            if after is None:
                break

    assert seen == made[::-1]


def test_people_who_come_while_one_leafs_through_shift_no_page(store):
    made = [create(store).psn_no for _ in range(4)]
    with store.read() as tx:
        first = people.page(tx, None, 2)
    create(store)

    with store.read() as tx:
        second = people.page(tx, first.next, 2)

    assert [person.psn_no for person in second.items] == made[1::-1]


def test_an_empty_world_has_an_empty_page(store):
    with store.read() as tx:
        assert people.page(tx) == people.Page([], 0, None)


@pytest.mark.parametrize(("after", "limit"), [(None, 0), (None, 1001), ("x", 1), ("-1", 1), ("9" * 30, 1), ("１", 1)])
def test_a_page_that_cannot_be_is_refused(store, after, limit):
    with store.read() as tx, pytest.raises(InvalidInput):
        people.page(tx, after, limit)


def test_default_names_are_three_characters_and_repeat_late():
    from yibaobox.domain.people.persons import default_name

    names = [default_name(serial) for serial in range(500)]

    assert len(set(names)) == 500
    assert all(len(name) == 3 for name in names)
