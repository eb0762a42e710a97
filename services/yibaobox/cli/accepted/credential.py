"""Accepted requests of the credential."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from yibaobox.cli.accepted.stage import HOSPITAL, Request, Stage, bare, signed_in
from yibaobox.cli.stories.holder import EC, Holder


def _begin(stage: Stage) -> Request:
    person = stage.employee()
    return Request(body={"id_no": person["id_no"], "name": person["name"], "channel": "wechat", "terms": True})


def _face(stage: Stage) -> Request:
    begun = stage.caller.ask("POST", f"{EC}/activations", _begin(stage).body)
    return Request({"activation": begun["activation"]})


def _signed(stage: Stage) -> Request:
    return Request(headers=signed_in(stage.holder.token))


def _decode(stage: Stage) -> Request:
    who = {"institution": HOSPITAL, "purpose": "01101", "operator": "0001", "operator_name": "收费员"}
    return Request(body={"code": stage.holder.code(), **who})


def _picture(stage: Stage) -> Request:
    holder = Holder.activate(stage.caller, stage.employee())
    return Request({"code": holder.code(), "picture": "qr.png"}, headers=signed_in(holder.token))


def _chosen(stage: Stage) -> Request:
    holder = Holder.activate(stage.caller, stage.employee())
    part = stage.caller.ask("GET", f"{EC}/participations", None, holder.token)["items"][0]
    return Request(body={"part_id": part["part_id"]}, headers=signed_in(holder.token))


def _authorise(stage: Stage) -> Request:
    return Request(body={"institution": HOSPITAL}, headers=signed_in(stage.holder.token))


def _redeem(stage: Stage) -> Request:
    made = stage.caller.ask("POST", f"{EC}/auth_codes", {"institution": HOSPITAL}, stage.holder.token)
    return Request(body={"auth_code": made["auth_code"], "institution": HOSPITAL})


def _added(stage: Stage) -> tuple[Holder, dict[str, Any]]:
    """A holder, and a relative to be added whose face was not checked yet."""
    relative = stage.employee()
    asked = {"id_no": relative["id_no"], "name": relative["name"], "relation": "spouse", "way": "face", "pledged": True}
    return Holder.activate(stage.caller, stage.employee()), asked


def _add(stage: Stage) -> Request:
    holder, asked = _added(stage)
    return Request(body=asked, headers=signed_in(holder.token))


def _pending(stage: Stage) -> tuple[Holder, int]:
    holder, asked = _added(stage)
    return holder, stage.caller.ask("POST", f"{EC}/family", asked, holder.token)["binding_id"]


def _confirm(stage: Stage) -> Request:
    holder, binding_id = _pending(stage)
    return Request({"binding_id": binding_id}, headers=signed_in(holder.token))


def _show(stage: Stage) -> Request:
    holder, binding_id = _pending(stage)
    stage.caller.ask("POST", f"{EC}/family/{binding_id}/face", None, holder.token)
    return Request({"binding_id": binding_id}, headers=signed_in(holder.token))


REQUESTS: Final[Mapping[str, Callable[[Stage], Request]]] = {
    "credential.terms": bare,
    "credential.begin": _begin,
    "credential.face": _face,
    "credential.status": _signed,
    "credential.participations": _signed,
    "credential.choose": _chosen,
    "credential.refresh": _signed,
    "credential-codes.show_code": _signed,
    "credential-codes.picture": _picture,
    "credential-codes.authorise": _authorise,
    "credential-codes.decodings": _signed,
    "credential-family.pledge": bare,
    "credential-family.add": _add,
    "credential-family.listed": _signed,
    "credential-family.face": _confirm,
    "credential-family.show_code": _show,
    "credential-family.end": _confirm,
    "credential-decode.decoded": _decode,
    "credential-decode.redeem": _redeem,
}


def known(stage: Stage) -> dict[str, Any]:
    """Return values by the name of the field that they fit."""
    person = stage.worker
    return {"id_no": person["id_no"], "name": person["name"], "terms": True, "pledged": True, "institution": HOSPITAL}
