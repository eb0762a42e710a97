"""Dates before, at and after every window of the portal; faults of enrolment on every form."""

from __future__ import annotations

import pytest

from citizen import Citizen, citizen, frozen

CHONGQING_COLLEGE = "50000099997"
FORMS = {
    "registrations": lambda person: person.registration_form(),
    "flexible-registrations": lambda person: person.flexible_form(),
}


@pytest.fixture
def town(local_box):
    return frozen(local_box)


def stand(town, person: Citizen, instant: str) -> None:
    """Put the clock to an instant, in China, and sign in again."""
    town.ask("PUT", "/clock", {"mode": "frozen", "at": f"{instant}+08:00"})
    person.sign_in()


@pytest.mark.parametrize(
    ("instant", "taken"),
    [
        ("2025-10-31T23:59:59", False),
        ("2025-11-01T00:00:00", True),
        ("2025-11-30T23:59:59", True),
        ("2025-12-01T00:00:00", False),
    ],
)
def test_graduates_suspend_from_the_first_to_the_last_moment_of_november(town, instant, taken):
    graduate = citizen(town, enrolled="2023-09-01").arrive()
    stand(town, graduate, instant)
    form = graduate.suspension_form(reason="graduated", suspend_day=instant[:10])

    number = graduate.draft("suspensions", form, "id_paper", "diploma")
    reply = graduate.request("POST", f"/suspensions/{number}/submit")

    assert (reply.status_code, reply.json().get("code")) == ((200, None) if taken else (422, "WINDOW_CLOSED"))


@pytest.mark.parametrize(
    ("instant", "taken"),
    [
        ("2025-08-31T23:59:59", False),
        ("2025-09-01T00:00:00", True),
        ("2025-10-31T23:59:59", True),
        ("2025-11-01T00:00:00", False),
    ],
)
def test_students_of_chongqing_register_in_september_and_october(town, instant, taken):
    student = citizen(town, region="500000").arrive()
    stand(town, student, instant)
    form = student.registration_form(unit_code=CHONGQING_COLLEGE, from_day=instant[:10], benefit_year=2025)

    number = student.draft("registrations", form, "id_paper")
    reply = student.request("POST", f"/registrations/{number}/submit")

    assert (reply.status_code, reply.json().get("code")) == ((200, None) if taken else (422, "WINDOW_CLOSED"))


@pytest.mark.parametrize(
    ("day", "taken"), [("2024-12-31", False), ("2025-01-01", True), ("2026-12-31", True), ("2027-01-01", False)]
)
def test_a_participation_begins_within_the_years_of_the_form(town, day, taken):
    student = citizen(town).arrive()

    number = student.draft("registrations", student.registration_form(from_day=day), "id_paper")

    assert student.request("POST", f"/registrations/{number}/submit").ok is taken


@pytest.mark.parametrize(
    ("day", "taken"), [("2024-12-31", False), ("2025-01-01", True), ("2025-11-20", True), ("2025-11-21", False)]
)
def test_a_suspension_lies_between_the_first_day_and_today(town, day, taken):
    resident = citizen(town, capacity="resident", enrolled="2025-01-01").arrive()

    number = resident.draft("suspensions", resident.suspension_form(reason="other", suspend_day=day), "id_paper")

    assert resident.request("POST", f"/suspensions/{number}/submit").ok is taken


@pytest.mark.parametrize(("instant", "alive"), [("2025-11-20T21:59:59", True), ("2025-11-20T22:00:00", False)])
def test_a_session_lasts_twelve_hours(town, instant, alive):
    student = citizen(town).arrive()

    town.ask("PUT", "/clock", {"mode": "frozen", "at": f"{instant}+08:00"})

    assert student.request("GET", "/me").ok is alive


@pytest.mark.parametrize("path", FORMS)
def test_the_office_decides_later_and_the_participation_waits(town, path):
    person = citizen(town, birth="1990-01-01", capacity="flexible").arrive()
    form = FORMS[path](person) | ({"capacity": "resident"} if path == "registrations" else {})
    number = person.draft(path, form, "id_paper")

    sent = person.ask("POST", f"/{path}/{number}/submit", headers={"X-Sandbox-Fault": "enrol.delay;s=1800"})

    assert (sent["state"], person.ask("GET", "/participations")["total"]) == ("SUBMITTED", 0)
    town.ask("POST", "/clock/advance", {"by": "PT30M"})
    assert person.ask("GET", f"/applications/{number}")["state"] == "APPROVED"


@pytest.mark.parametrize("fault", ["audit.reject", "account.create_fail;reason=duplicate_id"])
def test_what_the_office_rejects_enrols_nobody_and_may_be_asked_again(town, fault):
    person = citizen(town, birth="1990-01-01", capacity="flexible").arrive()
    number = person.draft("flexible-registrations", person.flexible_form(), "id_paper")

    sent = person.ask("POST", f"/flexible-registrations/{number}/submit", headers={"X-Sandbox-Fault": fault})

    assert (sent["state"], bool(sent["reason"])) == ("REJECTED", True)
    assert person.ask("GET", "/participations")["total"] == 0
    assert person.submit("flexible-registrations", person.flexible_form())["state"] == "APPROVED"


def test_somebody_enrolled_elsewhere_at_the_last_moment_is_refused(town):
    person = citizen(town, birth="1990-01-01", capacity="flexible").arrive()
    number = person.draft("flexible-registrations", person.flexible_form(), "id_paper")

    path, fault = f"/flexible-registrations/{number}/submit", {"X-Sandbox-Fault": "enrol.conflict_other_region"}

    assert person.refusal("POST", path, headers=fault)[:2] == (409, "ALREADY_ENROLLED")
