"""Policy cases about years: premiums paid in order, and benefit periods."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

from yibaobox.domain.errors import InvalidInput, PolicyGap
from yibaobox.domain.money import format_yuan
from yibaobox.domain.policy import explain_years, freshman
from yibaobox.domain.policy.case_input import day, fen, only, rows, text, whole
from yibaobox.domain.policy.case_input import year as year_of
from yibaobox.domain.policy.premium import Ask, Quote, offer, quote
from yibaobox.domain.policy.resolve import Book, Place
from yibaobox.domain.policy.standing import (
    Payment,
    Period,
    active_from,
    basis,
    benefit_period,
    suspend_window,
)

Trace = list[dict[str, Any]]  # what is said of each item, in order
_PREMIUM: Final = frozenset({"benefit_year", "paid_on", "tier", "tier_total", "already_paid", "giver_balance"})
_STANDING: Final = frozenset({"capacity", "benefit_year", "paid_on", "gap_years", "repaired_years"})
_POPULATION: Final = {
    "freshman": "freshman",
    "student": "student",
    "child": "child",
    "newborn": "child",
    "assisted": "low_income",
    "employee": "active",
    "flexible": "active",
    "retiree": "retired",
}
_WIRE: Final[Mapping[str, str]] = {"ratio": "ratio_pct"}  # how a case names a parameter of the tables


def premiums(case: Mapping[str, Any], place: Place, book: Book, trace: Trace) -> Any:
    """Kind premium: items are independent, but those paid from a giver's account carry on what was paid."""
    population = text(case, "population", "normal")
    paid: dict[int, int] = {}
    items = rows(case.get("input"), "input")
    asked = [partial(_premium, item, (place, population), paid, book, trace) for item in items]
    return listed([or_gap(compute, place, trace) for compute in asked], case)


def or_gap(compute: Callable[[], dict[str, Any]], place: Place, trace: Trace) -> dict[str, Any]:
    """A result, or the gap in its place: one item that cannot be computed does not hide the others."""
    try:
        return compute()
    except PolicyGap as refusal:
        trace.append(explain_years.gap(place, refusal))
        return gap_result(refusal)


def listed(results: list[dict[str, Any]], case: Mapping[str, Any]) -> Any:
    """The results; only the gap where the case expects a single answer and one item has none."""
    gaps = [result for result in results if result.get("code") == PolicyGap.code]
    return gaps[0] if gaps and isinstance(case.get("expect"), Mapping) else results


def _premium(item: Any, who: tuple[Place, str], paid: dict[int, int], book: Book, trace: Trace) -> dict[str, Any]:
    """One premium: quoted, or paid in cash, or paid from an account."""
    item = only(item, _PREMIUM, "input")
    place, population = who
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
        done = _from_account(answer, fen(item["giver_balance"]), year, paid)
    else:
        code = "PAID" if answer.code == "DUE" and paid_on is not None else answer.code
        done = _priced(code, answer, answer.due_fen if code == "PAID" else 0)
    trace.append(explain_years.quoted(place, year, answer, done["code"], ask.day))
    return done


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


def standings(case: Mapping[str, Any], place: Place, book: Book, trace: Trace) -> Any:
    """Kind standing: the days asked for in `entitled_on` are the keys that the case expects."""
    asked, expect = rows(case.get("input"), "input"), case.get("expect")
    shapes = expect if isinstance(expect, list) and len(expect) == len(asked) else [{}] * len(asked)
    population = text(case, "population", "normal")
    pairs = zip(asked, shapes, strict=True)
    computes = [partial(_standing, item, (place, population), book, shape, trace) for item, shape in pairs]
    return listed([or_gap(compute, place, trace) for compute in computes], case)


def _standing(item: Any, who: tuple[Place, str], book: Book, shape: Any, trace: Trace) -> dict[str, Any]:
    """One payment's benefit period."""
    item = only(item, _STANDING, "input")
    place, population = who
    capacity = text(item, "capacity", "")
    if capacity == "flexible" and place.scheme == "employee":
        place = place._replace(scheme="flexible")
    population = _POPULATION.get(capacity, population)
    gaps, repaired = (whole(item.get(name, 0), name) for name in ("gap_years", "repaired_years"))
    payment = Payment(day(item.get("paid_on")), gaps, repaired, capacity, population)
    shape = shape if isinstance(shape, Mapping) else {}
    asked = shape.get("entitled_on", {})
    if not isinstance(asked, Mapping):
        raise InvalidInput("entitled_on应为对象", field="entitled_on")
    asked_days = [str(one) for one in asked]
    if basis(place.scheme) == "while_active":
        period = active_from(place, payment, book=book)
        trace.append(explain_years.entitled(place, None, period, payment))
        return _while_active(period, asked_days)
    written = item.get("benefit_year")
    year = _year_of(place, payment, book) if written is None else year_of(written)
    period = benefit_period(place, year, payment, book=book)
    trace.append(explain_years.entitled(place, year, period, payment))
    return _paid_period(period, (place, year), payment, book, asked_days)


def _while_active(period: Period, asked_days: Sequence[str]) -> dict[str, Any]:
    """Employees are entitled from the payment on, flexible ones after the region's waiting months; no end is known."""
    on = {asked: day(asked) in period for asked in asked_days}
    return {
        "entitled_from": period.entitled_from.isoformat(),
        "waiting_months": period.waiting_months,
        "entitled_on": on,
    }


def _paid_period(
    period: Period, which: tuple[Place, int], payment: Payment, book: Book, asked_days: Sequence[str]
) -> dict[str, Any]:
    """A resident's year: its days, what was due for it on the day of payment, when graduates may suspend."""
    place, year = which
    result: dict[str, Any] = {
        "entitled_from": period.entitled_from.isoformat(),
        "entitled_until": period.entitled_until.isoformat(),
        "waiting_months": period.waiting_months,
        "entitled_on": {asked: day(asked) in period for asked in asked_days},
    }
    months = suspend_window(place, year, book=book)
    if months is not None:
        result["suspend_window"] = [months.first.isoformat(), months.last.isoformat()]
    with suppress(PolicyGap):  # a premium that no source states does not hide the days of the period
        owed = quote(place, year, Ask(payment.paid_on), population=payment.population, book=book)
        result["due"] = format_yuan(owed.due_fen)
    return result


def _year_of(place: Place, payment: Payment, book: Book) -> int:
    """The benefit year that a payment is for when the case does not say: next year inside its window, else this one."""
    year = payment.paid_on.year
    if payment.is_freshman and freshman.opens_account(place, payment.paid_on, book=book):
        return year
    try:
        upcoming = offer(place, year + 1, payment.population, book=book)
    except PolicyGap:
        return year
    return year + 1 if payment.paid_on in upcoming.window else year


def gap_result(refusal: PolicyGap) -> dict[str, Any]:
    """A gap as a result, the parameters named as a case names them."""
    missing = refusal.detail.get("missing")
    names = [str(path).rpartition(".")[2] for path in missing] if isinstance(missing, list) else []
    return {"code": refusal.code, "missing": [_WIRE.get(name, name) for name in names]}
