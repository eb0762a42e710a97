"""A town at the wire against a model that knows nothing of it: visits, settlements, reversals, repairs, family, time.

Each rule sends a message and holds the answer against the set of answers that the model allows; amounts come from the
oracle, which was written from the policy's text. Reads are rules, too. After each step the money that everybody has is
the model's; at the end of each run the audit and a second auditor recompute the books. What stands below the wire has a
model of its own, tests/domain/test_ledger_model.py.
"""

import importlib.util
import os
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import oracle as second_auditor
from boxes import local, world_violations
from clinic import Clinic
from ground import url_of
from ward import Counter, Ward
from yibaobox.app import Settings, create_app
from yibaobox.cli.stories import reconciliation
from yibaobox.domain import enrolment, family, ledger

SPEC = importlib.util.spec_from_file_location(
    "outpatient_oracle", Path(__file__).parent.parent / "oracle" / "outpatient_oracle.py"
)
policy_text = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(policy_text)

TEN = "2025-11-20T10:00:00+08:00"
RUNS = {"file": 6, "postgresql": 3}
STEPS = 30
LONG = int(os.environ.get("YIBAOBOX_TEST_RUNS", "20"))
PHARMACY = "P51040000001"  # counts as a hospital of level 3
POOL = 20  # msgids that are used again and again
OPENING_FEN = 50_000
PARTS = ("medfee_sumamt", "fund_pay_sumamt", "acct_pay", "acct_mulaid_pay", "psn_cash_pay")

people = st.integers(0, 2)
numbers = st.integers(0, POOL - 1)
amounts = st.sampled_from((1, 100, 19_999, 20_000, 20_001, 86_545, 250_000))
uses = st.sampled_from("0111 2".replace(" ", ""))


@dataclass
class Split:
    """Who pays what of a bill, in fen; givers in the order in which they pay."""

    total: int
    deductible: int
    fund: int
    own: int
    relatives: tuple
    cash: int

    @property
    def told(self):
        account = self.own + sum(fen for _, fen in self.relatives)
        return (self.total, self.fund, account, account - self.own, self.cash)


@dataclass
class Settled:
    """A settlement that was made."""

    visit: object
    split: Split
    setl_id: str
    setlinfo: dict
    msgid: str
    day: date
    reversed: bool = False


@dataclass
class Visit:
    """A visit with one row of fees."""

    who: int
    number: str
    day: date
    total: int
    rows: bool = True
    settled: Settled | None = None


@dataclass
class Kept:
    """A message that the centre keeps: what was sent, and what it answers for ever."""

    body: object
    text: str = ""
    settled: Settled | None = None
    dead: bool = False


@dataclass
class Model:
    """What is so, as far as it was told."""

    own: list = field(default_factory=lambda: [OPENING_FEN] * 3)
    used: dict = field(default_factory=dict)  # (person, year) → [deductible, fund]
    spans: list = field(default_factory=list)  # person → [[from, until or None], …]
    bindings: list = field(default_factory=list)  # (giver, member), the oldest first
    messages: dict = field(default_factory=dict)
    visits: list = field(default_factory=list)
    lines: list = field(default_factory=list)  # (day, setlinfo)
    elsewhere: list = field(default_factory=list)  # sales and stays: (how it is taken back, settled)
    today: date = date(2025, 11, 20)

    def entitled(self, who, day):
        return any(first <= day and (until is None or day < until) for first, until in self.spans[who])

    def givers(self, who):
        return [giver for giver, member in self.bindings if member == who]

    def refusals(self, visit, use):
        """Every reason there is to refuse a settlement; any of them may be the one that is told."""
        found = set()
        if not visit.rows:
            found.add("NOT_FOUND")
        if visit.settled is not None:
            found.add("ALREADY_SETTLED")
        if not self.entitled(visit.who, visit.day):
            found.add("NOT_ELIGIBLE")
        if use == "2" and not self.givers(visit.who):
            found.add("NO_FAMILY_BINDING")
        return found

    def split(self, visit, use):
        used = self.used.get((visit.who, visit.day.year), (0, 0))
        givers = self.givers(visit.who) if use != "0" else []
        own = self.own[visit.who] if use != "0" else 0
        bill = [(yuan(visit.total), "A", None, None)]
        relatives = [yuan(self.own[giver]) for giver in givers]
        told = policy_text.settle("active", "L3", bill, [yuan(fen) for fen in used], yuan(own), relatives)
        paid = tuple((giver, fen_of(part)) for giver, part in zip(givers, told["relatives"], strict=True))
        parts = (fen_of(told[name]) for name in ("deductible", "fund", "own"))
        return Split(visit.total, *parts, paid, fen_of(told["cash"]))

    def shares(self, who, family_fen):
        """Who gives how much of what relatives pay together: the oldest binding first."""
        found = []
        for giver in self.givers(who):
            fen = min(family_fen, self.own[giver])
            family_fen -= fen
            found.append((giver, fen))
        assert family_fen == 0
        return tuple(share for share in found if share[1])

    def move(self, visit, split, sign):
        self.own[visit.who] -= sign * split.own
        for giver, fen in split.relatives:
            self.own[giver] -= sign * fen
        used = self.used.setdefault((visit.who, visit.day.year), [0, 0])
        used[0] += sign * split.deductible
        used[1] += sign * split.fund


