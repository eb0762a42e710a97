"""Accepted queries of the national interface, a transaction each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from yibaobox.cli.accepted.stage import HOSPITAL, Request, Stage
from yibaobox.cli.stories.hospital import Visit

MONTHS: Final = {"begntime": "2025-11-01 00:00:00", "endtime": "2025-12-31 00:00:00"}
_TOTAL: Final = "100.00"


def _data(stage: Stage, infno: str, **data: Any) -> Request:
    return Request(body=stage.window.message(infno, {"data": {"psn_no": stage.worker["psn_no"], **data}}))


def _about(infno: str, **data: Any) -> Callable[[Stage], Request]:
    """Return how a query is prepared that asks nothing but of a person."""
    return lambda stage: _data(stage, infno, **data)


def _institution(stage: Stage) -> Request:
    asked = {"fixmedins_type": "1", "fixmedins_name": "", "fixmedins_code": HOSPITAL}
    return Request(body=stage.window.message("1201", {"medinsinfo": asked}))


def _entitlement(stage: Stage) -> Request:
    asked = {"insutype": "310", "fixmedins_code": HOSPITAL, "med_type": "11", "begntime": stage.window.now}
    return _data(stage, "2001", **asked)


def _settled(stage: Stage, infno: str) -> Request:
    visit: Visit = stage.window.visit(stage.worker, _TOTAL)
    setl_id = stage.window.settle(visit).setlinfo["setl_id"]
    return _data(stage, infno, setl_id=setl_id, mdtrt_id=visit.number)


def _diagnoses(stage: Stage) -> Request:
    return _data(stage, "5202", mdtrt_id=stage.window.visit(stage.worker, _TOTAL).number)


def _in_hospital(stage: Stage) -> Request:
    person = stage.employee()
    stage.ward.admit(person)
    return Request(body=stage.ward.message("5303", {"data": {"psn_no": person["psn_no"], **MONTHS}}))


REQUESTS: Final[Mapping[str, Callable[[Stage], Request]]] = {
    "t1201": _institution,
    "t2001": _entitlement,
    "t5201": _about("5201", **MONTHS, med_type="11", mdtrt_id=""),
    "t5202": _diagnoses,
    "t5203": lambda stage: _settled(stage, "5203"),
    "t5204": lambda stage: _settled(stage, "5204"),
    "t5205": _about("5205", **MONTHS),
    "t5206": _about("5206", cum_ym=""),
    "t5303": _in_hospital,
}
