"""Any three events in any order: what three things in a row can break is broken by three things in a row.

Twenty events, all ordered triples, from two states. After each triple the books balance, the message has one fate,
the money of everybody is what that fate says, and reconciliation is even. A triple that fails is named; it runs again
by its name alone, since nothing here is left to chance.
"""

import contextlib
import itertools
import random

import pytest

from boxes import local, world_violations
from clinic import Clinic
from yibaobox.app import Settings, create_app
from yibaobox.cli.stories import Caller, reconciliation
from yibaobox.cli.stories.premiums import Payer
from yibaobox.domain import enrolment, family, ledger, messages
from yibaobox.edge.faulting import Dropped

TEN = "2025-11-20T10:00:00+08:00"
SEED = 20251120
SAMPLE = 50  # pairs of which each is followed by all twenty events
MSGID, OTHER = "H51040000001MSG0001", "H51040000001MSG0002"
BILL, OWN_FEN = "865.45", 10_000
YEAR = 2026


class Town:
    """A patient, a spouse who shares an account, and a mother whose premium is due."""

    def __init__(self, app):
        box = local(app)
        made = box.ask("POST", "/worlds", {"regions": ["510400"], "at": TEN, "population": 0})["name"]
        self.app, self.box = app, box.elsewhere(made)
        self.clinic = Clinic(self.box)
        self.patient = self.box.person(enrolled=True, account_fen=OWN_FEN)
        self.spouse = self.box.person(enrolled=True, account_fen=500_000)
        bound = {"member_psn_no": self.patient["psn_no"], "relation": "spouse"}
        self.box.ask("POST", f"/people/{self.spouse['psn_no']}/family", bound)
        self.visit = self.clinic.visit(self.patient, BILL)
        mother = self.box.person(capacity="resident", birth="1958-03-08", enrolled=True, paid_year=[2025])
        self.payer = Payer(Caller(self.box.url, self.box.world, self.box.session), mother)
        self.payer.log_in_at_wechat()
        code = self.box.ask("POST", "/alipay/login", {"psn_no": mother["psn_no"]})["auth_code"]
        self.payer.ask("POST", "/session/alipay", {"code": code})
        part_id, _ = self.payer.line("510400", YEAR)
        self.bill = self.payer.bill(part_id, YEAR)
        self.orders = {}
        for channel in ("wechat", "alipay"):
            made = self.payer.ask("POST", f"/bills/{self.bill['bill_id']}/orders", {"channel": channel})
            self.orders[channel] = made["out_trade_no"]
        self.message = self.clinic.envelope("2207", self.clinic.settlement(self.patient, self.visit, BILL), MSGID)

    @property
    def world(self):
        return self.app.worlds.get(self.box.world)

    def keep(self, name):
        self.box.ask("POST", "/snapshots", {"name": name})

    def back_to(self, name):
        self.box.ask("POST", f"/snapshots/{name}/restore")

    def forget(self, name):
        self.box.ask("DELETE", f"/snapshots/{name}")

    def setl_id(self):
        """The newest settlement of the visit, or a number that nobody has."""
        with self.world.read() as tx:
            row = tx.one("SELECT max(setl_id) FROM settlements WHERE visit_id = ?", int(self.visit))
        return str(row[0] or 999_999)


def settle(town):
    town.clinic.send(town.message)


def same_settle(town):
    """The same message as its sender writes it a second later."""
    town.clinic.send(town.message | {"inf_time": "2025-11-20 10:00:01"})


def other_settle(town):
    """The same msgid, another body."""
    changed = town.clinic.settlement(town.patient, town.visit, BILL, acct_used_flag="0")
    town.clinic.send(town.clinic.envelope("2207", changed, MSGID))


def new_settle(town):
    town.clinic.send(town.message | {"msgid": OTHER})


def presettle(town):
    town.clinic.presettle(town.patient, town.visit, BILL)


def repair(town):
    town.clinic.repair(town.patient, MSGID)


