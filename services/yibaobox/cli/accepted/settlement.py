"""Accepted messages of the national interface, a transaction each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from yibaobox.cli.accepted import asked, ward
from yibaobox.cli.accepted.stage import HOSPITAL, Request, Stage
from yibaobox.cli.stories import reconciliation
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


def _transfer(stage: Stage) -> Request:
    day = stage.window.now[:10]
    asked = {
        "psn_no": stage.employee()["psn_no"],
        "diag_code": "I25.103",
        "diag_name": "冠心病",
        "reflin_medins_no": "H51170000001",
        "reflin_medins_name": "达州沙箱人民医院",
        "mdtrtarea_admdvs": "511700",
        "refl_type": "2",
        "refl_date": day,
        "refl_rea": "本院无相应手术条件",
        "refl_opnn": "同意转院",
    }
    return _message(stage, "2501", {"refmedin": asked})


def _recognition(stage: Stage) -> Request:
    day = stage.window.now[:10]
    asked = {
        "psn_no": stage.employee()["psn_no"],
        "insutype": "310",
        "opsp_dise_code": "M03900",
        "opsp_dise_name": "高血压",
        "insu_optins": "510400",
        "ide_fixmedins_no": HOSPITAL,
        "ide_fixmedins_name": "攀枝花沙箱人民医院",
        "hosp_ide_date": day,
        "diag_dr_codg": "D001",
        "diag_dr_name": "测医生",
        "begndate": day,
    }
    return _message(stage, "2503", {"data": asked})


def _designation(stage: Stage) -> Request:
    asked = {
        "psn_no": stage.employee()["psn_no"],
        "biz_appy_type": "03",
        "begndate": stage.window.now[:10],
        "fix_srt_no": "1",
        "fixmedins_code": HOSPITAL,
        "fixmedins_name": "攀枝花沙箱人民医院",
    }
    return _message(stage, "2505", {"data": asked})


def _cancelling(infno: str, filed: Callable[[Stage], Request]) -> Callable[[Stage], Request]:
    def cancelled(stage: Stage) -> Request:
        message = filed(stage).body
        made = stage.window.call(message["infno"], message["input"]).accepted()["result"]["trt_dcla_detl_sn"]
        (node,) = message["input"].values()
        asked = {"trt_dcla_detl_sn": made, "psn_no": node["psn_no"], "memo": "填报有误"}
        return _message(stage, infno, {"data": asked})

    return cancelled


def _asking(infno: str, filed: Callable[[Stage], Request], **more: str) -> Callable[[Stage], Request]:
    """Return how a query is prepared about a person for whom something was just filed."""

    def asked(stage: Stage) -> Request:
        message = filed(stage).body
        stage.window.call(message["infno"], message["input"]).accepted()
        (node,) = message["input"].values()
        return _message(stage, infno, {"data": {"psn_no": node["psn_no"], **more}})

    return asked


def _reconcile(stage: Stage) -> Request:
    asked = reconciliation.totals(stage.window, (), insutype=stage.worker["insutype"])
    return _message(stage, "3201", {"data": asked})


def _reconcile_lines(stage: Stage) -> Request:
    number = stage.window.call("9101", _file(stage)).accepted()["file_qury_no"]
    asked = reconciliation.totals(stage.window, ()) | {"cash_payamt": "0.00", "file_qury_no": number}
    return _message(stage, "3202", {"data": asked})


def _clear(stage: Stage) -> Request:
    window = stage.clinic()
    told = window.settle(window.visit(stage.employee(), _TOTAL)).setlinfo
    return Request(body=window.message("3203", {"data": reconciliation.clearing(window, [told])}))


def _withdraw(stage: Stage) -> Request:
    window = stage.clinic()
    told = window.settle(window.visit(stage.employee(), _TOTAL)).setlinfo
    made = window.call("3203", {"data": reconciliation.clearing(window, [told])}).accepted()["result"]
    return Request(body=window.message("3204", {"data": made}))


def _file(stage: Stage) -> dict[str, Any]:
    content = list(reconciliation.packed(()))
    return {"fsUploadIn": {"in": content, "filename": "lines.zip", "fixmedins_code": stage.window.institution}}


def _upload(stage: Stage) -> Request:
    return _message(stage, "9101", _file(stage))


def _download(stage: Stage) -> Request:
    made = stage.window.call("9101", _file(stage)).accepted()
    asked = {name: made[name] for name in ("file_qury_no", "filename", "fixmedins_code")}
    return _message(stage, "9102", {"fsDownloadIn": asked})


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
    "t2501": _transfer,
    "t2502": _cancelling("2502", _transfer),
    "t2503": _recognition,
    "t2504": _cancelling("2504", _recognition),
    "t2505": _designation,
    "t2506": _cancelling("2506", _designation),
    "t2601": _repair,
    "t3201": _reconcile,
    "t3202": _reconcile_lines,
    "t3203": _clear,
    "t3204": _withdraw,
    "t9101": _upload,
    "t9102": _download,
    **asked.REQUESTS,
    "t5301": _asking("5301", _recognition),
    "t5302": _asking("5302", _designation, biz_appy_type="03"),
    "t5304": _asking("5304", _transfer, **asked.MONTHS),
    **ward.REQUESTS,
}


def known(stage: Stage) -> dict[str, Any]:
    """Return values by the name of the field that they fit."""
    visit = stage.window.visit(stage.worker, _TOTAL)
    return _of(visit) | card(stage.worker)
