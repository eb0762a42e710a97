"""Compute one policy case in the format of golden cases: what a clerk can check by hand.

`params` replace the region's figures for that case; what is absent comes from the region files on its date. The profile
is strict unless the case says demo. Of `expect` only the keys are read: the result has the same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any, Final

from yibaobox.domain.errors import InvalidInput, PolicyGap
from yibaobox.domain.money import format_yuan
from yibaobox.domain.policy import case_input as read
from yibaobox.domain.policy import explain, explain_years
from yibaobox.domain.policy.case_rules import RULES, rules
from yibaobox.domain.policy.case_years import gap_result, premiums, standings
from yibaobox.domain.policy.claim import Accounts, Accumulators, Line, Reduction, Standing
from yibaobox.domain.policy.resolve import Book, Place, gap, shipped
from yibaobox.domain.policy.season import months_after
from yibaobox.domain.policy.split import Split, split
from yibaobox.domain.policy.stay import left
from yibaobox.domain.policy.terms import Policy

_VISIT: Final = frozenset({"items", "acc", "own", "family"})
_SEQUENCE: Final = frozenset({"visits", "acc", "own", "family"})
_LISTED: Final = frozenset({"level", "setting", "date", "items"})


class _Run:
    """One case being computed; keeps the trace."""

    def __init__(self, case: Mapping[str, Any], book: Book) -> None:
        self.case, self.book = case, book
        self.place: Place = read.place_of(case)
        self.params = read.only(read.given(case, "params"), read.PARAMS, "params")
        self.given = read.figures(self.params)
        self.trace: list[dict[str, Any]] = []
        expect = case.get("expect")
        self.aided = expect is None or _names_aid(expect)  # the format's own results know no medical aid

    def input(self, allowed: frozenset[str]) -> Mapping[str, Any]:
        """The input of a case that has one visit or a list of visits."""
        return read.only(self.case.get("input"), allowed, "input")

    def policy(self, visit: Mapping[str, Any]) -> Policy:
        """The tables for a visit; what it does not say, the case says."""
        setting = read.text(visit, "setting", self.case.get("setting"))
        return Policy(self.place, setting, self.day(visit), book=self.book, given=self.given)

    def day(self, visit: Mapping[str, Any]) -> date:
        """The day of a visit."""
        return read.day(visit.get("date", self.case.get("date")))

    def settle(self, policy: Policy, visit: Mapping[str, Any], used: Accumulators, accounts: Accounts) -> Split:
        """Split one visit and remember how."""
        level = read.text(visit, "level", self.case.get("level", ""))
        level = policy.setting if not level and policy.setting in {"pharmacy", "school_clinic"} else level
        population, reduction = read.text(self.case, "population", "normal"), read.reduction(self.params)
        away = None if reduction is not None else read.away(self.params)
        standing = Standing(population, level, reduction, away=away, aided=population == "low_income" and self.aided)
        done = split(policy, read.bill(visit.get("items")), standing, used, accounts)
        self.trace.append(explain.document(policy, done))
        return done


def _names_aid(expect: Any) -> bool:
    """Whether what a case expects has an amount of medical aid."""
    if isinstance(expect, Mapping):
        return "aid" in expect or any(_names_aid(part) for part in expect.values())
    return isinstance(expect, list) and any(_names_aid(part) for part in expect)


def evaluate(case: Any, *, book: Book | None = None) -> dict[str, Any]:
    """Compute a case: {"id", "result", "trace"}; the result has the type and keys of the case's `expect`."""
    if not isinstance(case, Mapping) or str(case.get("kind")) not in _KINDS:
        raise InvalidInput("未知用例类型", kinds=sorted(_KINDS))
    run = _Run(case, book or shipped())
    expect = case.get("expect")
    try:
        result = _KINDS[str(case["kind"])](run)
    except PolicyGap as refusal:
        run.trace.append(explain_years.gap(run.place, refusal))
        result = gap_result(refusal)
    return {"id": case.get("id"), "result": _shaped(result, expect), "trace": run.trace}


def _settle(run: _Run) -> dict[str, Any]:
    """Kind settle."""
    return _one(run, run.input(_VISIT))[0]


def _one(run: _Run, visit: Mapping[str, Any]) -> tuple[dict[str, Any], Split]:
    """Settle the one visit of a case."""
    used = read.used(read.given(visit, "acc"))
    done = run.settle(run.policy({}), {"items": visit.get("items")}, used, read.accounts(visit))
    return _amounts(done, used + done.delta), done


def _sequence(run: _Run) -> list[dict[str, Any]]:
    """Kind sequence: accumulators and accounts are carried on; a gap changes nothing."""
    given = run.input(_SEQUENCE)
    visits = [read.only(visit, _LISTED, "visits") for visit in read.rows(given.get("visits"), "visits")]
    accounts, books = read.accounts(given), dict[tuple[int, str], int]()
    first = run.policy(visits[0] if visits else {})
    for bucket, figure in read.used(read.given(given, "acc")).by_bucket(first).items():
        books[first.year(first.on), bucket] = figure
    results = []
    for visit in visits:
        policy = run.policy(visit)
        year = policy.year(policy.on)
        used = Accumulators.of(policy, {bucket: figure for (when, bucket), figure in books.items() if when == year})
        named = {key: visit[key] for key in ("level", "setting", "date") if key in visit}
        try:
            done = run.settle(policy, visit, used, accounts)
        except PolicyGap as refusal:
            run.trace.append(explain_years.gap(run.place, refusal))
            results.append({**gap_result(refusal), **named})
            continue
        for bucket, figure in done.delta.by_bucket(policy).items():
            books[year, bucket] = books.get((year, bucket), 0) + figure
        accounts = left(accounts, done)
        results.append({**_amounts(done, used + done.delta), **named})
    return results


