"""A ward and a counter as their software speaks: messages of stays (2301–2305, 2401–2405) and of sales (2101–2103)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yibaobox.cli.stories.hospital import CLASS_A, Answer, Window, card


class Ward(Window):
    """The software of a ward."""

    def admit(self, person: Mapping[str, Any], at: str = "") -> str:
        """2401: return 就诊ID."""
        body = admission(person, at or self.now, self.numbered("ZY"))
        return str(self.call("2401", body).accepted()["result"]["mdtrt_id"])

    def charge(self, person: Mapping[str, Any], number: str, total: str, at: str = "") -> Answer:
        """2301: one row."""
        return self.call("2301", {"feedetail": [charge(person, number, self.numbered("F"), total, at or self.now)]})

    def discharge(self, person: Mapping[str, Any], number: str, at: str = "") -> Answer:
        """2402."""
        return self.call("2402", discharge(person, number, at or self.now))

    def stayed(self, person: Mapping[str, Any], total: str) -> str:
        """Admit, charge and discharge; return 就诊ID."""
        number = self.admit(person)
        self.charge(person, number, total).accepted()
        self.discharge(person, number).accepted()
        return number

    def quote(self, person: Mapping[str, Any], number: str, total: str, *, interim: bool = False) -> Answer:
        """2303."""
        return self.call("2303", payment(person, number, total, interim=interim))

    def pay(
        self, person: Mapping[str, Any], number: str, total: str, msgid: str | None = None, *, interim: bool = False
    ) -> Answer:
        """2304, for a time or for good."""
        return self.call("2304", payment(person, number, total, interim=interim), msgid)

    def undo(self, infno: str, person: Mapping[str, Any], number: str, **more: str) -> Answer:
        """2302, 2305, 2404, 2405: what takes a step back."""
        return self.call(infno, step_back(person, number, **more))


class Counter(Window):
    """The software of a pharmacy's counter."""

    def sale(self, person: Mapping[str, Any], total: str, shown: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the input of 2101 and 2102: one pack."""
        return sale(person, [pack(self.numbered("F"), total, self.now)], total, self.now, shown)

    def quote(self, body: Mapping[str, Any]) -> Answer:
        """2101."""
        return self.call("2101", body)

    def sell(self, body: Mapping[str, Any], msgid: str | None = None, **headers: str) -> Answer:
        """2102."""
        return self.call("2102", body, msgid, **headers)

    def take_back(self, person: Mapping[str, Any], setlinfo: Mapping[str, Any]) -> Answer:
        """2103."""
        return self.call("2103", sale_back(person, setlinfo))


def admission(person: Mapping[str, Any], at: str, number: str) -> dict[str, Any]:
    """Return the input of 2401; `number` is 住院号."""
    facts = {
        "psn_no": person["psn_no"],
        "insutype": person["insutype"],
        "coner_name": "",
        "tel": "",
        "begntime": at,
        "med_type": "2101",
        "ipt_no": number,
        "medrcdno": "",
        **_ward(),
        "dise_codg": "",
        "dise_name": "",
    }
    return {"mdtrtinfo": card(person) | facts, "diseinfo": [_diagnosis(at) | {"psn_no": person["psn_no"]}]}


def change(person: Mapping[str, Any], stay: str, at: str, number: str) -> dict[str, Any]:
    """Return the input of 2403, `at` the time of admission as it should be."""
    named = {"mdtrt_id": stay, "psn_no": person["psn_no"]}
    facts = {"begntime": at, "mdtrt_cert_type": "02", "med_type": "2101", "ipt_otp_no": number, **_ward()}
    return {"adminfo": named | facts, "diseinfo": [_diagnosis(at) | named]}


def discharge(person: Mapping[str, Any], stay: str, at: str) -> dict[str, Any]:
    """Return the input of 2402."""
    named = {"mdtrt_id": stay, "psn_no": person["psn_no"]}
    facts = {
        "insutype": person["insutype"],
        "endtime": at,
        "dscg_dept_codg": "A03",
        "dscg_dept_name": "内科",
        "dscg_bed": "12",
        "dscg_way": "1",
    }
    return {"dscginfo": named | facts, "diseinfo": [_diagnosis(at) | named]}


def charge(person: Mapping[str, Any], stay: str, number: str, yuan: str, at: str) -> dict[str, Any]:
    """Return one fee row of 2301: a piece of a class A item that costs the whole amount."""
    return {
        "feedetl_sn": number,
        "init_feedetl_sn": "",
        "mdtrt_id": stay,
        "drord_no": "",
        "psn_no": person["psn_no"],
        "med_type": "2101",
        "fee_ocur_time": at,
        "med_list_codg": CLASS_A,
        "medins_list_codg": "LOCAL-1",
        "det_item_fee_sumamt": yuan,
        "cnt": "1",
        "pric": yuan,
        "bilg_dept_codg": "A03",
        "bilg_dept_name": "内科",
        "bilg_dr_codg": "D001",
        "bilg_dr_name": "测医生",
        "hosp_appr_flag": "0",
    }


def returned(row: Mapping[str, Any], number: str) -> dict[str, Any]:
    """Return the fee row of 2301 that takes another back whole."""
    minus = {name: f"-{row[name]}" for name in ("cnt", "det_item_fee_sumamt")}
    return {**row, **minus, "feedetl_sn": number, "init_feedetl_sn": row["feedetl_sn"]}


def payment(person: Mapping[str, Any], stay: str, yuan: str, *, interim: bool = False) -> dict[str, Any]:
    """Return the input of 2303 and of 2304."""
    facts = {
        "psn_no": person["psn_no"],
        "medfee_sumamt": yuan,
        "psn_setlway": "01",
        "mdtrt_id": stay,
        "acct_used_flag": "1",
        "insutype": person["insutype"],
        "mid_setl_flag": "1" if interim else "0",
        "exp_content": "",
    }
    return {"data": card(person) | facts}


def step_back(person: Mapping[str, Any], stay: str, **more: str) -> dict[str, Any]:
    """Return the input of 2302, 2305, 2404 and 2405."""
    return {"data": {"mdtrt_id": stay, "psn_no": person["psn_no"], **more}}


def sale_back(person: Mapping[str, Any], setlinfo: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input of 2103."""
    return step_back(person, setlinfo["mdtrt_id"], setl_id=setlinfo["setl_id"])


def sale(
    person: Mapping[str, Any], rows: list[dict[str, Any]], yuan: str, at: str, shown: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the input of 2101 and of 2102; `shown` is the credential that was presented, else the identity card."""
    facts = {
        "psn_no": person["psn_no"],
        "begntime": at,
        "medfee_sumamt": yuan,
        "insutype": person["insutype"],
        "acct_used_flag": "1",
        "med_type": "41",
        "exp_content": "",
    }
    return {"druginfo": {**(shown or card(person)), **facts}, "drugdetail": rows}


def pack(number: str, yuan: str, at: str) -> dict[str, Any]:
    """Return one row of a sale: a pack of a class A drug."""
    return {
        "feedetl_sn": number,
        "rxno": "",
        "rx_circ_flag": "0",
        "fee_ocur_time": at,
        "med_list_codg": CLASS_A,
        "medins_list_codg": "LOCAL-1",
        "det_item_fee_sumamt": yuan,
        "cnt": "1",
        "pric": yuan,
    }


def _ward() -> dict[str, Any]:
    return {
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


def _diagnosis(at: str) -> dict[str, Any]:
    return {
        "diag_type": "1",
        "maindiag_flag": "1",
        "diag_srt_no": 1,
        "diag_code": "J18.900",
        "diag_name": "肺炎",
        "adm_cond": "",
        "diag_dept": "A03",
        "dise_dor_no": "D001",
        "dise_dor_name": "测医生",
        "diag_time": at,
    }
