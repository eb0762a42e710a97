"""Accepted requests of the portal's forms for flexible workers and changes, and of the chat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from yibaobox.cli.accepted.stage import Request, Stage, bare, reading, signed_in
from yibaobox.cli.stories.citizen import Citizen, flexible_form

_LATE: Final = "460100"  # a region that says until when arrears can be repaid


def _worker(stage: Stage) -> Citizen:
    person = stage.caller.person(region=_LATE, capacity="flexible", birth="1990-05-05")
    return Citizen.join(stage.caller, person)


def _stopped(stage: Stage) -> tuple[Citizen, int]:
    """A flexible worker whose participation ended lately where it can be repaired."""
    person = stage.caller.person(region=_LATE, capacity="flexible", birth="1990-05-05", enrolled="2020-01-01")
    citizen = Citizen.join(stage.caller, person)
    number = citizen.suspension(citizen.participation(_LATE), "contribution_stopped", "2025-11-01")
    part_id: int = citizen.ask("POST", f"/suspensions/{number}/submit")["part_id"]
    return citizen, part_id


def _flexible_form(citizen: Citizen) -> dict[str, Any]:
    return flexible_form(citizen.person, _LATE, _LATE, "570000")


def _drafted(citizen: Citizen, path: str, form: Mapping[str, Any]) -> Request:
    number = citizen.ask("POST", path, form)["application_id"]
    citizen.hand_in(number, "id_paper")
    return Request({"application_id": number}, body=dict(form), headers=signed_in(citizen.token))


def _empty(asked: Request) -> Request:
    return Request(asked.path, headers=asked.headers)


def _draft_flexible(stage: Stage) -> Request:
    citizen = stage.reader
    return Request(body=_flexible_form(citizen), headers=signed_in(citizen.token))


def _change_flexible(stage: Stage) -> Request:
    return _drafted(stage.reader, "/flexible-registrations", _flexible_form(stage.reader))


def _submit_flexible(stage: Stage) -> Request:
    citizen = _worker(stage)
    return _empty(_drafted(citizen, "/flexible-registrations", _flexible_form(citizen)))


def _owed(stage: Stage) -> Request:
    citizen, part_id = _stopped(stage)
    return Request({"part_id": part_id}, headers=signed_in(citizen.token))


def _draft_repair(stage: Stage) -> Request:
    return Request(body={"part_id": 1, "rhythm": "monthly"}, headers=signed_in(stage.reader.token))


def _change_repair(stage: Stage) -> Request:
    return _drafted(stage.reader, "/repairs", {"part_id": 1, "rhythm": "monthly"})


def _submit_repair(stage: Stage) -> Request:
    citizen, part_id = _stopped(stage)
    return _empty(_drafted(citizen, "/repairs", {"part_id": part_id, "rhythm": "monthly"}))


def _note(stage: Stage) -> Request:
    return Request(body={"nation": "1"}, headers=signed_in(stage.reader.token))


def _change_change(path: str) -> Callable[[Stage], Request]:
    return lambda stage: _drafted(stage.reader, path, {"nation": "1"})


def _submit_resident_change(stage: Stage) -> Request:
    return _empty(_drafted(stage.dweller(), "/resident-changes", {"nation": "8"}))


def _submit_employee_change(stage: Stage) -> Request:
    return _empty(_drafted(stage.citizen(), "/employee-changes", {"nation": "8"}))


def _message(stage: Stage) -> Request:
    return Request(body={"text": "停保"}, headers=signed_in(stage.reader.token))


REQUESTS: Final[Mapping[str, Callable[[Stage], Request]]] = {
    "change.below": bare,
    "change.show": reading,
    "flexible.draft_registration": _draft_flexible,
    "flexible.change_registration": _change_flexible,
    "flexible.submit_registration": _submit_flexible,
    "flexible.owed": _owed,
    "flexible.draft_repair": _draft_repair,
    "flexible.change_repair": _change_repair,
    "flexible.submit_repair": _submit_repair,
    "change.note": _note,
    "change.draft_resident": _note,
    "change.draft_employee": _note,
    "change.change_resident": _change_change("/resident-changes"),
    "change.change_employee": _change_change("/employee-changes"),
    "change.submit_resident": _submit_resident_change,
    "change.submit_employee": _submit_employee_change,
    "change.message": _message,
}
