"""Charged rows between the wire and the records: of a visit, a stay or a sale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import catalogue, visits
from yibaobox.domain.errors import UnknownItem
from yibaobox.domain.faults import striking
from yibaobox.domain.money import PPM

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from yibaobox.domain.catalogue import Item
    from yibaobox.domain.visits import Fee, NewFee

_NO_APPROVAL: Final = "0"  # hosp_appr_flag, which rows of a stay or a sale need not have


def wanted(
    rows: Sequence[Mapping[str, Any]],
    *,
    batch: Callable[[Mapping[str, Any]], str] = lambda _: visits.NO_BATCH,
    dated: bool = False,
) -> list[NewFee]:
    """Return rows of a message as the records take them, `dated` with the day and the row that each returns."""
    if striking.at("catalog.missing_code") is not None:
        raise UnknownItem(f"医保目录中没有编码 {rows[0]['med_list_codg']}", field="med_list_codg")
    return [_wanted(row, batch(row), dated=dated) for row in rows]


def told(fees: Sequence[Fee], new: Sequence[NewFee], *, sale: bool = False) -> list[dict[str, Any]]:
    """Return what the catalogue makes of each row, as the wire has it."""
    return [_told(fee, each.item, sale=sale) for fee, each in zip(fees, new, strict=True)]


def _wanted(row: Mapping[str, Any], batch: str, *, dated: bool) -> NewFee:
    returned = row["init_feedetl_sn"] if dated and row["cnt"] < 0 else None
    return visits.NewFee(
        feedetl_sn=row["feedetl_sn"],
        batch=batch,
        item=catalogue.find(row["med_list_codg"]),
        count_e4=row["cnt"],
        price_e6=row["pric"],
        amount_fen=row["det_item_fee_sumamt"],
        approval=row.get("hosp_appr_flag") or _NO_APPROVAL,
        facts=row,
        charged_on=row["fee_ocur_time"].date().isoformat() if dated else None,
        returns=returned,
    )


def listed(fee: Fee, item: Item) -> dict[str, Any]:
    """Return what was charged, and what the catalogue says of the item."""
    return {
        "feedetl_sn": fee.feedetl_sn,
        "cnt": fee.count_e4,
        "pric": fee.price_e6,
        "chrgitm_lv": item.class_code,
        "med_chrgitm_type": item.charge_type,
        "bas_medn_flag": _flag(item.basic),
        "hi_nego_drug_flag": _flag(item.negotiated),
        "chld_medc_flag": _flag(item.child),
        "list_sp_item_flag": "0",
        "lmt_used_flag": _flag(item.restricted),
    }


def valued(fee: Fee, item: Item) -> dict[str, Any]:
    """Return how the amount is divided, and by what."""
    return {
        "det_item_fee_sumamt": fee.amount_fen,
        "pric_uplmt_amt": item.ceiling_price or 0,
        "selfpay_prop": PPM if fee.grade == "C" else fee.first_pay_ppm,
        "fulamt_ownpay_amt": fee.out_fen,
        "overlmt_amt": fee.over_fen,
        "preselfpay_amt": fee.first_pay_fen,
        "inscp_scp_amt": fee.eligible_fen,
        "drt_reim_flag": "0",
    }


def _told(fee: Fee, item: Item, *, sale: bool) -> dict[str, Any]:
    told = listed(fee, item) | valued(fee, item)
    if sale:  # the table of a sale has no such column
        del told["lmt_used_flag"]
    return told


def _flag(holds: bool) -> str:  # noqa: FBT001 - a flag is a boolean
    return "1" if holds else "0"
