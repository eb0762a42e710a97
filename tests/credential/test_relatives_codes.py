"""C2: whose code a holder may show, by age and by consent."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citizen import frozen
from holding import holder
from yibaobox.domain.credentials.members import RELATIONS, check_ages, way_of
from yibaobox.domain.errors import Refusal

AT = "2025-11-20T10:00:00+08:00"
CHILD = {"region": "510400", "capacity": "child", "birth": "2010-11-21", "enrolled": True}


@pytest.fixture
def town(local_box):
    return frozen(local_box, AT)


@pytest.fixture
def parent(town):
    return holder(town).activate("national_app")


def guarded(parent, child, **changed):
    return parent.add(child, relation="child", way="guardian", **changed)


def test_a_guardian_shows_the_code_of_a_child_and_the_patient_is_the_child(parent, town):
    child = town.person(**CHILD)
    bound = guarded(parent, child)

    made = parent.ask("POST", f"/family/{bound['binding_id']}/codes")
    found = parent.decode(made["code"]).json()
    assert (bound["state"], found["id_no"]) == ("ACTIVE", child["id_no"])
    assert town.ask("GET", f"/people/{child['psn_no']}")["credential"]


def test_the_record_says_who_showed_the_code(parent, town):
    spouse = holder(town).activate()
    bound = parent.add(spouse.person)
    parent.decode(parent.ask("POST", f"/family/{bound['binding_id']}/codes")["code"])

    (seen,) = spouse.ask("GET", "/decodings")["items"]
    assert (seen["shown_by"], seen["channel"]) == (f"*{parent.person['name'][-1]}", "national_app")
    assert parent.ask("GET", "/decodings") == {"items": []}


def test_from_sixteen_on_the_relatives_own_face_is_asked(parent, town):
    spouse = town.person(region="510400", capacity="resident", enrolled=True)
    asked = parent.relative_form(spouse)
    made = parent.ask("POST", "/family", asked)
    town.ask("POST", "/face", {"psn_no": spouse["psn_no"], "outcome": "fail", "times": 1})

    assert made["state"] == "FACE_PENDING"
    assert parent.refusal("POST", f"/family/{made['binding_id']}/codes") == (422, "NOT_ELIGIBLE")
    assert parent.refusal("POST", f"/family/{made['binding_id']}/face") == (403, "CHECK_FAILED")
    assert parent.ask("POST", f"/family/{made['binding_id']}/face")["state"] == "ACTIVE"
    assert parent.refusal("POST", f"/family/{made['binding_id']}/face") == (409, "CONFLICT")


def test_a_guardians_binding_serves_until_the_sixteenth_birthday(parent, town):
    bound = guarded(parent, town.person(**(CHILD | {"birth": "2009-11-21"})))
    path = f"/family/{bound['binding_id']}"
    parent.ask("POST", f"{path}/codes")
    town.ask("PUT", "/clock", {"mode": "frozen", "at": "2025-11-21T00:00:00+08:00"})

    assert parent.refusal("POST", f"{path}/codes") == (422, "NOT_ELIGIBLE")
    assert parent.ask("GET", "/family")["members"][0]["state"] == "FACE_PENDING"
    parent.ask("POST", f"{path}/face")
    assert parent.ask("POST", f"{path}/codes")["code"]


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"pledged": False}, (422, "INVALID_INPUT")),
        ({"way": "face"}, (422, "INVALID_INPUT")),
        ({"relation": "parent"}, (422, "INVALID_INPUT")),
        ({"name": "别人"}, (404, "NOT_FOUND")),
        ({"relation": "friend"}, (422, "INVALID_INPUT")),
    ],
)
def test_what_does_not_fit_adds_nobody(parent, town, changed, refused):
    asked = parent.relative_form(town.person(**CHILD), relation="child", way="guardian") | changed

    assert parent.refusal("POST", "/family", asked) == refused
    assert parent.ask("GET", "/family") == {"members": [], "shown_by": []}


def test_nobody_is_added_twice_nor_oneself_nor_a_seventh(parent, town):
    children = [town.person(**CHILD) for _ in range(7)]
    for child in children[:6]:
        guarded(parent, child)
    form = parent.relative_form(children[6], relation="child", way="guardian")

    assert parent.refusal("POST", "/family", form) == (409, "FAMILY_FULL")
    twice = parent.relative_form(children[0], relation="child", way="guardian")
    assert parent.refusal("POST", "/family", twice) == (409, "ALREADY_EXISTS")
    assert parent.refusal("POST", "/family", parent.relative_form(parent.person)) == (422, "INVALID_INPUT")


def test_either_side_ends_a_binding_and_nobody_else(parent, town):
    spouse, stranger = holder(town).activate(), holder(town).activate()
    bound = parent.add(spouse.person)
    path = f"/family/{bound['binding_id']}"

    assert stranger.refusal("DELETE", path) == (404, "NOT_FOUND")
    assert stranger.refusal("POST", f"{path}/codes") == (404, "NOT_FOUND")
    assert len(spouse.ask("GET", "/family")["shown_by"]) == 1
    spouse.ask("DELETE", path)
    assert parent.refusal("POST", f"{path}/codes") == (404, "NOT_FOUND")


def age_on(birth: date, day: date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


@given(st.dates(date(1930, 1, 1), date(2025, 11, 20)), st.integers(18, 90), st.sampled_from(RELATIONS))
def test_the_way_follows_from_the_age_and_no_other_passes(birth, holder_age, relation):
    age = age_on(birth, date(2025, 11, 20))
    right = way_of(age)
    assert right == ("guardian" if age < 16 else "face")
    other = {"guardian": "face", "face": "guardian"}[right]

    with pytest.raises(Refusal):
        check_ages(holder_age, age, relation, other)
    if age >= 16 or relation in ("child", "sibling", "sons_child", "daughters_child"):
        check_ages(holder_age, age, relation, right)
    else:
        with pytest.raises(Refusal):
            check_ages(holder_age, age, relation, right)


@given(st.integers(0, 17), st.integers(0, 15))
def test_no_minor_is_a_guardian(holder_age, age):
    with pytest.raises(Refusal):
        check_ages(holder_age, age, "sibling", "guardian")
