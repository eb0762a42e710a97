"""3201, 3202 with 9101 and 9102: what an institution states beside what the centre holds, by accounting date."""

import io
import json
import zipfile
from decimal import Decimal

import pytest

from clinic import SINGLE, Clinic
from ward import Counter, Ward
from yibaobox.cli.stories import reconciliation
from yibaobox.domain.reconciliation import sheets

TEN_COLUMNS = 10


def sold(clinic, person, yuan, **changes):
    """Settle one visit and return its setlinfo."""
    return exact(clinic.settle(person, clinic.visit(person, yuan), yuan, **changes))


def taken_back(clinic, person, told):
    return exact(clinic.reverse(person, told["mdtrt_id"], told["setl_id"]))


def exact(reply):
    assert reply.ok, reply.raw.text
    return json.loads(reply.raw.text, parse_float=Decimal)["output"]["setlinfo"]


def totals(clinic, told, **changes):
    return clinic.call("3201", {"data": reconciliation.totals(clinic, told, insutype="310") | changes})


def uploaded(clinic, content, **changes):
    asked = {"in": list(content), "filename": "lines.zip", "fixmedins_code": clinic.institution} | changes
    return clinic.call("9101", {"fsUploadIn": asked})


def compared(clinic, content, told, **changes):
    """Upload a sheet, have it compared and return the rows of the file that comes back."""
    number = uploaded(clinic, content).output["file_qury_no"]
    asked = reconciliation.totals(clinic, told) | {"cash_payamt": "0.00", "file_qury_no": number} | changes
    found = clinic.call("3202", {"data": asked}).output["fileinfo"]
    assert found["dld_endtime"] == "2025-11-27 10:00:00"
    return rows(downloaded(clinic, found["file_qury_no"]))


def downloaded(clinic, number):
    asked = {"file_qury_no": number, "filename": "x.zip", "fixmedins_code": clinic.institution}
    return clinic.box.post(SINGLE, clinic.envelope("9102", {"fsDownloadIn": asked}))


def rows(reply):
    assert reply.headers["Content-Type"] == "application/octet-stream", reply.text
    with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
        (name,) = archive.namelist()
        text = archive.read(name).decode()
    found = [line.split("\t") for line in text.splitlines()]
    assert all(len(row) == TEN_COLUMNS for row in found)
    return found


@pytest.fixture
def day(any_clinic, couple):
    """Three sales, one of them taken back."""
    patient, spouse = couple(any_clinic.box)
    first = sold(any_clinic, patient, "100.00")
    second = sold(any_clinic, spouse, "865.45")
    third = sold(any_clinic, patient, "50.00")
    return [first, second, third, taken_back(any_clinic, patient, third)]


def test_a_day_is_even_when_totals_and_lines_agree(any_clinic, day):
    told = totals(any_clinic, day).output["stmtinfo"]

    assert (told["setl_optins"], told["stmt_rslt"]) == ("510400", "0")
    assert compared(any_clinic, reconciliation.packed(day), day) == []


def test_a_refund_is_a_line_with_a_minus(any_clinic, day):
    without = day[:3]

    assert totals(any_clinic, without).output["stmtinfo"]["stmt_rslt"] == "1"
    (missing,) = compared(any_clinic, reconciliation.packed(without), without)
    assert missing[2] == without[2]["setl_id"]
    assert missing[4:8] == ["1", "1", "机构无此记录", "-50.00"]
    assert totals(any_clinic, without, refd_setl_flag="0").output["stmtinfo"]["stmt_rslt"] == "0"
    assert totals(any_clinic, day[3:], refd_setl_flag="1").output["stmtinfo"]["stmt_rslt"] == "0"


def test_differences_are_those_there_are(any_clinic, day):
    first, second, third, refund = day
    wrong = first | {"fund_pay_sumamt": first["fund_pay_sumamt"] + Decimal("0.01")}
    strange = first | {"setl_id": "999999999999"}

    found = compared(any_clinic, reconciliation.packed([wrong, third, refund, strange]), day)

    by_number = {row[2]: row for row in found}
    assert sorted(by_number) == sorted([first["setl_id"], second["setl_id"], "999999999999"])
    assert by_number[first["setl_id"]][6].startswith("金额不一致：机构上传总额100.00")
    assert by_number[first["setl_id"]][8] == str(first["fund_pay_sumamt"])
    assert by_number[first["setl_id"]][3] == first["medins_setl_id"]
    assert by_number[second["setl_id"]][6] == "机构无此记录"
    assert by_number["999999999999"][3:7] == ["null", "1", "0", "中心无此记录"]


