"""A hospital window as its software speaks: messages of the national interface (国家医保信息平台接口)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import requests

from yibaobox.cli.stories.caller import Caller, Unexpected
from yibaobox.cli.stories.telling import yuan
from yibaobox.domain import money

SINGLE: Final = "/fsi/api/rsfComIfsService/callService"
CLASS_A: Final = "XA11GAW901A001010199999"  # 维生素C片, class A, no ceiling
_PARTS: Final = ("fund_pay_sumamt", "acct_pay", "acct_mulaid_pay", "psn_cash_pay", "medfee_sumamt")


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit with one batch of fees."""

    person: Mapping[str, Any]
    number: str
    total: str  # yuan


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway answered."""

    raw: requests.Response
    body: Mapping[str, Any]

    @property
    def code(self) -> str:
        """The machine code of a refusal, else nothing."""
        return self.raw.headers.get("X-Sandbox-Code", "")

    @property
    def is_replay(self) -> bool:
        """Whether this is the stored reply of an earlier request."""
        return self.raw.headers.get("X-Sandbox-Replay") == "1"

    def accepted(self) -> Any:
        """Return the output of a success; a refusal is unexpected."""
        if self.body.get("infcode") != 0:
            raise Unexpected("infcode 0", f"{self.body.get('infcode')} {self.body.get('err_msg')}（{self.code}）")
        return self.body["output"]

    @property
    def setlinfo(self) -> dict[str, Any]:
        """The amounts of a settlement."""
        info: dict[str, Any] = self.accepted()["setlinfo"]
        return info

    @property
    def split(self) -> dict[str, str]:
        """Who pays how much."""
        fen = {name: money.parse_yuan(self.setlinfo[name]) for name in _PARTS}
        own = fen["acct_pay"] - fen["acct_mulaid_pay"]  # acct_pay includes what relatives pay
        parts = (fen["medfee_sumamt"], fen["fund_pay_sumamt"], own, fen["acct_mulaid_pay"], fen["psn_cash_pay"])
        return split(*(yuan(part) for part in parts))


def split(total: str, fund: str, own: str, family: str, cash: str) -> dict[str, str]:
    """Name the parts of a bill, in yuan."""
    return {"费用总额": total, "统筹基金": fund, "个人账户": own, "家庭共济": family, "个人现金": cash}


def envelope(institution: str, now: str, infno: str, msgid: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message as the software of an institution writes it; `now` is `YYYY-MM-DD hh:mm:ss`."""
    region = institution[1:7]
    return {
        "infno": infno,
        "msgid": msgid,
        "mdtrtarea_admvs": region,
        "insuplc_admdvs": region,
        "recer_sys_code": "HIS",
        "dev_no": "",
        "dev_safe_info": "",
        "cainfo": "",
        "signtype": None,
        "infver": "V1.0",
        "opter_type": "1",
        "opter": "0001",
        "opter_name": "收费员",
        "inf_time": now,
        "fixmedins_code": institution,
        "fixmedins_name": "沙箱人民医院",
        "sign_no": "",
        "input": body,
    }


class Window:
    """The software of one institution. Times are those of the sandbox's clock when the window opened."""

    def __init__(self, caller: Caller, institution: str, mark: str) -> None:
        self._caller = caller
        self.institution = institution
        self.now = caller.control("GET", "/clock")["now"][:19].replace("T", " ")
        self._mark = mark
        self._sent = 0

    def msgid(self) -> str:
        """Return a number that this window has not used yet: institution, time, four digits."""
        self._sent += 1
        digits = "".join(char for char in self.now if char.isdigit())
        return f"{self.institution}{digits}{self._mark}{self._sent:03d}"

    def call(self, infno: str, body: Mapping[str, Any], msgid: str | None = None, **headers: str) -> Answer:
        """Send one transaction; `headers` are HTTP headers with underscores for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        reply = self._caller.send("POST", SINGLE, json=self.message(infno, body, msgid), headers=named)
        return Answer(reply, json.loads(reply.text, parse_float=Decimal))

    def message(self, infno: str, body: Mapping[str, Any], msgid: str | None = None) -> dict[str, Any]:
        """Return a whole message."""
        return envelope(self.institution, self.now, infno, msgid or self.msgid(), body)

    def numbered(self, prefix: str) -> str:
        """Return a number of the hospital's own that follows its messages."""
        return f"{prefix}{self._mark}{self._sent:03d}"

    def sign_in(self) -> str:
        """9001: return 签到流水号."""
        who = {"opter_no": "0001", "mac": "00-00", "ip": "10.0.0.1"}
        return str(self.call("9001", {"signIn": who}).accepted()["signinoutb"]["sign_no"])

    def query(self, person: Mapping[str, Any], token: str = "") -> Answer:
        """1101, by identity card or by the token of a decoded credential."""
        shown = credential(token) if token else card(person)
        identity = {"psn_cert_type": "01", "certno": person["id_no"], "psn_name": person["name"]}
        return self.call("1101", {"data": shown | identity | {"begntime": ""}})

    def visit(self, person: Mapping[str, Any], total: str) -> Visit:
        """2201, 2203, 2204: register, describe, and charge one piece of a class A item."""
        number = self.register(person)
        self.describe(person, number)
        self.charge(person, number, total).accepted()
        return Visit(person, number, total)

    def register(self, person: Mapping[str, Any]) -> str:
        """2201: return 就诊ID."""
        return str(self.call("2201", {"data": registration(person, self)}).accepted()["data"]["mdtrt_id"])

    def describe(self, person: Mapping[str, Any], number: str) -> None:
        """2203: the complaint and one diagnosis."""
        self.call("2203", diagnosis(Visit(person, number, ""), self.now)).accepted()

    def charge(self, person: Mapping[str, Any], number: str, total: str) -> Answer:
        """2204: one fee row."""
        return self.call("2204", {"feedetail": [fee(Visit(person, number, total), self)]})

    def presettle(self, visit: Visit) -> Answer:
        """2206."""
        return self.call("2206", {"data": payment(visit)})

    def settle(self, visit: Visit, quote: str = "", msgid: str | None = None, **headers: str) -> Answer:
        """2207; everything on the bill is inside policy."""
        return self.call("2207", {"data": settlement(visit, quote)}, msgid, **headers)

    def reverse(self, visit: Visit, setl_id: str) -> Answer:
        """2208."""
        body = {"setl_id": setl_id, "mdtrt_id": visit.number, "psn_no": visit.person["psn_no"]}
        return self.call("2208", {"data": body})

    def upload(self, content: bytes) -> str:
        """9101: return 文件查询号."""
        asked = {"in": list(content), "filename": "lines.zip", "fixmedins_code": self.institution}
        return str(self.call("9101", {"fsUploadIn": asked}).accepted()["file_qury_no"])

    def download(self, number: str) -> bytes:
        """9102: return the file."""
        asked = {"file_qury_no": number, "filename": "differences.zip", "fixmedins_code": self.institution}
        message = self.message("9102", {"fsDownloadIn": asked})
        reply = self._caller.send("POST", SINGLE, json=message)
        if reply.headers.get("Content-Type") != "application/octet-stream":
            raise Unexpected("文件", reply.text[:200])
        return reply.content

    def repair(self, visit: Visit, omsgid: str) -> Answer:
        """2601 of a settlement."""
        return self.call("2601", {"data": {"psn_no": visit.person["psn_no"], "omsgid": omsgid, "oinfno": "2207"}})


