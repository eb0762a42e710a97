"""Millions of claims at once: to the fen what one after the other comes to, whatever the figures."""

from collections import defaultdict
from dataclasses import fields

import numpy as np
import pytest

from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.money import PPM
from yibaobox.domain.policy import Accounts, Accumulators, Claim, Line, Standing, batch, columns, settle
from yibaobox.domain.policy.claim import ROLES
from yibaobox.domain.policy.terms import Aid, Terms

SOMEBODY = Standing("normal", "L1")
OUTPATIENT = ("op.deductible", "op.fund", "major.base", "major.paid", "op.count", "aid.threshold", "aid.paid")
INPATIENT = ("ip.deductible", "ip.fund", "major.base", "major.paid", "ip.count", "aid.threshold", "aid.paid")
SHARED = ("op.deductible", "ip.fund", "major.base", "major.paid", "ip.count", "aid.threshold", "aid.paid")
BUCKETS = (OUTPATIENT, INPATIENT, SHARED)
AMOUNTS = [field.name for field in fields(batch.Splits)][:-1]
EDGES = (0, 1, 2, 5, 99, 100, 15_000, 20_000, 33_333, 86_545, 100_000, 300_000, 1_000_000, 20_000_000)


class Fixed:
    """A policy whose terms are known."""

    def __init__(self, terms):
        self.fixed = terms

    def terms(self, standing):
        return self.fixed


def near(draw, *edges):
    """An amount close to an edge, more often than not."""
    edge = int(draw.choice(edges or EDGES))
    return max(0, edge + int(draw.integers(-2, 3)))


def limit(draw, *edges):
    return None if draw.random() < 0.3 else near(draw, *edges)


def share(draw):
    return int(draw.choice((0, 100_000, 333_333, 500_000, 550_000, 650_000, 999_999, PPM, int(draw.integers(0, PPM)))))


def random_terms(draw):
    bands, over = [], 0
    for _ in range(int(draw.choice((0, 0, 1, 3)))):
        bands.append((over, over + 50_000 + near(draw), share(draw)))
        over = bands[-1][1]
    if bands:
        bands[-1] = (bands[-1][0], None, bands[-1][2])
    per_admission = bool(draw.random() < 0.4)
    aid = Aid(near(draw, 0, 10_000), share(draw), limit(draw, 0, 50_000)) if draw.random() < 0.3 else None
    return Terms(
        deductible_fen=tuple(near(draw) for _ in range(int(draw.integers(1, 4)) if per_admission else 1)),
        per_admission=per_admission,
        ratio_ppm=share(draw),
        factor_ppm=PPM if draw.random() < 0.6 else share(draw),
        away_first_pay_ppm=0 if draw.random() < 0.6 else share(draw),
        cap_fen=limit(draw, 0, 100_000, 150_000, 1_000_000),
        bands=tuple(bands),
        major_cap_fen=limit(draw, 0, 200_000),
        class_b_first_pay_ppm=share(draw),
        account_pays=str(draw.choice(("in_policy", "personal_all"))),
        aid=aid,
        citations={},
    )