def test_a_line_told_twice_is_one_too_many(any_clinic, day):
    (found,) = compared(any_clinic, reconciliation.packed([*day, day[0]]), day)

    assert (found[2], found[6]) == (day[0]["setl_id"], "中心无此记录")


def test_a_refund_may_bear_the_number_of_its_settlement(any_clinic, day):
    refund = day[3] | {"setl_id": day[2]["setl_id"]}

    assert compared(any_clinic, reconciliation.packed([*day[:3], refund]), day) == []


def test_a_reversal_counts_on_its_own_day(clinic, couple):
    patient, _ = couple(clinic.box)
    told = sold(clinic, patient, "100.00")
    clinic.box.ask("POST", "/clock/advance", {"by": "P1D"})
    tomorrow = Clinic(clinic.box)
    refund = taken_back(tomorrow, patient, told)

    assert totals(clinic, [told]).output["stmtinfo"]["stmt_rslt"] == "0"
    assert totals(tomorrow, [refund]).output["stmtinfo"]["stmt_rslt"] == "0"
    both = totals(clinic, [told, refund], stmt_enddate=tomorrow.now[:10])
    assert both.output["stmtinfo"]["stmt_rslt"] == "0"


def test_what_is_asked_narrows_what_is_compared(clinic, couple):
    patient, _ = couple(clinic.box)
    told = sold(clinic, patient, "100.00")

    assert totals(clinic, [], insutype="390").output["stmtinfo"]["stmt_rslt"] == "0"
    assert totals(clinic, [], clr_type="21").output["stmtinfo"]["stmt_rslt"] == "0"
    assert totals(clinic, [], setl_optins="511700").output["stmtinfo"]["stmt_rslt"] == "0"
    assert totals(Clinic(clinic.box, "H51040000002"), []).output["stmtinfo"]["stmt_rslt"] == "0"
    uneven = totals(clinic, []).output["stmtinfo"]
    assert uneven["stmt_rslt"] == "1"
    assert "中心1笔，总额100.00" in uneven["stmt_rslt_dscr"]
    assert totals(clinic, [told], setl_optins="510402").output["stmtinfo"]["stmt_rslt"] == "0"


def test_stays_and_sales_are_reconciled_under_their_own_clearing_types(world):
    ward, counter = Ward(world), Counter(world, "P51040000001")
    patient = world.person(enrolled=True, account_fen=100_000)
    stay = exact(ward.pay(patient, ward.stayed(patient, "4000.00", "6000.00"), "10000.00"))
    sales = [exact(counter.sell(patient, yuan)) for yuan in ("100.00", "20.00")]
    sales.append(sales[0] | exact(counter.take_back(patient, sales[0])))

    for place, told, clr_type in ((ward, [stay], "21"), (counter, sales, "41")):
        assert totals(place, told, clr_type=clr_type).output["stmtinfo"]["stmt_rslt"] == "0"
        assert totals(place, [], clr_type="11").output["stmtinfo"]["stmt_rslt"] == "0"
        assert compared(place, reconciliation.packed(told), told, clr_type=clr_type) == []
        assert applied(place, told, clr_type=clr_type).ok
    found = world.ask("POST", "/recon/run", {"date": "2025-11-20"})
    assert (found["balanced"], len(found["institutions"])) == (True, 2)


@pytest.mark.parametrize("field", ["medfee_sumamt", "fund_pay_sumamt", "acct_pay", "fixmedins_setl_cnt"])
def test_each_total_counts(clinic, couple, field):
    patient, _ = couple(clinic.box)
    told = sold(clinic, patient, "865.45")
    right = reconciliation.totals(clinic, [told])[field]

    wrong = right + 1 if isinstance(right, int) else str(Decimal(right) + Decimal("0.01"))
    assert totals(clinic, [told], **{field: wrong}).output["stmtinfo"]["stmt_rslt"] == "1"


