"""When the office decides: at once, after a time on the sandbox clock, by hand; for all kinds or for one."""

import pytest

from boxes import KEPT
from citizen import citizen, frozen
from yibaobox.domain import enrolment


@pytest.fixture
def town(local_box):
    return frozen(local_box)


def submitted(box):
    student = citizen(box).arrive()
    return student, student.submit("registrations", student.registration_form())


def state(box, told):
    return next(case["state"] for case in box.ask("GET", "/cases")["items"] if case["id"] == told["application_id"])


def test_a_duration_lets_the_office_decide_later(town):
    town.ask("PUT", "/switches", {"review": "PT30M"})
    _, told = submitted(town)
    assert told["state"] == "SUBMITTED"

    town.ask("POST", "/clock/advance", {"by": "PT29M"})
    assert state(town, told) == "SUBMITTED"
    town.ask("POST", "/clock/advance", {"by": "PT1M"})
    assert state(town, told) == "APPROVED"


def test_a_kind_of_its_own_goes_before_the_rest(town):
    town.ask("PUT", "/switches", {"review": "manual", "review_registration": "immediate"})
    assert submitted(town)[1]["state"] == "APPROVED"

    town.ask("PUT", "/switches", {"review": "immediate", "review_registration": "manual"})
    assert submitted(town)[1]["state"] == "SUBMITTED"


def test_the_office_is_told_when_by_its_own_route(town):
    told = town.ask("POST", "/cases", {"review": "manual"})
    assert told["review"] == "manual"
    assert set(told["kinds"].values()) == {"as_review"}
    assert submitted(town)[1]["state"] == "SUBMITTED"

    told = town.ask("POST", "/cases", {"review": "PT30M", "kind": "suspension"})
    assert (told["review"], told["kinds"]["suspension"]) == ("manual", "PT30M")
    assert town.ask("GET", "/switches")["review_suspension"] == "PT30M"


@pytest.mark.parametrize("wrong", [{"review": "soon"}, {"review": "as_review"}, {"review": "manual", "kind": "x"}, {}])
def test_what_the_office_cannot_be_told_changes_nothing(town, wrong):
    before = town.ask("GET", "/switches")
    assert town.refusal("POST", "/cases", wrong)[0] == 422
    assert town.ask("GET", "/switches") == before


def test_who_decides_by_hand_is_quicker_than_the_office(town):
    town.ask("PUT", "/switches", {"review": "P1D"})
    _, told = submitted(town)
    town.ask("POST", f"/cases/{told['application_id']}/reject", {"reason": "材料不清晰"})

    town.ask("POST", "/clock/advance", {"by": "P2D"})
    assert state(town, told) == "REJECTED"


def test_what_the_world_no_longer_allows_is_rejected_in_the_end(town):
    town.ask("PUT", "/switches", {"review_registration": "P1D"})
    student, told = submitted(town)
    world = next(iter(KEPT)).worlds.get(town.world)
    with world.write() as tx:  # a counter elsewhere was quicker
        enrolment.register(tx, student.psn_no, enrolment.NewParticipation("510400", "resident"))

    town.ask("POST", "/clock/advance", {"by": "P1D"})
    assert state(town, told) == "REJECTED"
    assert "暂停参保" in town.ask("GET", "/cases")["items"][0]["reason"]


@pytest.mark.parametrize("position", ["soon", "P", "30", "<duration>", "-P1D"])
def test_a_position_that_is_none_is_refused(town, position):
    assert town.refusal("PUT", "/switches", {"review": position}) == (422, "INVALID_INPUT")
    assert town.ask("GET", "/switches")["review"] == "immediate"
