"""The bill of a treatment: rows, standing, tables and balances are read, and it is split. Nothing is written here.

Pre-settlement and settlement take the same way, so that they can only differ when something else has changed. A bill
has one part for each policy year that it is settled in: one, save for a stay that a region divides.
"""

from __future__ import annotations

import hashlib
from itertools import starmap
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from yibaobox.domain import accumulators, enrolment, family, filings, ledger, people, policy, visits
from yibaobox.domain.errors import AmountMismatch, InvalidInput, NotFound
from yibaobox.domain.money import format_yuan
from yibaobox.edge import strict_json
from yibaobox.settlement import claim, med_types, presented
from yibaobox.settlement.claim import Grounds, Treatment
from yibaobox.settlement.refusals import AlreadySettled, NoFamilyBinding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from yibaobox.domain.people import Person
    from yibaobox.domain.policy import Accounts, Policy, Split
    from yibaobox.domain.store import Read
    from yibaobox.domain.visits import Fee, Visit
    from yibaobox.settlement.case import Case

NO_ACCOUNT, OWN, RELATIVES = "0", "1", "2"  # acct_used_flag


class Part(NamedTuple):
    """What of a bill is settled in one policy year."""

    policy: Policy
    year: int
    split: Split
    given: Mapping[str, Any] = {}  # what stood in place of the tables


class Bill(NamedTuple):
    """A bill that was split: everything that a reply, the books and the explanation need."""

    visit: Visit
    person: Person
    grounds: Grounds
    fees: tuple[Fee, ...]  # what is charged, returns taken off
    uploads: Mapping[int, int]  # of how many rows their rows came in so many
    parts: tuple[Part, ...]
    fen: dict[str, int]  # what each kind of cost and each payer comes to, by the column's name
    accounts: Accounts
    held_fen: int  # on the own account, whether it may pay or not
    account_use: str
    batch: str
    med_type: str
    cert_type: str

    @property
    def last(self) -> Part:
        """The part that the treatment ends in: its day and tables are those of the settlement."""
        return self.parts[-1]

    @property
    def paid(self) -> tuple[tuple[str, int], ...]:
        """What each relative pays, in the order in which they pay."""
        if len(self.parts) == 1:
            return self.parts[0].split.family
        sums: dict[str, int] = {}
        for part in self.parts:
            for giver, fen in part.split.family:
                sums[giver] = sums.get(giver, 0) + fen
        return tuple(sums.items())

    @property
    def aid_fen(self) -> int:
        """What medical aid pays, which `major_fen` includes."""
        return sum([part.split.aid_fen for part in self.parts])

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reply must say about illustrative figures."""
        return tuple(dict.fromkeys(word for part in self.parts for word in part.split.warnings))

    @property
    def version(self) -> str:
        """The version of the policy."""
        return self.last.split.terms.version

    @property
    def quoted_as(self) -> str:
        """The number that a quote names: a sale has none before it is settled."""
        return "0" if self.visit.kind == visits.SALE else self.visit.number

    @property
    def quote(self) -> str:
        """The digest of the split: equal exactly when everybody pays the same by the same rules."""
        fen = self.fen
        facts = {
            "visit": [self.visit.psn_no, self.quoted_as, self.batch, self.med_type, self.account_use],
            "parts": [fen["total_fen"], fen["out_fen"], fen["over_fen"], fen["first_pay_fen"]],
            "funds": [fen["deductible_fen"], fen["pool_fen"], fen["major_fen"]],
            "person": [fen["own_fen"], [list(paid) for paid in self.paid], fen["cash_fen"]],
            "policy": self.version,
        }
        return hashlib.sha256(strict_json.canonical(facts, exact=True)).hexdigest()[:32]


def drawn_up(case: Case, visit: Visit, givers: list[str] | None = None) -> Bill:
    """Split the batch of a visit that a message names, or refuse it; `givers` are the payers, where they are known."""
    data = case.data
    fees, settled = visits.unsettled(case.tx, visit, data["chrg_bchno"])
    if not fees:
        raise AlreadySettled("该收费批次已结算") if settled else NotFound("该收费批次没有费用明细")
    check_total(fees, data["medfee_sumamt"], "收费批次")
    return of_one_day(case, visit, fees, med_types.VISITS, givers)


def of_one_day(
    case: Case, visit: Visit, fees: Sequence[Fee], kinds: Mapping[str, med_types.MedType], givers: list[str] | None
) -> Bill:
    """Split the rows of a visit or a sale, which is settled by the tables of its day."""
    data, tx = case.data, case.tx
    person = people.get(tx, visit.psn_no)
    presented.check(case, data, person, visit)
    treatment = Treatment(
        *(visit.psn_no, visit.day, data["med_type"], data["insutype"], kinds),
        *(data.get("dise_codg") or "", visit.in_hospital, visit),
    )
    grounds = claim.grounds(case, treatment)
    place = grounds.place
    rules = policy.policy_for(place.region, place.scheme, grounds.setting, visit.day, place.profile)
    year = rules.year(visit.day)
    held = ledger.balances(tx, visit.psn_no)
    accounts = opened(case, visit.psn_no, givers, held.get("ACCT", 0))
    used = accumulators.used(held, rules, year, grounds.who.disease)
    split = policy.split(rules, lines(fees), grounds.who, used, accounts)
    assert _is_valued_alike(split, fees), "S5: the engine values the rows as their upload did"
    return Bill(
        visit=visit,
        person=person,
        grounds=grounds,
        fees=tuple(fees),
        uploads=visits.uploads_of(fees),
        parts=(Part(rules, year, split),),
        fen=amounts([split]),
        accounts=accounts,
        held_fen=held.get("ACCT", 0),
        account_use=account_use(case),
        batch=fees[0].batch,
        med_type=data["med_type"],
        cert_type=data["mdtrt_cert_type"],
    )


def lines(fees: Sequence[Fee]) -> tuple[policy.Line, ...]:
    """Return rows as the engine takes them."""
    return tuple(starmap(policy.Line, map(_LINE, fees)))


def account_use(case: Case) -> str:
    """Return which accounts a message lets pay; a pre-settlement of a stay need not say."""
    return str(case.data["acct_used_flag"] or NO_ACCOUNT)


def reading_payers(case: Case, psn_no: str) -> list[Read]:
    """Return what `payers` asks, for `tx.ahead`."""
    return [family.reading_givers(psn_no)] if _may_give(case) else []


def payers(case: Case, psn_no: str) -> list[str]:
    """Return the relatives whose accounts a message lets pay, in the order in which they pay."""
    return [binding.giver for binding in family.givers(case.tx, psn_no)] if _may_give(case) else []


def _may_give(case: Case) -> bool:
    """Tell whether a message lets relatives' accounts pay."""
    use = account_use(case)
    return use != NO_ACCOUNT and (use != OWN or case.switches["family_auto"] == "on")


