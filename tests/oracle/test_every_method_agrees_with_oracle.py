"""The engine, from policy documents to the last fen, against a second opinion that reads the same documents."""

import ast
import importlib.util
import random
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from yibaobox.domain.errors import NotEligible, PolicyGap
from yibaobox.domain.policy import (
    Accounts,
    Accumulators,
    Away,
    Charge,
    Claim,
    Line,
    Place,
    Policy,
    Standing,
    Stay,
    parts,
    settle,
    settle_stay,
)
from yibaobox.domain.policy.load import build_table, checked
from yibaobox.domain.policy.resolve import Book

ROLES = ("deductible", "fund", "base", "major", "admissions", "threshold", "aid")
DAYS = [date(2024, 6, 30), date(2024, 7, 1), date(2024, 12, 31), date(2025, 1, 1), date(2025, 5, 31), date(2025, 6, 1)]
VISITS_OF_A_WORLD = 500
PAID = ("eligible", "deductible", "pool", "major", "aid", "own", "cash")
KINDS = ("settled", "gap", "refused", "away", "at home", "pool", "major", "aid", "own", "family")


def module(name):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


opinion, worlds = module("settlement_oracle"), module("worlds_of_rules")


def yuan(fen):
    return None if fen is None else Fraction(fen, 100)


def fen(amount):
    whole = amount * 100
    assert whole.denominator == 1, "the oracle has whole fen"
    return int(whole)


def standing_of(who):
    away = Away(who["status"], who["waiver"], who["place"]) if "status" in who else None
    disease, chronic = who.get("disease"), who.get("chronic", ())
    return Standing(who["population"], who["level"], disease=disease, away=away, chronic=chronic, aided=who["aided"])


def lines_of(items):
    return tuple(Line(*item, account_ok=account_ok) for *item, account_ok in items)


def told(items):
    share = lambda ppm: None if ppm is None else Fraction(ppm, 1_000_000)  # noqa: E731 - one short conversion
    return [(yuan(amount), grade, share(ppm), yuan(ceiling), ok) for amount, grade, ppm, ceiling, ok in items]


def random_used(draw):
    used = {role: worlds.some_fen(draw) if draw.random() < 0.6 else 0 for role in ROLES}
    return used | {"admissions": draw.choice((0, 0, 1, 2, 5))}


def in_yuan(used):
    return {role: figure if role == "admissions" else yuan(figure) for role, figure in used.items()}


def their_visit(documents, where, setting, who, visit):
    """What the oracle says, in fen, or the figures that it misses."""
    day, items, used, accounts = visit
    try:
        rules = opinion.Rules(documents, *where, day)
        found = opinion.settle(rules, setting, who, told(items), in_yuan(used), [yuan(sum_) for sum_ in accounts])
    except opinion.Gap as gap:
        return sorted(set(gap.args[0]))
    except opinion.Refused:
        return "refused"
    after = [found["after"][role] if role == "admissions" else fen(found["after"][role]) for role in ROLES]
    return [fen(found[name]) for name in PAID], [fen(part) for part in found["family"]], after


def our_visit(policy, who, visit):
    _, items, used, accounts = visit
    before = Accumulators(*(used[role] for role in ROLES))
    givers = tuple((str(place), balance) for place, balance in enumerate(accounts[1:]))
    try:
        done = settle(policy, Claim(lines_of(items), standing_of(who)), before, Accounts(accounts[0], givers))
    except PolicyGap as gap:
        return sorted(set(gap.detail["missing"]))
    except NotEligible:
        return "refused"
    family = [dict(done.family).get(giver, 0) for giver, _ in givers]
    paid = [done.eligible_fen, done.deductible_fen, done.pool_fen, done.major_fen, done.aid_fen]
    return [*paid, done.own_fen, done.cash_fen], family, list((before + done.delta).figures)


def book_of(documents):
    named = ((document, "{region}/{scheme}.{benefit}.yaml".format(**document)) for document in documents)
    return Book([build_table(document, name) for document, name in named])


