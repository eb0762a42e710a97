"""The engine against a second opinion, on cases that crowd around deductibles, caps, rounding ties, empty accounts."""

import ast
import random
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from yibaobox.domain.policy import Accounts, Accumulators, Line, Standing, policy_for, split

LEVELS = ("L1", "L2", "L3", "L3A", "L3B", "community", "pharmacy")
DAYS = (date(2025, 1, 1), date(2025, 11, 20), date(2026, 2, 28))


def near(draw, *edges):
    edge = draw.choice(edges)
    return max(0, edge + draw.choice((-2, -1, 0, 0, 1, 2, 5)))


def random_case(draw):
    person = draw.choice(("active", "retired"))
    deductible, cap = (20000, 100000) if person == "active" else (15000, 150000)
    used = (near(draw, 0, deductible, draw.randrange(deductible)), near(draw, 0, cap, draw.randrange(cap)))
    items = []
    for _ in range(draw.choice((1, 1, 2, 3, 10))):
        amount = near(draw, 0, 1, deductible, 86545, cap * 2, draw.randrange(1, 300_000))
        ceiling = draw.choice((None, None, amount, near(draw, amount), amount // 2))
        items.append((amount, draw.choice("AAABC"), draw.choice((None, None, 0, 33_333, 50_000, 1_000_000)), ceiling))
    own = near(draw, 0, 10_000, draw.randrange(200_000))
    relatives = [near(draw, 0, 100_000, draw.randrange(50_000)) for _ in range(draw.choice((0, 1, 3)))]
    return person, draw.choice(LEVELS), items, used, own, relatives


def opinion(oracle, case):
    person, level, items, used, own, relatives = case
    yuan = lambda fen: None if fen is None else Fraction(fen, 100)  # noqa: E731 - one short conversion
    ratio = lambda ppm: None if ppm is None else Fraction(ppm, 1_000_000)  # noqa: E731 - one short conversion
    told = [(yuan(amount), grade, ratio(share), yuan(ceiling)) for amount, grade, share, ceiling in items]
    found = oracle.settle(person, level, told, tuple(map(yuan, used)), yuan(own), list(map(yuan, relatives)))
    flat = [found["eligible"], found["deductible"], found["fund"], found["own"], *found["relatives"], found["cash"]]
    return [amount * 100 for amount in flat]


def ours(day, case):
    person, level, items, used, own, relatives = case
    bill = tuple(Line(amount, grade, share, ceiling) for amount, grade, share, ceiling in items)
    accounts = Accounts(own, tuple((str(index), balance) for index, balance in enumerate(relatives)))
    policy = policy_for("510400", "employee", "outpatient", day, "strict")
    done = split(policy, bill, Standing(person, level), Accumulators(*used), accounts)
    paid = dict(done.family)
    family = [paid.get(str(index), 0) for index in range(len(relatives))]
    return [done.eligible_fen, done.deductible_fen, done.pool_fen, done.own_fen, *family, done.cash_fen]


def disagreements(oracle, cases, seed):
    draw = random.Random(seed)
    found = []
    for _ in range(cases):
        case, day = random_case(draw), draw.choice(DAYS)
        if ours(day, case) != opinion(oracle, case):
            found.append((day, case))
    return found


def test_engine_and_oracle_agree_to_the_fen(oracle):
    assert disagreements(oracle, 5_000, seed=42) == []


@pytest.mark.long
def test_engine_and_oracle_agree_on_a_million_cases(oracle):
    assert disagreements(oracle, 1_000_000, seed=20251120) == []


def test_oracle_finds_the_worked_case_of_the_sources(oracle):
    case = ("active", "L3", [(86545, "A", None, None)], (0, 0), 10000, [100000])

    assert opinion(oracle, case) == [86545, 20000, 33273, 10000, 43272, 0]


def test_oracle_imports_nothing_of_the_product():
    tree = ast.parse(Path(__file__).with_name("outpatient_oracle.py").read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert imported == {"fractions", "math"}
