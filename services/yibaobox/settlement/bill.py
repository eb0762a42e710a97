"""The bill of one batch: read the rows, the standing, the tables and the balances; split it. Nothing is written here.

Pre-settlement and settlement take the same way, so that they can only differ when something else has changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from yibaobox.domain import accumulators, enrolment, family, ledger, people, policy, visits
from yibaobox.domain.errors import AmountMismatch, InvalidInput, NotEligible, NotFound
from yibaobox.domain.money import format_yuan
from yibaobox.edge import strict_json
from yibaobox.settlement import presented
from yibaobox.settlement.refusals import AlreadySettled, NoFamilyBinding

if TYPE_CHECKING:
    from yibaobox.domain.people import Person
    from yibaobox.domain.policy import Accounts, Policy, Profile, Split
    from yibaobox.domain.visits import Fee, Visit
    from yibaobox.settlement.case import Case

_SETTINGS: Final[Mapping[str, str]] = {"11": "outpatient", "12": "outpatient", "13": "emergency", "1301": "emergency"}
_PLACES: Final[Mapping[str, str]] = {"pharmacy": "pharmacy", "school_clinic": "school_clinic"}
_AT_PHARMACIES: Final = ("11", "41")
NO_ACCOUNT, OWN, RELATIVES = "0", "1", "2"  # acct_used_flag


@dataclass(frozen=True, slots=True)
class Bill:
    """A batch that was split: everything that a reply, the books and the explanation need."""

    visit: Visit
    person: Person
    standing: enrolment.Standing
    policy: Policy
    year: int
    fees: tuple[Fee, ...]
    accounts: Accounts
    split: Split
    account_use: str
    batch: str
    med_type: str
    cert_type: str

    @property
    def quote(self) -> str:
        """The digest of the split: equal exactly when everybody pays the same by the same rules."""
        split = self.split
        facts = {
            "visit": [self.visit.psn_no, self.visit.number, self.batch, self.med_type, self.account_use],
            "parts": [split.total_fen, split.out_of_catalogue_fen, split.over_limit_fen, split.first_pay_fen],
            "funds": [split.deductible_fen, split.pool_fen, split.major_fen],
            "person": [split.own_fen, [list(paid) for paid in split.family], split.cash_fen],
            "policy": split.terms.version,
        }
        return hashlib.sha256(strict_json.canonical(facts)).hexdigest()[:32]


def drawn_up(case: Case, visit: Visit, givers: list[str] | None = None) -> Bill:
    """Split the batch that a message names, or refuse it; `givers` are the payers, where they are known already."""
    data, tx = case.data, case.tx
    person = people.get(tx, visit.psn_no)
    presented.check(case, data, person, visit)
    fees = _rows(case, visit)
    standing = _standing(case, visit)
    rules = policy.policy_for(
        standing.region, standing.scheme, _setting(case), visit.day, cast("Profile", case.switches["policy"])
    )
    year = rules.year(visit.day)
    accounts = _accounts(case, visit, givers)
    lines = tuple(policy.Line(f.amount_fen, f.grade, f.first_pay_ppm, f.ceiling_fen, code=f.item) for f in fees)
    who = policy.Standing(standing.population, case.institution.level)
    split = policy.split(rules, lines, who, accumulators.used(tx, visit.psn_no, rules, year), accounts)
    assert tuple(tuple(line) for line in split.lines) == tuple(fee.parts for fee in fees), (
        "S5: the engine values each row as its upload did"
    )
    return Bill(
        visit=visit,
        person=person,
        standing=standing,
        policy=rules,
        year=year,
        fees=tuple(fees),
        accounts=accounts,
        split=split,
        account_use=data["acct_used_flag"],
        batch=data["chrg_bchno"],
        med_type=data["med_type"],
        cert_type=data["mdtrt_cert_type"],
    )


def payers(case: Case, psn_no: str) -> list[str]:
    """Return the relatives whose accounts a message lets pay, in the order in which they pay."""
    use = case.data["acct_used_flag"]
    if use == NO_ACCOUNT or (use == OWN and case.switches["family_auto"] != "on"):
        return []
    return [binding.giver for binding in family.givers(case.tx, psn_no)]


def _rows(case: Case, visit: Visit) -> list[Fee]:
    """Return the rows of the batch that wait, when their sum is the total that the message states."""
    batch, stated = case.data["chrg_bchno"], case.data["medfee_sumamt"]
    fees, settled = visits.unsettled(case.tx, visit, batch)
    if not fees:
        raise AlreadySettled("该收费批次已结算") if settled else NotFound("该收费批次没有费用明细")
    total = sum(fee.amount_fen for fee in fees)
    if total != stated:
        raise AmountMismatch(
            f"医疗费总额 {format_yuan(stated)} 与收费批次明细合计 {format_yuan(total)} 不符",
            stated_fen=stated,
            total_fen=total,
        )
    if total == 0:
        raise InvalidInput("医疗费总额为零，无需结算", field="medfee_sumamt")
    return fees


def _standing(case: Case, visit: Visit) -> enrolment.Standing:
    """Return the entitlement at the place of treatment on the day of the visit."""
    found = enrolment.standing(case.tx, visit.psn_no, visit.day, region=case.institution.region)
    if not found.entitled:
        raise NotEligible(_why_not(found, visit), standing=found.code, **_days(found, visit))
    if found.insutype != case.data["insutype"]:
        raise NotEligible(f"该人员享受待遇的险种为 {found.insutype}，与结算险种不一致", standing="INSUTYPE")
    return found


def _why_not(found: enrolment.Standing, visit: Visit) -> str:
    since = ""
    if found.code == "NOT_YET":
        begins = found.period or found.participation
        since = f"，自 {begins.from_day.isoformat()} 起" if begins is not None else ""
    return f"{found.reason}{since}（就诊日期 {visit.day.isoformat()}）"


def _days(found: enrolment.Standing, visit: Visit) -> dict[str, object]:
    """Return the days that a refusal rests on: of the visit, of the period or participation that comes nearest."""
    period, part = found.period, found.participation
    begins = period.from_day if period is not None else part.from_day if part is not None else None
    return {
        "day": visit.day.isoformat(),
        "region": found.region,
        "entitled_from": begins.isoformat() if begins is not None else None,
        "entitled_until": period.until_day.isoformat() if period is not None else None,
    }


def _setting(case: Case) -> str:
    """Return the setting of policy files for a kind of treatment at this institution."""
    med_type, level = case.data["med_type"], case.institution.level
    if level == "pharmacy" and med_type in _AT_PHARMACIES:
        return "pharmacy"
    if level == "pharmacy" or med_type not in _SETTINGS:
        raise InvalidInput(f"本机构门诊结算不支持医疗类别 {med_type}", field="med_type")
    return _PLACES.get(level, _SETTINGS[med_type])


def _accounts(case: Case, visit: Visit, givers: list[str] | None) -> policy.Accounts:
    """Return the account money that the message lets pay: the own account, then live bound relatives' accounts."""
    use: Any = case.data["acct_used_flag"]
    if use == NO_ACCOUNT:
        return policy.Accounts()
    givers = payers(case, visit.psn_no) if givers is None else givers
    if use == RELATIVES and not givers:
        raise NoFamilyBinding("没有有效的家庭共济绑定关系，不能使用共济账户")
    own = ledger.balance(case.tx, visit.psn_no)
    return policy.Accounts(own, tuple((giver, ledger.balance(case.tx, giver)) for giver in givers))