def reading(psn_no: str, visit_id: int, batch: str, givers: Sequence[str] = ()) -> list[Read]:
    """Return what drawing up the bill of a visit asks, most of it, for `tx.ahead`."""
    return [
        visits.reading_batch(psn_no, visit_id, batch),
        people.reading(psn_no),
        filings.reading(psn_no),
        *enrolment.reading(psn_no),
        *(ledger.reading(payer) for payer in (psn_no, *givers)),
    ]


def check_total(fees: Sequence[Fee], stated: int, of: str) -> None:
    """Refuse a total that is not the sum of the rows, and one of nothing."""
    total = sum(map(_AMOUNT, fees))
    if total != stated:
        raise AmountMismatch(
            f"医疗费总额 {format_yuan(stated)} 与{of}明细合计 {format_yuan(total)} 不符",
            stated_fen=stated,
            total_fen=total,
        )
    if total == 0:
        raise InvalidInput("医疗费总额为零，无需结算", field="medfee_sumamt")


def opened(case: Case, psn_no: str, givers: list[str] | None, own: int) -> policy.Accounts:
    """Return the account money that the message lets pay: the `own` account, then live bound relatives' accounts."""
    use = account_use(case)
    if use == NO_ACCOUNT:
        return policy.Accounts()
    givers = payers(case, psn_no) if givers is None else givers
    if use == RELATIVES and not givers:
        raise NoFamilyBinding("没有有效的家庭共济绑定关系，不能使用共济账户")
    return policy.Accounts(own, tuple((giver, ledger.balances(case.tx, giver).get("ACCT", 0)) for giver in givers))


def _is_valued_alike(split: Split, fees: Sequence[Fee]) -> bool:
    """Tell whether rows as stored come to what the engine makes of them, before treatment elsewhere costs anything."""
    out, over, first, eligible = map(sum, zip(*map(_PARTS, fees), strict=True))
    moved = split.first_pay_fen - first if split.terms.away_first_pay_ppm else 0
    own = (split.out_of_catalogue_fen, split.over_limit_fen, split.first_pay_fen - moved, split.eligible_fen + moved)
    return own == (out, over, first, eligible)


_AMOUNT: Final = attrgetter("amount_fen")
_LINE: Final = attrgetter("amount_fen", "grade", "first_pay_ppm", "ceiling_fen", "item")
_PARTS: Final = attrgetter("out_fen", "over_fen", "first_pay_fen", "eligible_fen")
_OF_A_SPLIT: Final = {
    "out_fen": "out_of_catalogue_fen",
    "over_fen": "over_limit_fen",
    **{name: name for name in ("total_fen", "eligible_fen", "first_pay_fen", "deductible_fen", "pool_fen")},
    **{name: name for name in ("major_fen", "own_fen", "family_fen", "cash_fen")},
}
_AMOUNTS: Final = attrgetter(*_OF_A_SPLIT.values())


def amounts(splits: Sequence[Split]) -> dict[str, int]:
    """Return what each kind of cost and each payer comes to over all splits of a bill."""
    sums = _amounts(splits[0])
    for split in splits[1:]:
        sums = {name: fen + sums[name] for name, fen in _amounts(split).items()}
    return sums


def _amounts(split: Split) -> dict[str, int]:
    fen: dict[str, int] = dict(zip(_OF_A_SPLIT, _AMOUNTS(split), strict=True))
    fen["major_fen"] += split.aid_fen  # the funds above the pooled one; `aid_fen` of the bill is medical aid's part
    return fen