def card(person: Mapping[str, Any]) -> dict[str, Any]:
    """Return the identity card of a person, as messages carry it."""
    return {"mdtrt_cert_type": "02", "mdtrt_cert_no": person["id_no"], "card_sn": ""}


def credential(token: str) -> dict[str, Any]:
    """Return the electronic credential that was decoded into a token, as messages carry it."""
    return {"mdtrt_cert_type": "01", "mdtrt_cert_no": token, "card_sn": ""}


def registration(person: Mapping[str, Any], window: Window) -> dict[str, Any]:
    """Return the input of 2201."""
    return card(person) | {
        "psn_no": person["psn_no"],
        "insutype": person["insutype"],
        "begntime": window.now,
        "ipt_otp_no": window.numbered("OP"),
        "atddr_no": "D001",
        "dr_name": "测医生",
        "dept_code": "A03",
        "dept_name": "内科",
        "caty": "A03",
    }


def diagnosis(visit: Visit, now: str) -> dict[str, Any]:
    """Return the input of 2203: the complaint and one diagnosis."""
    facts = {"mdtrt_id": visit.number, "psn_no": visit.person["psn_no"], "med_type": "11", "begntime": now}
    found = {
        "diag_type": "1",
        "diag_srt_no": 1,
        "diag_code": "R51.x00",
        "diag_name": "头痛",
        "diag_dept": "A03",
        "dise_dor_no": "D001",
        "dise_dor_name": "测医生",
        "diag_time": now,
        "vali_flag": "1",
    }
    return {"mdtrtinfo": facts | {"main_cond_dscr": "头痛", "dise_codg": "", "dise_name": ""}, "diseinfo": [found]}


def fee(visit: Visit, window: Window) -> dict[str, Any]:
    """Return one fee row of 2204: a piece of a class A item that costs the whole total."""
    return {
        "feedetl_sn": window.numbered("F"),
        "mdtrt_id": visit.number,
        "psn_no": visit.person["psn_no"],
        "chrg_bchno": "B1",
        "rx_circ_flag": "0",
        "fee_ocur_time": window.now,
        "med_list_codg": CLASS_A,
        "medins_list_codg": "LOCAL-1",
        "det_item_fee_sumamt": visit.total,
        "cnt": "1",
        "pric": visit.total,
        "bilg_dept_codg": "A03",
        "bilg_dept_name": "内科",
        "bilg_dr_codg": "D001",
        "bilg_dr_name": "测医生",
        "hosp_appr_flag": "0",
    }


def settlement(visit: Visit, quote: str = "") -> dict[str, Any]:
    """Return the input of 2207; everything on the bill is inside policy."""
    parts = {"fulamt_ownpay_amt": "0", "overlmt_selfpay": "0", "preselfpay_amt": "0", "inscp_scp_amt": visit.total}
    return payment(visit) | {"invono": "", "exp_content": quote} | parts


def payment(visit: Visit) -> dict[str, Any]:
    """Return the input of 2206."""
    return card(visit.person) | {
        "psn_no": visit.person["psn_no"],
        "med_type": "11",
        "medfee_sumamt": visit.total,
        "psn_setlway": "01",
        "mdtrt_id": visit.number,
        "chrg_bchno": "B1",
        "acct_used_flag": "1",
        "insutype": visit.person["insutype"],
        "exp_content": "",
    }
