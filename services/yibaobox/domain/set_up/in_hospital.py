"""Stays of magic persons, as the window of a hospital would have written them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import catalogue, clock, ledger, visits
from yibaobox.domain.people import capacities

if TYPE_CHECKING:
    from yibaobox.domain.people import Person
    from yibaobox.domain.store.tx import Tx

CHARGE_FEN: Final = 300_000
_PIECE: Final = "XA11GAW901A001010199999"  # 维生素C片, class A, no ceiling
_CARD: Final = "02"
_AT: Final = time(9, tzinfo=clock.SHANGHAI)
_FACTS: Final = {
    "med_type": "2101",
    "atddr_no": "D001",
    "chfpdr_name": "测医生",
    "adm_diag_dscr": "肺炎",
    "adm_dept_codg": "A03",
    "adm_dept_name": "内科",
    "adm_bed": "12",
    "dscg_maindiag_code": "J18.900",
    "dscg_maindiag_name": "肺炎",
    "main_cond_dscr": "发热",
}
_DIAGNOSIS: Final = {
    "diag_type": "1",
    "maindiag_flag": "1",
    "diag_srt_no": 1,
    "diag_code": "J18.900",
    "diag_name": "肺炎",
    "diag_dept": "A03",
    "dise_dor_no": "D001",
    "dise_dor_name": "测医生",
}


def since_yesterday(tx: Tx, person: Person) -> None:
    """Admit a person yesterday and charge once on that day."""
    yesterday = tx.today - timedelta(days=1)
    _stay(tx, person, yesterday, [yesterday])


def over_new_year(tx: Tx, person: Person) -> None:
    """Admit a person on 30 December, and charge on the last day of that year and on the first of this one."""
    first = date(tx.today.year, 1, 1)
    _stay(tx, person, first - timedelta(days=2), [first - timedelta(days=1), first])


def _stay(tx: Tx, person: Person, begins: date, charged: list[date]) -> None:
    """Admit a person to the first hospital of their region, and leave them there."""
    ledger.lock(tx, [person.psn_no])
    begin = datetime.combine(begins, _AT)
    shown = {"mdtrt_cert_type": _CARD, "mdtrt_cert_no": person.id_no}
    number = f"ZY{person.id_no[-4:]}"
    wanted = visits.NewVisit(
        psn_no=person.psn_no,
        institution=f"H{person.region}00001",
        insutype=capacities.get(person.capacity).insutype,
        ipt_otp_no=number,
        begins=begin,
        facts={**shown, **_FACTS, "begntime": begin, "ipt_no": number},
        kind=visits.STAY,
    )
    visit, _ = visits.admit(tx, wanted, [{**_DIAGNOSIS, "diag_time": begin}])
    visits.upload(tx, visit, [_row(place, day) for place, day in enumerate(charged, 1)])


def _row(place: int, day: date) -> visits.NewFee:
    facts: dict[str, Any] = {
        "feedetl_sn": str(place),
        "fee_ocur_time": datetime.combine(day, _AT),
        "med_list_codg": _PIECE,
        "medins_list_codg": "LOCAL-1",
        "bilg_dept_codg": "A03",
        "bilg_dept_name": "内科",
        "bilg_dr_codg": "D001",
        "bilg_dr_name": "测医生",
    }
    return visits.NewFee(
        feedetl_sn=str(place),
        batch=visits.NO_BATCH,
        item=catalogue.find(_PIECE),
        count_e4=10_000,
        price_e6=CHARGE_FEN * 10_000,
        amount_fen=CHARGE_FEN,
        approval="0",
        facts=facts,
        charged_on=day.isoformat(),
    )
