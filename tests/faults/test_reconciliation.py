"""Faults of reconciliation: the differences are those that were injected, and no others, wherever one looks."""

import io
import itertools
import json
import zipfile
from decimal import Decimal

import pytest

from clinic import Clinic
from ward import Counter, Ward
from yibaobox.cli.stories import reconciliation

_codes = itertools.count(1)


@pytest.fixture
def clinic(place):
    """A hospital of its own, so that its day is its own."""
    code = f"H5104007{next(_codes):04d}"
    place.ask("PUT", f"/institutions/{code}", {"auth": "auto", "level": "L2"})
    return Clinic(place, code)


def exact(reply):
    assert reply.ok, reply.raw.text
    return json.loads(reply.raw.text, parse_float=Decimal)["output"]["setlinfo"]


def sold(clinic, patient, yuan, fault=None):
    visit = clinic.visit(patient, yuan)
    message = clinic.envelope("2207", clinic.settlement(patient, visit, yuan))
    headers = {"X-Sandbox-Fault": fault} if fault else {}
    return exact(clinic.send(message, headers=headers))


def even(clinic, told, **changes):
    asked = reconciliation.totals(clinic, told, insutype="310") | changes
    return clinic.call("3201", {"data": asked}).output["stmtinfo"]["stmt_rslt"] == "0"


def upload(clinic, told, fault=None):
    asked = {"in": list(reconciliation.packed(told)), "filename": "a.zip", "fixmedins_code": clinic.institution}
    headers = {"X-Sandbox-Fault": fault} if fault else {}
    return clinic.send(clinic.envelope("9101", {"fsUploadIn": asked}), headers=headers).output["file_qury_no"]


def ask_lines(clinic, number, told, fault=None, **changes):
    asked = reconciliation.totals(clinic, told) | {"cash_payamt": "0.00", "file_qury_no": number} | changes
    headers = {"X-Sandbox-Fault": fault} if fault else {}
    return clinic.send(clinic.envelope("3202", {"data": asked}), headers=headers)


def download(clinic, number, fault=None):
    asked = {"file_qury_no": number, "filename": "a.zip", "fixmedins_code": clinic.institution}
    message = clinic.envelope("9102", {"fsDownloadIn": asked})
    headers = {"X-Sandbox-Fault": fault} if fault else {}
    return clinic.box.post("/fsi/api/9102", message, headers=headers)


def differing(clinic, told, **changes):
    """The number and the memo of each line that differs."""
    made = ask_lines(clinic, upload(clinic, told), told, **changes).output["fileinfo"]["file_qury_no"]
    with zipfile.ZipFile(io.BytesIO(download(clinic, made).content)) as archive:
        text = archive.read(archive.namelist()[0]).decode()
    return [(row[2], row[6][:6]) for row in (line.split("\t") for line in text.splitlines())]


def run(clinic):
    found = clinic.box.ask("POST", "/recon/run", {"date": clinic.now[:10]})
    here = [each for each in found["institutions"] if each["code"] == clinic.institution]
    return [(each["setl_id"], each["kind"]) for day in here for each in day["differences"]]


@pytest.mark.parametrize(
    ("fault", "memo", "kind"),
    [
        ("recon.inst_extra", "中心无此记录", "only_institution"),
        ("recon.amount;fen=-7", "金额不一致：", "amount"),
        ("recon.date_shift", "中心无此记录", "only_institution"),
    ],
)
def test_a_settlement_that_is_struck_differs_until_it_is_reversed(clinic, patient, fault, memo, kind):
    told = [sold(clinic, patient, "100.00"), sold(clinic, patient, "200.00", fault), sold(clinic, patient, "300.00")]
    struck = told[1]["setl_id"]

    assert not even(clinic, told)
    assert differing(clinic, told) == [(struck, memo)]
    assert run(clinic) == [(struck, kind)]

    refund = exact(clinic.reverse(patient, told[1]["mdtrt_id"], struck))
    assert even(clinic, [*told, refund])
    assert differing(clinic, [*told, refund]) == []
    assert run(clinic) == []


@pytest.mark.parametrize("fault", ["recon.inst_extra", "recon.amount", "recon.date_shift"])
def test_a_reconciliation_that_is_struck_finds_the_newest_settlement_wrong(clinic, struck, patient, fault):
    told = [sold(clinic, patient, "100.00"), sold(clinic, patient, "200.00")]
    assert even(clinic, told)
    struck.arm(fault, match={"infno": "3201"})

    assert [even(clinic, told), even(clinic, told)] == [False, False]
    assert [number for number, _ in differing(clinic, told)] == [told[1]["setl_id"]]


