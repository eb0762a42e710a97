"""Rules of settlements (reliability §2, S1 to S12), recomputed from stored inputs and raw entries.

S7 and S11 run the policy engine again on what was stored; all others do their own sums. Where the tables have changed
since, a settlement cannot be computed again, and S11 passes it over.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import policy
from yibaobox.sandbox.audit.settled import Portion, Settled, split_again

if TYPE_CHECKING:
    from yibaobox.sandbox.audit.rows import Rows

_FUNDS: Final = ("POOL", "CIVIL", "HIFES", "HIFMI", "HIFOB", "MAF", "OTH")
_SETTLING: Final = ("2102", "2207", "2304")
_TRIALS: Final = ("2101", "2206", "2303")
_COMPUTED_AGAIN: Final = 500  # the newest settlements; the engine takes longer than sums


def settlements_stand_in_the_books(rows: Rows) -> Iterator[str]:
    """S0: a settlement has its posting, a reversal row its mirror, and a mirrored settlement its reversal row."""
    mirrors = {(posting.psn_no, posting.txn_id): posting.reverses for posting in rows.postings}
    undone = {(psn_no, setl_id): txn_id for psn_no, setl_id, txn_id in rows.subjects.get("setl_reversals", [])}
    reversed_ids = {(psn_no, original): txn_id for (psn_no, txn_id), original in mirrors.items() if original}
    for one in rows.settled:
        if mirrors.get((one.psn_no, one.txn_id), -1) is not None:
            yield f"settlement {one.setl_id} has no posting of its own"
        if undone.get((one.psn_no, one.setl_id)) != reversed_ids.get((one.psn_no, one.txn_id)):
            yield f"the reversal of settlement {one.setl_id} is told otherwise by the books"


def the_bill_is_paid_once(rows: Rows) -> Iterator[str]:
    """S1: bill = funds + person's part (no hospital's part here), and that is what the institution gets."""
    for one in rows.settled:
        funds, person = one.pool_fen + one.major_fen, one.own_fen + one.family_fen + one.cash_fen
        booked = _booked(rows, one)
        if one.total_fen != funds + person:
            yield f"settlement {one.setl_id} is {one.total_fen} and {funds} + {person} is paid"
        if booked[f"INST:{one.institution}"] != one.total_fen:
            yield f"the institution of settlement {one.setl_id} gets {booked[f'INST:{one.institution}']}"


def the_person_pays_from_accounts_and_cash(rows: Rows) -> Iterator[str]:
    """S2: own account, family and cash as the books have them; each giver pays what was told, and nobody else."""
    books = _books(rows)
    for one in rows.settled:
        booked = _booked(rows, one)
        cash = sum(fen for name, fen in booked.items() if name.startswith("CASH:"))
        if (-booked["ACCT"], -booked["FAMILY"], -cash) != (one.own_fen, one.family_fen, one.cash_fen):
            yield f"the person's part of settlement {one.setl_id} is booked otherwise"
        lines = {psn_no: rows.by_posting[psn_no, one.txn_id] for psn_no in books[one.txn_id] - {one.psn_no}}
        given = {psn_no: -sum(e.amount_fen for e in own if e.account == "ACCT") for psn_no, own in lines.items()}
        if given != dict(one.given["paid"]) or sum(given.values()) != one.family_fen:
            yield f"the family's part of settlement {one.setl_id} is booked otherwise"


def the_funds_add_up(rows: Rows) -> Iterator[str]:
    """S3: what the books take from funds is what the settlement says of them."""
    for one in rows.settled:
        paid = -sum(fen for name, fen in _booked(rows, one).items() if name.partition(":")[0] in _FUNDS)
        if paid != one.pool_fen + one.major_fen:
            yield f"funds of settlement {one.setl_id} pay {paid}, {one.pool_fen} + {one.major_fen} is told"


def the_four_parts_add_up(rows: Rows) -> Iterator[str]:
    """S4: nothing is negative or more than the bill, the four parts are the bill, funds pay eligible costs only."""
    for one in rows.settled:
        amounts = (*one.parts, one.deductible_fen, one.pool_fen, one.major_fen, one.own_fen, one.cash_fen)
        if min(amounts) < 0 or max(amounts) > one.total_fen or sum(one.parts) != one.total_fen:
            yield f"the parts of settlement {one.setl_id} do not make up {one.total_fen}"
        if one.pool_fen + one.major_fen > one.eligible_fen:
            yield f"funds of settlement {one.setl_id} pay more than {one.eligible_fen}"


def the_rows_add_up(rows: Rows) -> Iterator[str]:
    """S5: the rows that were split make up the settlement, and so do those bound while it stands; none is lost."""
    bound: dict[tuple[str, int], list[tuple[int, ...]]] = defaultdict(list)
    for psn_no, setl_id, *amounts in rows.subjects.get("fees", []):
        bound[psn_no, setl_id].append(tuple(amounts))
    undone = {(psn_no, setl_id) for psn_no, setl_id, _ in rows.subjects.get("setl_reversals", [])}
    for one in rows.settled:
        wanted = (one.total_fen, *one.parts)
        lines = [line for portion in one.portions for line in portion.given["lines"]]
        if _sums([(line[0], *_valued(line)) for line in lines]) != wanted:
            yield f"the rows of settlement {one.setl_id} do not make up its parts"
        stands = bound.get((one.psn_no, one.setl_id), [])
        if (one.psn_no, one.setl_id) in undone:
            if stands:
                yield f"rows are bound to settlement {one.setl_id}, which is reversed"
        elif _sums(stands) != wanted:
            yield f"the rows bound to settlement {one.setl_id} do not make up its parts"
    yield from _miscounted(rows)


def _miscounted(rows: Rows) -> Iterator[str]:
    for visit_id, upload, told, count in rows.subjects.get("fee_uploads", []):
        if told != count:
            yield f"upload {upload} of visit {visit_id} has {count} rows, and says that it has {told}"


def caps_and_deductibles_hold(rows: Rows) -> Iterator[str]:
    """S6: the fund stays below the cap and pays after the deductible, by accumulators summed from entries."""
    before = _before(rows)
    for one in rows.settled:
        memo = {e.account: e.amount_fen for e in rows.by_posting[one.psn_no, one.txn_id] if e.memo}
        for portion in one.portions:
            own = {name: fen for name, fen in memo.items() if _year(name) == portion.year}
            yield from _bounds(one, portion, own, before[one.psn_no, one.txn_id])


def _bounds(one: Settled, portion: Portion, memo: dict[str, int], held: dict[str, int]) -> Iterator[str]:
    given = portion.given
    cap, standard = given["cap_fen"], given["standard_fen"]
    added = {_ending(name): fen for name, fen in memo.items()}
    if (added.get("DED", 0), added.get("CAP", 0)) != (portion.deductible_fen, portion.pool_fen):
        yield f"settlement {one.setl_id} is accumulated otherwise than it was paid"
    used = {_ending(name): fen for name, fen in held.items() if name in memo}
    told = {"DED": given["used"]["deductible_fen"], "CAP": given["used"]["fund_fen"]}
    if any(told[ending] != fen for ending, fen in used.items() if ending in told):
        yield f"settlement {one.setl_id} reckoned with other accumulators than the books have"
    if cap is not None and portion.pool_fen > max(0, cap - told["CAP"]):
        yield f"settlement {one.setl_id} exceeds the yearly cap {cap}"
    owed = standard if given["per_admission"] else max(0, standard - told["DED"])
    if portion.deductible_fen > owed or (portion.pool_fen and portion.deductible_fen != owed):
        yield f"settlement {one.setl_id} takes {portion.deductible_fen} of a deductible of {owed}"


def a_fen_more_changes_a_fen(rows: Rows) -> Iterator[str]:
    """S7: one eligible fen more never lowers the fund and raises it by at most one; an excluded one never raises it."""
    for one, portion in _newest(rows):
        again = split_again(one, portion)
        if again is None:
            continue
        more = split_again(one, portion, (policy.Line(1, "A"),))
        aside = split_again(one, portion, (policy.Line(1, "C"),))
        assert more is not None
        assert aside is not None
        if not 0 <= more.fund_fen - again.fund_fen <= 1 or aside.fund_fen > again.fund_fen:
            yield f"the fund of settlement {one.setl_id} jumps"


def own_before_family(rows: Rows) -> Iterator[str]:
    """S8: relatives pay when the own account is empty, in their order, and no account pays where none may."""
    before = _before(rows)
    for one in rows.settled:
        given, own = one.given, before[one.psn_no, one.txn_id].get("ACCT", 0)
        if one.own_fen > own or (one.family_fen and one.own_fen != own):
            yield f"the family pays for settlement {one.setl_id} while the own account holds money"
        if one.account_use == "0" and one.own_fen + one.family_fen:
            yield f"settlement {one.setl_id} uses accounts that it may not use"
        paid = dict(given["paid"])
        full = [paid.get(giver, 0) == balance for giver, balance in given["givers"]]
        paying = [bool(paid.get(giver)) for giver, _ in given["givers"]]
        last = max((place for place, pays in enumerate(paying) if pays), default=0)
        if not all(full[:last]):
            yield f"a later giver pays for settlement {one.setl_id} before an earlier one is used up"


def replies_belong_to_settlements(rows: Rows) -> Iterator[str]:
    """S9: a settlement is the effect of one stored message, and no pre-settlement ever left anything behind."""
    stored = {}
    for institution, infno, msgid, outcome, txn_id, psn_no, _ in rows.messages:
        if infno in _TRIALS:
            yield f"pre-settlement {institution} {msgid} left a message behind"
        if infno in _SETTLING and outcome == "SETTLED":
            stored[institution, infno, msgid] = (psn_no, txn_id)
    for one in rows.settled:
        keys = [(one.institution, infno, one.msgid) for infno in _SETTLING]
        if not any(stored.pop(key) for key in keys if stored.get(key) == (one.psn_no, one.txn_id)):
            yield f"settlement {one.setl_id} is not what its message stands for"
    yield from (f"message {infno} {institution} {msgid} has no settlement" for institution, infno, msgid in stored)


def quotes_are_kept(rows: Rows) -> Iterator[str]:
    """S10: a settlement that was quoted is the one that was quoted, and the quote is the digest of its amounts."""
    for one in rows.settled:
        facts = {
            "visit": [
                one.psn_no,
                one.given.get("quoted_as", str(one.visit_id)),
                one.batch,
                one.med_type,
                one.account_use,
            ],
            "parts": [one.total_fen, one.out_fen, one.over_fen, one.first_pay_fen],
            "funds": [one.deductible_fen, one.pool_fen, one.major_fen],
            "person": [one.own_fen, one.given["paid"], one.cash_fen],
            "policy": one.policy_version,
        }
        text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        if one.quoted not in (None, one.quote) or hashlib.sha256(text.encode()).hexdigest()[:32] != one.quote:
            yield f"settlement {one.setl_id} is not the one that was quoted"


def computed_again_it_is_the_same(rows: Rows) -> Iterator[str]:
    """S11: the engine, given what was stored, comes to the stored amounts."""
    for one, portion in _newest(rows):
        again = split_again(one, portion)
        if again is None:
            continue
        major = again.major_fen + again.aid_fen
        found = (again.deductible_fen, again.pool_fen, major, again.own_fen)
        told = (portion.deductible_fen, portion.pool_fen, portion.major_fen, portion.own_fen)
        if found != told or dict(again.family) != portion.paid:
            yield f"settlement {one.setl_id} computed again is {found}, it says {told}"


def a_year_stays_within_bounds(rows: Rows) -> Iterator[str]:
    """S12: over a policy year what is accumulated stays below the deductible and the cap that were in force."""
    limits: dict[tuple[str, str], list[int | None]] = defaultdict(list)
    for one in rows.settled:
        given = {portion.year: portion.given for portion in one.portions}
        for entry in rows.by_posting[one.psn_no, one.txn_id]:
            if entry.memo and _ending(entry.account) in ("CAP", "DED") and _year(entry.account) in given:
                limits[one.psn_no, entry.account].append(_bound(given[_year(entry.account)], entry.account))
    totals: dict[tuple[str, str], int] = defaultdict(int)
    for entry in rows.entries:
        if (entry.psn_no, entry.account) in limits:
            totals[entry.psn_no, entry.account] += entry.amount_fen
    for key, known in limits.items():
        bounded = [limit for limit in known if limit is not None]
        if len(bounded) == len(known) and totals[key] > max(bounded):
            yield f"{key[1]} of {key[0][:6]}…{key[0][-4:]} holds {totals[key]}, more than {max(bounded)}"


def _bound(given: dict[str, Any], account: str) -> int | None:
    """Return the cap, or the deductible of a year; a deductible of each stay bounds no year."""
    if _ending(account) == "CAP":
        cap: int | None = given["cap_fen"]
        return cap
    return None if given["per_admission"] or "given" in given else int(given["standard_fen"])


RULES: Final[dict[str, Callable[[Rows], Iterator[str]]]] = {
    "S0": settlements_stand_in_the_books,
    "S1": the_bill_is_paid_once,
    "S2": the_person_pays_from_accounts_and_cash,
    "S3": the_funds_add_up,
    "S4": the_four_parts_add_up,
    "S5": the_rows_add_up,
    "S6": caps_and_deductibles_hold,
    "S7": a_fen_more_changes_a_fen,
    "S8": own_before_family,
    "S9": replies_belong_to_settlements,
    "S10": quotes_are_kept,
    "S11": computed_again_it_is_the_same,
    "S12": a_year_stays_within_bounds,
}


def _newest(rows: Rows) -> list[tuple[Settled, Portion]]:
    newest = sorted(rows.settled, key=lambda one: -one.setl_id)[:_COMPUTED_AGAIN]
    return [(one, portion) for one in newest for portion in one.portions]


def _booked(rows: Rows, one: Settled) -> dict[str, int]:
    """The patient's entries of a settlement by account, zero for any other."""
    found: dict[str, int] = defaultdict(int)
    for entry in rows.by_posting[one.psn_no, one.txn_id]:
        found[entry.account] += entry.amount_fen
    return found


