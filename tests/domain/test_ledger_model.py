"""The ledger, the clock and the jobs against a model that knows nothing of databases.

Each rule does the same to both and compares what comes back; after every step all balances, the clock and the open jobs
agree; at the end of every run both auditors recompute the books.
"""

import os
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

import oracle
from ground import ANNA, BORIS, CLARA, NOON, give, grant, opened, spend, url_of
from yibaobox.domain import clock, jobs, ledger
from yibaobox.domain.errors import AlreadyReversed, InsufficientBalance, NotFound
from yibaobox.sandbox.audit import audit

PEOPLE = (ANNA, BORIS, CLARA)
SECOND = 1_000_000
RUNS = {"memory": 60, "postgresql": 12}
STEPS = 30
LONG = int(os.environ.get("YIBAOBOX_TEST_RUNS", "20"))

people = st.sampled_from(PEOPLE)
amounts = st.sampled_from((1, 2, 49, 50, 51, 99, 100, 101, 5000, 10_000))
waits = st.integers(0, 7200)


def paid(tx, payload):
    if payload["fails"]:
        raise RuntimeError("the job fails")
    grant(tx, payload["psn_no"], payload["fen"])


class Books(RuleBasedStateMachine):
    """`world` is set by the test that runs the machine."""

    world = None

    @initialize()
    def empty(self):
        self.worlds.purge(self.world.name)
        with self.world.write() as tx:
            clock.put(tx, "frozen", NOON)
        self.balances = dict.fromkeys(PEOPLE, 0)
        self.moves = {}
        self.reversed = set()
        self.now = NOON
        self.waiting = []
        self.last = 0

    def noted(self, number, effect):
        assert number > self.last, "transaction numbers rise"
        self.last = number
        self.moves[number] = effect
        for psn_no, fen in effect.items():
            self.balances[psn_no] += fen

    def attempt(self, effect, work):
        allowed = all(self.balances[psn_no] + fen >= 0 for psn_no, fen in effect.items())
        try:
            with self.world.write() as tx:
                number = work(tx)
        except InsufficientBalance:
            assert not allowed
        else:
            assert allowed
            self.noted(number, effect)

    @rule(psn_no=people, fen=amounts)
    def top_up(self, psn_no, fen):
        self.attempt({psn_no: fen}, lambda tx: grant(tx, psn_no, fen))

    @rule(psn_no=people, fen=amounts)
    def spend(self, psn_no, fen):
        self.attempt({psn_no: -fen}, lambda tx: spend(tx, psn_no, fen))

    @rule(pair=st.permutations(PEOPLE), fen=amounts)
    def give(self, pair, fen):
        giver, patient = pair[:2]
        self.attempt({giver: -fen, patient: fen}, lambda tx: give(tx, giver, patient, fen))

    @rule(data=st.data())
    def reverse(self, data):
        number = data.draw(st.sampled_from((*sorted(self.moves)[-6:], 10**9)))
        effect = {psn_no: -fen for psn_no, fen in self.moves.get(number, {}).items()}
        known, fresh = number in self.moves, number not in self.reversed
        allowed = all(self.balances[psn_no] + fen >= 0 for psn_no, fen in effect.items())
        try:
            with self.world.write() as tx:
                made = ledger.reverse(tx, number)
        except NotFound:
            assert not known
        except AlreadyReversed:
            assert not fresh
        except InsufficientBalance:
            assert fresh
            assert not allowed
        else:
            assert known
            assert fresh
            assert allowed
            self.noted(made, effect)
            self.reversed |= {number, made}

    @rule(psn_no=people, fen=amounts)
    def broken_off(self, psn_no, fen):
        """A transaction that ends in an exception leaves nothing."""
        with pytest.raises(ZeroDivisionError), self.world.write() as tx:
            grant(tx, psn_no, fen)
            raise ZeroDivisionError

    @rule(psn_no=people, fen=amounts, seconds=waits, fails=st.booleans())
    def enqueue(self, psn_no, fen, seconds, fails):
        due = self.now + seconds * SECOND
        with self.world.write() as tx:
            job = jobs.enqueue(tx, "paid", {"psn_no": psn_no, "fen": fen, "fails": fails}, due_us=due)
        self.waiting.append([due, job, psn_no, fen, fails, 0])

    @rule(seconds=waits)
    def advance(self, seconds):
        self.check_fired(self.worlds.advance(self.world.name, f"PT{seconds}S")[1], self.now + seconds * SECOND)

    @rule()
    def run_due(self):
        self.check_fired(self.worlds.run_due(self.world.name), self.now)

    def check_fired(self, fired, until):
        expected = []
        while due := [job for job in self.waiting if job[0] <= until]:
            job = min(due)
            self.now = max(self.now, job[0])
            job[5] += 1
            ends = not job[4] or job[5] == jobs.ATTEMPTS_MAX
            expected.append((job[1], "done" if not job[4] else "failed" if ends else "postponed"))
            if ends:
                self.waiting.remove(job)
            else:
                job[0] = self.now + 60 * SECOND * 2 ** (job[5] - 1)
            if not job[4]:
                self.balances[job[2]] += job[3]
        self.now = until
        assert [(each.job_id, each.outcome) for each in fired] == expected
        with self.world.read() as tx:
            self.last = max(self.last, tx.one("SELECT coalesce(max(txn_id), 0) FROM postings")[0])

    @rule(hours=st.integers(-48, 48))
    def set_clock(self, hours):
        self.now = clock.to_us(clock.from_us(self.now) + timedelta(hours=hours))
        with self.world.write() as tx:
            clock.put(tx, "frozen", self.now)

    @invariant()
    def agrees(self):
        with self.world.read() as tx:
            held = {psn_no: ledger.balance(tx, psn_no) for psn_no in PEOPLE}
            waiting = tx.query("SELECT due_us, job_id FROM jobs WHERE state = 'pending' ORDER BY 1, 2")
            assert held == self.balances
            assert tx.now_us == self.now
            assert waiting == sorted((job[0], job[1]) for job in self.waiting)

    def teardown(self):
        with self.world.read() as tx:
            assert audit(tx)["violations"] == []
            assert oracle.violations(tx) == []


def machine(kind, request, tmp_path, runs, steps):
    url = url_of(kind, tmp_path / "worlds", lambda: request.getfixturevalue("postgres_url"))
    with opened(url, {"paid": paid}) as worlds:
        Books.worlds, Books.world = worlds, worlds.create()
        rules = settings(
            max_examples=runs,
            stateful_step_count=steps,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(Books, settings=rules)


@pytest.mark.parametrize("kind", RUNS)
def test_ledger_clock_and_jobs_do_as_the_model_does(kind, request, tmp_path):
    machine(kind, request, tmp_path, RUNS[kind], STEPS)


@pytest.mark.long
@pytest.mark.parametrize("kind", RUNS)
def test_they_do_so_in_long_runs(kind, request, tmp_path):
    machine(kind, request, tmp_path, RUNS[kind] * LONG, 60)
