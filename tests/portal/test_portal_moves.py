"""A world with portal data can be exported, read in again, snapshot and restored."""

from __future__ import annotations

from citizen import Citizen, citizen, frozen


def test_portal_data_travels_with_the_world(local_box):
    giver = citizen(frozen(local_box), region="510400", capacity="employee", enrolled=True).arrive()
    student = citizen(local_box, region="510400", enrolled="2025-01-01", paid_year=[2025]).arrive()
    relative = {"id_no": student.person["id_no"], "mobile": student.person["mobile"]}
    made = giver.ask("POST", "/family", relative | {"relation": "child", "agreed": True})
    giver.ask("DELETE", f"/family/{made['binding_id']}")
    giver.ask("POST", "/family", relative | {"relation": "child", "agreed": True})
    student.submit("suspensions", student.suspension_form())
    done = student.submit("registrations", student.registration_form())
    paths = ("/hall", "/participations", "/family", f"/applications/{done['application_id']}")
    before = [student.ask("GET", path) for path in paths]

    file = local_box.get(f"/_sandbox/v1/worlds/{local_box.world}/export").content
    reply = local_box.request(
        "PUT", "/_sandbox/v1/worlds/travelled/import", data=file, headers={"Content-Type": "application/x-ndjson"}
    )
    assert reply.ok, reply.text

    there = Citizen(local_box.elsewhere("travelled"), student.person)
    there.token = student.token
    assert [there.ask("GET", path) for path in paths] == before
    assert there.box.violations() == []
    local_box.ask("DELETE", "/worlds/travelled")


def test_a_snapshot_takes_a_registration_back(local_box):
    student = citizen(frozen(local_box)).arrive()
    local_box.ask("POST", "/snapshots", {"name": "before"})
    student.submit("registrations", student.registration_form())

    local_box.ask("POST", "/snapshots/before/restore")

    assert student.ask("GET", "/participations")["total"] == 0