def _reverse(run: _Run) -> dict[str, Any]:
    """Kind reverse: settle, then take back exactly what the settlement added."""
    visit = run.input(_VISIT)
    settled, done = _one(run, visit)
    used = read.used(read.given(visit, "acc"))
    after = (used + done.delta) + -done.delta
    own = read.accounts(visit).own_fen - done.own_fen + done.own_fen
    return {"settled": settled, "after": {"acc": _accumulated(after), "own_balance": format_yuan(own)}}


def _reimburse(run: _Run) -> dict[str, Any]:
    """Kind reimburse: a visit paid in cash, claimed within the region's months, the last day included."""
    visit = run.input(_VISIT | {"claimed_on"})
    on = run.day({})
    months = run.params.get("claim_months")
    if months is None:
        months = run.book.find(run.place, "claim", "claim_months", on).value
    claimed = read.day(visit.get("claimed_on"))
    if claimed < on:
        raise InvalidInput("申请报销的日期不能早于就诊日期", field="claimed_on")
    if claimed > months_after(on, read.whole(months, "claim_months")):
        return {"code": "DEADLINE_PASSED"}
    return _one(run, visit)[0]


def _out_of_area(run: _Run) -> dict[str, Any]:
    """Kind out_of_area: what the pool pays of an eligible amount under each technique."""
    given = run.input(frozenset({"eligible", "reduction"}))
    points = _reduced_by(run, given.get("reduction"))
    results: dict[str, Any] = {}
    policy = run.policy({})
    for mode in read.MODES:
        standing = Standing(
            read.text(run.case, "population", "normal"), read.text(run.case, "level", ""), Reduction(mode, points)
        )
        line = Line(read.fen(given.get("eligible")), "A")
        done = split(policy, (line,), standing, Accumulators(), Accounts())
        run.trace.append(explain.document(policy, done))
        results[mode] = format_yuan(done.pool_fen)
    return results


def _reduced_by(run: _Run, written: Any) -> int:
    """The reduction in ppm: nothing where it is waived, as the case writes it, or else by the region's table."""
    if read.waived(run.params):
        return 0
    points = read.reduced_by(run.params) if written is None else read.percent(written)
    if points is None:
        filed = read.away(run.params)
        status = {"status": filed.status} if filed is not None and filed.status else {}
        points = run.book.find(run.place, "out_of_area", "points", run.day({}), status).value
        if isinstance(points, dict):  # the table asks how the treatment was filed, and the case does not say
            raise gap(run.place, run.day({}), ("out_of_area.points",))
    return points


def _amounts(done: Split, after: Accumulators) -> dict[str, Any]:
    """A split as a case writes it: yuan with two decimals."""
    figures = {
        "total": done.total_fen,
        "out_of_catalogue": done.out_of_catalogue_fen,
        "over_limit": done.over_limit_fen,
        "first_pay": done.first_pay_fen,
        "eligible": done.eligible_fen,
        "deductible": done.deductible_fen,
        "pool_base": done.pool_base_fen,
        "pool": done.pool_fen,
        "major": done.major_fen,
        "aid": done.aid_fen,
        "own": done.own_fen,
        "family": done.family_fen,
        "cash": done.cash_fen,
    }
    return {**{name: format_yuan(amount) for name, amount in figures.items()}, "acc_after": _accumulated(after)}


def _accumulated(used: Accumulators) -> dict[str, str | int]:
    """Accumulators as a case writes them."""
    return {
        "ded_used": format_yuan(used.deductible_fen),
        "fund_paid": format_yuan(used.fund_fen),
        "major_base": format_yuan(used.major_base_fen),
        "major_paid": format_yuan(used.major_fen),
        "admissions": used.admissions,
    }


def _shaped(result: Any, expect: Any) -> Any:
    """The result with the keys that the case expects, where it says so and the result has them."""
    if isinstance(expect, Mapping) and isinstance(result, Mapping):
        if "code" in result and "code" not in expect:
            return dict(result)
        return {key: _shaped(result[key], shape) for key, shape in expect.items() if key in result}
    if isinstance(expect, list) and isinstance(result, list) and len(expect) == len(result):
        return [_shaped(part, shape) for part, shape in zip(result, expect, strict=True)]
    return result


def _rule(kind: str, run: _Run) -> Any:
    """One of the kinds about rules beside the money for treatment."""
    return rules(kind, run.case, run.place, run.book, run.trace)


_KINDS: Final[Mapping[str, Callable[[_Run], Any]]] = {
    "settle": _settle,
    "sequence": _sequence,
    "reverse": _reverse,
    "reimburse": _reimburse,
    "premium": lambda run: premiums(run.case, run.place, run.book, run.trace),
    "standing": lambda run: standings(run.case, run.place, run.book, run.trace),
    "out_of_area": _out_of_area,
    **{kind: partial(_rule, kind) for kind in RULES},
}