def test_sales_and_stays_are_struck_too(place, patient):
    code = f"P5104007{next(_codes):04d}"
    place.ask("PUT", f"/institutions/{code}", {"auth": "auto", "level": "pharmacy"})
    counter, ward = Counter(place, code), Ward(place, "H51040000003")
    stay = ward.stayed(patient, "2000.00")

    sale = counter.envelope("2102", counter.sale(patient, "10.00"))
    paid = ward.envelope("2304", ward.bill(patient, stay, "2000.00"))
    for sender, message, clr_type in ((counter, sale, "41"), (ward, paid, "21")):
        told = exact(sender.send(message, headers={"X-Sandbox-Fault": "recon.amount;fen=5"}))
        assert not even(sender, [told], clr_type=clr_type)
        assert [number for number, _ in differing(sender, [told], clr_type=clr_type)] == [told["setl_id"]]


def test_what_shifts_is_found_on_the_next_day(clinic, patient):
    told = [sold(clinic, patient, "100.00", "recon.date_shift")]
    tomorrow = f"{clinic.now[:8]}{int(clinic.now[8:10]) + 1:02d}"
    days = {"stmt_begndate": tomorrow, "stmt_enddate": tomorrow}

    assert even(clinic, told, **days)
    assert differing(clinic, [], **days) == [(told[0]["setl_id"], "机构无此记录")]
    assert even(clinic, told, stmt_enddate=tomorrow)


@pytest.mark.parametrize("at", ["2207", "3201", "3202"])
def test_somebody_whom_the_institution_does_not_know(clinic, struck, patient, at):
    told = [sold(clinic, patient, "100.00")]
    struck.arm("recon.center_extra", match={"infno": at, "fixmedins": clinic.institution})
    if at == "2207":
        told.append(sold(clinic, patient, "200.00"))
    elif at == "3201":
        assert not even(clinic, told)
    ((number, memo),) = differing(clinic, told)

    assert memo == "机构无此记录"
    assert not even(clinic, told)
    assert run(clinic) == [(number, "only_centre")]
    shown = clinic.box.ask("GET", f"/settlements/{number}/explain")
    assert shown["amounts"]["total_fen"] == 12_000


def test_a_file_is_damaged_on_the_way_up(clinic, patient):
    told = [sold(clinic, patient, "100.00")]
    number = upload(clinic, told, "recon.file_corrupt")

    assert ask_lines(clinic, number, told).code == "FILE_UNREADABLE"
    assert differing(clinic, told) == []


def test_a_file_is_damaged_on_the_way_down(clinic, patient):
    told = [sold(clinic, patient, "100.00")]
    made = ask_lines(clinic, upload(clinic, told), told).output["fileinfo"]["file_qury_no"]
    whole, half = download(clinic, made).content, download(clinic, made, "recon.file_corrupt").content

    assert half == whole[: len(whole) // 2]
    assert download(clinic, made).content == whole


def test_a_file_comes_late(clinic, struck, patient):
    told = [sold(clinic, patient, "100.00")]
    number = upload(clinic, told)
    made = ask_lines(clinic, number, told, "recon.late_file;s=60").output["fileinfo"]["file_qury_no"]

    assert download(clinic, made).headers["X-Sandbox-Code"] == "FILE_NOT_READY"
    struck.advance(60)
    assert download(clinic, made).status_code == 200
    assert "X-Sandbox-Code" not in download(clinic, made).headers


def test_where_there_is_nothing_to_strike_nothing_fires(clinic, struck, patient):
    before = struck.fired()
    for fault in ("recon.inst_extra", "recon.amount", "recon.date_shift"):
        struck.arm(fault, match={"infno": "3201", "fixmedins": clinic.institution})
        assert even(clinic, [])
        struck.box.ask("DELETE", "/faults")
    message = clinic.envelope("2207", clinic.settlement(patient, "1", "1.00"))
    assert not clinic.send(message, headers={"X-Sandbox-Fault": "recon.amount"}).ok
    told = sold(clinic, patient, "100.00", "recon.amount;fen=0")

    assert struck.fired() == before
    assert even(clinic, [told])
