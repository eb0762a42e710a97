"""1101 人员基本信息获取."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import clock, enrolment, ledger
from yibaobox.domain.errors import NotFound
from yibaobox.domain.people import capacities
from yibaobox.edge import strict_json
from yibaobox.settlement import presented
from yibaobox.settlement.case import query

if TYPE_CHECKING:
    from yibaobox.domain.enrolment import Participation
    from yibaobox.domain.people import Person
    from yibaobox.edge.envelope import Envelope
    from yibaobox.settlement.case import Case, Values

_ACTIVE, _PAUSED = "1", "2"  # psn_insu_stas
_ASSISTED: Final = "23"  # psn_idet_type 医疗救助人员


def person_info(case: Case) -> Values:
    """Tell who presents a credential, where they take part and what their account holds."""
    person, token = presented.holder_of(case, case.data)
    if not presented.agrees(case.data, person):
        raise NotFound(presented.UNKNOWN)
    balance = ledger.balance(case.tx, person.psn_no)
    parts = enrolment.participations(case.tx, person.psn_no)
    return {
        "baseinfo": _baseinfo(case, person, token),
        "insuinfo": [_insuinfo(part, balance) for part in parts],
        "idetinfo": [_assisted(part) for part in parts if part.capacity == "assisted" and part.to_day is None],
    }


def holds_code(asked: Envelope) -> bool:
    """Tell whether answering may use a code up."""
    data = asked.input.get("data")
    return isinstance(data, Mapping) and data.get("mdtrt_cert_type") == presented.ELECTRONIC


def _baseinfo(case: Case, person: Person, token: str) -> dict[str, Any]:
    return {
        "psn_no": person.psn_no,
        "psn_cert_type": person.id_type,
        "certno": person.id_no,
        "psn_name": person.name,
        "gend": person.sex,
        "brdy": person.birth,
        "age": person.age_on(case.tx.today),
        "exp_content": strict_json.dumps({"ecToken": token}) if token else "",
    }


def _insuinfo(part: Participation, balance_fen: int) -> dict[str, Any]:
    return {
        "balc": balance_fen,
        "insutype": part.insutype,
        "psn_type": capacities.get(part.capacity).psn_type,
        "psn_insu_stas": _ACTIVE if part.to_day is None else _PAUSED,
        "psn_insu_date": part.from_day,
        "paus_insu_date": part.to_day,
        "cvlserv_flag": "0",
        "insuplc_admdvs": part.region,
        "emp_name": part.unit_name,
    }


def _assisted(part: Participation) -> dict[str, Any]:
    return {"psn_idet_type": _ASSISTED, "begntime": clock.from_us(clock.start_of(part.from_day))}


TRANSACTION: Final = query("1101", person_info, touches=holds_code)
