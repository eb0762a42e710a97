"""The bill of a stay: what is left of its charges, by policy year where the region divides stays, and split.

`year_rule` of the region says by which day's tables; on that day the person must be entitled. What an earlier interim
settlement took of the deductible is not taken again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import accumulators, ledger, people, policy, visits
from yibaobox.domain.errors import NotEligible, NotFound
from yibaobox.settlement import claim, med_types, presented
from yibaobox.settlement.bill import Bill, Part, account_use, amounts, check_total, lines, opened
from yibaobox.settlement.claim import Grounds, Treatment
from yibaobox.settlement.refusals import AlreadySettled

if TYPE_CHECKING:
    from yibaobox.domain.visits import Fee, Settlement, Stay, Visit
    from yibaobox.settlement.case import Case

_INTERIM: Final = "1"  # mid_setl_flag


def is_interim(case: Case) -> bool:
    """Tell whether a message asks for a settlement for a time."""
    return bool(case.data["mid_setl_flag"] == _INTERIM)


def drawn_up(case: Case, visit: Visit, stay: Stay, givers: list[str] | None = None) -> Bill:
    """Split the charges of a stay that wait, or refuse them; `givers` are the payers, where they are known already."""
    data, tx = case.data, case.tx
    person = people.get(tx, visit.psn_no)
    presented.check(case, data, person, visit)
    fees, settled = visits.unsettled(tx, visit, visits.NO_BATCH)
    if not fees:
        raise AlreadySettled("该次住院的费用已结算") if settled else NotFound("该次住院没有费用明细")
    left = visits.netted(fees)
    check_total(left, data["medfee_sumamt"], "住院费用")
    grounds, divided = _divided(case, visit, stay, left)
    held = ledger.balances(tx, visit.psn_no)
    accounts = opened(case, visit.psn_no, givers, held.get("ACCT", 0))
    used = {part.year: accumulators.used(held, part.policy, part.year, grounds.who.disease) for part in divided}
    done = policy.settle_stay(divided, grounds.who, used, accounts, _borne(tx, visit))
    return Bill(
        visit=visit,
        person=person,
        grounds=grounds,
        fees=tuple(left),
        uploads=visits.uploads_of(fees),
        parts=tuple(Part(one.part.policy, one.part.year, one.split, one.given) for one in done),
        fen=amounts([one.split for one in done]),
        accounts=accounts,
        held_fen=held.get("ACCT", 0),
        account_use=account_use(case),
        batch=visits.NO_BATCH,
        med_type=str(visit.med_type),
        cert_type=data["mdtrt_cert_type"],
    )


def _divided(case: Case, visit: Visit, stay: Stay, left: Sequence[Fee]) -> tuple[Grounds, tuple[policy.Part, ...]]:
    """Return the parts of a stay and the grounds on which all of them are settled."""
    ended = stay.discharged or _told_end(case) or case.tx.today
    what = (str(visit.med_type), case.data["insutype"], med_types.STAYS)
    treatment = Treatment(visit.psn_no, ended, *what, visit=visit)
    days = (ended, stay.admitted)
    place = next((found for day in days if (found := claim.place_on(case, treatment._replace(day=day)))), None)
    if place is None:
        return claim.grounds(case, treatment), ()  # refuses
    charges = zip((date.fromisoformat(str(fee.charged_on)) for fee in left), lines(left), strict=True)
    whole = policy.Stay(stay.admitted, ended, tuple(policy.Charge(day, line) for day, line in charges))
    divided = policy.parts(place, claim.setting(case, treatment), whole)
    grounds = [claim.grounds(case, treatment._replace(day=part.policy.on)) for part in divided]
    if any(each.place != place or each.who != grounds[-1].who for each in grounds):
        raise NotEligible("住院期间参保身份发生变化，须按变化前后分别中途结算", standing="CHANGED")
    return grounds[-1], divided


def _told_end(case: Case) -> date | None:
    """Return the day of discharge that a message tells, where it tells one that has come."""
    told: date | None = case.data["dscgTime"]
    return told if told is not None and told <= case.tx.today else None


def _borne(tx: Any, visit: Visit) -> list[policy.Borne]:
    """Return what earlier settlements of the stay took of the deductible, the oldest first."""
    return [one for made in visits.standing_of(tx, visit) for one in _borne_by(made)]


def _borne_by(made: Settlement) -> list[policy.Borne]:
    inputs: Mapping[str, Any] = json.loads(made.inputs)
    parts = [policy.Borne(one["year"], one["standard_fen"], one["deductible_fen"]) for one in inputs.get("divided", ())]
    rest = made.deductible_fen - sum(part.borne_fen for part in parts)
    return [*parts, policy.Borne(made.year, inputs["standard_fen"], rest)]
