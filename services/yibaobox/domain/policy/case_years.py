"""Policy cases about years: premiums paid in order, and benefit periods."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from yibaobox.domain.errors import InvalidInput, PolicyGap
from yibaobox.domain.money import format_yuan
from yibaobox.domain.policy.case_input import day, fen, only, rows, text, whole
from yibaobox.domain.policy.case_input import year as year_of
from yibaobox.domain.policy.premium import Ask, Quote, offer, quote
from yibaobox.domain.policy.resolve import Book, Place
from yibaobox.domain.policy.season import months_after
from yibaobox.domain.policy.standing import Payment, basis, benefit_period, suspend_window

_PREMIUM: Final = frozenset({"benefit_year", "paid_on", "tier", "tier_total", "already_paid", "giver_balance"})
_STANDING: Final = frozenset({"capacity", "benefit_year", "paid_on", "gap_years", "repaired_years"})
_POPULATION: Final = {"freshman": "freshman", "student": "student", "child": "child", "newborn": "child"}


def premiums(case: Mapping[str, Any], place: Place, book: Book) -> list[dict[str, Any]]:
    """Kind premium: items are independent, but those paid from a giver's account carry on what was paid."""
    population = text(case, "population", "normal")
    paid: dict[int, int] = {}
    return [_premium(item, place, population, paid, book) for item in rows(case.get("input"), "input")]


def _premium(item: Any, place: Place, population: str, paid: dict[int, int], book: Book) -> dict[str, Any]:
    """One premium: quoted, or paid in cash, or paid from an account."""
    item = only(item, _PREMIUM, "input")
    year = year_of(item.get("benefit_year"))
    from_account = "giver_balance" in item
    before = paid.get(year, 0) if from_account else 0
    tier, total, paid_on = item.get("tier"), item.get("tier_total"), item.get("paid_on")
    ask = Ask(
        day=None if paid_on is None else day(paid_on),
        tier=None if tier is None else str(tier),
        total_fen=None if total is None else fen(total),
        paid_fen=max(before, fen(item.get("already_paid", "0.00"))),
    )
    answer = quote(place, year, ask, population=population, book=book)
    if from_account:
        return _from_account(answer, fen(item["giver_balance"]), year, paid)
    code = "PAID" if answer.code == "DUE" and paid_on is not None else answer.code
    return _priced(code, answer, answer.due_fen if code == "PAID" else 0)


def _from_account(answer: Quote, balance: int, year: int, paid: dict[int, int]) -> dict[str, Any]:
    """Pay all of it from an account, or nothing."""
    if answer.code == "NOTHING_DUE":
        return {**_priced("ALREADY_PAID", answer, 0), "giver_balance_after": format_yuan(balance)}
    if answer.code != "DUE":
        return {**_priced(answer.code, answer, 0), "giver_balance_after": format_yuan(balance)}
    if balance < answer.due_fen:
        return {**_priced("INSUFFICIENT_BALANCE", answer, 0), "giver_balance_after": format_yuan(balance)}
    paid[year] = answer.total_fen
    after = format_yuan(balance - answer.due_fen)
    return {**_priced("PAID", answer, answer.due_fen), "giver_balance_after": after}


def _priced(code: str, answer: Quote, charged: int) -> dict[str, Any]:
    """The amounts of a premium case."""
    return {"code": code, "due": format_yuan(answer.due_fen), "charged": format_yuan(charged)}


def standings(case: Mapping[str, Any], place: Place, book: Book, expect: Any) -> list[dict[str, Any]]:
    """Kind standing: the days asked for in `entitled_on` are the keys that the case expects."""
    asked = rows(case.get("input"), "input")
    shapes = expect if isinstance(expect, list) and len(expect) == len(asked) else [{}] * len(asked)
    return [_standing(item, place, book, shape) for item, shape in zip(asked, shapes, strict=True)]


def _standing(item: Any, place: Place, book: Book, shape: Any) -> dict[str, Any]:
    """One payment's benefit period."""
    item = only(item, _STANDING, "input")
    paid_on, capacity = day(item.get("paid_on")), text(item, "capacity", "")
    gaps, repaired = (whole(item.get(name, 0), name) for name in ("gap_years", "repaired_years"))
    shape = shape if isinstance(shape, Mapping) else {}
    asked_days = shape.get("entitled_on", {})
    if not isinstance(asked_days, Mapping):
        raise InvalidInput("entitled_on应为对象", field="entitled_on")
    if basis(place.scheme) == "while_active":
        return _while_active(place, paid_on, book, asked_days)
    population = _POPULATION.get(capacity, "normal")
    written = item.get("benefit_year")
    year = _year_of(place, paid_on, population, book) if written is None else year_of(written)
    period = benefit_period(place, year, Payment(paid_on, gaps, repaired, capacity), book=book)
    result: dict[str, Any] = {
        "entitled_from": period.entitled_from.isoformat(),
        "entitled_until": period.entitled_until.isoformat(),
        "waiting_months": period.waiting_months,
        "entitled_on": {str(asked): day(asked) in period for asked in asked_days},
    }
    months = suspend_window(place, year, book=book)
    if months is not None:
        result["suspend_window"] = [months.first.isoformat(), months.last.isoformat()]
    if "due" in shape:
        result["due"] = format_yuan(quote(place, year, Ask(paid_on), population=population, book=book).due_fen)
    return result


def _while_active(place: Place, paid_on: date, book: Book, asked_days: Mapping[str, Any]) -> dict[str, Any]:
    """Employees are entitled from the payment on, flexible ones after the region's waiting months."""
    found = book.look(place, "waiting", "fixed_months", paid_on) if place.scheme == "flexible" else None
    months = found.value if found else 0
    start = months_after(paid_on, months)
    on = {str(asked): day(asked) >= start for asked in asked_days}
    return {"entitled_from": start.isoformat(), "waiting_months": months, "entitled_on": on}


def _year_of(place: Place, paid_on: date, population: str, book: Book) -> int:
    """The benefit year that a payment is for when the case does not say: next year inside its window, else this one."""
    try:
        upcoming = offer(place, paid_on.year + 1, population, book=book)
    except PolicyGap:
        return paid_on.year
    return paid_on.year + 1 if paid_on in upcoming.window else paid_on.year
