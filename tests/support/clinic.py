"""A hospital window as its software speaks: messages of the national interface, one visit from end to end."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from boxes import Box
from yibaobox.cli.stories import hospital

SINGLE, CLASS_A = hospital.SINGLE, hospital.CLASS_A
HOSPITAL = "H51040000001"  # level 3
_numbers: Iterator[int] = itertools.count(1)


@dataclass
class Reply:
    """An answer: the body as it came, and what the headers say of it."""

    raw: requests.Response
    body: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.body = json.loads(self.raw.text)

    @property
    def ok(self) -> bool:
        return self.body.get("infcode") == 0

    @property
    def code(self) -> str | None:
        return self.raw.headers.get("X-Sandbox-Code")

    @property
    def replayed(self) -> bool:
        return self.raw.headers.get("X-Sandbox-Replay") == "1"

    @property
    def output(self) -> Any:
        assert self.ok, self.raw.text
        return self.body["output"]

    @property
    def setlinfo(self) -> dict[str, Any]:
        info: dict[str, Any] = self.output["setlinfo"]
        return info


class Clinic:
    """The software of one institution in one world. Times follow the sandbox clock as it stood when it opened."""

    def __init__(self, box: Box, institution: str = HOSPITAL) -> None:
        self.box = box
        self.institution = institution
        self.now = box.ask("GET", "/clock")["now"][:19].replace("T", " ")

    def msgid(self) -> str:
        """A number nobody used yet."""
        return f"{self.institution}{self.now[:10].replace('-', '')}{next(_numbers):010d}"

    def envelope(self, infno: str, body: Mapping[str, Any], msgid: str | None = None, **header: Any) -> dict[str, Any]:
        """A whole message."""
        return hospital.envelope(self.institution, self.now, infno, msgid or self.msgid(), body) | header

    def send(self, message: Mapping[str, Any], url: str = SINGLE, **more: Any) -> Reply:
        """Post a message as it is."""
        return Reply(self.box.post(url, message, **more))

    def call(self, infno: str, body: Mapping[str, Any], msgid: str | None = None, **header: Any) -> Reply:
        """Send one transaction."""
        return self.send(self.envelope(infno, body, msgid, **header))

    def csb(self, infno: str, keys: Mapping[str, str], now_ms: int) -> dict[str, str]:
        """The five headers of a signed call."""
        signed = {
            "_api_access_key": keys["access_key"],
            "_api_name": infno,
            "_api_timestamp": str(now_ms),
            "_api_version": "1.0.0",
        }
        text = "&".join(f"{name}={value}" for name, value in signed.items())
        mac = hmac.digest(keys["secret_key"].encode(), text.encode(), hashlib.sha1)
        return signed | {"_api_signature": base64.b64encode(mac).decode()}

    def card(self, person: Mapping[str, Any]) -> dict[str, Any]:
        """The identity card of a person, as messages carry it."""
        return {"mdtrt_cert_type": "02", "mdtrt_cert_no": person["id_no"], "card_sn": ""}

    def query(self, person: Mapping[str, Any], **changes: Any) -> Reply:
        """1101."""
        identity = {"psn_cert_type": "01", "certno": person["id_no"], "psn_name": person["name"]}
        return self.call("1101", {"data": self.card(person) | identity | {"begntime": ""} | changes})

    def register(self, person: Mapping[str, Any], msgid: str | None = None, **changes: Any) -> Reply:
        """2201."""
        return self.call("2201", self.registration(person, **changes), msgid)

    def registration(self, person: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
        """The input of 2201."""
        facts = {
            "psn_no": person["psn_no"],
            "insutype": person.get("insutype", "310"),
            "begntime": self.now,
            "ipt_otp_no": f"OP{next(_numbers):06d}",
            "atddr_no": "D001",
            "dr_name": "测医生",
            "dept_code": "A01",
            "dept_name": "内科",
            "caty": "A03",
        }
        return {"data": self.card(person) | facts | changes}

    def describe(self, person: Mapping[str, Any], mdtrt_id: str, **changes: Any) -> Reply:
        """2203."""
        facts = {"mdtrt_id": mdtrt_id, "psn_no": person["psn_no"], "med_type": "11", "begntime": self.now}
        facts |= {"main_cond_dscr": "头痛", "dise_codg": "", "dise_name": ""}
        diagnosis = {
            "diag_type": "1",
            "diag_srt_no": 1,
            "diag_code": "R51.x00",
            "diag_name": "头痛",
            "diag_dept": "A01",
            "dise_dor_no": "D001",
            "dise_dor_name": "测医生",
            "diag_time": self.now,
            "vali_flag": "1",
        }
        return self.call("2203", {"mdtrtinfo": facts | changes, "diseinfo": [diagnosis]})

    def row(self, person: Mapping[str, Any], mdtrt_id: str, yuan: str, **changes: Any) -> dict[str, Any]:
        """One fee row: one piece of a class A item at this price."""
        return {
            "feedetl_sn": str(next(_numbers)),
            "mdtrt_id": mdtrt_id,
            "psn_no": person["psn_no"],
            "chrg_bchno": "B1",
            "rx_circ_flag": "0",
            "fee_ocur_time": self.now,
            "med_list_codg": CLASS_A,
            "medins_list_codg": "LOCAL-1",
            "det_item_fee_sumamt": yuan,
            "cnt": "1",
            "pric": yuan,
            "bilg_dept_codg": "A01",
            "bilg_dept_name": "内科",
            "bilg_dr_codg": "D001",
            "bilg_dr_name": "测医生",
            "hosp_appr_flag": "0",
        } | changes

    def charge(self, person: Mapping[str, Any], mdtrt_id: str, *yuan: str, **changes: Any) -> Reply:
        """2204, a row for each amount."""
        return self.call("2204", {"feedetail": [self.row(person, mdtrt_id, each, **changes) for each in yuan]})

    def visit(self, person: Mapping[str, Any], *yuan: str) -> str:
        """Register, describe and charge; return 就诊ID."""
        number: str = self.register(person).output["data"]["mdtrt_id"]
        for told in (self.describe(person, number), self.charge(person, number, *yuan)):
            assert told.ok, told.raw.text
        return number

    def payment(self, person: Mapping[str, Any], visit: str, yuan: str, /, **changes: Any) -> dict[str, Any]:
        """The input of 2206."""
        facts = {
            "psn_no": person["psn_no"],
            "med_type": "11",
            "medfee_sumamt": yuan,
            "psn_setlway": "01",
            "mdtrt_id": visit,
            "chrg_bchno": "B1",
            "acct_used_flag": "1",
            "insutype": person.get("insutype", "310"),
            "exp_content": "",
        }
        return self.card(person) | facts | changes

    def presettle(self, person: Mapping[str, Any], visit: str, yuan: str, /, **changes: Any) -> Reply:
        """2206."""
        return self.call("2206", {"data": self.payment(person, visit, yuan, **changes)})

    def settlement(self, person: Mapping[str, Any], visit: str, yuan: str, /, **changes: Any) -> dict[str, Any]:
        """The input of 2207; everything is inside policy unless said otherwise."""
        parts = {"fulamt_ownpay_amt": "0", "overlmt_selfpay": "0", "preselfpay_amt": "0", "inscp_scp_amt": yuan}
        return {"data": self.payment(person, visit, yuan) | {"invono": ""} | parts | changes}

    def settle(
        self, person: Mapping[str, Any], visit: str, yuan: str, msgid: str | None = None, /, **changes: Any
    ) -> Reply:
        """2207."""
        return self.call("2207", self.settlement(person, visit, yuan, **changes), msgid)

    def reverse(self, person: Mapping[str, Any], mdtrt_id: str, setl_id: str, msgid: str | None = None) -> Reply:
        """2208."""
        return self.call(
            "2208", {"data": {"setl_id": setl_id, "mdtrt_id": mdtrt_id, "psn_no": person["psn_no"]}}, msgid
        )

    def repair(self, person: Mapping[str, Any], omsgid: str, oinfno: str = "2207", msgid: str | None = None) -> Reply:
        """2601."""
        return self.call("2601", {"data": {"psn_no": person["psn_no"], "omsgid": omsgid, "oinfno": oinfno}}, msgid)
