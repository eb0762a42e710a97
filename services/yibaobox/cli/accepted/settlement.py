"""Accepted messages of the national interface, a transaction each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from yibaobox.cli.accepted.stage import Request, Stage
from yibaobox.cli.stories.hospital import Visit, card, diagnosis, fee, payment, registration, settlement

_TOTAL: Final = "100.00"
_OPERATOR: Final = {"opter_no": "0001", "mac": "00-00", "ip": "10.0.0.1"}


def _message(stage: Stage, infno: str, body: Mapping[str, Any]) -> Request:
    return Request(body=stage.window.message(infno, body))


def _of(visit: Visit) -> dict[str, Any]:
    return {"mdtrt_id": visit.number, "psn_no": visit.person["psn_no"]}


def _sign_in(stage: Stage) -> Request:
    return _message(stage, "9001", {"signIn": _OPERATOR})


def _sign_out(stage: Stage) -> Request:
    return _message(stage, "9002", {"signOut": {"sign_no": stage.window.sign_in(), "opter_no": "0001"}})


def _query(stage: Stage) -> Request:
    person = stage.worker
    identity = {"psn_cert_type": "01", "certno": person["id_no"], "psn_name": person["name"]}
    return _message(stage, "1101", {"data": card(person) | identity | {"begntime": ""}})


def _register(stage: Stage) -> Request:
    return _message(stage, "2201", {"data": registration(stage.worker, stage.window)})


def _unregister(stage: Stage) -> Request:
    made = stage.window.call("2201", _register(stage).body["input"]).accepted()["data"]
    return _message(stage, "2202", {"data": {name: made[name] for name in ("mdtrt_id", "psn_no", "ipt_otp_no")}})


def _registered(stage: Stage) -> Visit:
    return Visit(stage.worker, stage.window.register(stage.worker), _TOTAL)


def _describe(stage: Stage) -> Request:
    return _message(stage, "2203", diagnosis(_registered(stage), stage.window.now))


def _charge(stage: Stage) -> Request:
    return _message(stage, "2204", {"feedetail": [fee(_registered(stage), stage.window)]})


def _uncharge(stage: Stage) -> Request:
    visit = stage.window.visit(stage.worker, _TOTAL)
    return _message(stage, "2205", {"data": _of(visit) | {"feedetl_sn": "0000", "chrg_bchno": "0000"}})


def _quote(stage: Stage) -> Request:
    return _message(stage, "2206", {"data": payment(stage.window.visit(stage.worker, _TOTAL))})


def _settle(stage: Stage) -> Request:
    return _message(stage, "2207", {"data": settlement(stage.window.visit(stage.worker, _TOTAL))})


def _reverse(stage: Stage) -> Request:
    visit = stage.window.visit(stage.worker, _TOTAL)
    made = stage.window.settle(visit).setlinfo["setl_id"]
    return _message(stage, "2208", {"data": _of(visit) | {"setl_id": made}})


def _repair(stage: Stage) -> Request:
    visit, msgid = stage.window.visit(stage.worker, _TOTAL), stage.window.msgid()
    stage.window.settle(visit, msgid=msgid).accepted()
    return _message(stage, "2601", {"data": {"psn_no": visit.person["psn_no"], "omsgid": msgid, "oinfno": "2207"}})


REQUESTS: Final[Mapping[str, Callable[[Stage], Request]]] = {
    "t9001": _sign_in,
    "t9002": _sign_out,
    "t1101": _query,
    "t2201": _register,
    "t2202": _unregister,
    "t2203": _describe,
    "t2204": _charge,
    "t2205": _uncharge,
    "t2206": _quote,
    "t2207": _settle,
    "t2208": _reverse,
    "t2601": _repair,
}


def known(stage: Stage) -> dict[str, Any]:
    """Return values by the name of the field that they fit."""
    visit = stage.window.visit(stage.worker, _TOTAL)
    return _of(visit) | card(stage.worker)
