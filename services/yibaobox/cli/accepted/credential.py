"""Accepted requests of the credential."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from yibaobox.cli.accepted.stage import HOSPITAL, Request, Stage, signed_in
from yibaobox.cli.stories.holder import EC


def _begin(stage: Stage) -> Request:
    person = stage.employee()
    return Request(body={"id_no": person["id_no"], "name": person["name"], "channel": "wechat", "terms": True})


def _face(stage: Stage) -> Request:
    begun = stage.caller.ask("POST", f"{EC}/activations", _begin(stage).body)
    return Request({"activation": begun["activation"]})


def _signed(stage: Stage) -> Request:
    return Request(headers=signed_in(stage.holder.token))


def _decode(stage: Stage) -> Request:
    who = {"institution": HOSPITAL, "purpose": "101", "operator": "0001", "operator_name": "收费员"}
    return Request(body={"code": stage.holder.code(), **who})


REQUESTS: Final[Mapping[str, Callable[[Stage], Request]]] = {
    "credential.begin": _begin,
    "credential.face": _face,
    "credential.show_code": _signed,
    "credential.status": _signed,
    "credential.decoded": _decode,
    "credential.decodings": _signed,
}


def known(stage: Stage) -> dict[str, Any]:
    """Return values by the name of the field that they fit."""
    person = stage.worker
    return {"id_no": person["id_no"], "name": person["name"], "terms": True, "institution": HOSPITAL}
