"""2207 门诊结算: split the bill and move the money."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import ledger, visits
from yibaobox.domain.errors import AmountMismatch
from yibaobox.domain.money import format_yuan
from yibaobox.domain.policy import explain
from yibaobox.edge import strict_json
from yibaobox.edge.dispatch import Answer
from yibaobox.settlement import held, moves, quotes
from yibaobox.settlement.bill import drawn_up
from yibaobox.settlement.case import writing
from yibaobox.settlement.setlinfo import Told

if TYPE_CHECKING:
    from yibaobox.settlement.bill import Bill
    from yibaobox.settlement.case import Case

_PARTS: Final = {
    "fulamt_ownpay_amt": "out_fen",
    "overlmt_selfpay": "over_fen",
    "preselfpay_amt": "first_pay_fen",
    "inscp_scp_amt": "eligible_fen",
}


def settle(case: Case) -> Answer:
    """Settle a batch: own account, then family, then cash; at most once, for the rows are bound to it."""
    data, tx = case.data, case.tx
    visit, givers = held.visit_and_payers(case, data)
    bill = drawn_up(case, visit, givers)
    told, quoted = Told.of_bill(bill), quotes.sent(data)
    _check_parts(case, told)
    quotes.check(bill, quoted, required=case.switches["require_presettle"] == "on")
    setl_id, explanation = tx.next_number("number"), _explanation(bill)
    note = {"setl_id": str(setl_id), "mdtrt_id": visit.number, "policy": bill.split.terms.version}
    digest = hashlib.sha256(explanation.encode()).hexdigest()
    txn_id = ledger.post(tx, "settlement", moves.of(bill), note=note | {"explanation": digest})
    made = _settlement(case, bill, told, {"setl_id": setl_id, "txn_id": txn_id, "explanation": explanation})
    visits.record(tx, made, rows=len(bill.fees))
    setlinfo = told.setlinfo(bill.person, tx.now) | {
        "mdtrt_id": visit.number,
        "setl_id": made.number,
        "medins_setl_id": case.msgid,
        "balc": ledger.balance(tx, visit.psn_no),
        "exp_content": quotes.written(bill),
    }
    return Answer({"setlinfo": setlinfo, "setldetail": told.setldetail()}, psn_no=visit.psn_no, txn_id=txn_id)


def _check_parts(case: Case, told: Told) -> None:
    """Refuse a message whose four parts are not the ones computed; what is not sent is not checked."""
    for name, part in _PARTS.items():
        stated, computed = case.data[name], told.fen[part]
        if stated is not None and stated != computed:
            raise AmountMismatch(
                f"{name} {format_yuan(stated)} 与系统计算 {format_yuan(computed)} 不一致",
                field=name,
                computed_fen=computed,
            )


def _settlement(case: Case, bill: Bill, told: Told, known: dict[str, Any]) -> visits.Settlement:
    split, visit = bill.split, bill.visit
    facts: dict[str, Any] = {**told.fen, **known}
    return visits.Settlement(
        psn_no=visit.psn_no,
        visit_id=visit.visit_id,
        institution=visit.institution,
        msgid=case.msgid,
        batch=bill.batch,
        med_type=bill.med_type,
        account_use=bill.account_use,
        region=bill.standing.region,
        insutype=bill.standing.insutype,
        scheme=bill.standing.scheme,
        year=bill.year,
        rule_day=bill.policy.on.isoformat(),
        policy_version=split.terms.version,
        quote=bill.quote,
        quoted=quotes.sent(case.data),
        inputs=_inputs(case, bill),
        output=strict_json.dumps(told.facts),
        settled_us=case.tx.now_us,
        **facts,
    )


def _inputs(case: Case, bill: Bill) -> str:
    """Return everything that the split was computed from and whom it drew on, so that it can be computed again."""
    split = bill.split
    facts = {
        "setting": bill.policy.setting,
        "profile": bill.policy.place.profile,
        "population": bill.standing.population,
        "level": case.institution.level,
        "lines": [[f.amount_fen, f.grade, f.first_pay_ppm, f.ceiling_fen, f.item] for f in bill.fees],
        "used": _used(bill),
        "own_fen": bill.accounts.own_fen,
        "givers": [list(giver) for giver in bill.accounts.family],
        "paid": [list(paid) for paid in split.family],
        "cap_fen": split.terms.cap_fen,
        "standard_fen": split.terms.standard_fen(split.used.admissions),
        "per_admission": split.terms.per_admission,
    }
    return strict_json.canonical(facts).decode()


def _used(bill: Bill) -> dict[str, int]:
    used = bill.split.used
    names = ("deductible_fen", "fund_fen", "major_base_fen", "major_fen", "admissions", "aid_deductible_fen", "aid_fen")
    return {name: getattr(used, name) for name in names}


def _explanation(bill: Bill) -> str:
    """Return the split step by step with the source of each figure, as it was on this day."""
    told = explain.recorded(bill.policy, bill.split)
    paid = dict(bill.split.family)
    rows = [
        {"feedetl_sn": fee.feedetl_sn, "code": fee.item, "grade": fee.grade, "amount_fen": fee.amount_fen}
        | dict(zip(("out_fen", "over_fen", "first_pay_fen", "eligible_fen"), fee.parts, strict=True))
        for fee in bill.fees
    ]
    own = {"before_fen": bill.accounts.own_fen, "paid_fen": bill.split.own_fen}
    family = [
        {"psn_no": giver, "before_fen": before, "paid_fen": paid.get(giver, 0)}
        for giver, before in bill.accounts.family
    ]
    accounts = {"acct_used_flag": bill.account_use, "own": own, "family": family}
    return strict_json.dumps(told | {"rows": rows, "accounts": accounts})


TRANSACTION: Final = writing("2207", settle)
