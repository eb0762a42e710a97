"""C1, C4: activation in each channel, who may activate alone, and the participation that the credential shows."""

import pytest

from citizen import Citizen, citizen, frozen
from holding import Holder, holder

AT = "2025-11-20T10:00:00+08:00"


@pytest.fixture
def town(local_box):
    return frozen(local_box, AT)


def test_the_terms_name_the_channels(town):
    told = holder(town).ask("GET", "/terms")

    assert [one["channel"] for one in told["channels"]] == ["national_app", "wechat", "alipay", "city_app"]
    assert told["version"] == "ec-terms/1"


def test_each_channel_is_activated_by_itself_and_the_first_instant_stays(town):
    person = holder(town).activate("wechat")
    town.ask("POST", "/clock/advance", {"by": "PT1H"})
    person.activate("alipay")
    person.activate("wechat")

    status = person.ask("GET", "/credential")
    assert [(one["channel"], one["activated_at"]) for one in status["channels"]] == [
        ("wechat", AT),
        ("alipay", "2025-11-20T11:00:00+08:00"),
    ]
    assert (status["channel"], status["activated_at"]) == ("wechat", AT)


def test_what_was_decoded_says_in_which_channel_it_was_shown(town):
    person = holder(town).activate("city_app")
    person.decode(person.code())

    (seen,) = person.ask("GET", "/decodings")["items"]
    assert (seen["channel"], seen["purpose_name"], seen["shown_by"]) == ("city_app", "结算", None)


@pytest.mark.parametrize(("birth", "status"), [("2009-11-21", 422), ("2009-11-20", 201), ("2009-11-19", 201)])
def test_who_is_under_sixteen_does_not_activate_alone(town, birth, status):
    child = holder(town, capacity="child", birth=birth)

    assert child.request("POST", "/activations", child.form()).status_code == status


def test_a_person_is_locked_out_of_every_channel(town):
    person = holder(town)
    town.ask("POST", "/face", {"psn_no": person.psn_no, "outcome": "fail", "times": 5})
    begun = [person.ask("POST", "/activations", person.form(channel=name)) for name in ("wechat", "alipay")]
    tried = [person.refusal("POST", f"/activations/{begun[turn % 2]['activation']}/face") for turn in range(6)]

    assert [code for _, code in tried] == ["CHECK_FAILED"] * 4 + ["LOCKED_OUT"] * 2


def moved(town) -> tuple[Holder, Citizen]:
    """A student of Panzhihua who activated there, then moved the participation to the college in Dazhou."""
    student = citizen(town, region="510400", enrolled="2025-01-01", paid_year=[2025]).arrive()
    person = Holder(town, student.person).activate()
    student.submit("suspensions", student.suspension_form())
    student.submit("registrations", student.registration_form())
    return person, student


def insu_org(person: Holder) -> str:
    return str(person.decode(person.code()).json()["insu_org"])


def test_after_a_move_the_credential_shows_the_old_region_until_it_is_refreshed(town):
    person, _ = moved(town)
    before = (insu_org(person), person.ask("GET", "/participations")["stale"])

    after = person.ask("POST", "/participation/refresh")
    assert before == ("510400", True)
    assert (insu_org(person), after["stale"]) == ("511700", False)
    assert person.ask("GET", "/credential")["region"] == "511700"


def test_of_several_participations_one_is_chosen(town):
    person, _ = moved(town)
    there = {one["region"]: one for one in person.ask("GET", "/participations")["items"]}
    assert [one["usable"] for one in there.values()] == [True, True]  # the paid year of the old one still runs

    person.ask("PUT", "/participation", {"part_id": there["511700"]["part_id"]})
    assert insu_org(person) == "511700"
    person.ask("PUT", "/participation", {"part_id": there["510400"]["part_id"]})
    assert insu_org(person) == "510400"


def test_what_has_ended_or_is_anothers_cannot_be_chosen(town):
    person, _ = moved(town)
    old = next(one for one in person.ask("GET", "/participations")["items"] if one["region"] == "510400")
    stranger = holder(town).activate().ask("GET", "/participations")["items"][0]["part_id"]
    town.ask("PUT", "/clock", {"mode": "frozen", "at": "2026-01-01T00:00:00+08:00"})
    person.activate()

    assert person.refusal("PUT", "/participation", {"part_id": old["part_id"]}) == (409, "CONFLICT")
    assert person.refusal("PUT", "/participation", {"part_id": stranger}) == (404, "NOT_FOUND")


def test_who_takes_part_nowhere_has_nothing_to_refresh(town):
    person = holder(town, enrolled=False).activate()

    assert person.ask("GET", "/participations") == {"items": [], "stale": False}
    assert person.refusal("POST", "/participation/refresh") == (422, "NOT_ELIGIBLE")
    assert insu_org(person) == "510400"