def disagreements(count, seed):
    draw, found, kinds = random.Random(seed), [], Counter()
    for begin in range(0, count, VISITS_OF_A_WORLD):
        documents = worlds.random_documents(draw)
        book, policies = book_of(documents), {}
        for _ in range(min(VISITS_OF_A_WORLD, count - begin)):
            where = (draw.choice(worlds.REGIONS[:3]), draw.choice(("resident", "resident_student")))
            (setting, who), day = worlds.random_visit(draw), draw.choice(DAYS)
            accounts = [worlds.some_fen(draw) for _ in range(draw.choice((1, 1, 2, 4)))]
            visit = (day, worlds.random_items(draw), random_used(draw), accounts)
            asked = (where, setting, day)
            policy = policies.get(asked) or policies.setdefault(
                asked, Policy(Place(*where, "strict"), setting, day, book=book)
            )
            ours, theirs = our_visit(policy, who, visit), their_visit(documents, where, setting, who, visit)
            kinds.update(kinds_of(who, theirs))
            if ours != theirs:
                found.append((documents, where, setting, who, visit, ours, theirs))
    assert min(kinds[kind] for kind in KINDS) > count // 500, kinds
    assert kinds["settled"] > count // 3, kinds
    return found


def kinds_of(who, answer):
    """What a visit is an example of, so that none of it is missing from a run."""
    if not isinstance(answer, tuple):
        return ["refused" if answer == "refused" else "gap"]
    paid = dict(zip(PAID, answer[0], strict=True))
    kinds = ["settled", "away" if "status" in who else "at home"]
    return kinds + [name for name in ("pool", "major", "aid", "own") if paid[name]] + ["family"] * any(answer[1])


def stays_that_disagree(count, seed):
    draw, found, divided = random.Random(seed), [], 0
    for _ in range(count):
        documents = worlds.random_documents(draw)
        where, book = ("510400", "resident"), book_of(documents)
        begin = date(2024, 8, 20) + timedelta(days=draw.randrange(150))
        end = begin + timedelta(days=draw.choice((0, 1, 20, 40, 400)))
        days = [begin + timedelta(days=draw.randint(0, (end - begin).days)) for _ in range(4)]
        charges = tuple(Charge(day, Line(worlds.some_fen(draw), "A")) for day in sorted(days))
        ours = parts(Place(*where, "strict"), "inpatient", Stay(begin, end, charges), book=book)
        theirs = opinion.parts_of_stay(documents, where, begin, end, charges)
        divided += len(theirs) > 1
        told = [(year, day, tuple(charge.line for charge in some)) for year, day, some in theirs]
        if [(part.year, part.policy.on, part.lines) for part in ours] != told:
            found.append((documents, begin, end, charges))
    assert divided > 0, "some stays are divided"
    return found


def test_engine_and_oracle_agree_on_every_method():
    assert disagreements(5_000, seed=7)[:1] == []


def test_random_documents_are_what_the_schema_allows():
    documents = worlds.random_documents(random.Random(11))

    assert len(documents) > 15
    for document in documents:
        checked(document, "{region}/{scheme}.{benefit}.yaml".format(**document))


def test_engine_and_oracle_divide_stays_alike():
    assert stays_that_disagree(60, seed=8)[:1] == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 120))
def test_engine_and_oracle_agree_on_a_million_visits(seed):
    assert disagreements(50_000, seed)[:1] == []


@pytest.mark.long
def test_engine_and_oracle_divide_thousands_of_stays_alike():
    assert stays_that_disagree(2_000, seed=9)[:1] == []


def test_accounts_are_carried_through_the_parts_of_a_stay():
    draw = random.Random(3)
    documents = next(found for found in iter(lambda: worlds.random_documents(draw), None) if settles(found))
    begin, end = date(2024, 12, 30), date(2025, 1, 2)
    stay = Stay(begin, end, (Charge(begin, Line(500_000, "A")), Charge(end, Line(700_000, "A"))))
    divided = parts(Place("510400", "resident", "strict"), "inpatient", stay, book=book_of(documents))
    splits = [
        one.split for one in settle_stay(divided, Standing("normal", "L3"), {}, Accounts(100_000, (("r", 100_000),)))
    ]

    assert sum(one.total_fen for one in splits) == 1_200_000
    assert sum(one.own_fen for one in splits) <= 100_000
    assert sum(one.family_fen for one in splits) <= 100_000


def settles(documents):
    """Whether a level-3 stay of that new year can be settled by these documents."""
    who = {"population": "normal", "level": "L3"}
    days = (date(2024, 12, 31), date(2025, 1, 2))
    used = dict.fromkeys(ROLES, 0)
    visits = [(day, [(1_000, "A", None, None, True)], used, [0]) for day in days]
    return all(
        isinstance(their_visit(documents, ("510400", "resident"), "inpatient", who, visit), tuple) for visit in visits
    )


def test_oracle_imports_nothing_of_the_product():
    for name in ("settlement_oracle", "worlds_of_rules"):
        tree = ast.parse(Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8"))
        imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert imported <= {"datetime", "fractions", "math"}
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