def random_line(draw, size):
    amount = near(draw, *EDGES, size, int(draw.integers(0, 500_000)))
    first_pay = None if draw.random() < 0.6 else share(draw)
    ceiling = None if draw.random() < 0.6 else near(draw, amount, amount // 2, 0)
    return Line(amount, str(draw.choice(list("AAABC"))), first_pay, ceiling, account_ok=draw.random() < 0.8)


def columns_of(bills):
    lines = [line for bill in bills for line in bill]
    starts = np.cumsum([0, *(len(bill) for bill in bills)])
    column = lambda values: np.array(values, dtype=np.int64)  # noqa: E731 - one short conversion
    return batch.Lines(
        starts=column(starts),
        amount_fen=column([line.amount_fen for line in lines]),
        grade=column([columns.GRADES.index(line.grade) for line in lines]),
        first_pay_ppm=column([-1 if line.first_pay_ppm is None else line.first_pay_ppm for line in lines]),
        ceiling_fen=column([-1 if line.ceiling_fen is None else line.ceiling_fen for line in lines]),
        barred=column([not line.account_ok for line in lines]),
    )


def one_by_one(entries, case):
    """What `settle` comes to, claim after claim, and the books afterwards."""
    books, found = defaultdict(int), []
    for rule, bill, own, family, book in zip(*case, strict=True):
        terms, names = entries[rule]
        used = Accumulators(*(books[book, name] for name in names))
        done = settle(Fixed(terms), Claim(tuple(bill), SOMEBODY), used, Accounts(own, (("r", family),)))
        for role, name in enumerate(names):
            books[book, name] += done.delta.figures[role]
        found.append([getattr(done, name) for name in AMOUNTS])
    return found, books


def random_case(draw, claims, rules, books):
    bills = []
    for _ in range(claims):
        size = int(draw.choice((1, 20_000, 3_000_000)))
        bills.append([random_line(draw, size) for _ in range(int(draw.choice((1, 1, 1, 2, 4, 0))))])
    own = [near(draw) for _ in range(claims)]
    family = [near(draw) for _ in range(claims)]
    rule, book = draw.integers(0, rules, claims).tolist(), draw.integers(0, books, claims).tolist()
    return rule, bills, own, family, book


def differences(claims, seed, *, rules=200):
    """Claims for which the two engines do not agree, and buckets that end up otherwise."""
    draw = np.random.default_rng(seed)
    entries = [(random_terms(draw), BUCKETS[int(draw.integers(0, 3))]) for _ in range(rules)]
    books = max(1, claims // 6)
    case = random_case(draw, claims, rules, books)
    rule, bills, own, family, book = case
    table = batch.Rules(entries)
    accounts = [np.array(column, dtype=np.int64) for column in (own, family)]
    asked = batch.Claims(np.array(rule, dtype=np.int64), columns_of(bills), *accounts)
    empty = np.zeros((books, len(table.buckets)), dtype=np.int64)
    done = batch.settle_batch(table, asked, empty, np.array(book, dtype=np.int64))
    ours = np.stack([getattr(done, name) for name in AMOUNTS], axis=1).tolist()
    theirs, kept = one_by_one(entries, case)
    wrong = [(i, mine, other) for i, (mine, other) in enumerate(zip(ours, theirs, strict=True)) if mine != other]
    places = {name: place for place, name in enumerate(table.buckets)}
    return wrong + [key for key, figure in kept.items() if done.books[key[0], places[key[1]]] != figure]


def test_columns_come_to_the_fen_to_what_single_claims_come_to():
    assert differences(10_000, seed=1) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 22))
def test_columns_come_to_the_same_on_a_million_claims(seed):
    assert differences(50_000, seed) == []


def simple(count=3, **changed):
    terms = Terms((20_000,), False, 500_000, PPM, 0, 100_000, (), None, 100_000, "in_policy", None, {})
    whole = lambda *values: np.array(values, dtype=np.int64)  # noqa: E731 - one short conversion
    lines = {"starts": np.arange(count + 1, dtype=np.int64), "amount_fen": whole(*[86_545] * count)}
    lines |= {"grade": whole(*[0] * count)}
    claims = {"rule": whole(*[0] * count)}
    given = lambda known: {**known, **{key: value for key, value in changed.items() if key in known}}  # noqa: E731
    lines = {**given(lines), **{k: v for k, v in changed.items() if k in {"first_pay_ppm", "ceiling_fen", "barred"}}}
    accounts = {k: v for k, v in changed.items() if k in {"own_fen", "family_fen"}}
    table = batch.Rules([(terms, OUTPATIENT)])
    return table, batch.Claims(**given(claims), lines=batch.Lines(**lines), **accounts)


