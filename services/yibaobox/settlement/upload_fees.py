"""2204 门诊费用明细信息上传."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import catalogue, visits
from yibaobox.domain.errors import InvalidInput, UnknownItem
from yibaobox.domain.faults import striking
from yibaobox.domain.money import PPM
from yibaobox.edge.dispatch import Answer
from yibaobox.settlement import held
from yibaobox.settlement.case import writing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yibaobox.domain.catalogue import Item
    from yibaobox.domain.visits import Fee, NewFee
    from yibaobox.settlement.case import Case


def upload_fees(case: Case) -> Answer:
    """Write the fee rows of one visit and tell how the catalogue values each."""
    rows = case.input["feedetail"]
    if len({(row["psn_no"], row["mdtrt_id"]) for row in rows}) != 1:
        raise InvalidInput("一次上传的费用明细须属于同一人员的同一次就诊", field="mdtrt_id")
    if striking.at("catalog.missing_code") is not None:
        raise UnknownItem(f"医保目录中没有编码 {rows[0]['med_list_codg']}", field="med_list_codg")
    wanted = [_wanted(row) for row in rows]
    visit = held.visit(case, rows[0])
    fees = visits.upload(case.tx, visit, wanted)
    told = [_result(fee, new.item) for fee, new in zip(fees, wanted, strict=True)]
    return Answer({"result": told}, psn_no=visit.psn_no)


def _wanted(row: Mapping[str, Any]) -> NewFee:
    if row["chrg_bchno"] == visits.ALL_BATCHES:
        raise InvalidInput("收费批次号 0000 保留给全部撤销", field="chrg_bchno")
    return visits.NewFee(
        feedetl_sn=row["feedetl_sn"],
        batch=row["chrg_bchno"],
        item=catalogue.find(row["med_list_codg"]),
        count_e4=row["cnt"],
        price_e6=row["pric"],
        amount_fen=row["det_item_fee_sumamt"],
        approval=row["hosp_appr_flag"],
        facts=row,
    )


def _result(fee: Fee, item: Item) -> dict[str, Any]:
    return {
        "feedetl_sn": fee.feedetl_sn,
        "det_item_fee_sumamt": fee.amount_fen,
        "cnt": fee.count_e4,
        "pric": fee.price_e6,
        "pric_uplmt_amt": item.ceiling_price or 0,
        "selfpay_prop": PPM if fee.grade == "C" else fee.first_pay_ppm,
        "fulamt_ownpay_amt": fee.out_fen,
        "overlmt_amt": fee.over_fen,
        "preselfpay_amt": fee.first_pay_fen,
        "inscp_scp_amt": fee.eligible_fen,
        "chrgitm_lv": item.class_code,
        "med_chrgitm_type": item.charge_type,
        "bas_medn_flag": _flag(item.basic),
        "hi_nego_drug_flag": _flag(item.negotiated),
        "chld_medc_flag": _flag(item.child),
        "list_sp_item_flag": "0",
        "lmt_used_flag": _flag(item.restricted),
        "drt_reim_flag": "0",
    }


def _flag(holds: bool) -> str:  # noqa: FBT001 - a flag is a boolean
    return "1" if holds else "0"


TRANSACTION: Final = writing("2204", upload_fees)