def test_a_file_is_its_institution_s_own_and_ends_with_its_day(clinic):
    number = uploaded(clinic, reconciliation.packed(())).output["file_qury_no"]
    other = Clinic(clinic.box, "H51040000002")

    assert rows_of_upload(downloaded(clinic, number)) == []
    assert downloaded(other, number).headers["X-Sandbox-Code"] == "NOT_FOUND"
    assert downloaded(clinic, "1").headers["X-Sandbox-Code"] == "NOT_FOUND"
    assert downloaded(clinic, "plc").headers["X-Sandbox-Code"] == "NOT_FOUND"
    clinic.box.ask("POST", "/clock/advance", {"by": "P7D"})
    assert downloaded(clinic, number).headers["X-Sandbox-Code"] == "NOT_FOUND"


def rows_of_upload(reply):
    return sheets.rows(sheets.unpacked(reply.content))


def test_a_file_beside_the_message_is_the_same_as_one_within(clinic):
    content = reconciliation.packed(())
    asked = {"filename": "lines.zip", "fixmedins_code": clinic.institution}
    message = clinic.envelope("9101", {"fsUploadIn": asked})

    def sent(data):
        parts = {"jsonStr": (None, json.dumps(message)), "file": ("lines.zip", data, "application/zip")}
        return clinic.box.request("POST", "/fsi/api/fileupload/upload", files=parts)

    first, again, other = sent(content), sent(content), sent(content + b"x")

    assert first.json()["infcode"] == 0
    assert again.text == first.text
    assert again.headers["X-Sandbox-Replay"] == "1"
    assert other.headers["X-Sandbox-Code"] == "MSGID_CONFLICT"
    assert downloaded(clinic, first.json()["output"]["file_qury_no"]).content == content


@pytest.mark.parametrize(
    "given",
    [{"in": None}, {"in": [1, 256]}, {"in": [1, "2"]}, {"in": "=="}, {"in": []}, {"fixmedins_code": "H51040000002"}],
)
def test_an_upload_that_is_none_is_refused(clinic, given):
    assert uploaded(clinic, b"x", **given).code == "INVALID_INPUT"


def test_a_file_has_a_size_and_an_institution_keeps_the_newest(clinic):
    packed = reconciliation.packed(())
    numbers = [uploaded(clinic, packed).output["file_qury_no"] for _ in range(101)]

    assert downloaded(clinic, numbers[0]).headers["X-Sandbox-Code"] == "NOT_FOUND"
    assert downloaded(clinic, numbers[1]).content == packed
    parts = {
        "jsonStr": (
            None,
            json.dumps(
                clinic.envelope("9101", {"fsUploadIn": {"filename": "big.zip", "fixmedins_code": clinic.institution}})
            ),
        ),
        "file": ("big.zip", bytes((5 << 20) + 1), "application/zip"),
    }
    reply = clinic.box.request("POST", "/fsi/api/fileupload/upload", files=parts)
    assert reply.headers["X-Sandbox-Code"] == "PAYLOAD_TOO_LARGE"


def zipped(*files, method=zipfile.ZIP_DEFLATED):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for number, data in enumerate(files):
            archive.writestr(f"{number}.txt", data)
    return made.getvalue()


ROW = "1\t1\t1\t1.00\t0.00\t0.00\t0\n"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"no archive", "不是完整的ZIP"),
        (zipped(ROW.encode())[:-30], "不是完整的ZIP"),
        (zipped(), "恰有一个"),
        (zipped(b"", b""), "恰有一个"),
        (zipped(bytes(17 << 20)), "解压后超过16MB"),
        (zipped("编号".encode("gbk")), "UTF-8"),
        (zipped(b"1\t2\n"), "第1行有2列"),
        (zipped(ROW.encode() + ROW.replace("1.00", "1.001").encode()), "第2行的金额"),
        (zipped(ROW.replace("0.00", "null").encode()), "fund_pay_sumamt 为空"),
        (zipped(ROW.replace("\t0\n", "\t2\n").encode()), "refd_setl_flag 须为0或1"),
    ],
    # An archive holds the second it was made in, and workers that collect tests one after the other have to agree.
    ids=("none", "cut", "empty", "two", "large", "GBK", "columns", "amount", "null", "flag"),
)
def test_a_sheet_that_cannot_be_read_is_refused_with_the_reason(clinic, content, told):
    number = uploaded(clinic, content).output["file_qury_no"]
    asked = reconciliation.totals(clinic, ()) | {"cash_payamt": "0.00", "file_qury_no": number}
    reply = clinic.call("3202", {"data": asked})

    assert reply.code == "FILE_UNREADABLE"
    assert told in reply.body["err_msg"]


