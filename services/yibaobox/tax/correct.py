"""T7, downwards: a note that the tier is to be lower; the difference goes back in a batch, after enrolment."""

from __future__ import annotations

from yibaobox.domain.billing import bills, corrections, payments, requests
from yibaobox.domain.billing.corrections import Correction
from yibaobox.domain.errors import Conflicting, CorrectionLimit, InvalidInput, TierBelowPaid
from yibaobox.domain.store import Tx
from yibaobox.tax import refund, sheet
from yibaobox.tax.declare import refuse_quote


def note(tx: Tx, psn_no: str, part_id: int, year: int, total_fen: int) -> Correction:
    """Note a lower tier; refuse a second correction, and a region that gives nothing back."""
    refund.lock_parties(tx, psn_no)
    part = sheet.payable(tx, psn_no, part_id)
    line = sheet.row(tx, part, year, total_fen)
    if line.quote.code not in {"TIER_BELOW_PAID", "DUE", "NOTHING_DUE", "CORRECTION_LIMIT"}:
        refuse_quote(line)
    if total_fen not in {tier.total_fen for tier in line.offer.tiers}:
        raise InvalidInput("应缴费额须为缴费档次对应的总金额", field="total_fen")
    if line.quote.code != "TIER_BELOW_PAID":
        raise InvalidInput("降档登记的档次须低于已缴费额", field="total_fen", paid_fen=line.paid_fen)
    if not line.quote.refund_pending_fen:
        raise TierBelowPaid("应缴费额低于已缴费额，该统筹区不能办理降档", paid_fen=line.paid_fen)
    if corrections.find(tx, line.premium) is not None:
        raise CorrectionLimit("该缴费年度的档次变更次数已用完")
    if requests.waits(tx, line.premium):
        raise Conflicting("该缴费年度的退费申请正在审核，不能变更档次")
    return corrections.write(tx, line.premium, line.paid_fen, total_fen)


def give_back(tx: Tx, found: Correction) -> Correction | None:
    """Owe the difference of a note back once insurance knows of the payment; nothing before, nor where nothing is."""
    refund.lock_parties(tx, found.psn_no)
    current = corrections.find(tx, found.premium)
    kept = payments.kept(tx, found.premium)
    if current is None or current.state != "NOTED" or not kept:
        return None
    bill = bills.get(tx, found.psn_no, kept[-1][0].bill_id)
    if bill.state != "POSTED":
        return None
    back_fen = found.from_fen - found.to_fen
    for payment, left_fen in reversed(kept):
        fen = min(left_fen, back_fen)
        back_fen -= fen
        if fen:
            refund.give_back(tx, payment, fen, "CORRECTION")
    refund.flush(tx, bill, "CORRECTION")
    return corrections.mark_returned(tx, current)
