"""Accepted requests of the portal: additions to the family account, freshmen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from yibaobox.cli.accepted.stage import Request, Stage, reading, signed_in
from yibaobox.cli.stories import AT, REGIONS
from yibaobox.cli.stories.citizen import Citizen

SHANGHAI: Final = "310000"
SCHOOL: Final = {
    "region": SHANGHAI,
    "school": "上海某某大学",
    "college": "信息学院",
    "major": "信息管理与信息系统",
    "student_no": "20250001",
    "registered_on": f"{AT[:4]}-09-01",
}


def addition(stage: Stage) -> Request:
    """Add a relative to the family account."""
    other = stage.employee()
    asked = {"id_no": other["id_no"], "mobile": other["mobile"], "relation": "spouse", "agreed": True}
    return Request(body=asked, headers=signed_in(stage.citizen().token))


def _submit_request(stage: Stage) -> Request:
    citizen, asked = stage.citizen(), addition(stage).body
    made = citizen.ask("POST", "/family/requests", asked)
    return Request({"application_id": made["application_id"]}, headers=signed_in(citizen.token))


def _freshman(stage: Stage) -> tuple[Citizen, int]:
    """Someone in no insurance whom a college of Shanghai registered this autumn."""
    person = stage.caller.person(region=REGIONS[1], capacity="student", birth="2007-05-01")
    record = stage.control("POST", f"/people/{person['psn_no']}/schools", SCHOOL)["record_id"]
    return Citizen.join(stage.caller, person), int(record)


def _check(stage: Stage) -> Request:
    citizen, record = _freshman(stage)
    return Request({"record_id": record}, headers=signed_in(citizen.token))


def _confirm(stage: Stage) -> Request:
    citizen, record = _freshman(stage)
    asked = {"record_id": record, "agreed": True, "signature": citizen.person["name"]}
    return Request(body=asked, headers=signed_in(citizen.token))


REQUESTS: Final[Mapping[str, Callable[[Stage], Request]]] = {
    "family.draft_request": addition,
    "family.submit": _submit_request,
    "family.usage": reading,
    "freshman.state": reading,
    "freshman.listed": reading,
    "freshman.check": _check,
    "freshman.submit": _confirm,
}