def test_a_period_that_ends_before_it_begins_is_refused(clinic):
    assert totals(clinic, [], stmt_enddate="2025-11-19").code == "INVALID_INPUT"
    assert totals(clinic, [], setl_optins="999999").code == "UNKNOWN_REGION"
    assert (
        totals(clinic, [], stmt_begndate="2000-01-01", stmt_enddate="9999-12-31").output["stmtinfo"]["stmt_rslt"] == "0"
    )


# --- clearing ---------------------------------------------------------------------------------------------------------


def applied(clinic, told, **changes):
    return clinic.call("3203", {"data": reconciliation.clearing(clinic, told) | changes})


def withdrawn(clinic, number):
    return clinic.call("3204", {"data": {"clr_appy_evt_id": number}})


def test_a_day_is_cleared_once_and_again_when_withdrawn(any_clinic, day):
    made = applied(any_clinic, day).output["result"]["clr_appy_evt_id"]

    assert applied(any_clinic, day).code == "NOTHING_DUE"
    assert withdrawn(Clinic(any_clinic.box, "H51040000002"), made).code == "NOT_FOUND"
    assert withdrawn(any_clinic, made).output is None
    assert withdrawn(any_clinic, made).code == "CONFLICT"
    assert applied(any_clinic, day).ok


def test_what_is_taken_back_after_clearing_joins_the_next(clinic, couple):
    patient, _ = couple(clinic.box)
    told = sold(clinic, patient, "100.00")
    assert applied(clinic, [told]).ok
    refund = taken_back(clinic, patient, told)
    later = sold(clinic, patient, "70.00")

    assert applied(clinic, [later]).code == "AMOUNT_MISMATCH"
    assert applied(clinic, [refund, later]).ok


def test_a_world_may_keep_what_was_cleared(clinic, couple):
    patient, _ = couple(clinic.box)
    told = sold(clinic, patient, "100.00")
    number = applied(clinic, [told]).output["result"]["clr_appy_evt_id"]
    clinic.box.ask("PUT", "/switches", {"reversal_after_clearing": "refuse"})

    assert clinic.reverse(patient, told["mdtrt_id"], told["setl_id"]).code == "ALREADY_CLEARED"
    assert clinic.repair(patient, told["medins_setl_id"]).code == "ALREADY_CLEARED"
    assert withdrawn(clinic, number).ok
    assert clinic.reverse(patient, told["mdtrt_id"], told["setl_id"]).ok


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("medfee_sumamt", "1.00"),
        ("fund_appy_sum", "1.00"),
        ("acct_pay", "1.00"),
        ("cash_payamt", "1.00"),
        ("psntime", 2),
    ],
)
def test_an_application_states_what_the_books_hold(clinic, couple, field, wrong):
    patient, _ = couple(clinic.box)
    told = sold(clinic, patient, "865.45")

    assert applied(clinic, [told], **{field: wrong}).code == "AMOUNT_MISMATCH"
    assert applied(clinic, [told], setlym="202513").code == "INVALID_INPUT"
    assert applied(clinic, [told]).ok


# --- the sandbox's own reconciliation ---------------------------------------------------------------------------------


def test_the_control_route_reconciles_a_day(any_clinic, day):
    found = any_clinic.box.ask("POST", "/recon/run", {"date": "2025-11-20"})

    (place,) = found["institutions"]
    (line,) = place["totals"]
    assert (found["balanced"], place["code"], place["differences"]) == (True, any_clinic.institution, [])
    assert (line["insutype"], line["clr_type"], line["settlements"], line["refunds"]) == ("310", "11", 3, 1)
    assert line["total_fen"] == place["ledger_fen"] == 96_545
    parts = reconciliation.sums(day, "fund_pay_sumamt", "acct_pay", "psn_cash_pay")
    assert [line[name] for name in ("fund_fen", "account_fen", "cash_fen")] == [
        int(Decimal(value) * 100) for value in parts.values()
    ]
    assert any_clinic.box.ask("POST", "/recon/run", {"date": "2025-11-19"}) == {
        "date": "2025-11-19",
        "balanced": True,
        "institutions": [],
    }
    assert any_clinic.box.refusal("POST", "/recon/run", {"date": "soon"})[0] == 422
