"""Say in Chinese and English what is owed for a benefit year and from when it entitles, with sources and reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from yibaobox.domain.errors import PolicyGap
from yibaobox.domain.money import format_yuan
from yibaobox.domain.policy import sentences
from yibaobox.domain.policy.model import Citation
from yibaobox.domain.policy.premium import Quote
from yibaobox.domain.policy.resolve import Place
from yibaobox.domain.policy.standing import Payment, Period

_ANSWERS: Final[Mapping[str, tuple[str, str]]] = {
    "DUE": ("{year}年度应缴 {total}，本次应缴 {due}", "{total} for {year}, {due} due now"),
    "PAID": ("{year}年度应缴 {total}，本次缴纳 {due}", "{total} for {year}, {due} paid now"),
    "NOTHING_DUE": ("{year}年度应缴 {total}，已缴足，无需再缴", "{total} for {year} is paid, nothing is due"),
    "ALREADY_PAID": ("{year}年度应缴 {total}，已缴费", "{total} for {year} is paid already"),
    "TIER_BELOW_PAID": ("所选档次 {total} 低于已缴金额", "the wanted tier of {total} is below what was paid"),
    "WINDOW_CLOSED": (
        "缴费期为 {first} 至 {last}，缴费日期 {paid_on} 不在缴费期内",
        "the window is open from {first} to {last}, not on {paid_on}",
    ),
    "CORRECTION_LIMIT": ("缴费档次更正次数已用完", "the tier cannot be corrected once more"),
    "INSUFFICIENT_BALANCE": ("共济账户余额不足 {due}", "the giver's account holds less than {due}"),
}
_OF_A_YEAR: Final = ("{start} 起享受待遇，至 {end}", "entitled from {start} to {end}")
_WHILE_ACTIVE: Final = ("{start} 起享受待遇，参保期间有效", "entitled from {start} while the participation is active")
_REFUSED: Final = frozenset(_ANSWERS) - {"DUE", "PAID", "NOTHING_DUE"}


def quoted(place: Place, year: int, answer: Quote, code: str, paid_on: date | None) -> dict[str, Any]:
    """What is owed for a benefit year; `code` is the answer as it was given, `paid_on` the day of payment, if any."""
    facts = {
        "year": year,
        "total": format_yuan(answer.total_fen),
        "due": format_yuan(answer.due_fen),
        "first": answer.window.first.isoformat(),
        "last": answer.window.last.isoformat(),
        "paid_on": paid_on.isoformat() if paid_on else "",
    }
    words = said(_ANSWERS[code], facts)
    figures = {
        "total_fen": answer.total_fen,
        "due_fen": answer.due_fen,
        "refund_pending_fen": answer.refund_pending_fen,
    }
    days = {"window": [facts["first"], facts["last"]], "late": answer.late}
    head = {"kind": "premium", **where(place), "benefit_year": year, "code": code, **words, **figures, **days}
    return head | {"why_not": [{"code": code, **words}] if code in _REFUSED else []} | cited(answer.citations)


def entitled(place: Place, year: int | None, period: Period, payment: Payment) -> dict[str, Any]:
    """From when a payment entitles, and why not at once; `year` is None for those insured while they are active."""
    facts = {
        "paid_on": payment.paid_on.isoformat(),
        "start": period.entitled_from.isoformat(),
        "end": "" if period.entitled_until == date.max else period.entitled_until.isoformat(),
        "months": period.waiting_months,
    }
    words = said(_WHILE_ACTIVE if year is None else _OF_A_YEAR, facts)
    why = _waits(period, payment, facts)
    head = {"kind": "standing", **where(place), "benefit_year": year, **words}
    days = {"entitled_from": facts["start"], "entitled_until": facts["end"] or None}
    return head | days | {"waiting_months": period.waiting_months, "why_not": why} | cited(period.citations)


def gap(place: Place, refusal: PolicyGap) -> dict[str, Any]:
    """What could not be computed, since no table says."""
    missing = refusal.detail.get("missing")
    paths = [str(path) for path in missing] if isinstance(missing, list) else []
    words = {"zh": refusal.message, "en": f"no figure in force for {', '.join(paths)}"}
    return {"kind": "gap", **where(place), **words, "why_not": [{"code": refusal.code, **words}], **cited(())}


def _waits(period: Period, payment: Payment, facts: Mapping[str, Any]) -> list[dict[str, str]]:
    """Why benefits do not begin with the payment."""
    if period.entitled_from > period.entitled_until:
        text = ("等待期 {months} 个月长于剩余待遇期，本年度不享受待遇", "{months} months of waiting outlast the year")
        return [{"code": "WAITING_OUTLASTS_YEAR", **said(text, facts)}]
    if period.waiting_months:
        text = (
            "{paid_on} 缴费后等待 {months} 个月，至 {start} 起享受待遇",
            "{months} months of waiting after the payment of {paid_on}: until {start}",
        )
        return [{"code": "WAITING", **said(text, facts)}]
    if period.entitled_from > payment.paid_on:
        return [{"code": "NOT_YET", **said(("待遇期自 {start} 开始", "the benefit period begins on {start}"), facts)}]
    return []


def said(text: tuple[str, str], facts: Mapping[str, Any]) -> dict[str, str]:
    """A sentence in both languages."""
    return {"zh": text[0].format(**facts), "en": text[1].format(**facts)}


def where(place: Place) -> dict[str, str]:
    """Where a question was asked."""
    return {"region": place.region, "scheme": place.scheme, "profile": place.profile}


def cited(citations: Iterable[Citation]) -> dict[str, Any]:
    """The sources by path, and what of it is ours."""
    told = [citation.document() for citation in citations]
    assumptions = [
        dict(zip(("zh", "en"), sentences.assumption(each), strict=True)) for each in told if sentences.is_ours(each)
    ]
    return {"assumptions": assumptions, "sources": {each["path"]: each for each in told}}
