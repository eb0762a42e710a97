"""Policy cases about rules beside money for treatment: arrears, refunds, relatives, papers, a freshman's pledge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from yibaobox.domain.money import format_yuan
from yibaobox.domain.policy import explain_rules, freshman
from yibaobox.domain.policy.arrears import Missed, repair
from yibaobox.domain.policy.case_input import day, fen, only, rows, text, whole, year
from yibaobox.domain.policy.case_years import Trace, listed, or_gap
from yibaobox.domain.policy.model import Citation
from yibaobox.domain.policy.paper_rules import judge_paper
from yibaobox.domain.policy.refund import Wish, refund
from yibaobox.domain.policy.relatives import Candidate, judge_relative
from yibaobox.domain.policy.resolve import Book, Place

Judged = tuple[dict[str, Any], tuple[Citation, ...]]
_ARREARS: Final = frozenset({"first_day", "rhythm", "continuous_months", "repaid_on"})
_REFUND: Final = frozenset({"benefit_year", "reason", "paid", "on", "tier"})
_RELATIVE: Final = frozenset({"on", "relation", "age", "region", "members"})
_PAPER: Final = frozenset({"on", "form", "suffix", "bytes"})
_BYTES_MAX: Final = 2**40
_PLEDGE: Final = frozenset({"confirmed_on", "today", "next_paid_on", "funds"})


def rules(kind: str, case: Mapping[str, Any], place: Place, book: Book, trace: Trace) -> Any:
    """Compute the items of one of RULES, each by itself."""
    items = rows(case.get("input"), "input")
    return listed([or_gap(partial(_judged, kind, item, (place, book), trace), place, trace) for item in items], case)


def _judged(kind: str, item: Any, where: tuple[Place, Book], trace: Trace) -> dict[str, Any]:
    """Judge one item, and say in the trace how it was decided."""
    result, citations = RULES[kind](item, *where)
    trace.append(explain_rules.ruled(where[0], kind, result, citations))
    return result


def _arrears(item: Any, place: Place, book: Book) -> Judged:
    """Kind arrears: when missed contributions were repaid → what that repairs, and until when it was in time."""
    item = only(item, _ARREARS, "input")
    months = whole(item.get("continuous_months", 0), "continuous_months")
    missed = Missed(day(item.get("first_day")), text(item, "rhythm"), months, day(item.get("repaid_on")))
    found = repair(place, missed, book=book)
    result = {
        "code": found.code,
        "entitled_from": found.entitled_from.isoformat(),
        "deadline": found.deadline.isoformat() if found.deadline else None,
        "waiting_months": found.waiting_months,
    }
    return result, found.citations


def _refund(item: Any, place: Place, book: Book) -> Judged:
    """Kind refund: what was paid is asked back for a reason → how much is given back."""
    item = only(item, _REFUND, "input")
    tier = item.get("tier")
    wish = Wish(text(item, "reason"), fen(item.get("paid")), day(item.get("on")), None if tier is None else str(tier))
    found = refund(place, year(item.get("benefit_year")), wish, book=book)
    result = {"code": found.code, "refund": format_yuan(found.refund_fen)}
    return result, found.citations


def _relative(item: Any, place: Place, book: Book) -> Judged:
    """Kind relative: somebody is to be added to an account → accepted or why not, and what proves the relation."""
    item = only(item, _RELATIVE, "input")
    where = text(item, "region") if "region" in item else None
    members = whole(item.get("members", 0), "members")
    candidate = Candidate(text(item, "relation"), whole(item.get("age"), "age"), where, members)
    found = judge_relative(place, candidate, day(item.get("on")), book=book)
    result = {
        "code": found.code,
        "proof": found.proof,
        "kinds": len(found.allowed),
        "members_max": found.members_max,
    }
    return result, found.citations


def _paper(item: Any, place: Place, book: Book) -> Judged:
    """Kind paper: a file is handed in with a form → taken or why not."""
    item = only(item, _PAPER, "input")
    size = whole(item.get("bytes"), "bytes", _BYTES_MAX)
    found = judge_paper(place, (text(item, "form"), text(item, "suffix"), size), day(item.get("on")), book=book)
    result = {"code": found.code, "formats": list(found.formats)}
    return result, found.citations


def _pledge(item: Any, place: Place, book: Book) -> Judged:
    """Kind pledge: a freshman confirmed → account, credential, and how the promise to pay next year stands."""
    item = only(item, _PLEDGE, "input")
    opened = freshman.opening(place, day(item.get("confirmed_on")), book=book).open_by
    paid_on = item.get("next_paid_on")
    settled = [freshman.Settled(opened, fen(amount)) for amount in rows(item.get("funds", []), "funds")]
    today, paid = day(item.get("today")), None if paid_on is None else day(paid_on)
    found = freshman.pledge(place, opened, settled, today=today, next_paid_on=paid, book=book)
    result = {
        "open_by": opened.isoformat(),
        "credential_from": freshman.credential_from(place, opened, book=book).isoformat(),
        "state": found.state,
        "due_until": found.due_until.isoformat(),
        "clawback": format_yuan(found.reclaimed_fen),
    }
    return result, found.citations


RULES: Final[Mapping[str, Callable[[Any, Place, Book], Judged]]] = {
    "arrears": _arrears,
    "refund": _refund,
    "relative": _relative,
    "paper": _paper,
    "pledge": _pledge,
}