def yuan(fen):
    return Fraction(fen, 100)


def fen_of(amount):
    assert (amount * 100).denominator == 1
    return int(amount * 100)


def exact(setlinfo):
    return setlinfo | {name: Decimal(str(setlinfo[name])) for name in PARTS}


def in_fen(value):
    return int(Decimal(str(value)) * 100)


class Town(RuleBasedStateMachine):
    """`url` is set by the test that runs the machine; the application outlives a run, unless a rule restarts it."""

    app = url = None
    made = 0  # settlements, by all runs together

    @initialize()
    def settle_in(self):
        self.box = local(self.app)
        wanted = {"regions": ["510400"], "at": TEN, "population": 0}
        self.box = self.box.elsewhere(self.box.ask("POST", "/worlds", wanted)["name"])
        self.people = [self.box.person(enrolled=True, account_fen=OPENING_FEN) for _ in range(3)]
        self.model = Model(spans=[[[date(2024, 1, 1), None]] for _ in range(3)])
        self.clinic, self.restarts = Clinic(self.box), 0
        for who, total in enumerate((86_545, 250_000)):
            self.visit(who, total)
            self.try_to_settle(self.model.visits[-1], "1", f"H51040000001A{who}")

    @property
    def world(self):
        return self.app.worlds.get(self.box.world)

    def teardown(self):
        if not hasattr(self, "model"):
            return
        assert world_violations(self.world) == []
        with self.world.read() as tx:
            books = second_auditor.Books(tx)
            rules = (books.types, books.sums, books.stored_balances, books.chains, books.mirrors)
            assert [found for rule in rules for found in rule()] == []
        type(self).app.worlds.delete(self.box.world)

    # --- what people do at the hospital

    @rule(who=people, total=amounts)
    def visit(self, who, total):
        number = self.clinic.visit(self.people[who], f"{total // 100}.{total % 100:02d}")
        self.model.visits.append(Visit(who, number, self.model.today, total))

    @rule(who=people, total=amounts, use=uses)
    def sell(self, who, total, use):
        """A visit that is settled at once, when it can be."""
        self.visit(who, total)
        visit, msgid = self.model.visits[-1], f"H51040000001S{len(self.model.visits):04d}"
        self.try_to_settle(visit, use, msgid)

    @precondition(lambda self: self.model.visits)
    @rule(data=st.data(), use=uses)
    def presettle(self, data, use):
        visit = data.draw(st.sampled_from(self.model.visits[-6:]))
        reply = self.clinic.presettle(*self.named(visit), acct_used_flag=use)
        allowed = self.model.refusals(visit, use)

        assert (reply.code in allowed) if allowed else reply.ok
        if not allowed:
            self.check_amounts(reply.setlinfo, self.model.split(visit, use))

    @precondition(lambda self: self.model.visits)
    @rule(data=st.data(), use=uses, number=numbers)
    def settle(self, data, use, number):
        """Settle under a number that may have been used, by the same message, by another, or by one that is dead."""
        self.try_to_settle(data.draw(st.sampled_from(self.model.visits[-6:])), use, f"H51040000001M{number:02d}")

    def try_to_settle(self, visit, use, msgid):
        body = self.clinic.settlement(*self.named(visit), acct_used_flag=use)
        known = self.model.messages.get(msgid)
        allowed = self.model.refusals(visit, use)
        reply = self.clinic.call("2207", body, msgid)

        if known is not None:
            self.check_again(known, body, reply)
        elif allowed:
            assert reply.code in allowed
            self.model.messages[msgid] = Kept(body, reply.raw.text)
        else:
            self.note(visit, self.model.split(visit, use), reply, Kept(body, reply.raw.text))

    def note(self, visit, split, reply, kept):
        self.check_amounts(reply.setlinfo, split)
        told = exact(reply.setlinfo)
        made = Settled(visit, split, told["setl_id"], told, told["medins_setl_id"], self.model.today)
        visit.settled = kept.settled = made
        self.model.messages[made.msgid] = kept
        self.model.move(visit, split, 1)
        self.model.lines.append((self.model.today, told))
        Town.made += 1

    def check_again(self, known, body, reply):
        if known.dead:
            assert reply.code == "TOMBSTONED"
        elif known.body != body:
            assert reply.code == "MSGID_CONFLICT"
        elif known.settled is not None and known.settled.reversed:
            assert reply.code == "REVERSED"
        else:
            assert (reply.raw.text, reply.replayed) == (known.text, True)

    @rule(data=st.data())
    def retry(self, data):
        """The same message again: whatever it was answered, it is answered for ever."""
        msgid = self.some_msgid(data)
        known = self.model.messages.get(msgid)
        if known is not None and not known.dead:
            self.check_again(known, known.body, self.clinic.call("2207", known.body, msgid))

    @precondition(lambda self: any(visit.settled for visit in self.model.visits) or self.model.lines)
    @rule(data=st.data())
    def take_back(self, data):
        """2208, of a settlement that stands or no longer does."""
        made = data.draw(st.sampled_from([each.settled for each in self.model.messages.values() if each.settled]))
        reply = self.clinic.reverse(self.people[made.visit.who], made.visit.number, made.setl_id)

        if made.reversed:
            assert reply.code == "ALREADY_REVERSED"
        else:
            assert tuple(-in_fen(reply.setlinfo[name]) for name in PARTS) == made.split.told
            self.undo(made, exact(reply.setlinfo))

    @rule(data=st.data(), who=people)
    def repair(self, data, who):
        """2601, of what was settled, refused, taken back, never seen; by its person or by somebody else's."""
        msgid = self.some_msgid(data)
        known, reply = self.model.messages.get(msgid), self.clinic.repair(self.people[who], msgid)
        if known is None:
            self.model.messages[msgid] = Kept(None, dead=True)
        if known is None or known.dead:
            assert reply.code == "NOT_FOUND_TOMBSTONED"
        elif known.settled is None or known.settled.visit.who != who:
            assert reply.code == "NOT_FOUND"
        elif known.settled.reversed:
            assert reply.code == "ALREADY_REVERSED"
        else:
            assert (reply.ok, reply.output) == (True, None)
            minus = {name: 0 - known.settled.setlinfo[name] for name in PARTS}
            self.undo(known.settled, known.settled.setlinfo | minus)

    def undo(self, made, setlinfo):
        made.reversed, made.visit.settled = True, None
        self.model.move(made.visit, made.split, -1)
        self.model.lines.append((self.model.today, setlinfo))

    @precondition(lambda self: self.model.visits)
    @rule(data=st.data())
    def strike_rows(self, data):
        """2205: rows that wait are removed, rows that are settled stay."""
        visit = data.draw(st.sampled_from(self.model.visits[-6:]))
        asked = {"mdtrt_id": visit.number, "psn_no": self.people[visit.who]["psn_no"]}
        reply = self.clinic.call("2205", {"data": asked | {"feedetl_sn": "0000", "chrg_bchno": "0000"}})

        assert reply.ok == (visit.rows and visit.settled is None)
        visit.rows = visit.rows and visit.settled is not None

    @rule(who=people, total=amounts, use=uses)
    def buy(self, who, total, use):
        """2102: a sale at a pharmacy, which shares deductible and cap with visits."""
        counter, visit = Counter(self.box, PHARMACY), Visit(who, "", self.model.today, total)
        allowed = self.model.refusals(visit, use)
        reply = counter.sell(self.people[who], self.named(visit)[2], acct_used_flag=use)

        assert (reply.code in allowed) if allowed else reply.ok
        if not allowed:
            split = self.model.split(visit, use)
            self.check_amounts(reply.setlinfo, split)
            self.model.move(visit, split, 1)
            made = Settled(visit, split, reply.setlinfo["setl_id"], reply.setlinfo, "", self.model.today)
            self.model.elsewhere.append(
                (lambda: Counter(self.box, PHARMACY).take_back(self.people[who], made.setlinfo), made)
            )

    @rule(who=people, total=amounts)
    def stay(self, who, total):
        """2401 to 2304: who lay in hospital pays what was quoted; yearly sums of visits are not touched."""
        ward, person, bill = Ward(self.box), self.people[who], f"{total // 100}.{total % 100:02d}"
        if not self.model.entitled(who, self.model.today):
            reply = ward.try_admit(person)
            if reply.ok:  # a stay may begin without entitlement; its settlement is refused
                number = reply.output["result"]["mdtrt_id"]
                assert ward.charge(person, number, bill).ok
                assert ward.discharge(person, number).ok
                assert ward.pay(person, number, bill).code == "NOT_ELIGIBLE"
            return
        number = ward.stayed(person, bill)
        quoted = ward.quote(person, number, bill)
        settled = ward.pay(person, number, bill, exp_content=quoted.setlinfo["exp_content"])
        told = [in_fen(settled.setlinfo[name]) for name in PARTS]
        assert told == [in_fen(quoted.setlinfo[name]) for name in PARTS]
        total, fund, account, family_fen, cash = told
        assert total == fund + account + cash

        split = Split(total, 0, 0, account - family_fen, self.model.shares(who, family_fen), cash)
        assert split.own == self.model.own[who] or not split.relatives, "the own account is spent first"
        visit = Visit(who, number, self.model.today, total)
        self.model.move(visit, split, 1)
        made = Settled(visit, split, settled.setlinfo["setl_id"], settled.setlinfo, "", self.model.today)
        self.model.elsewhere.append((lambda: Ward(self.box).unpay(person, number, made.setl_id), made))

    @precondition(lambda self: self.model.elsewhere)
    @rule(data=st.data())
    def take_back_elsewhere(self, data):
        """2103 and 2305."""
        place = data.draw(st.integers(0, len(self.model.elsewhere) - 1))
        take_back, made = self.model.elsewhere[place]
        reply = take_back()

        assert (reply.code == "ALREADY_REVERSED") if made.reversed else reply.ok
        if not made.reversed:
            made.reversed = True
            self.model.move(made.visit, made.split, -1)

    # --- what happens to people and time

    @rule(who=people, fen=amounts)
    def top_up(self, who, fen):
        self.box.ask("POST", f"/people/{self.people[who]['psn_no']}/topup", {"amount_fen": fen})
        self.model.own[who] += fen

    @rule(pair=st.permutations(range(3)))
    def bind(self, pair):
        giver, member = pair[:2]
        asked = {"member_psn_no": self.people[member]["psn_no"], "relation": "parent"}
        path = f"/_sandbox/v1/people/{self.people[giver]['psn_no']}/family"
        bound = (giver, member) in self.model.bindings

        assert self.box.post(path, asked).ok == (not bound)
        if not bound:
            self.model.bindings.append((giver, member))

    @precondition(lambda self: self.model.bindings)
    @rule(data=st.data())
    def unbind(self, data):
        giver, member = data.draw(st.sampled_from(self.model.bindings))
        psn_no, member_no = self.people[giver]["psn_no"], self.people[member]["psn_no"]
        with self.world.write() as tx:
            (found,) = [each for each in family.members(tx, psn_no) if each.member == member_no]
            family.unbind(tx, psn_no, found.binding_id)
        self.model.bindings.remove((giver, member))

    @rule(who=people)
    def suspend_or_enrol(self, who):
        psn_no, span = self.people[who]["psn_no"], self.model.spans[who][-1]
        with self.world.write() as tx:
            if span[1] is None:
                found = enrolment.active(tx, psn_no)
                enrolment.suspend(tx, psn_no, found.part_id, on=tx.today, reason="test")
                span[1] = self.model.today
            else:
                enrolment.register(tx, psn_no, enrolment.NewParticipation("510400", "employee"))
                self.model.spans[who].append([self.model.today, None])

    @rule(days=st.sampled_from((1, 1, 2, 30, 45)))
    def go_on(self, days):
        self.box.ask("POST", "/clock/advance", {"by": f"P{days}D"})
        self.model.today += timedelta(days=days)
        self.clinic = Clinic(self.box)

    @precondition(lambda self: self.restarts < 1 and len(self.model.lines) > 2)
    @rule()
    def restart(self):
        type(self).app.close()
        type(self).app = create_app(Settings(db=self.url, ticker=False))
        self.box, self.restarts = local(self.app, self.box.world), self.restarts + 1
        self.clinic = Clinic(self.box)

    # --- what can be read

    @rule(who=people)
    def look_at_a_person(self, who):
        told = self.box.ask("GET", f"/people/{self.people[who]['psn_no']}")
        visits = {name: fen for name, fen in told["accumulators"].items() if ":OUTPATIENT_" in name}
        used = {(int(name.split(":")[3]), name.rpartition("_")[2]): fen for name, fen in visits.items()}

        assert told["account_fen"] == self.model.own[who]
        for (person, year), (deductible, fund) in self.model.used.items():
            if person == who:
                assert (used.get((year, "DED"), 0), used.get((year, "CAP"), 0)) == (deductible, fund)

    @rule(who=people)
    def ask_who_that_is(self, who):
        told = self.clinic.query(self.people[who]).output["insuinfo"]

        assert {in_fen(each["balc"]) for each in told} == {self.model.own[who]}
        ends = [each["paus_insu_date"] for each in told]
        assert [end or None for end in ends] == [
            None if until is None else until.isoformat() for _, until in self.model.spans[who]
        ]

    @rule(data=st.data())
    def look_at_a_message(self, data):
        msgid = self.some_msgid(data)
        told = self.box.ask("GET", f"/txns/{self.clinic.institution}/2207/{msgid}")["state"]
        known = self.model.messages.get(msgid)
        if known is None:
            assert told == "NEVER_SEEN"
        elif known.dead:
            assert told == "TOMBSTONED"
        else:
            made = known.settled
            assert told == ("REFUSED" if made is None else "REVERSED" if made.reversed else "SETTLED")

    @rule(back=st.integers(0, 3))
    def reconcile(self, back):
        """3201 of the last days: even for what was told, uneven for a line more."""
        first = self.model.today - timedelta(days=back)
        lines = [told for day, told in self.model.lines if first <= day]
        asked = reconciliation.totals(self.clinic, lines, insutype="310", stmt_begndate=first.isoformat())
        one_more = asked | {"fixmedins_setl_cnt": len(lines) + 1}

        results = [self.clinic.call("3201", {"data": data}).output["stmtinfo"] for data in (asked, one_more)]
        assert [each["stmt_rslt"] for each in results] == ["0", "1"]
        assert self.box.ask("POST", "/recon/run", {"date": self.model.today.isoformat()})["balanced"]

    @invariant()
    def everybody_has_what_the_model_says(self):
        if hasattr(self, "model"):
            with self.world.read() as tx:
                held = [ledger.balance(tx, person["psn_no"]) for person in self.people]
            assert held == self.model.own

    def some_msgid(self, data):
        """A number that was used, rather than one that may not have been."""
        return data.draw(st.sampled_from([*self.model.messages, f"H51040000001M{data.draw(numbers):02d}"]))

    def named(self, visit):
        return self.people[visit.who], visit.number, f"{visit.total // 100}.{visit.total % 100:02d}"

    def check_amounts(self, setlinfo, split):
        assert tuple(in_fen(setlinfo[name]) for name in PARTS) == split.told
        assert in_fen(setlinfo["act_pay_dedc"]) == split.deductible


def machine(kind, request, tmp_path, runs, steps, *, lean):
    url = url_of(kind, tmp_path / "worlds", lambda: request.getfixturevalue("postgres_url"))
    Town.url, Town.app, Town.made = url, create_app(Settings(db=url, ticker=False)), 0
    try:
        rules = settings(
            max_examples=runs,
            stateful_step_count=steps,
            deadline=None,
            print_blob=True,
            derandomize=lean,
            phases=(Phase.generate,) if lean else tuple(Phase),  # shrinking a run of messages takes minutes
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(Town, settings=rules)
    finally:
        Town.app.close()
    assert Town.made >= 2 * runs, "the runs have something to say about settlements"


@pytest.mark.parametrize("kind", RUNS)
def test_the_town_does_as_the_model_does(kind, request, tmp_path):
    machine(kind, request, tmp_path, RUNS[kind], STEPS, lean=True)


@pytest.mark.long
@pytest.mark.parametrize("kind", RUNS)
def test_it_does_so_in_long_runs(kind, request, tmp_path):
    machine(kind, request, tmp_path, RUNS[kind] * LONG, 60, lean=False)
