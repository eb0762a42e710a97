"""Accepted requests of the portal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from yibaobox.cli.accepted import portal_family, portal_filings, portal_forms
from yibaobox.cli.accepted.stage import Request, Stage, bare, reading, signed_in
from yibaobox.cli.stories import AT, REGIONS
from yibaobox.cli.stories.citizen import PASSWORD, Citizen, consent_form, login_form, picture, text_code

_HOME, _STUDY = REGIONS
_COLLEGE: Final = "51170099997"


def _send_code(stage: Stage) -> Request:
    return Request(body={"mobile": stage.employee()["mobile"], "purpose": "register"})


def _open_account(stage: Stage) -> Request:
    person = stage.employee()
    code = text_code(stage.caller, person["mobile"], "register")
    who = {name: person[name] for name in ("name", "id_no", "mobile")}
    return Request(body=who | {"sms_code": code, "password": PASSWORD, "agreed": True})


def _log_in(stage: Stage) -> Request:
    return Request(body=login_form(stage.caller, stage.citizen().person))  # it ends the session that there was


def _log_out(stage: Stage) -> Request:
    return Request(headers=signed_in(stage.citizen().token))


def _change_password(stage: Stage) -> Request:
    body = {"password": PASSWORD, "new_password": "Sandbox#2026"}
    return Request(body=body, headers=signed_in(stage.citizen().token))


def _reset_password(stage: Stage) -> Request:
    person = stage.citizen().person
    who = {name: person[name] for name in ("id_no", "mobile")}
    code = text_code(stage.caller, who["mobile"], "reset_password")
    return Request(body=who | {"sms_code": code, "new_password": "Sandbox#2026"})


def _change_mobile(stage: Stage) -> Request:
    citizen, mobile = stage.citizen(), stage.employee()["mobile"]
    body = {"mobile": mobile, "sms_code": text_code(stage.caller, mobile, "change_mobile"), "password": PASSWORD}
    return Request(body=body, headers=signed_in(citizen.token))


def _wallet_code(stage: Stage, person: Mapping[str, Any]) -> dict[str, str]:
    code = stage.control("POST", "/wechat/login", {"psn_no": person["psn_no"]})["code"]
    return {"channel": "wechat", "code": code}


def _link(stage: Stage) -> Request:
    citizen = stage.citizen()
    return Request(body=_wallet_code(stage, citizen.person), headers=signed_in(citizen.token))


def _linked(stage: Stage) -> Citizen:
    citizen = stage.citizen()
    citizen.ask("POST", "/me/links", _wallet_code(stage, citizen.person))
    return citizen


def _log_in_by_mini_program(stage: Stage) -> Request:
    return Request(body=_wallet_code(stage, _linked(stage).person))


def _unlink(stage: Stage) -> Request:
    return Request({"channel": "wechat"}, headers=signed_in(_linked(stage).token))


def _consent_form(person: Mapping[str, Any]) -> dict[str, Any]:
    return consent_form(person, ("hall",), AT[:10])


def _give_consent(stage: Stage) -> Request:
    return Request(body=_consent_form(stage.employee()), headers=signed_in(stage.citizen().token))


def _take_consent(stage: Stage) -> Request:
    principal = stage.employee()
    code = text_code(stage.caller, principal["mobile"], "consent")
    return Request(body=_consent_form(principal) | {"sms_code": code}, headers=signed_in(stage.citizen().token))


def _held_consent(stage: Stage) -> Request:
    agent, principal = stage.citizen(), stage.employee()
    code = text_code(stage.caller, principal["mobile"], "consent")
    made = agent.ask("POST", "/consents/received", _consent_form(principal) | {"sms_code": code})
    return Request({"consent_id": made["consent_id"]}, headers=signed_in(agent.token))


def _student(stage: Stage) -> Citizen:
    person = stage.caller.person(region=_STUDY, capacity="student", birth="2005-05-05")
    return Citizen.join(stage.caller, person)


def _registration(citizen: Citizen) -> int:
    return citizen.registration(_COLLEGE, "student", 2026, AT[:10])


def _form(citizen: Citizen) -> dict[str, Any]:
    return {"id_type": "01", "id_no": citizen.person["id_no"], "name": citizen.person["name"], "unit_code": _COLLEGE}


def _draft_registration(stage: Stage) -> Request:
    return Request(body=_form(stage.reader), headers=signed_in(stage.reader.token))


def _change_registration(stage: Stage) -> Request:
    number = stage.reader.ask("POST", "/registrations", _form(stage.reader))["application_id"]
    return Request({"application_id": number}, body=_form(stage.reader), headers=signed_in(stage.reader.token))


def _submit_registration(stage: Stage) -> Request:
    citizen = _student(stage)
    return Request({"application_id": _registration(citizen)}, headers=signed_in(citizen.token))


def _draft_suspension(stage: Stage) -> Request:
    wanted = {"region": _HOME, "reason": "other", "suspend_day": AT[:10]}
    return Request(body=wanted, headers=signed_in(stage.reader.token))


def _change_suspension(stage: Stage) -> Request:
    asked = _draft_suspension(stage)
    number = stage.reader.ask("POST", "/suspensions", asked.body)["application_id"]
    return Request({"application_id": number}, body=asked.body, headers=asked.headers)


def _submit_suspension(stage: Stage) -> Request:
    citizen = stage.dweller()
    return Request({"application_id": stage.suspension(citizen)}, headers=signed_in(citizen.token))


def _application(stage: Stage) -> Request:
    number = stage.reader.ask("POST", "/registrations", _form(stage.reader))["application_id"]
    return Request({"application_id": number}, headers=signed_in(stage.reader.token))


def _add_papers(stage: Stage) -> Request:
    drafted = _application(stage)
    files = (("file", ("paper.png", picture(), "image/png")),)
    return Request(drafted.path, form={"kind": "id_paper"}, files=files, headers=drafted.headers)


def _paper(stage: Stage) -> Request:
    drafted = _application(stage)
    stage.reader.hand_in(drafted.path["application_id"], "id_paper")
    shown = stage.reader.ask("GET", f"/applications/{drafted.path['application_id']}")
    return Request(drafted.path | {"paper_id": shown["papers"][0]["paper_id"]}, headers=drafted.headers)


def _look_up(stage: Stage) -> Request:
    other = stage.employee()
    return Request(body={name: other[name] for name in ("id_no", "mobile")}, headers=signed_in(stage.reader.token))


def _unbind(stage: Stage) -> Request:
    citizen = stage.citizen()
    made = citizen.share_with(stage.employee(), "spouse")
    return Request({"binding_id": made["binding_id"]}, headers=signed_in(citizen.token))


def _choose(stage: Stage) -> Request:
    part = stage.reader.participation(_HOME)
    return Request(body={"part_id": part["part_id"]}, headers=signed_in(stage.reader.token))


def _participation(stage: Stage) -> Request:
    part = stage.reader.participation(_HOME)
    return Request({"part_id": part["part_id"]}, headers=signed_in(stage.reader.token))


REQUESTS: Final[Mapping[str, Callable[[Stage], Request]]] = {
    **portal_forms.REQUESTS,
    **portal_filings.REQUESTS,
    **portal_family.REQUESTS,
    **dict.fromkeys(("account.captcha", "consent.notice", "family.notice", "form.code_lists"), bare),
    **dict.fromkeys(
        (
            *("account.me", "application.listed", "consent.listed", "door.listed", "family.listed"),
            *("hall.hall", "hall.entitlement", "hall.participations"),
        ),
        reading,
    ),
    "account.send_code": _send_code,
    "account.open_account": _open_account,
    "account.log_in": _log_in,
    "account.log_out": _log_out,
    "application.show": _application,
    "application.add_papers": _add_papers,
    "application.remove_paper": _paper,
    "application.download": _paper,
    "consent.give": _give_consent,
    "consent.take": _take_consent,
    "consent.end": _held_consent,
    "consent.act": _held_consent,
    "door.change_password": _change_password,
    "door.reset_password": _reset_password,
    "door.change_mobile": _change_mobile,
    "door.link": _link,
    "door.unlink": _unlink,
    "door.log_in_by_mini_program": _log_in_by_mini_program,
    "family.look_up": _look_up,
    "family.bind": portal_family.addition,
    "family.unbind": _unbind,
    "form.draft_registration": _draft_registration,
    "form.change_registration": _change_registration,
    "form.submit_registration": _submit_registration,
    "form.draft_suspension": _draft_suspension,
    "form.change_suspension": _change_suspension,
    "form.submit_suspension": _submit_suspension,
    "hall.choose": _choose,
    "hall.participation": _participation,
}


def known(stage: Stage) -> dict[str, Any]:
    """Return values by the name of the parameter or field that they fit."""
    person = stage.reader.person
    return {
        **portal_filings.known(stage),
        "application_id": _application(stage).path["application_id"],
        "part_id": stage.reader.participation(_HOME)["part_id"],
        "unit_code": _COLLEGE,
        "region": _HOME,
        "mobile": person["mobile"],
        "id_no": person["id_no"],
    }
