"""P5: flexible workers take part by themselves; what was not paid in time is repaired as the region says."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citizen import Citizen, citizen, frozen
from yibaobox.domain.policy.season import months_after
from yibaobox.portal.arrears import months_between

SHANGHAI, HAIKOU, HECHI, DAZHOU = "310000", "460100", "451200", "511700"


@pytest.fixture
def town(local_box):
    return frozen(local_box)


def worker(town, region: str, **wanted) -> Citizen:
    return citizen(town, region=region, capacity="flexible", birth="1990-01-01", **wanted).arrive()


def enrolled(town, region: str, since: str) -> Citizen:
    return worker(town, region, enrolled=since)


def stopped(town, region: str, since: str, day: str) -> tuple[Citizen, int]:
    """A flexible worker since a day who stopped paying on another."""
    person = enrolled(town, region, since)
    form = person.suspension_form(reason="contribution_stopped", suspend_day=day, remark="中断缴费")
    made = person.submit("suspensions", form)
    assert made["state"] == "APPROVED"
    return person, made["part_id"]


def at(town, person: Citizen, instant: str) -> None:
    town.ask("PUT", "/clock", {"mode": "frozen", "at": instant})
    person.sign_in()


def test_a_flexible_worker_enrols_and_is_entitled_at_once_where_no_region_lets_them_wait(town):
    person = worker(town, DAZHOU)

    made = person.submit("flexible-registrations", person.flexible_form())

    part = person.ask("GET", f"/participations/{made['part_id']}")
    assert (made["state"], part["capacity"], part["insutype"], part["from_day"]) == (
        "APPROVED",
        "flexible",
        "310",
        "2025-11-20",
    )
    assert person.ask("GET", "/entitlement")["code"] == "ENTITLED"


def test_in_shanghai_a_newcomer_waits_six_months_to_the_day(town):
    person = worker(town, SHANGHAI)

    person.submit("flexible-registrations", person.flexible_form())

    days = ("2025-11-20", "2026-05-19", "2026-05-20")
    codes = [person.ask("GET", "/entitlement", params={"on": day})["code"] for day in days]
    assert codes == ["NOT_YET", "NOT_YET", "ENTITLED"]


@pytest.mark.parametrize(("stop", "code"), [("2025-08-20", "ENTITLED"), ("2025-08-19", "NOT_YET")])
def test_in_shanghai_who_returns_within_three_months_does_not_wait(town, stop, code):
    person, _ = stopped(town, SHANGHAI, "2024-01-01", stop)

    person.submit("flexible-registrations", person.flexible_form())

    assert person.ask("GET", "/entitlement")["code"] == code


def test_in_haikou_two_years_without_a_break_repair_after_the_fact(town):
    person, part_id = stopped(town, HAIKOU, "2023-09-01", "2025-09-01")
    told = person.ask("GET", f"/participations/{part_id}/arrears")
    assert (told["code"], told["continuous_months"], told["deadline"]) == ("RETROACTIVE", 24, "2025-12-31")

    person.submit("repairs", {"part_id": part_id, "rhythm": "monthly"})

    days = ("2025-08-31", "2025-09-01", "2025-11-20")
    assert {person.ask("GET", "/entitlement", params={"on": day})["code"] for day in days} == {"ENTITLED"}


def test_in_haikou_a_month_less_is_entitled_from_the_repayment_only(town):
    person, part_id = stopped(town, HAIKOU, "2023-10-01", "2025-09-01")

    made = person.submit("repairs", {"part_id": part_id, "rhythm": "monthly"})

    assert person.ask("GET", f"/participations/{made['part_id']}")["from_day"] == "2025-11-20"
    assert person.ask("GET", "/entitlement", params={"on": "2025-11-19"})["code"] != "ENTITLED"


@pytest.mark.parametrize(
    ("rhythm", "last", "late"),
    [("monthly", "2025-12-31", "2026-01-01"), ("quarterly", "2025-10-31", "2025-11-01")],
)
def test_the_deadline_of_a_repair_is_kept_to_the_day(town, rhythm, last, late):
    town.ask("PUT", "/clock", {"mode": "frozen", "at": "2025-09-15T10:00:00+08:00"})
    person, part_id = stopped(town, HAIKOU, "2020-01-01", "2025-09-01")
    form = {"part_id": part_id, "rhythm": rhythm}

    at(town, person, f"{late}T00:00:00+08:00")
    assert person.submit_refused("repairs", form)[:2] == (422, "DEADLINE_PASSED")
    town.ask("PUT", "/clock", {"mode": "frozen", "at": f"{last}T23:59:59+08:00"})
    person.sign_in()
    assert person.submit("repairs", form)["state"] == "APPROVED"


def test_where_no_region_says_that_arrears_can_be_repaid_there_is_a_gap(town):
    person, part_id = stopped(town, DAZHOU, "2020-01-01", "2025-09-01")

    assert person.refusal("GET", f"/participations/{part_id}/arrears")[:2] == (422, "POLICY_GAP")
    assert person.submit_refused("repairs", {"part_id": part_id, "rhythm": "monthly"})[:2] == (422, "POLICY_GAP")


def test_only_what_stopped_is_repaired_and_only_once(town):
    person = enrolled(town, HECHI, "2023-01-01")
    active = person.ask("GET", "/participations")["items"][0]["part_id"]
    form = {"part_id": active, "rhythm": "monthly"}

    assert person.submit_refused("repairs", form)[:2] == (409, "CONFLICT")
    person.submit("suspensions", person.suspension_form(reason="contribution_stopped", suspend_day="2025-11-01"))
    person.submit("repairs", form)
    assert person.submit_refused("repairs", form)[:2] == (409, "CONFLICT")


def test_active_elsewhere_is_refused_naming_the_region(town):
    person = citizen(town, region="510400", capacity="resident", enrolled=True).arrive()

    status, code, detail = person.submit_refused(
        "flexible-registrations", person.flexible_form(region=DAZHOU), "id_paper"
    )

    assert (status, code) == (409, "ALREADY_ENROLLED")
    assert "攀枝花" in detail


@pytest.mark.parametrize("field", ["id_no", "nation", "household_region", "region", "rhythm", "mobile"])
def test_a_required_field_is_named(town, field):
    person = worker(town, DAZHOU)

    number = person.draft("flexible-registrations", person.flexible_form(**{field: None}), "id_paper")
    reply = person.request("POST", f"/flexible-registrations/{number}/submit")

    assert (reply.status_code, list(reply.json()["errors"])) == (422, [field])


def test_a_child_is_no_flexible_worker(town):
    child = citizen(town, region=DAZHOU, capacity="child", birth="2015-01-01").arrive()

    assert child.submit_refused("flexible-registrations", child.flexible_form(), "id_paper")[:2] == (
        422,
        "INVALID_INPUT",
    )


@given(st.dates(date(2015, 1, 1), date(2027, 1, 1)), st.integers(0, 2000), st.integers(0, 36))
def test_a_gap_is_within_so_many_months_until_the_same_day_of_that_month(ended, days, months):
    back = ended + timedelta(days=days)

    assert (months_between(ended, back) <= months) == (back <= months_after(ended, months))
