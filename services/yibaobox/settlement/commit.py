"""Commit a bill: one posting on every book it touches, the settlement with all it was computed from, its rows bound."""

from __future__ import annotations

import hashlib
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import ledger, visits
from yibaobox.domain.errors import AmountMismatch
from yibaobox.domain.money import format_yuan
from yibaobox.domain.policy import explain
from yibaobox.edge import strict_json
from yibaobox.edge.dispatch import Answer
from yibaobox.settlement import moves, quotes, told
from yibaobox.settlement.setlinfo import Told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yibaobox.domain.store import Tx
    from yibaobox.settlement.bill import Bill, Part
    from yibaobox.settlement.case import Case

_PARTS: Final = {
    "fulamt_ownpay_amt": "out_fen",
    "overlmt_selfpay": "over_fen",
    "preselfpay_amt": "first_pay_fen",
    "inscp_scp_amt": "eligible_fen",
}
_LINE: Final = itemgetter(slice(5))  # all but what only a claim made by hand says
_USED: Final = (
    *("deductible_fen", "fund_fen", "major_base_fen", "major_fen", "admissions"),
    *("aid_deductible_fen", "aid_fen"),
)


def settled(case: Case, bill: Bill) -> tuple[Answer, visits.Settlement]:
    """Settle a bill that was drawn up while its person's and all payers' books are held."""
    facts = Told.of_bill(bill)
    made = _write(case, bill, facts)
    output = told.of_settlement(case, bill, facts, made)
    return Answer(output, psn_no=made.psn_no, txn_id=made.txn_id), made


def _write(case: Case, bill: Bill, facts: Told) -> visits.Settlement:
    """Write the settlement of a bill and return it; AmountMismatch, PresettleStale, PresettleRequired."""
    tx, fen = case.tx, bill.fen
    _check_parts(case, fen)
    quoted = quotes.sent(case.data)
    quotes.check(facts.quote, quoted, required=case.switches["require_presettle"] == "on")
    setl_id, explanation = tx.next_number("number"), _explanation(tx, bill)
    note = {"setl_id": str(setl_id), "mdtrt_id": bill.visit.number, "policy": bill.version}
    digest = hashlib.sha256(explanation).hexdigest()
    txn_id = ledger.post(tx, "settlement", moves.of(bill), note=note | {"explanation": digest})
    known = {"setl_id": setl_id, "txn_id": txn_id, "explanation": explanation, "quote": facts.quote, "quoted": quoted}
    made = _settlement(case, bill, {**fen, **known, "output": strict_json.encoded(facts.facts, exact=True)})
    visits.record(tx, made, bill.uploads)
    return made


def _check_parts(case: Case, fen: Mapping[str, int]) -> None:
    """Refuse a message whose four parts are not the ones computed; what is not sent is not checked."""
    for name, part in _PARTS.items():
        stated, computed = case.data.get(name), fen[part]
        if stated is not None and stated != computed:
            raise AmountMismatch(
                f"{name} {format_yuan(stated)} 与系统计算 {format_yuan(computed)} 不一致",
                field=name,
                computed_fen=computed,
            )


def _settlement(case: Case, bill: Bill, known: dict[str, Any]) -> visits.Settlement:
    visit, standing, last = bill.visit, bill.grounds.standing, bill.last
    return visits.Settlement(
        psn_no=visit.psn_no,
        visit_id=visit.visit_id,
        institution=visit.institution,
        msgid=case.msgid,
        batch=bill.batch,
        med_type=bill.med_type,
        account_use=bill.account_use,
        region=standing.region,
        insutype=standing.insutype,
        scheme=standing.scheme,
        year=last.year,
        rule_day=last.policy.on.isoformat(),
        policy_version=bill.version,
        inputs=_inputs(bill),
        settled_us=case.tx.now_us,
        **known,
    )


def _inputs(bill: Bill) -> bytes:
    """Return everything that the split was computed from and whom it drew on, so that it can be computed again.

    A stay that was divided has under `divided` what its earlier parts were computed from.
    """
    facts = {
        "setting": bill.last.policy.setting,
        "profile": bill.last.policy.place.profile,
        **bill.grounds.who.stored(),
        "givers": [list(giver) for giver in bill.accounts.family],
        "own_fen": bill.accounts.own_fen,
        "paid": [list(paid) for paid in bill.paid],
        **_of_part(bill.last),
    }
    if bill.visit.kind == visits.SALE:
        facts["quoted_as"] = bill.quoted_as
    if len(bill.parts) > 1:
        facts["divided"] = [_of_part(part) | _came_to(part) for part in bill.parts[:-1]]
    return strict_json.canonical(facts, exact=True)


def _of_part(part: Part) -> dict[str, Any]:
    split = part.split
    return {
        "lines": list(map(_LINE, split.claim.lines)),
        "used": dict(zip(_USED, split.used.figures, strict=True)),
        "cap_fen": split.terms.cap_fen,
        "standard_fen": split.terms.standard_fen(split.used.admissions),
        "per_admission": split.terms.per_admission,
        **({"given": dict(part.given)} if part.given else {}),
    }


def _came_to(part: Part) -> dict[str, Any]:
    """Return by which tables an earlier part of a stay was settled, and what it came to."""
    split = part.split
    return {
        "year": part.year,
        "rule_day": part.policy.on.isoformat(),
        "policy_version": split.terms.version,
        "paid": [list(paid) for paid in split.family],
        "major_fen": split.major_fen + split.aid_fen,
        **{f"{name}_fen": getattr(split, f"{name}_fen") for name in ("deductible", "pool", "own")},
    }


def _explanation(tx: Tx, bill: Bill) -> bytes:
    """Return the split step by step with the source of each figure, as it was on this day."""
    document = _explained(tx, bill.last)
    earlier = [_explained(tx, part) | {"year": part.year} for part in bill.parts[:-1]]
    paid = dict(bill.paid)
    own = {"before_fen": bill.accounts.own_fen, "paid_fen": bill.fen["own_fen"]}
    family = [
        {"psn_no": giver, "before_fen": before, "paid_fen": paid.get(giver, 0)}
        for giver, before in bill.accounts.family
    ]
    accounts = {"acct_used_flag": bill.account_use, "own": own, "family": family}
    document |= {"rows": visits.rows_explained(bill.fees), "accounts": accounts, "filings": _filings(bill)}
    if earlier:
        document["earlier_parts"] = earlier
    return strict_json.encoded(document, exact=True)


def _explained(tx: Tx, part: Part) -> dict[str, Any]:
    return visits.explained(tx, explain.recorded(part.policy, part.split), part.split.terms.sources_written)


def _filings(bill: Bill) -> list[dict[str, Any]]:
    """Return what on file the settlement rests on: a filing for treatment elsewhere, a recognised disease."""
    return [
        {
            "filing_id": one.number,
            "kind": one.kind,
            "type": one.type,
            "from": one.from_day.isoformat(),
            "until": one.until_day and one.until_day.isoformat(),
        }
        for one in bill.grounds.filings
    ]
