"""What an input may hold, and how a refusal names what it may not."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from national_messages import least
from yibaobox.domain.clock import SHANGHAI
from yibaobox.domain.errors import InvalidInput
from yibaobox.settlement.schemas import check_header, header_schema, validate
from yibaobox.settlement.schemas import header as headers


def row(**changes: Any) -> dict[str, Any]:
    """A detail row as a client of the base profile sends it."""
    base = {
        "feedetl_sn": "1",
        "mdtrt_id": "M1",
        "psn_no": "51040100000000000001",
        "chrg_bchno": "B1",
        "rx_circ_flag": "0",
        "fee_ocur_time": "2025-11-20 10:00:00",
        "med_list_codg": "XA01",
        "medins_list_codg": "L1",
        "det_item_fee_sumamt": "12.30",
        "cnt": "1",
        "pric": "12.3",
        "bilg_dept_codg": "D1",
        "bilg_dept_name": "内科",
        "bilg_dr_codg": "DR1",
        "bilg_dr_name": "李医生",
        "hosp_appr_flag": "0",
    }
    return base | changes


def rows(*changes: dict[str, Any]) -> dict[str, Any]:
    return {"feedetail": [row(**change) for change in changes]}


def read(**changes: Any) -> dict[str, Any]:
    typed: dict[str, Any] = validate("2204", rows(changes))["feedetail"][0]
    return typed


def refusal(infno: str, message: Any, **how: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        validate(infno, message, **how)
    return caught.value


def visit(**changes: Any) -> dict[str, Any]:
    return {"mdtrtinfo": least("2203")["mdtrtinfo"] | changes, "diseinfo": least("2203")["diseinfo"]}


def test_amounts_are_fen_quantities_and_prices_whole_units():
    typed = read(det_item_fee_sumamt="865.45", cnt="1.5", pric="576.966667")

    assert (typed["det_item_fee_sumamt"], typed["cnt"], typed["pric"]) == (86545, 15000, 576966667)


def test_a_number_may_come_as_text_integer_or_decimal():
    assert [read(cnt=value)["cnt"] for value in ("2", 2, Decimal("2.0"))] == [20000] * 3


def test_times_are_instants_in_china_and_days_are_dates():
    assert read()["fee_ocur_time"] == datetime(2025, 11, 20, 10, tzinfo=SHANGHAI)
    typed = validate("2203", visit(birctrl_matn_date="2025-11-20"))
    assert typed["mdtrtinfo"]["birctrl_matn_date"] == date(2025, 11, 20)


def test_every_field_of_the_catalogue_is_there_and_an_absent_one_is_none():
    typed = read(rxno=None, memo="", prd_days="")

    assert len(typed) == 35
    assert [typed[name] for name in ("rxno", "memo", "prd_days", "etip_flag")] == [None] * 4


def test_an_absent_optional_array_is_empty():
    message = least("2102", "base")

    assert validate("2102", message)["drugdetail"][0]["durg_trac_info"] == []


def test_a_serial_number_is_text_whatever_it_came_as():
    assert read(feedetl_sn=20251120000001)["feedetl_sn"] == "20251120000001"
    assert read(feedetl_sn="a-1")["feedetl_sn"] == "a-1"


@pytest.mark.parametrize("serial", ["0", "a-1", "1" * 16, 0])
def test_hunan_wants_serial_numbers_of_fifteen_digits_not_zero(serial):
    assert "feedetl_sn" in refusal("2204", rows({"feedetl_sn": serial}), profile="hunan").message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cnt": "1.00001"}, "feedetail[0].cnt（数量）：小数位超过4位"),
        ({"cnt": 1.5}, "feedetail[0].cnt（数量）：应为数字或数字文本"),
        ({"cnt": True}, "feedetail[0].cnt（数量）：应为数字或数字文本"),
        ({"cnt": "1e2"}, "feedetail[0].cnt（数量）：不是规范的数字（不接受空格、正号、指数、前导零、全角字符）"),
        ({"cnt": "１"}, "feedetail[0].cnt（数量）：不是规范的数字（不接受空格、正号、指数、前导零、全角字符）"),
        ({"cnt": ""}, "feedetail[0].cnt（数量）：不能为空"),
        ({"cnt": None}, "feedetail[0].cnt（数量）：必填"),
        (
            {"det_item_fee_sumamt": "100000000000000"},
            "feedetail[0].det_item_fee_sumamt（明细项目费用总额）：超出16位数字的范围",
        ),
        ({"psn_no": ""}, "feedetail[0].psn_no（人员编号）：不能为空"),
        ({"psn_no": 5}, "feedetail[0].psn_no（人员编号）：应为文本"),
        ({"psn_no": "9" * 31}, "feedetail[0].psn_no（人员编号）：长度31超过30"),
        ({"hosp_appr_flag": "7"}, "feedetail[0].hosp_appr_flag（医院审批标志）：“7”不在代码表hosp_appr_flag中"),
        (
            {"fee_ocur_time": "2025-02-29 10:00:00"},
            "feedetail[0].fee_ocur_time（费用发生时间）：应为时间 yyyy-MM-dd HH:mm:ss",
        ),
        ({"fee_ocur_time": "2025-11-20"}, "feedetail[0].fee_ocur_time（费用发生时间）：应为时间 yyyy-MM-dd HH:mm:ss"),
    ],
)
def test_a_refusal_names_row_field_and_reason(change, words):
    assert refusal("2204", rows(change)).message == words


def test_a_refusal_names_the_row_that_is_wrong():
    assert refusal("2204", rows({}, {}, {"cnt": "x"})).message.startswith("feedetail[2].cnt（数量）：")


def test_a_refusal_tells_three_faults_and_lists_all():
    refused = refusal("2204", rows({"cnt": "x", "pric": "x"}, {"psn_no": "", "mdtrt_id": None}))

    assert refused.message.endswith(" 等4处")
    assert [fault["path"] for fault in refused.detail["faults"]] == [
        "feedetail[0].cnt",
        "feedetail[0].pric",
        "feedetail[1].mdtrt_id",
        "feedetail[1].psn_no",
    ]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (None, "input：应为对象"),
        ([], "input：应为对象"),
        ({}, "feedetail：缺少该节点"),
        ({"feedetail": None}, "feedetail：缺少该节点"),
        ({"feedetail": {}}, "feedetail：应为数组"),
        ({"feedetail": []}, "feedetail：至少一行"),
        ({"feedetail": ["x"]}, "feedetail[0]：应为对象"),
    ],
)
def test_the_shape_of_an_input_is_as_the_interface_has_it(message, words):
    assert refusal("2204", message).message == words


def test_a_refusal_does_not_repeat_what_could_be_personal():
    message = {"data": least("2201")["data"] | {"certno": "5" * 21, "psn_name": "某" * 30}}

    said = refusal("2201", message).message

    assert "555" not in said
    assert "某" not in said


def test_unknown_keys_are_ignored_unless_they_are_to_be_refused():
    message = rows({"hospital_note": "x"})

    assert "hospital_note" not in validate("2204", message)["feedetail"][0]
    assert refusal("2204", message, unknown="refuse").message == "feedetail[0].hospital_note：不认识的字段"


def test_base_does_without_the_fields_that_only_hunan_has():
    bare = least("2201", "base")

    assert validate("2201", bare)["data"]["certno"] is None
    assert "certno（证件号码）：必填" in refusal("2201", bare, profile="hunan").message


@pytest.mark.parametrize("name", ["dise_codg", "dise_name"])
def test_the_special_disease_may_be_blank_but_not_absent(name):
    assert validate("2203", visit(**{name: ""}))["mdtrtinfo"][name] == ""
    assert "必填" in refusal("2203", visit(**{name: None})).message


def test_no_other_required_text_may_be_blank():
    assert refusal("2203", visit(psn_no="")).message == "mdtrtinfo.psn_no（人员编号）：不能为空"


def test_other_spellings_are_read_under_the_official_name():
    data = least("1101")["data"]

    assert validate("1101", {"data": data | {"expContent": "{}"}}, unknown="refuse")["data"]["exp_content"] == "{}"
    assert validate("1101", {"data": data | {"expContent": "a", "exp_content": "b"}})["data"]["exp_content"] == "b"


def test_discharge_time_and_invoice_of_older_clients_are_accepted():
    data = least("2303")["data"] | {"dscg_time": "2025-11-20", "invono": "F1"}

    typed = validate("2303", {"data": data}, unknown="refuse")["data"]

    assert (typed["dscgTime"], typed["invono"]) == (date(2025, 11, 20), "F1")


@pytest.mark.parametrize("med_type", ["11", "12", "21", "2101"])
def test_visit_types_of_notes_and_other_provinces_are_accepted(med_type):
    assert validate("2203", visit(med_type=med_type))["mdtrtinfo"]["med_type"] == med_type


def test_a_long_token_and_a_long_msgid_fit():
    assert validate("1101", {"data": least("1101")["data"] | {"mdtrt_cert_no": "t" * 64}})
    assert validate("2601", {"data": least("2601")["data"] | {"omsgid": "m" * 40}})


def envelope(**changes: Any) -> dict[str, Any]:
    base = {
        "infno": "2207",
        "msgid": "H51040100001202511201000000001",
        "mdtrtarea_admvs": "510400",
        "insuplc_admdvs": "",
        "recer_sys_code": "HIS",
        "dev_no": None,
        "infver": "V1.0",
        "opter_type": "1",
        "opter": "001",
        "opter_name": "王",
        "inf_time": "2025-11-20 10:00:00",
        "fixmedins_code": "H51040100001",
        "fixmedins_name": "测" * 60,
        "input": {},
        "enc_type": "",
    }
    return base | changes


def test_a_header_as_clients_send_it_passes():
    header = headers.typed_header(envelope())

    assert header["insuplc_admdvs"] is None
    assert header["inf_time"] == datetime(2025, 11, 20, 10, tzinfo=SHANGHAI)
    assert "input" not in header


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"msgid": ""}, "msgid（发送方报文ID）：不能为空"),
        ({"msgid": "m" * 41}, "msgid（发送方报文ID）：长度41超过40"),
        ({"msgid": 5}, "msgid（发送方报文ID）：应为文本"),
        ({"fixmedins_code": None}, "fixmedins_code（定点医药机构编号）：必填"),
        ({"opter_type": "9"}, "opter_type（经办人类别）：“9”不在代码表opter_type中"),
        ({"inf_time": "20251120"}, "inf_time（交易时间）：应为时间 yyyy-MM-dd HH:mm:ss"),
    ],
)
def test_a_header_that_breaks_the_table_is_refused_by_field(change, words):
    with pytest.raises(InvalidInput) as caught:
        check_header(envelope(**change))

    assert caught.value.message == words


def test_a_long_header_is_not_remembered():
    """What a name may be long is not bounded: a client could fill the memory with them."""
    remembered = headers._RIGHT
    before = len(remembered)
    for number in range(3):
        check_header(envelope(fixmedins_name=f"{number}" * 5000))
    assert len(remembered) <= before
    check_header(envelope(fixmedins_name="只有这一家"))
    assert len(remembered) > 0


VALUES = st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "1", "9", "m" * 40, "m" * 41, [], {}])
TIMES = st.sampled_from(["2025-11-20 10:00:00", "20251120", "", None, 20251120])
CHANGES = st.dictionaries(st.sampled_from(sorted(envelope())), VALUES, max_size=2) | st.builds(
    lambda time: {"inf_time": time}, TIMES
)


@given(st.lists(CHANGES, min_size=1, max_size=6), st.sets(st.sampled_from(sorted(envelope())), max_size=1))
def test_both_checks_of_the_header_agree_whatever_was_right_before(changes, absent):
    """Headers that were right are remembered: nothing else passes for the texts that they were right with."""
    for change in [*changes, *changes]:
        header = {name: value for name, value in envelope(**change).items() if name not in absent or name in change}
        errors = header_schema().validate(header)
        if errors:
            for check in (check_header, headers.typed_header):
                with pytest.raises(InvalidInput):
                    check(header)
        else:
            check_header(header)
            assert headers.typed_header(header) == header_schema().load(header)
