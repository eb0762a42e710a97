"""The field catalogue: every fact of the source reads, nothing unknown passes."""

from __future__ import annotations

import csv
import json
import time
from collections import Counter
from importlib.resources import files

import pytest

from yibaobox.domain.errors import InvalidInput
from yibaobox.settlement.catalogue import Field, Form, Node, codes, paths, spec, titles
from yibaobox.settlement.catalogue.importer import CatalogueError, Kind, all_rows, normalise, rows_of
from yibaobox.settlement.catalogue.readings import WRITES


def raw_rows() -> list[dict[str, str]]:
    text = files("yibaobox.settlement.catalogue").joinpath("fields.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def node(infno: str, name: str, direction: str = "in") -> Node:
    root = spec(infno).asks if direction == "in" else spec(infno).answers
    found = root.field(name)
    assert found is not None
    assert found.child is not None
    return found.child


def field(infno: str, place: str, name: str, direction: str = "in") -> Field:
    found = node(infno, place, direction).field(name)
    assert found is not None
    return found


def test_every_row_of_the_catalogue_normalises():
    assert len(all_rows()) == 6569


def test_every_transaction_has_a_title_rows_and_a_specification():
    counts = Counter(row["trx"] for row in raw_rows())

    assert counts == {infno: len(rows_of(infno)) for infno in titles()}
    assert len([spec(infno) for infno in titles()]) == 212


@pytest.mark.parametrize(
    "change",
    [
        {"type": "M"},
        {"type": "Ｎ"},
        {"len": "many"},
        {"len": "12.2", "type": "N"},
        {"len": "100,2", "type": "N"},
        {"req": "maybe"},
        {"dict": "?"},
        {"dir": "sideways"},
        {"seen_in": "HXYZ"},
        {"seen_in": "HCM"},
        {"name": "名称"},
        {"name": ""},
    ],
)
def test_an_unknown_spelling_is_an_error(change):
    row = {"trx": "1101", "dir": "in", "node": "data", "seq": "1", "name": "psn_no", "zh": "人员编号"}
    row |= {"type": "S", "len": "30", "dict": "", "req": "Y", "seen_in": "HCMS"}
    normalise(row)

    with pytest.raises(CatalogueError):
        normalise(row | change)


@pytest.mark.parametrize(
    ("change", "kind", "length", "total", "scale"),
    [
        ({"type": "字符", "len": "40"}, Kind.TEXT, 40, None, None),
        ({"type": "S", "len": "2,000"}, Kind.TEXT, 2000, None, None),
        ({"type": "S", "len": "1M"}, Kind.TEXT, 1048576, None, None),
        ({"type": "N", "len": "（16,2）"}, Kind.NUMBER, None, 16, 2),
        ({"type": "BigDecimal", "len": "16,6"}, Kind.NUMBER, None, 16, 6),
        ({"type": "BigDecimal", "len": "5"}, Kind.NUMBER, None, 5, 4),
        ({"type": "S", "len": "16,2"}, Kind.NUMBER, None, 16, 2),
        ({"type": "N", "len": "255"}, Kind.TEXT, 255, None, None),
        ({"type": "N", "len": ""}, Kind.NUMBER, None, None, None),
        ({"type": "时间类型", "len": ""}, Kind.TIME, None, None, None),
        ({"type": "诊断信息集合", "len": ""}, Kind.LIST, None, None, None),
    ],
)
def test_odd_spellings_of_types_have_one_meaning(change, kind, length, total, scale):
    row = {"trx": "1", "dir": "in", "node": "data", "seq": "1", "name": "x", "zh": "", "dict": "", "req": ""}

    read = normalise(row | {"seen_in": "H---"} | change)

    assert (read.kind, read.length, read.total, read.scale) == (kind, length, total, scale)


def test_a_note_in_the_column_of_the_flag_means_that_columns_are_shifted():
    shifted = {row.name: row for row in rows_of("3501A") if row.node == "invinfoDetail"}

    assert shifted["med_list_codg"].required
    assert not shifted["med_list_codg"].coded
    assert shifted["rx_flag"].required
    assert shifted["rx_flag"].coded


def test_no_field_is_lost_between_rows_and_specifications():
    aside = {("3202", "in"), ("3202", "out"), ("5204", "out"), ("9002", "out")}  # files, and a node in two places
    added = {("2303", "in"): ("data", "invono"), ("2204", "in"): ("feedetail", "er_flag")}
    added[("1101", "in")] = ("data", "exp_content")
    added[("2208", "out")] = ("setlinfo", "psn_cash_pay")
    for infno in titles():
        for direction, root in (("in", spec(infno).asks), ("out", spec(infno).answers)):
            if (infno, direction) not in aside:
                printed = {(inline(row.node), row.name) for row in rows_of(infno) if row.direction == direction}
                extra = {added[infno, direction]} if (infno, direction) in added else set()

                assert places(root) == printed | extra, infno


def inline(name: str) -> str:
    return "" if name in {"无节点", "input", "output"} else name


def places(tree: Node) -> set[tuple[str, str]]:
    """Node and name of every field; a node at the top is no field of the catalogue (it has no Chinese name)."""
    below = {place for each in tree.fields if each.child for place in places(each.child)}
    return below | {(tree.name, each.name) for each in tree.fields if each.zh or each.child is None}


def test_base_makes_optional_what_a_client_with_that_node_lacks():
    assert field("2201", "data", "certno").required_in == {"hunan"}
    assert field("2201", "data", "psn_no").required_in == {"base", "hunan"}
    assert field("3202", "data", "fixmedins_refd_setl_flag").required_in == {"hunan"}
    # S alone lacking a field changes nothing, and neither does a source without a model of the node.
    assert field("2101", "druginfo", "medfee_sumamt").required_in == {"base", "hunan"}
    # Who a sale is for may be said by the credential alone; a client that scans a code has nothing else.
    assert field("2101", "druginfo", "certno").required_in == {"hunan"}


def test_hunan_requires_exactly_what_is_printed():
    for infno in ("1101", "2201", "2203", "2204", "2206", "2207", "2303", "2401"):
        printed = {(row.node, row.name) for row in rows_of(infno) if row.direction == "in" and row.required}
        asked = {
            (top.name, each.name)
            for top in spec(infno).asks.fields
            if top.child
            for each in top.child.fields
            if "hunan" in each.required_in
        }

        assert asked == printed, infno


@pytest.mark.parametrize(
    ("infno", "place", "name", "form"),
    [
        ("2204", "feedetail", "det_item_fee_sumamt", Form.FEN),
        ("2204", "feedetail", "cnt", Form.E4),
        ("2204", "feedetail", "pric", Form.E6),
        ("2204", "feedetail", "prd_days", Form.DECIMAL),
        ("2204", "feedetail", "feedetl_sn", Form.SERIAL),
        ("2203", "diseinfo", "diag_srt_no", Form.INTEGER),
        ("2203", "mdtrtinfo", "begntime", Form.TIME),
        ("2203", "mdtrtinfo", "birctrl_matn_date", Form.DATE),
        ("2403", "adminfo", "ttp_pay_prop", Form.PPM),
    ],
)
def test_numbers_take_the_unit_of_their_type(infno, place, name, form):
    assert field(infno, place, name).form is form


@pytest.mark.parametrize(
    ("infno", "direction", "arrays"),
    [
        ("1101", "out", {"insuinfo", "idetinfo"}),
        ("2203", "in", {"diseinfo"}),
        ("2204", "in", {"feedetail"}),
        ("2204", "out", {"result"}),
        ("2207", "out", {"setldetail"}),
        ("2101", "in", {"drugdetail"}),
        ("2101", "out", {"setldetail", "detlcutinfo"}),
        ("2401", "out", set()),
        ("5201", "out", {"mdtrtinfo"}),
        ("5301", "out", {"feedetail"}),
        ("5302", "out", {"psnfixmedin"}),
    ],
)
def test_arrays_and_objects_are_as_the_interface_has_them(infno, direction, arrays):
    root = spec(infno).asks if direction == "in" else spec(infno).answers

    assert {each.name for each in root.fields if each.child and each.child.is_array} == arrays


def test_a_node_inside_a_node_stands_in_its_field():
    trace = field("2102", "drugdetail", "durg_trac_info")

    assert trace.child is not None
    assert trace.child.is_array
    assert [each.name for each in spec("2102").asks.fields] == ["druginfo", "drugdetail"]


def test_both_spellings_of_the_cash_amount_are_in_the_reversal():
    names = {each.name for each in node("2208", "setlinfo", "out").fields}

    assert {"psn_cash_pay", "pdn_cash_pay"} <= names


def test_sign_out_answers_for_both_readers():
    names = [each.name for each in spec("9002").answers.fields]

    assert names == ["sign_time", "signoutoutb"]


def test_the_msgid_to_reverse_is_as_long_as_a_msgid_may_be():
    assert field("2601", "data", "omsgid").length == 40


def test_code_lists_carry_what_notes_and_other_provinces_use():
    assert {"11", "12", "14", "21", "2101", "41"} <= codes("med_type").keys()
    assert codes("opter_type").keys() == {"1", "2", "3"}
    assert codes("caty") == {}


def test_a_coded_field_without_a_list_is_not_checked():
    assert field("2201", "data", "caty").codes == ""
    assert field("2201", "data", "insutype").codes == "insutype"


def test_every_transaction_answers_on_its_own_path():
    assert spec("2207").paths[-1] == "/fsi/api/2207"
    assert "/fsi/api/outpatientSettleService/saveSettletmentV2" in paths()["2207"]
    assert spec("2601").title == "冲正交易"


def test_only_known_transactions_write_and_trial_calculations_do_not():
    assert titles().keys() >= WRITES
    assert not {"1101", "2001", "2101", "2206", "2303", "3201", "3202", "5203", "6301"} & WRITES
    assert spec("2207").writes


def test_a_number_that_the_catalogue_does_not_have_is_refused_by_name():
    with pytest.raises(InvalidInput, match="交易编号 2999 不存在"):
        spec("2999")


def test_package_data_is_facts_only():
    package = files("yibaobox.settlement.catalogue")
    for name in ("titles.json", "paths.json", "dicts.json"):
        assert json.loads(package.joinpath(name).read_text("utf-8"))

    assert all("（这个" not in title and "废除" not in title for title in titles().values())


def test_reading_one_transaction_takes_no_time():
    spec.cache_clear()
    codes("med_type")
    best = min(timed("2204"), timed("2207"), timed("2304"))

    assert best < 0.05


def timed(infno: str) -> float:
    start = time.perf_counter()
    spec(infno)
    return time.perf_counter() - start
