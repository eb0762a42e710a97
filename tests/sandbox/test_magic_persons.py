"""What the magic persons are promised holds in every new world, over the same routes that a user's program takes."""

import itertools
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boxes import local
from clinic import Clinic
from taxpayer import HIGH, LOW, YEAR, Taxpayer
from ward import Ward
from yibaobox.app import Settings, create_app
from yibaobox.app.seeding import Seeding
from yibaobox.domain.people.magic import magic_persons
from yibaobox.domain.set_up import PROMISED, WAITING
from yibaobox.domain.store import Worlds, WorldSpec
from yibaobox.sandbox.audit import audit

AT = "2025-11-20T10:00:00+08:00"
BILL = "865.45"
STATES = sorted({person.state for person in magic_persons()})
PAGE = (Path(__file__).parents[2] / "docs" / "magic.md").read_text(encoding="utf-8")
_worlds = itertools.count(1)


@pytest.fixture(scope="module")
def host():
    """One sandbox for the file; what the promises rest on is tested on every database elsewhere."""
    return local(create_app(Settings(ticker=False)))


@pytest.fixture
def town(host):
    name = f"magic{next(_worlds)}"
    host.ask("POST", "/worlds", {"name": name, "at": AT})
    town = host.elsewhere(name)
    yield town
    assert town.ask("GET", "/audit")["violations"] == []
    host.ask("DELETE", f"/worlds/{name}")


@pytest.fixture
def far_town(any_box):
    name = f"magic{next(_worlds)}"
    any_box.ask("POST", "/worlds", {"name": name, "at": AT})
    yield any_box.elsewhere(name)
    any_box.ask("DELETE", f"/worlds/{name}")


def magic(town, state, *, place=0):
    """The person of a state, as the control routes show them."""
    found = [person for person in town.ask("GET", "/people/magic")["items"] if person["state"] == state]
    return town.ask("GET", f"/people/{found[place]['psn_no']}")


def settled(town, person, **changes):
    """What a visit to the level 3 hospital of the person's region comes to."""
    clinic = Clinic(town, f"H{person['region']}00001")
    return clinic.settle(person, clinic.visit(person, BILL), BILL, **changes)


def money(reply):
    return {name: reply.setlinfo[name] for name in ("hifp_pay", "acct_pay", "acct_mulaid_pay", "psn_cash_pay")}


def test_all_of_them_live_in_the_default_world():
    box = local(create_app(Settings(ticker=False)))
    here = box.ask("GET", "/people/magic")["items"]

    assert len(here) == 31
    assert all(person["psn_no"] for person in here)
    assert {(person["name"], person["id_no"]) for person in here} <= {
        (person["name"], person["id_no"]) for person in box.ask("GET", "/people", limit=1000)["items"]
    }


def test_a_world_of_one_region_has_those_of_that_region(any_box):
    any_box.ask("POST", "/worlds", {"name": "west", "regions": ["511700"]})
    here = [person for person in any_box.elsewhere("west").ask("GET", "/people/magic")["items"] if person["psn_no"]]
    any_box.ask("DELETE", "/worlds/west")

    assert {person["region"] for person in here} == {"511700"}


def test_who_has_paid_is_treated(town):
    paid = ("paid_and_activated", "enrolled_elsewhere", "credential_not_activated", "family_member", "waiting_exempt")
    for state in paid:
        assert settled(town, magic(town, state)).ok


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("never_enrolled", "未参保"),
        ("suspended_and_refunded", "退"),
        ("enrolled_unpaid", "未缴费"),
        ("waiting", "待遇"),
    ],
)
def test_who_is_not_entitled_is_refused_with_the_reason(town, state, words):
    reply = settled(town, magic(town, state))

    assert reply.code == "NOT_ELIGIBLE"
    assert words in reply.body["err_msg"]


def test_who_waits_is_entitled_when_the_months_are_over(town):
    person = magic(town, "waiting")
    town.ask("PUT", "/clock", {"mode": "frozen", "at": f"{person['periods'][0]['from_day']}T10:00:00+08:00"})

    assert settled(town, person).ok


def test_a_suspended_person_may_be_enrolled_again(town):
    assert magic(town, "suspended_and_refunded")["enrolments"][0]["state"] == "SUSPENDED"
    assert magic(town, "suspended_and_refunded")["periods"][-1]["state"] == "REFUNDED"


def test_there_is_a_bill_for_who_is_enrolled_and_has_not_paid(town):
    payer = Taxpayer(town, magic(town, "enrolled_unpaid")).identify()

    assert payer.bill()["state"] == "UNPAID"


