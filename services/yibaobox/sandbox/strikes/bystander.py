"""A patient at another window: a whole visit by the national interface, as any institution would send it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from werkzeug.test import create_environ, run_wsgi_app

from yibaobox.domain import catalogue, people
from yibaobox.domain.money import format_yuan
from yibaobox.domain.people import capacities, institutions
from yibaobox.edge import context
from yibaobox.edge.router import PREFIXES

if TYPE_CHECKING:
    from yibaobox.domain.store import Tx
    from yibaobox.edge.faulting import Scene

BILL_MAX: Final = 99_999_999_99  # fen of a visit that uses up whatever there is to use up
_BATCH: Final = "B1"
_PART: Final = {"A": "inscp_scp_amt", "C": "fulamt_ownpay_amt"}


@dataclass(frozen=True, slots=True)
class Purchase:
    """What somebody buys: at which kind of institution, or `at` which, of which grade, how much, by account or not."""

    kind: str
    grade: str
    amount_fen: int
    account_use: str
    at: str = ""


def spend(scene: Scene, psn_no: str, bought: Purchase) -> bool:
    """Let a person buy something; tell whether it was settled."""
    with scene.world.read() as tx:
        person, today = people.get(tx, psn_no), f"{tx.now:%Y-%m-%d %H:%M:%S}"
        window = _Window(scene, bought.at or _institution(tx, person.region, bought.kind), today)
    card = {"mdtrt_cert_type": "02", "mdtrt_cert_no": person.id_no, "card_sn": "", "psn_no": psn_no}
    insutype = capacities.get(person.capacity).insutype
    return _visit(window, card | {"insutype": insutype}, bought)


@dataclass(slots=True)
class _Window:
    scene: Scene
    institution: str
    at: str
    sent: int = 0

    def call(self, infno: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Send one transaction; nothing when it is refused."""
        self.sent += 1
        region = self.institution[1:7]
        message = {
            "infno": infno,
            "msgid": f"BY{self.scene.strike.entry_id}{self.institution}{self.sent}",
            "mdtrtarea_admvs": region,
            "insuplc_admdvs": region,
            "recer_sys_code": "BYSTANDER",
            "infver": "V1.0",
            "opter_type": "1",
            "opter": "0001",
            "opter_name": "收费员",
            "inf_time": self.at,
            "fixmedins_code": self.institution,
            "fixmedins_name": "其他定点机构",
            "input": body,
        }
        told = json.loads(_posted(self.scene, f"/fsi/api/{infno}", message))
        return told["output"] or {} if told.get("infcode") == 0 else None


def _visit(window: _Window, who: dict[str, Any], bought: Purchase) -> bool:
    yuan = format_yuan(bought.amount_fen)
    staff = {"atddr_no": "D001", "dr_name": "测医生", "dept_code": "A01", "dept_name": "内科", "caty": "A03"}
    number = f"BY{window.scene.strike.entry_id}"
    begun = window.call("2201", {"data": who | staff | {"begntime": window.at, "ipt_otp_no": number}})
    if begun is None:
        return False
    visit = {"psn_no": who["psn_no"], "mdtrt_id": begun["data"]["mdtrt_id"], "chrg_bchno": _BATCH}
    if window.call("2204", {"feedetail": [visit | _row(window, bought, yuan)]}) is None:
        return False
    asked = {"med_type": "41" if bought.kind == "pharmacy" else "11", "medfee_sumamt": yuan, "psn_setlway": "01"}
    parts = dict.fromkeys(("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt"), "0")
    data = who | visit | asked | parts | {_PART[bought.grade]: yuan, "acct_used_flag": bought.account_use}
    return window.call("2207", {"data": data | {"invono": "", "exp_content": ""}}) is not None


def _row(window: _Window, bought: Purchase, yuan: str) -> dict[str, Any]:
    return {
        "feedetl_sn": f"{window.scene.strike.entry_id}",
        "rx_circ_flag": "0",
        "fee_ocur_time": window.at,
        "med_list_codg": _item(bought.grade),
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


def _item(grade: str) -> str:
    """Return an item of a grade that has no ceiling price."""
    return next(item.code for item in catalogue.search(grade) if item.ceiling_price is None)


def _institution(tx: Tx, region: str, kind: str) -> str:
    return next(each.code for each in institutions.listed(tx) if each.region == region and each.kind == kind)


def _posted(scene: Scene, path: str, message: dict[str, Any]) -> str:
    environ = create_environ(path, base_url="http://127.0.0.1", method="POST", json=message)
    environ["HTTP_X_SANDBOX_WORLD"] = scene.world.name
    environ[context.SERVICES] = frozenset(PREFIXES.values())
    environ[context.INSIDE] = environ[context.UNSTRUCK] = True
    chunks, _, _ = run_wsgi_app(scene.router, environ, buffered=True)
    return b"".join(chunks).decode()