def take_back(town):
    town.clinic.reverse(town.patient, town.visit, town.setl_id())


def pause(town):
    """Suspend the patient, or enrol them again."""
    psn_no = town.patient["psn_no"]
    with town.world.write() as tx:
        part = enrolment.active(tx, psn_no)
        if part is None:
            enrolment.register(tx, psn_no, enrolment.NewParticipation("510400", "employee"))
        else:
            enrolment.suspend(tx, psn_no, part.part_id, on=tx.today, reason="test")


def unbind(town):
    with town.world.write() as tx:
        for each in family.members(tx, town.spouse["psn_no"]):
            family.unbind(tx, each.giver, each.binding_id)


def next_year(town):
    town.box.ask("POST", "/clock/advance", {"by": "P42D"})


def other_policy(town):
    position = town.box.ask("GET", "/switches")["policy"]
    town.box.ask("PUT", "/switches", {"policy": {"demo": "strict", "strict": "demo"}[position]})


def _pay(town, channel):
    """The payer agrees to the order that was made when the town began: twice, or on two channels, as it happens."""
    town.box.post(f"/_sandbox/v1/{channel}/pay/{town.orders[channel]}", {"outcome": "success"})


def pay_by_wechat(town):
    _pay(town, "wechat")


def pay_by_alipay(town):
    _pay(town, "alipay")


def notify(town, times=1):
    """The newest notification once more."""
    for event in town.box.ask("GET", "/events")["items"][:1]:
        for _ in range(times):
            town.box.ask("POST", f"/events/{event['id']}/resend")


def notify_twice(town):
    notify(town, 2)


def refunds_and_posting(town):
    """An hour, in which refunds go through and insurance learns of payments."""
    town.box.ask("POST", "/clock/advance", {"by": "PT1H"})


def _struck(town, fault):
    with contextlib.suppress(Dropped):
        town.clinic.send(town.message, headers={"X-Sandbox-Fault": fault})


def worker_dies(town):
    """After the commit, before the reply."""
    town.box.ask(
        "POST", "/faults", {"name": "worker.kill", "match": {"msgid": MSGID}, "params": {"position": "after_commit"}}
    )
    with contextlib.suppress(Dropped):
        town.clinic.send(town.message)
    town.box.ask("DELETE", "/faults")


def reply_is_lost(town):
    _struck(town, "reset.after_commit")


def database_gives_up(town):
    town.box.post("/fsi/api/2207", town.message, headers={"X-Sandbox-Fault": "disk.full"})


def reconcile(town):
    assert town.clinic.call("3201", {"data": reconciliation.totals(town.clinic, (), insutype="310")}).ok


def look(town):
    town.box.ask("GET", f"/people/{town.patient['psn_no']}")
    town.clinic.query(town.patient)


EVENTS = (
    *(
        settle,
        same_settle,
        other_settle,
        new_settle,
        presettle,
        repair,
        take_back,
        pause,
        unbind,
        next_year,
        other_policy,
    ),
    *(pay_by_wechat, pay_by_alipay, notify_twice, refunds_and_posting, worker_dies, reply_is_lost),
    *(database_gives_up, reconcile, look),
)
READING = (presettle, reconcile, look)
FATES = {(): ("REFUSED", "TOMBSTONED"), (0,): ("SETTLED",), (1,): ("REVERSED",)}  # effects reversed or not → state
STATES = {"untouched": (), "settled and paid": (settle, pay_by_wechat)}


