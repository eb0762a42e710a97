"""Accepted messages of stays and sales, a transaction each; whoever is admitted is nobody else's patient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from yibaobox.cli.accepted.stage import Request, Stage
from yibaobox.cli.stories import ward
from yibaobox.cli.stories.hospital import Visit, diagnosis
from yibaobox.cli.stories.ward import Counter, Ward

_TOTAL: Final = "1000.00"
_Person = Mapping[str, Any]


def _ward(stage: Stage) -> tuple[Ward, _Person]:
    """Return a ward, and a new person who is insured."""
    return stage.ward, stage.employee()


def _message(window: Ward | Counter, infno: str, body: Mapping[str, Any]) -> Request:
    return Request(body=window.message(infno, body))


def _undo(window: Ward, infno: str, person: _Person, number: str, **more: str) -> Request:
    return _message(window, infno, ward.step_back(person, number, **more))


def _admit(stage: Stage) -> Request:
    window, person = _ward(stage)
    return _message(window, "2401", ward.admission(person, window.now, window.numbered("ZY")))


def _change(stage: Stage) -> Request:
    window, person = _ward(stage)
    return _message(window, "2403", ward.change(person, window.admit(person), window.now, window.numbered("ZY")))


def _discharge(stage: Stage) -> Request:
    window, person = _ward(stage)
    return _message(window, "2402", ward.discharge(person, window.admit(person), window.now))


def _unadmit(stage: Stage) -> Request:
    window, person = _ward(stage)
    return _undo(window, "2404", person, window.admit(person))


def _undischarge(stage: Stage) -> Request:
    window, person = _ward(stage)
    return _undo(window, "2405", person, window.stayed(person, _TOTAL))


def _charge(stage: Stage) -> Request:
    window, person = _ward(stage)
    row = ward.charge(person, window.admit(person), window.numbered("F"), _TOTAL, window.now)
    return _message(window, "2301", {"feedetail": [row]})


def _uncharge(stage: Stage) -> Request:
    window, person = _ward(stage)
    return _undo(window, "2302", person, window.stayed(person, _TOTAL), feedetl_sn="0000")


def _quote(stage: Stage) -> Request:
    window, person = _ward(stage)
    return _message(window, "2303", ward.payment(person, window.stayed(person, _TOTAL), _TOTAL))


def _pay(stage: Stage) -> Request:
    window, person = _ward(stage)
    return _message(window, "2304", ward.payment(person, window.stayed(person, _TOTAL), _TOTAL))


def _unpay(stage: Stage) -> Request:
    window, person = _ward(stage)
    number = window.stayed(person, _TOTAL)
    return _undo(window, "2305", person, number, setl_id=window.pay(person, number, _TOTAL).setlinfo["setl_id"])


def _quote_sale(stage: Stage) -> Request:
    window = stage.counter
    return _message(window, "2101", window.sale(stage.worker, _TOTAL))


def _sell(stage: Stage) -> Request:
    window = stage.counter
    return _message(window, "2102", window.sale(stage.worker, _TOTAL))


def _describe_at_pharmacy(stage: Stage) -> Request:
    window = stage.counter
    visit = Visit(stage.worker, window.register(stage.worker), "")
    return _message(window, "2203A", diagnosis(visit, window.now))


def _take_back(stage: Stage) -> Request:
    window = stage.counter
    sold = window.sell(window.sale(stage.worker, _TOTAL)).setlinfo
    return _message(window, "2103", ward.sale_back(stage.worker, sold))


REQUESTS: Final[Mapping[str, Callable[[Stage], Request]]] = {
    "t2101": _quote_sale,
    "t2102": _sell,
    "t2103": _take_back,
    "t2203A": _describe_at_pharmacy,
    "t2301": _charge,
    "t2302": _uncharge,
    "t2303": _quote,
    "t2304": _pay,
    "t2305": _unpay,
    "t2401": _admit,
    "t2402": _discharge,
    "t2403": _change,
    "t2404": _unadmit,
    "t2405": _undischarge,
}
