"""Pay, notify, refund, correct, wait, restart in any order: F1 to F9 hold after each step, on both databases."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from boxes import local
from paying_channels import GOOD, wanted
from taxpayer import Taxpayer
from yibaobox.app import Settings, create_app

FIRST, SECOND, YEAR = 140_00, 350_00, 2025
AT = "2025-10-10T10:00:00+08:00"
BANKED = ("bank", "campus", "kiosk")
_worlds = itertools.count(1)


class Premiums(RuleBasedStateMachine):
    """One student of Chongqing, where a tier is corrected once, and everything that may happen to their premium."""

    db = ""

    @initialize()
    def open(self) -> None:
        """Make a world and somebody in it."""
        self.app = create_app(Settings(db=self.db, ticker=False, regions=("500000",)))
        self.world = f"order{next(_worlds)}"
        local(self.app).ask("POST", "/worlds", {"name": self.world, "regions": ["500000"], "at": AT, "population": 0})
        box = local(self.app, self.world)
        person = box.person(region="500000", capacity="student", enrolled="2025-09-20", paid_year=[])
        self.payer = Taxpayer(box, person).identify().log_in()
        box.ask("PUT", "/switches", {"review_refund": "manual"})
        self.orders: list[str] = []

    def bills(self):
        return self.payer.identify().log_in().ask("GET", "/bills")["items"]

    def send(self, path, body=None):
        """Try something that may be refused; a refusal has a code, and never is a failure of ours."""
        reply = self.payer.request("POST", path, body)
        assert reply.status_code < 500 or reply.json()["code"].startswith("PARTY_"), reply.text
        return reply

    @rule(total=st.sampled_from([FIRST, SECOND]), channel=st.sampled_from(["wechat", *BANKED]))
    def order(self, total, channel):
        self.payer.identify().log_in()
        made = self.send("/bills", {"part_id": self.payer.part_id, "year": YEAR, "total_fen": total})
        if made.status_code == 201:
            body = {"channel": "wechat"} if channel == "wechat" else wanted(channel, GOOD[channel])
            ordered = self.send(f"/bills/{made.json()['bill_id']}/orders", body)
            if ordered.status_code == 201:
                self.orders.append(ordered.json()["out_trade_no"])

    @rule(told=st.booleans(), pick=st.integers(0, 9))
    def pay(self, told, pick):
        if self.orders:
            if not told:
                self.payer.box.ask("POST", "/faults", {"name": "pay.success_no_notify"})
            name = self.orders[pick % len(self.orders)]
            self.payer.box.request("POST", f"/_sandbox/v1/wechat/pay/{name}", json={})
            self.payer.box.request("DELETE", "/_sandbox/v1/faults")

    @rule(pick=st.integers(0, 9), what=st.sampled_from(["refresh", "close"]))
    def look_or_close(self, pick, what):
        if self.orders:
            self.payer.identify().log_in()
            self.send(f"/orders/{self.orders[pick % len(self.orders)]}/{what}")

    @rule()
    def tell_again(self):
        for event in self.payer.box.ask("GET", "/events")["items"][:3]:
            self.payer.box.request("POST", f"/_sandbox/v1/events/{event['id']}/resend")

    @rule(reason=st.sampled_from(["recognised", "withdrawal", "double"]))
    def ask_back(self, reason):
        for bill in self.bills()[:1]:
            self.send("/refunds", {"bill_id": bill["bill_id"], "reason": reason})

    @rule(yes=st.booleans())
    def review(self, yes):
        for case in self.payer.box.ask("GET", "/cases", state="SUBMITTED")["items"]:
            how = ("complete", None) if yes else ("reject", {"reason": "不同意"})
            self.payer.box.request("POST", f"/_sandbox/v1/cases/{case['id']}/{how[0]}", json=how[1])

    @rule()
    def lower(self):
        self.payer.identify()
        self.send("/corrections", {"part_id": self.payer.part_id, "year": YEAR, "total_fen": FIRST})
        self.payer.box.ask("POST", "/tax/corrections/refund", {"region": "500000", "year": YEAR})

    @rule(by=st.sampled_from(["PT5S", "PT40M", "P1D"]))
    def wait(self, by):
        self.payer.box.ask("POST", "/clock/advance", {"by": by})
        self.payer.box.ask("GET", "/clock")

    @rule()
    def reconcile(self):
        day = self.payer.box.ask("GET", "/clock")["now"][:10]
        self.payer.box.ask("POST", "/tax/recon", {"date": day, "repair": True})

    @rule()
    def restart(self):
        self.app.close()
        self.app = create_app(Settings(db=self.db, ticker=False, regions=("500000",)))
        self.payer.box = local(self.app, self.world)

    @invariant()
    def the_books_agree(self):
        if hasattr(self, "payer"):
            assert self.payer.box.violations() == []
            assert sum(self.payer.entries(f"PREM:500000:{YEAR}")) in (0, FIRST, SECOND)

    def teardown(self):
        """Let everything come to its end: what is owed has gone, nobody lost or won a fen."""
        if not hasattr(self, "app"):
            return
        for _ in range(2):
            self.wait("PT1H")
        owed = self.payer.box.ask("GET", "/tax/refunds")["items"]
        kept = sum(self.payer.entries(f"PREM:500000:{YEAR}"))
        cash = sum(sum(self.payer.entries(f"CASH:{name}")) for name in ("wechat", *BANKED))
        self.app.close()
        assert owed == []
        assert cash == -kept


def tried(db, **how):
    machine = type("Tried", (Premiums,), {"db": db})
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(machine, settings=settings(deadline=None, suppress_health_check=checks, **how))


def test_in_any_order_the_books_agree_on_sqlite(tmp_path):
    tried(f"sqlite:///{tmp_path}", max_examples=2, stateful_step_count=12)


def test_in_any_order_the_books_agree_on_postgresql(fresh_postgres_url):
    tried(fresh_postgres_url, max_examples=1, stateful_step_count=12)


@pytest.mark.long
def test_in_any_order_at_length_on_sqlite(tmp_path):
    tried(f"sqlite:///{tmp_path}", max_examples=150, stateful_step_count=50)


@pytest.mark.long
def test_in_any_order_at_length_on_postgresql(fresh_postgres_url):
    tried(fresh_postgres_url, max_examples=60, stateful_step_count=50)
