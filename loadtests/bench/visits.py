"""Visits as a hospital's software sends them: 2201, 2203, 2204 (ten rows), 2206, 2207; signed, encoded beforehand."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from loadtests.bench import client
from loadtests.bench.hosts import Host
from yibaobox.cli.stories import hospital
from yibaobox.settlement.gateway_auth import csb

PATH: Final = hospital.SINGLE
HOSPITAL: Final = "H51040000001"
ITEM: Final = hospital.CLASS_A
ROWS: Final = 10
TOTAL: Final = "123.45"
PARTS: Final = ("12.34", "12.34", "12.34", "12.34", "12.34", "12.34", "12.34", "12.34", "12.34", "12.39")
OK: Final = b'"infcode":0'
STEPS: Final = ("2201", "2203", "2204", "2206", "2207")
WANTED: Final = {"region": "510400", "capacity": "employee", "enrolled": True, "account_fen": 5_000}
_VISIT: Final = re.compile(rb'"mdtrt_id":"(\d+)"')
MARK: Final = "@@VISIT@@"


@dataclass
class Window:
    """The software of one hospital, with people to treat."""

    host: Host
    people: list[dict[str, Any]] = field(default_factory=list)
    now: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    run: str = ""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @classmethod
    def open(cls, host: Host, people: int = 100) -> Window:
        """Make insured people, each with money on the own account."""
        window = cls(host)
        window.people = [window.control("POST", "/people", WANTED) for _ in range(people)]
        window.introduce()
        return window

    def introduce(self) -> None:
        """Learn the time and the keys."""
        self.now = self.control("GET", "/clock")["now"][:19].replace("T", " ")
        self.keys = self.control("GET", "/credentials")["fsi"]
        self.run = f"{time.time_ns() // 1_000_000:x}"  # so that a second window repeats no msgid

    def control(self, method: str, path: str, body: object = None) -> Any:
        """Use a control route."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        asked = urllib.request.Request(f"{self.host.url}/_sandbox/v1{path}", data, headers, method=method)
        with urllib.request.urlopen(asked, timeout=60) as reply:
            return json.load(reply)

    def request(self, infno: str, body: Mapping[str, Any], institution: str = HOSPITAL) -> bytes:
        """Return one signed message as it goes over the wire."""
        return client.post(self.host.address, PATH, self.message(infno, body, institution), self.signed(infno))

    def message(self, infno: str, body: Mapping[str, Any], institution: str = HOSPITAL) -> bytes:
        """Return the body of one message."""
        msgid = f"{institution}{self.run}{next(self._numbers):07d}"[:30]
        return json.dumps(hospital.envelope(institution, self.now, infno, msgid, body), ensure_ascii=False).encode()

    def numbered(self, prefix: str) -> str:
        """Return a number of the window's own."""
        return f"{prefix}{next(self._numbers):07d}"

    def signed(self, infno: str) -> list[tuple[str, str]]:
        """Return the headers of the gateway, with their signature."""
        told = {
            "_api_access_key": self.keys["access_key"],
            "_api_name": infno,
            "_api_timestamp": str(time.time_ns() // 1_000_000),
            "_api_version": "1.0.0",
        }
        signature = csb.sign(csb.string_to_sign(told), self.keys["secret_key"])
        return [*told.items(), (csb.SIGNATURE, signature)]

    def steps(self, person: Mapping[str, Any]) -> dict[str, bytes]:
        """Return the five messages of a visit; the later ones carry a mark where the visit's number belongs."""
        return {infno: self.request(infno, _INPUTS[infno](self, person)) for infno in STEPS}

    def visits(self, count: int) -> list[dict[str, bytes]]:
        """Return the messages of some visits, the people in turn."""
        turns = itertools.islice(itertools.cycle(self.people), count)
        return [self.steps(person) for person in turns]

    def ready_to_settle(self, count: int, wires: int = 4) -> list[bytes]:
        """Register and charge some visits, and return the 2207 of each."""
        left = iter(self.visits(count))
        ready: list[bytes] = []

        async def work(wire: client.Wire) -> None:
            for visit in left:
                number = await begun(wire, visit["2201"])
                await asked(wire, numbered(visit["2204"], number))
                ready.append(numbered(visit["2207"], number))

        asyncio.run(client.shared(self.host.address, wires, work))
        return ready

    def play(self, visits: Sequence[dict[str, bytes]], wires: int = 4) -> int:
        """Play whole visits and return how many."""
        left = iter(visits)

        async def work(wire: client.Wire) -> None:
            for visit in left:
                number = await begun(wire, visit["2201"])
                for infno in STEPS[1:]:
                    await asked(wire, numbered(visit[infno], number))

        asyncio.run(client.shared(self.host.address, wires, work))
        return len(visits)


def numbered(request: bytes, visit: bytes) -> bytes:
    """Put the number of a visit where it belongs; it is as long as its mark once both are padded."""
    head, _, body = request.partition(b"\r\n\r\n")
    body = body.replace(MARK.encode(), visit)
    before, _, after = head.partition(b"Content-Length: ")
    return before + b"Content-Length: %d\r\n" % len(body) + after.partition(b"\r\n")[2] + b"\r\n\r\n" + body


def number_in(reply: bytes) -> bytes | None:
    """Return the number of the visit that a reply tells."""
    found = _VISIT.search(reply)
    return found[1] if found else None


async def begun(wire: client.Wire, first: bytes) -> bytes:
    """Send the message that begins a visit or a stay, and return its number."""
    number = number_in(await asked(wire, first))
    assert number is not None, "2201 and 2401 answer with the number of what begins"
    return number


async def asked(wire: client.Wire, request: bytes) -> bytes:
    """Send a message that is to be accepted, and return its reply."""
    reply = await wire.ask(request)
    if OK not in reply:
        raise AssertionError(f"refused: {reply.decode(errors='replace')[:1500]}")
    return reply


# --- the inputs ---------------------------------------------------------------------------------------------------
def _card(person: Mapping[str, Any]) -> dict[str, Any]:
    return {"mdtrt_cert_type": "02", "mdtrt_cert_no": person["id_no"], "card_sn": ""}


def _register(window: Window, person: Mapping[str, Any]) -> dict[str, Any]:
    doctor = {"atddr_no": "D001", "dr_name": "测医生", "dept_code": "A01", "dept_name": "内科", "caty": "A03"}
    facts = {"psn_no": person["psn_no"], "insutype": "310", "begntime": window.now, "ipt_otp_no": window.numbered("OP")}
    return {"data": _card(person) | facts | doctor}


def _describe(window: Window, person: Mapping[str, Any]) -> dict[str, Any]:
    facts = {"mdtrt_id": MARK, "psn_no": person["psn_no"], "med_type": "11", "begntime": window.now}
    diagnosis = {
        "diag_type": "1",
        "diag_srt_no": 1,
        "diag_code": "R51.x00",
        "diag_name": "头痛",
        "diag_dept": "A01",
        "dise_dor_no": "D001",
        "dise_dor_name": "测医生",
        "diag_time": window.now,
        "vali_flag": "1",
    }
    told = {"main_cond_dscr": "头痛", "dise_codg": "", "dise_name": ""}
    return {"mdtrtinfo": facts | told, "diseinfo": [diagnosis]}


def _charge(window: Window, person: Mapping[str, Any]) -> dict[str, Any]:
    return {"feedetail": [_fee(window, person, place, yuan) for place, yuan in enumerate(PARTS, 1)]}


def _fee(window: Window, person: Mapping[str, Any], place: int, yuan: str) -> dict[str, Any]:
    return {
        "feedetl_sn": str(place),
        "mdtrt_id": MARK,
        "psn_no": person["psn_no"],
        "chrg_bchno": "B1",
        "rx_circ_flag": "0",
        "fee_ocur_time": window.now,
        "med_list_codg": ITEM,
        "medins_list_codg": "LOCAL-1",
        "det_item_fee_sumamt": yuan,
        "cnt": "1",
        "pric": yuan,
        "bilg_dept_codg": "A01",
        "bilg_dept_name": "内科",
        "bilg_dr_codg": "D001",
        "bilg_dr_name": "测医生",
        "hosp_appr_flag": "0",
    }


def _payment(_: Window, person: Mapping[str, Any]) -> dict[str, Any]:
    facts = {
        "psn_no": person["psn_no"],
        "med_type": "11",
        "medfee_sumamt": TOTAL,
        "psn_setlway": "01",
        "mdtrt_id": MARK,
        "chrg_bchno": "B1",
        "acct_used_flag": "1",
        "insutype": "310",
        "exp_content": "",
    }
    return {"data": _card(person) | facts}


def _settlement(window: Window, person: Mapping[str, Any]) -> dict[str, Any]:
    parts = {"fulamt_ownpay_amt": "0", "overlmt_selfpay": "0", "preselfpay_amt": "0", "inscp_scp_amt": TOTAL}
    return {"data": _payment(window, person)["data"] | {"invono": ""} | parts}


_INPUTS: Final = {"2201": _register, "2203": _describe, "2204": _charge, "2206": _payment, "2207": _settlement}
