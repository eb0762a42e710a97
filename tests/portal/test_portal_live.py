"""The portal on a started server, on each database: two at once, and what survives a restart."""

from __future__ import annotations

import threading

import pytest

from boxes import Server, session
from citizen import Citizen, citizen, frozen


@pytest.mark.parametrize("unit", [("51170099997", "51040099997")])
def test_of_two_registrations_in_two_regions_at_once_one_is_active(box, unit):
    student = citizen(frozen(box)).arrive()
    drafts = [student.draft("registrations", student.registration_form(unit_code=code), "id_paper") for code in unit]
    barrier, told = threading.Barrier(2), []

    def race(number: int) -> None:
        own = Citizen(type(box)(box.url, session(), box.world), student.person)
        own.token = student.token
        barrier.wait()
        reply = own.request("POST", f"/registrations/{number}/submit")
        told.append(reply.json().get("code") or reply.json()["state"])

    threads = [threading.Thread(target=race, args=(number,)) for number in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    states = [part["state"] for part in student.ask("GET", "/participations")["items"]]
    assert (sorted(told), states) == (["ALREADY_ENROLLED", "APPROVED"], ["ACTIVE"])


def test_of_eight_tries_of_one_code_at_once_one_opens_an_account(box):
    student = citizen(frozen(box))
    form = student.account_form()
    barrier, told = threading.Barrier(8), []

    def race() -> None:
        own = Citizen(type(box)(box.url, session(), box.world), student.person)
        barrier.wait()
        told.append(own.request("POST", "/accounts", form).status_code)

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert min(told) == 201
    assert all(status in (403, 409) for status in sorted(told)[1:])


def test_account_session_participation_papers_and_family_survive_a_restart(tmp_path):
    server = Server(tmp_path)
    try:
        town = frozen(server.box())
        student = citizen(town).arrive()
        number = student.submit("registrations", student.registration_form())["application_id"]
        giver = citizen(town, region="510400", capacity="employee", enrolled=True).arrive()
        asked = {"id_no": student.person["id_no"], "mobile": student.person["mobile"]}
        giver.ask("POST", "/family", asked | {"relation": "child", "agreed": True})
        paths = ("/me", "/hall", "/participations", f"/applications/{number}", "/family", "/entitlement")
        before = [student.ask("GET", path) for path in paths]
        server.kill()
        server.start_again()

        again = Citizen(server.box(), student.person)
        again.token = student.token

        assert [again.ask("GET", path) for path in paths] == before
        again.sign_in()
    finally:
        server.audited_stop()


def test_a_person_goes_all_the_way_over_a_real_socket(box):
    freshman = citizen(frozen(box), region="510400", enrolled="2025-01-01", paid_year=[2025]).arrive()
    number = freshman.draft("registrations", freshman.registration_form(), "id_paper")
    assert freshman.refusal("POST", f"/registrations/{number}/submit")[:2] == (409, "ALREADY_ENROLLED")

    freshman.submit("suspensions", freshman.suspension_form())
    freshman.ask("POST", f"/registrations/{number}/submit")

    told = {
        region: freshman.ask("GET", "/entitlement", params={"region": region})["code"]
        for region in ("510400", "511700")
    }
    assert told == {"510400": "ENTITLED", "511700": "UNPAID"}
    freshman.ask("DELETE", "/sessions/current")
    assert freshman.refusal("GET", "/hall")[:2] == (401, "NOT_SIGNED_IN")
