"""Accepted requests of the portal's filings and recognised diseases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from yibaobox.cli.accepted.stage import HOSPITAL, Request, Stage, bare, reading, signed_in
from yibaobox.cli.stories import AT, REGIONS
from yibaobox.cli.stories.citizen import Citizen

_HOME, _STUDY = REGIONS
_FILING: Final = {
    "type": "temporary",
    "destination": _STUDY,
    "from_day": AT[:10],
    "contact": "测联系人",
    "contact_mobile": "13900000001",
    "contact_address": "沙箱路1号",
}
_CHRONIC: Final = {"disease": "M03900", "institutions": [HOSPITAL], "mobile": "13900000001", "agreed": True}


def _of_region(_: Stage) -> Request:
    return Request(query={"region": _HOME})


def _file(stage: Stage) -> Request:
    return Request(body=dict(_FILING), headers=signed_in(stage.citizen().token))


def _filed(stage: Stage) -> Request:
    citizen = stage.citizen()
    made = citizen.ask("POST", "/filings", _FILING)["filing_id"]
    return Request({"filing_id": made}, headers=signed_in(citizen.token))


def _cancel(stage: Stage) -> Request:
    asked = _filed(stage)
    return Request(asked.path, body={"reason": "行程取消"}, headers=asked.headers)


def _draft(stage: Stage) -> Request:
    return Request(body=dict(_CHRONIC), headers=signed_in(stage.reader.token))


def _drafted(citizen: Citizen) -> Request:
    number = citizen.ask("POST", "/chronic-applications", _CHRONIC)["application_id"]
    citizen.hand_in(number, "id_paper")
    citizen.hand_in(number, "diagnosis")
    return Request({"application_id": number}, headers=signed_in(citizen.token))


def _change(stage: Stage) -> Request:
    asked = _drafted(stage.reader)
    return Request(asked.path, body=dict(_CHRONIC), headers=asked.headers)


def _submit(stage: Stage) -> Request:
    return _drafted(stage.citizen())


REQUESTS: Final[Mapping[str, Callable[[Stage], Request]]] = {
    "filing.types": bare,
    "filing.listed": reading,
    "filing.file": _file,
    "filing.show": _filed,
    "filing.cancel": _cancel,
    "chronic.notice": bare,
    "chronic.diseases": _of_region,
    "chronic.institutions": _of_region,
    "chronic.qualifications": reading,
    "chronic.draft_application": _draft,
    "chronic.change_application": _change,
    "chronic.submit_application": _submit,
}


def known(stage: Stage) -> dict[str, Any]:
    """Return values by the name of the parameter or field that they fit."""
    return {"filing_id": _filed(stage).path["filing_id"], "disease": "M03900", "destination": _STUDY}