def _books(rows: Rows) -> dict[int, set[str]]:
    """Whose books each transaction touches."""
    found: dict[int, set[str]] = defaultdict(set)
    for posting in rows.postings:
        found[posting.txn_id].add(posting.psn_no)
    return found


def _before(rows: Rows) -> dict[tuple[str, int], dict[str, int]]:
    """What each personal account held before each settlement, summed along the person's chain."""
    wanted = {(one.psn_no, one.txn_id) for one in rows.settled}
    found: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    for psn_no, chain in groupby(rows.postings, key=lambda posting: posting.psn_no):
        held: dict[str, int] = defaultdict(int)
        for posting in chain:
            if (psn_no, posting.txn_id) in wanted:
                found[psn_no, posting.txn_id] = dict(held)
            for entry in rows.by_posting[psn_no, posting.txn_id]:
                held[entry.account] += entry.amount_fen
    return found


def _ending(account: str) -> str:
    return account.rpartition("_")[2]


def _year(account: str) -> int:
    return int(account.split(":")[3])


def _valued(line: Sequence[Any]) -> tuple[int, int, int, int]:
    """Divide a row as the catalogue does, with fractions: outside, over the ceiling, first pay, eligible."""
    amount, grade, first_ppm, ceiling, _ = line
    if grade == "C":
        return amount, 0, 0, 0
    within = amount if ceiling is None else min(amount, ceiling)
    first = int(Fraction(within * first_ppm, 1_000_000) + Fraction(1, 2))
    return 0, amount - within, first, within - first


def _sums(parts: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*parts, strict=True)))
