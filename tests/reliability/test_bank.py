"""The bank test: money moves between eight holders at once, and every read finds all of it, with nobody below zero."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import oracle
import paying
from ground import again, finished, opened, program, url_of
from paying import transfer
from yibaobox.domain.store import WorldSpec
from yibaobox.sandbox.audit import audit

PAYING = Path(paying.__file__)
HOLDERS = 8
TOTAL = HOLDERS * 10_000


def town(worlds):
    return worlds.create(None, WorldSpec(7, (), population=HOLDERS))


def sums(world):
    with world.read() as tx:
        held = [row[0] for row in tx.query("SELECT balance_fen FROM balances WHERE account = 'ACCT'")]
    return sum(held), min(held), len(held)


def audited(world):
    with world.read() as tx:
        assert audit(tx)["violations"] == []
        assert oracle.violations(tx) == []
        return tx.one("SELECT count(*) FROM messages")[0]


class Overlap:
    """How many were at work at once, at the most."""

    def __init__(self):
        self.lock, self.now, self.most = threading.Lock(), 0, 0

    def __enter__(self):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)

    def __exit__(self, *_):
        with self.lock:
            self.now -= 1


@pytest.mark.parametrize("kind", ["memory", "file", "postgresql"])
def test_threads_that_pay_and_read_at_once_never_see_money_appear_or_vanish(kind, request, tmp_path):
    url = url_of(kind, tmp_path / "worlds", lambda: request.getfixturevalue("postgres_url"))
    with opened(url) as worlds:
        world, overlap, together, made = town(worlds), Overlap(), threading.Barrier(4), []
        with world.read() as tx:
            holders = [row[0] for row in tx.query("SELECT psn_no FROM books ORDER BY psn_no")]

        def payer(seed):
            chance = random.Random(seed)
            together.wait(60)
            for count in range(40):
                with overlap:
                    made.append(transfer(world, holders, chance, f"{seed}-{count}"))

        def reader(_):
            return [again(lambda: sums(world)) for _ in range(40)]

        with ThreadPoolExecutor(6) as pool:
            paying = [pool.submit(payer, seed) for seed in range(4)]
            reads = [seen for each in pool.map(reader, range(2)) for seen in each]
            for each in paying:
                each.result()

        assert {(total, count) for total, _, count in reads} == {(TOTAL, HOLDERS)}
        assert min(least for _, least, _ in reads) >= 0
        assert overlap.most >= 3, "they really overlapped"
        assert audited(world) == made.count(True)


def test_processes_that_pay_at_once_never_make_money_appear_or_vanish(postgres_url):
    with opened(postgres_url) as worlds:
        world = town(worlds)
        payers = [program(PAYING, postgres_url, world.name, seed, 3) for seed in range(3)]
        for payer in payers:
            assert payer.stdout.readline() == "ready\n"
        for payer in payers:
            payer.stdin.write("go\n")
            payer.stdin.flush()
        reads = [sums(world) for _ in range(60)]
        numbers = [set(finished(payer).split()) for payer in payers]

        assert {(total, count) for total, _, count in reads} == {(TOTAL, HOLDERS)}
        assert min(least for _, least, _ in reads) >= 0
        assert all(len(each) > 5 for each in numbers), "every process had its turns"
        assert audited(world) == sum(map(len, numbers))