def judge(town, name):
    """What is so after any triple."""
    world = town.world
    assert world_violations(world) == [], name
    with world.read() as tx:
        made = tx.query(
            "SELECT s.msgid, s.own_fen, s.family_fen, s.total_fen, EXISTS (SELECT 1 FROM setl_reversals r"
            " WHERE r.psn_no = s.psn_no AND r.setl_id = s.setl_id) FROM settlements s WHERE s.visit_id = ?",
            int(town.visit),
        )
        held = [ledger.balance(tx, person["psn_no"]) for person in (town.patient, town.spouse)]
        keys = [messages.Key(town.clinic.institution, "2207", msgid) for msgid in (MSGID, OTHER)]
        known = [found for key in keys if (found := messages.find(tx, key)) is not None]
        today = tx.today.isoformat()
    standing = [row for row in made if not row[4]]
    assert len(standing) <= 1, name
    assert {row[0] for row in made} <= {message.key.msgid for message in known}, name
    assert len({row[0] for row in made}) == len(made), f"{name}: one effect a message"
    own, relatives = (standing[0][1], standing[0][2]) if standing else (0, 0)
    assert held == [OWN_FEN - own, 500_000 - relatives], name
    for message in known:
        effects = tuple(row[4] for row in made if row[0] == message.key.msgid)
        assert message.state in FATES[effects], name
    assert town.box.ask("POST", "/recon/run", {"date": today})["balanced"], name


def walk(town, pairs, thirds=EVENTS):
    """From where the town stands: each pair, then each third event after it; the town is put back in between."""
    count = 0
    town.keep("start")
    for first, second in pairs:
        first(town)
        second(town)
        town.keep("two")
        for third in thirds:
            third(town)
            judge(town, " → ".join(each.__name__ for each in (first, second, third)))
            town.back_to("two")
            count += 1
        town.forget("two")
        town.back_to("start")
    town.forget("start")
    return count


def towns(app):
    for name, before in STATES.items():
        town = Town(app)
        for event in before:
            event(town)
        yield name, town
        town.box.ask("DELETE", f"/worlds/{town.box.world}")


@pytest.fixture
def memory():
    app = create_app(Settings(ticker=False))
    yield app
    app.close()


def test_there_are_twenty_events_and_each_does_something(memory):
    assert len(set(EVENTS)) == 20
    changing = set()
    for _, town in towns(memory):
        town.keep("start")
        before = dump(town)
        for event in EVENTS:
            event(town)
            judge(town, event.__name__)
            changing |= {event} if dump(town) != before else set()
            town.back_to("start")

    assert changing == set(EVENTS) - set(READING)


def test_two_channels_pay_once(memory):
    town = Town(memory)
    pay_by_wechat(town)
    pay_by_alipay(town)
    refunds_and_posting(town)

    with town.world.read() as tx:
        assert tx.query("SELECT state, channel FROM bills") == [("POSTED", "wechat")]
        assert tx.query("SELECT channel, disposition FROM payments") == [("wechat", "APPLIED")]
        orders = tx.query("SELECT channel, state FROM pay_orders ORDER BY channel")
    assert orders == [("alipay", "CLOSED"), ("wechat", "SUCCESS")]


def dump(town):
    """Everything that is kept of the town, but for the journal."""
    lines = town.box.get(f"/_sandbox/v1/worlds/{town.box.world}/export").text.splitlines()
    return [line for line in lines[1:-1] if not line.startswith('{"sequences"')]


def test_a_thousand_triples_leave_one_fate(memory):
    pairs = [*itertools.product(EVENTS, EVENTS)]
    dice = random.Random(SEED)

    counts = [walk(town, dice.sample(pairs, SAMPLE // len(STATES))) for _, town in towns(memory)]

    assert sum(counts) == 1_000


@pytest.mark.long
def test_all_triples_leave_one_fate(memory):
    counts = [walk(town, itertools.product(EVENTS, EVENTS)) for _, town in towns(memory)]

    assert sum(counts) == len(STATES) * 20**3


@pytest.mark.long
def test_triples_on_postgresql_leave_one_fate(postgres_url):
    app = create_app(Settings(db=postgres_url, ticker=False))
    try:
        pairs = [*itertools.product(EVENTS, EVENTS)]
        dice = random.Random(SEED)
        for _, town in towns(app):
            walk(town, dice.sample(pairs, 20))
    finally:
        app.close()