def test_a_payer_of_the_lower_tier_owes_the_difference(town):
    payer = Taxpayer(town, magic(town, "lower_tier_paid")).identify()

    [part] = payer.ask("GET", "/participations")["items"]

    assert [line["paid_fen"] for line in part["lines"] if line["year"] == YEAR] == [LOW]
    assert payer.bill(HIGH)["due_fen"] == HIGH - LOW


def test_the_third_face_check_passes(town):
    person = magic(town, "face_check_fails_twice")
    form = {"id_no": person["id_no"], "name": person["name"], "channel": "wechat", "terms": True}
    begun = town.request("POST", "/ec/v1/activations", json=form).json()["activation"]
    checks = [town.request("POST", f"/ec/v1/activations/{begun}/face") for _ in range(3)]

    assert [check.ok for check in checks] == [False, False, True]


def test_who_has_no_credential_says_so(town):
    assert not magic(town, "credential_not_activated")["credential"]
    assert magic(town, "paid_and_activated")["credential"]


def test_a_giver_has_money_and_a_full_family_takes_no_sixth(town):
    full, sixth = magic(town, "family_full"), magic(town, "namesake")

    assert magic(town, "family_giver")["account_fen"] == 1000_00
    asked = {"member_psn_no": sixth["psn_no"], "relation": "child"}
    assert town.refusal("POST", f"/people/{full['psn_no']}/family", asked)[1] == "FAMILY_FULL"


def test_the_family_pays_where_the_own_account_is_empty(town):
    reply = settled(town, magic(town, "own_account_empty"))

    assert float(reply.setlinfo["acct_mulaid_pay"]) == float(reply.setlinfo["acct_pay"]) == 300


def test_the_own_cent_goes_before_the_family_account(far_town):
    reply = settled(far_town, magic(far_town, "own_account_one_fen"))

    assert float(reply.setlinfo["acct_pay"]) - float(reply.setlinfo["acct_mulaid_pay"]) == pytest.approx(0.01)


def test_the_fund_pays_nothing_above_the_yearly_cap(town):
    assert float(settled(town, magic(town, "yearly_cap_reached")).setlinfo["hifp_pay"]) == 0


def test_one_fen_of_the_deductible_is_left(town):
    assert float(settled(town, magic(town, "deductible_missing_one_fen")).setlinfo["act_pay_dedc"]) == 0.01


def test_who_lies_in_hospital_is_settled_as_a_stay_and_nowhere_else(town):
    for state, total, names in (("in_patient", "3000.00", 1), ("in_patient_over_new_year", "6000.00", 2)):
        person = magic(town, state)
        ward = Ward(town, "H51040000001")
        asked = {"psn_no": person["psn_no"], "begntime": "2020-01-01 00:00:00", "endtime": ward.now}
        [stay] = ward.call("5303", {"data": asked}).output

        assert settled(town, person).code == "IN_HOSPITAL"
        assert ward.try_admit(person).code == "ALREADY_ADMITTED"
        assert ward.discharge(person, stay["mdtrt_id"]).ok
        paid = ward.pay(person, stay["mdtrt_id"], total).setlinfo
        told = town.ask("GET", f"/settlements/{paid['setl_id']}/explain")
        assert (len(told["rows"]), told["year"]) == (names, int(ward.now[:4]))


def test_two_people_have_one_name(town):
    one, other = magic(town, "namesake"), magic(town, "namesake", place=1)

    assert one["name"] == other["name"]
    assert one["psn_no"] != other["psn_no"]
    assert settled(town, one).ok
    assert settled(town, other).ok


def test_every_state_is_promised_or_said_to_wait():
    assert set(STATES) == set(PROMISED) | set(WAITING)


@pytest.mark.parametrize("person", magic_persons(), ids=lambda person: person.id_no)
def test_the_page_names_each_of_them_and_what_they_wait_for(person):
    row = next(line for line in PAGE.splitlines() if person.id_no in line)

    assert person.name in row
    assert person.state in row
    assert (f"waits for {WAITING.get(person.state)}" in row) == (person.state in WAITING)


@pytest.fixture(scope="module")
def worlds():
    opened = Worlds.open("memory://", seeder=Seeding(), handlers={})
    yield opened
    opened.close()


@settings(deadline=None, max_examples=20)
@given(st.dates(min_value=date(1990, 1, 2), max_value=date(2099, 12, 30)))
def test_a_world_of_any_day_can_be_made_and_its_books_balance(worlds, day):
    world = worlds.create(spec=WorldSpec(42, (), 0, f"{day}T12:00:00+08:00"))
    try:
        with world.read() as tx:
            assert audit(tx)["violations"] == []
    finally:
        worlds.delete(world.name)
