"""Rules of enrolment, applications and the family account (reliability §2, E1 to E6), from raw rows."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from yibaobox.sandbox.audit.rows import Rows

_RELATIONS: Final = (
    *("spouse", "parent", "child", "sibling", "paternal_grandparent", "maternal_grandparent"),
    *("sons_child", "daughters_child"),
)
_GIVING: Final = ("settlement", "premium")  # kinds of postings that may spend a family account
# Kinds of applications that begin or end a participation.
_MAKING: Final = ("registration", "suspension", "flexible", "repair")
_FOREVER: Final = "9999-12-31"
_PAPERS_MAX: Final = 20


class Part(NamedTuple):
    """A row of `participations`."""

    psn_no: str
    part_id: int
    region: str
    insutype: str
    state: str
    from_day: str
    to_day: str | None
    entitled_from: str | None
    suspended_seq: int | None

    @property
    def end(self) -> str:
        """The day after its last, written so that it can be compared."""
        return self.to_day or _FOREVER


class Period(NamedTuple):
    """A row of `benefit_periods`."""

    psn_no: str
    period_id: int
    region: str
    insutype: str
    year: int
    from_day: str
    until_day: str
    state: str
    source: str


class Binding(NamedTuple):
    """A row of `family_bindings`."""

    psn_no: str
    binding_id: int
    member: str
    relation: str
    consent_id: int | None
    members_max: int
    since_seq: int
    until_seq: int | None


class Case(NamedTuple):
    """A row of `applications`."""

    psn_no: str
    application_id: int
    kind: str
    state: str
    region: str
    form: str
    part_id: int | None
    reason: str | None
    seal: str | None
    submitted_us: int | None
    decided_us: int | None


def intervals_are_disjoint(rows: Rows) -> Iterator[str]:
    """E1: no two participations of a person overlap, whatever the region, and at most one is active."""
    parts = _parts(rows)
    for earlier, later in pairwise(parts):
        if earlier.psn_no == later.psn_no and later.from_day < earlier.end and earlier.from_day < later.end:
            yield f"participations {earlier.part_id} and {later.part_id} of one person overlap"
    active = Counter(part.psn_no for part in parts if part.state == "ACTIVE")
    for psn_no, count in active.items():
        if count > 1:
            yield f"a person of {psn_no[:6]} has {count} active participations"


def states_agree(rows: Rows) -> Iterator[str]:
    """E2: what is over has an end, and an approved application led to a participation of its own person."""
    owners = {part.part_id: part for part in _parts(rows)}
    for part in owners.values():
        if (part.state, part.to_day is None) not in {("ACTIVE", True), ("SUSPENDED", False)}:
            yield f"participation {part.part_id} is {part.state} and ends {part.to_day}"
    for case in _cases(rows):
        if (case.decided_us is None) != (case.state in {"DRAFT", "SUBMITTED"}):
            yield f"application {case.application_id} is {case.state} and its decision says otherwise"
        made = owners.get(case.part_id or 0)
        leads = case.kind in _MAKING or case.part_id is not None
        theirs = made is not None and (made.psn_no, made.region) == (case.psn_no, case.region)
        if case.state == "APPROVED" and leads and not theirs:
            yield f"application {case.application_id} was approved without a participation of its person"
        if case.state == "APPROVED" and case.kind == "suspension" and made is not None and made.state != "SUSPENDED":
            yield f"application {case.application_id} suspended nothing"


def entitlement_was_paid(rows: Rows) -> Iterator[str]:
    """E3: a year is live once, its days are days, and no fund paid on a day that nothing entitled for."""
    live: Counter[tuple[str, str, str, int]] = Counter()
    for period in _periods(rows):
        if not period.source or not _are_days(period.from_day, period.until_day):
            yield f"benefit period {period.period_id} has no source or no days"
        live[period.psn_no, period.region, period.insutype, period.year] += period.state == "LIVE"
    yield from (f"benefit year {key[3]} of a person is live {count} times" for key, count in live.items() if count > 1)
    yield from _unentitled(rows)


def submissions_are_locked(rows: Rows) -> Iterator[str]:
    """E4: what was submitted is as it was sealed, papers included."""
    hashes: dict[tuple[str, int], list[str]] = defaultdict(list)
    for psn_no, application_id, digest, _ in rows.subjects["papers"]:
        hashes[psn_no, application_id].append(digest)
    for case in _cases(rows):
        papers = sorted(hashes.pop((case.psn_no, case.application_id), []))
        if (case.seal is None) != (case.state == "DRAFT") or (case.submitted_us is None) != (case.state == "DRAFT"):
            yield f"application {case.application_id} is {case.state} and its seal says otherwise"
        sealed = "\n".join([case.kind, case.region, case.form, *papers])
        if case.seal is not None and case.seal != hashlib.sha256(sealed.encode()).hexdigest():
            yield f"application {case.application_id} is not what was submitted"
        if len(papers) > _PAPERS_MAX:
            yield f"application {case.application_id} has {len(papers)} papers"
    yield from (f"papers of application {key[1]} have no application" for key in hashes)


def families_are_authorised(rows: Rows) -> Iterator[str]:
    """E5: bindings are of the list, consented and few enough, and every family payment found one that was live."""
    bindings = _bindings(rows)
    of_giver: dict[str, list[Binding]] = defaultdict(list)
    for one in bindings:
        of_giver[one.psn_no].append(one)
    for one in bindings:
        if one.psn_no == one.member or one.relation not in _RELATIONS or one.consent_id is None:
            yield f"binding {one.binding_id} is with oneself, of a strange relation, or without consent"
        if one.until_seq is not None and one.until_seq <= one.since_seq:
            yield f"binding {one.binding_id} ends before it begins"
        if sum(_is_live(each, one.since_seq) for each in of_giver[one.psn_no]) >= one.members_max:
            yield f"binding {one.binding_id} is one too many"
    yield from _unauthorised(rows, bindings)


def one_application_waits(rows: Rows) -> Iterator[str]:
    """E6: of each kind at most one application of a person waits to be decided."""
    waiting = Counter((case.psn_no, case.kind) for case in _cases(rows) if case.state == "SUBMITTED")
    yield from (f"{count} applications for {key[1]} of one person wait" for key, count in waiting.items() if count > 1)


def _unentitled(rows: Rows) -> Iterator[str]:
    """Name settlements with fund money on a day without participation (employees) or paid period (residents).

    A period refunded since then counts: it entitled on the day of the settlement. So does a participation that was
    suspended since then, be it from the same day on.
    """
    days: dict[tuple[str, str, str], list[tuple[str, str, int]]] = defaultdict(list)
    for part in _parts(rows):
        if part.insutype == "310":
            span = (part.entitled_from or part.from_day, part.end, part.suspended_seq or 0)
            days[part.psn_no, part.region, part.insutype].append(span)
    for period in _periods(rows):
        days[period.psn_no, period.region, period.insutype].append((period.from_day, period.until_day + "+", 0))
    reversed_ids = {row[1] for row in rows.subjects["setl_reversals"]}
    for one in rows.settled:
        spans, day = days[one.psn_no, one.region, one.insutype], one.rule_day
        if (
            one.pool_fen
            and one.setl_id not in reversed_ids
            and not any(first <= day and (day < end or (since and one.txn_id < since)) for first, end, since in spans)
        ):
            yield f"settlement {one.setl_id} was paid by the fund without entitlement on {day}"


def _unauthorised(rows: Rows, bindings: list[Binding]) -> Iterator[str]:
    """Name settlements and premiums in which somebody gave to a relative without a live binding."""
    original = {posting.txn_id for posting in rows.postings if posting.reverses is None and posting.kind in _GIVING}
    givers: dict[int, set[str]] = defaultdict(set)
    takers: dict[int, set[str]] = defaultdict(set)
    for entry in rows.entries:
        if entry.account == "FAMILY" and entry.txn_id in original:
            (givers if entry.amount_fen > 0 else takers)[entry.txn_id].add(entry.psn_no)
    for txn_id, found in givers.items():
        for giver in found:
            for taker in takers[txn_id]:
                if not any((one.psn_no, one.member) == (giver, taker) and _is_live(one, txn_id) for one in bindings):
                    yield f"transaction {txn_id} spent a family account without a live binding"


def _is_live(binding: Binding, seq: int) -> bool:
    """Tell whether a binding was live at a number of the books; at its own number it is about to be."""
    return binding.since_seq < seq and (binding.until_seq is None or seq < binding.until_seq)


def _are_days(*texts: str) -> bool:
    try:
        return all(date.fromisoformat(text).isoformat() == text for text in texts)
    except ValueError:
        return False


def _parts(rows: Rows) -> list[Part]:
    return [Part(*row) for row in rows.subjects["participations"]]


def _periods(rows: Rows) -> list[Period]:
    return [Period(*row) for row in rows.subjects["benefit_periods"]]


def _bindings(rows: Rows) -> list[Binding]:
    return [Binding(*row) for row in rows.subjects["family_bindings"]]


def _cases(rows: Rows) -> list[Case]:
    return [Case(*row) for row in rows.subjects["applications"]]


RULES: Final[dict[str, Callable[[Rows], Iterator[str]]]] = {
    "E1": intervals_are_disjoint,
    "E2": states_agree,
    "E3": entitlement_was_paid,
    "E4": submissions_are_locked,
    "E5": families_are_authorised,
    "E6": one_application_waits,
}