def whole(*values):
    return np.array(values, dtype=np.int64)


def test_without_books_nothing_was_used_up_before():
    done = batch.settle_batch(*simple())

    assert (done.pool_fen.tolist(), done.cash_fen.tolist()) == ([33_273] * 3, [53_272] * 3)


def test_claims_of_one_book_are_settled_in_their_order():
    table, claims = simple()
    done = batch.settle_batch(table, claims, np.zeros((2, len(table.buckets)), np.int64), whole(1, 0, 1))

    assert done.pool_fen.tolist() == [33_273, 33_273, 43_273]
    assert done.books[:, table.buckets.index("op.fund")].tolist() == [33_273, 76_546]


def test_each_claim_may_bring_its_own_accumulators_and_they_stay_as_they_were():
    table, claims = simple(count=2)
    used = np.stack([table.book(Accumulators(), 0), table.book(Accumulators(20_000, 99_000), 0)])
    before = used.copy()

    assert batch.settle_batch(table, claims, used).pool_fen.tolist() == [33_273, 1_000]
    assert (used == before).all()


def test_no_claims_are_no_error():
    table, claims = simple(count=0)

    assert len(batch.settle_batch(table, claims).cash_fen) == 0
    empty = np.zeros((1, len(table.buckets)), np.int64)
    assert len(batch.settle_batch(table, claims, empty, whole()).cash_fen) == 0


def test_factor_is_exact_where_the_product_leaves_sixty_four_bits():
    terms = Terms((0,), False, 775_001, 850_003, 0, None, (), None, 0, "in_policy", None, {})
    claims = batch.Claims(whole(0), batch.Lines(whole(0, 1), whole(columns.AMOUNT_MAX - 7), whole(0)))
    done = batch.settle_batch(batch.Rules([(terms, OUTPATIENT)]), claims)
    alone = settle(Fixed(terms), Claim((Line(columns.AMOUNT_MAX - 7, "A"),), SOMEBODY), Accumulators(), Accounts())

    assert done.pool_fen.tolist() == [alone.pool_fen]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"amount_fen": whole(1, -5, 1)}, "-5"),
        ({"amount_fen": whole(1, columns.AMOUNT_MAX + 1, 1)}, str(columns.AMOUNT_MAX + 1)),
        ({"amount_fen": np.array([1.0, 2.0, 3.0])}, "int64"),
        ({"grade": whole(0, 3, 0)}, "grade"),
        ({"rule": whole(0, 1, 0)}, "rule"),
        ({"rule": whole(0, 0)}, "不一致|不对应"),
        ({"starts": whole(0, 1, 2)}, "不对应"),
        ({"starts": whole(0, 2, 1, 3)}, "不对应"),
        ({"first_pay_ppm": whole(0, PPM + 1, 0)}, "first_pay_ppm"),
        ({"ceiling_fen": whole(0, 0)}, "不一致"),
        ({"barred": whole(0, 0, 2)}, "barred"),
        ({"own_fen": whole(0, -1, 0)}, "own_fen"),
    ],
)
def test_impossible_columns_are_refused_naming_column_and_value(changed, said):
    with pytest.raises(InvalidInput, match=said):
        batch.settle_batch(*simple(**changed))


def test_impossible_books_are_refused():
    table, claims = simple()
    for books, book in (
        (np.zeros((3, 2), np.int64), None),
        (np.zeros((2, len(table.buckets)), np.int64), None),
        (np.full((3, len(table.buckets)), -1), None),
        (np.zeros((1, len(table.buckets)), np.int64), whole(0, 1, 0)),
        (None, whole(0, 0, 0)),
    ):
        with pytest.raises(InvalidInput):
            batch.settle_batch(table, claims, books, book)
    with pytest.raises(InvalidInput):
        batch.Rules([])


def test_roles_and_buckets_stand_in_one_order():
    assert len(ROLES) == len(OUTPATIENT) == len(Accumulators().figures)
