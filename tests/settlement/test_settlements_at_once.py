"""Two worker processes on PostgreSQL: one effect for a msgid, and a family account that never falls below zero."""

import threading
from pathlib import Path

import pytest

from boxes import Server, own_world, session
from clinic import Clinic
from ward import Ward

TEN = "2025-11-20T10:00:00+08:00"


@pytest.fixture(scope="module")
def workers(served_postgres_url, tmp_path_factory):
    server = Server(Path(tmp_path_factory.mktemp("workers")), "--db", served_postgres_url, "--workers", "2")
    yield server
    server.audited_stop()


@pytest.fixture
def box(workers):
    with own_world(workers.box()) as made:
        made.ask("PUT", "/clock", {"mode": "frozen", "at": TEN})
        yield made


def at_once(works):
    """Do the works at the same time, each over a connection of its own, and return what they came to."""
    found, gate = [None] * len(works), threading.Barrier(len(works))

    def run(place):
        gate.wait(30)
        found[place] = works[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return found


def window(box, institution="H51040000001"):
    """Another window of the institution, with a connection of its own."""
    return Clinic(type(box)(box.url, session(), box.world), institution)


def test_three_members_spend_one_account_at_once_and_it_never_falls_below_zero(box):
    giver = box.person(enrolled=True, account_fen=100_000)
    members = [box.person(enrolled=True) for _ in range(3)]
    for member, relation in zip(members, ("spouse", "parent", "child"), strict=True):
        binding = {"member_psn_no": member["psn_no"], "relation": relation}
        box.ask("POST", f"/people/{giver['psn_no']}/family", binding)
    clinic = Clinic(box)
    bills = [(member, clinic.visit(member, "190.00")) for member in members for _ in range(5)]

    done = at_once([lambda bill=bill: window(box).settle(*bill, "190.00") for bill in bills])

    assert [reply.code for reply in done] == [None] * 15
    paid = sum(round(reply.setlinfo["acct_mulaid_pay"] * 100) for reply in done)
    assert paid == 100_000
    assert box.ask("GET", f"/people/{giver['psn_no']}")["account_fen"] == 0
    for reply in done:
        told = reply.setlinfo
        assert round(told["fund_pay_sumamt"] + told["acct_pay"] + told["psn_cash_pay"], 2) == 190


def test_givers_who_are_each_others_members_do_not_wait_in_a_ring(box):
    anna, boris = (box.person(enrolled=True, account_fen=50_000) for _ in range(2))
    for giver, member in ((anna, boris), (boris, anna)):
        binding = {"member_psn_no": member["psn_no"], "relation": "spouse"}
        box.ask("POST", f"/people/{giver['psn_no']}/family", binding)
    clinic = Clinic(box)
    bills = [(person, clinic.visit(person, "199.00")) for person in (anna, boris) for _ in range(6)]

    done = at_once([lambda bill=bill: window(box).settle(*bill, "199.00") for bill in bills])

    assert [reply.code for reply in done] == [None] * 12
    assert sum(box.ask("GET", f"/people/{one['psn_no']}")["account_fen"] for one in (anna, boris)) == 0


def test_sixty_four_identical_requests_have_one_effect_over_two_processes(box):
    patient = box.person(enrolled=True, account_fen=100_000)
    clinic = Clinic(box)
    message = clinic.envelope("2207", clinic.settlement(patient, clinic.visit(patient, "500.00"), "500.00"))

    answers = at_once([lambda: window(box).send(message)] * 64)

    assert len({answer.raw.content for answer in answers}) == 1
    assert sum(not answer.replayed for answer in answers) == 1
    entries = box.ask("GET", "/ledger/entries", limit=1000)["items"]
    assert len({entry["txn_id"] for entry in entries if entry["kind"] == "settlement"}) == 1


def test_a_settlement_and_its_repair_at_once_end_in_one_state(box):
    patient = box.person(enrolled=True, account_fen=100_000)
    clinic = Clinic(box)
    for _ in range(8):
        visit, msgid = clinic.visit(patient, "50.00"), clinic.msgid()
        settled, repaired = at_once(
            [
                lambda at=visit, number=msgid: window(box).settle(patient, at, "50.00", number),
                lambda number=msgid: window(box).repair(patient, number),
            ]
        )
        state = box.ask("GET", f"/txns/{clinic.institution}/2207/{msgid}")["state"]
        assert (settled.ok, repaired.code, state) in {
            (True, None, "REVERSED"),
            (False, "NOT_FOUND_TOMBSTONED", "TOMBSTONED"),
        }
        assert box.ask("GET", f"/people/{patient['psn_no']}")["account_fen"] == 100_000


def ward(box, institution="H51040000001"):
    """Another ward of the institution, with a connection of its own."""
    return Ward(type(box)(box.url, session(), box.world), institution)


def test_of_two_hospitals_that_admit_at_once_one_does_and_of_many_settlements_of_a_stay_one_counts(box):
    patient = box.person(enrolled=True, account_fen=100_000)
    wards = [ward(box, f"H5104000000{place}") for place in (1, 2, 1, 2)]

    admitted = at_once([lambda each=each: each.try_admit(patient) for each in wards])
    assert sorted(reply.code or "" for reply in admitted) == ["", *["ALREADY_ADMITTED"] * 3]
    place = next(place for place, reply in enumerate(admitted) if reply.ok)
    stay = admitted[place].output["result"]["mdtrt_id"]
    assert wards[place].charge(patient, stay, "1000.00").ok
    assert wards[place].discharge(patient, stay).ok

    paying = [ward(box, wards[place].institution) for _ in range(6)]
    paid = at_once([lambda each=each: each.pay(patient, stay, "1000.00") for each in paying])
    assert sorted(reply.code or "" for reply in paid) == ["", *["STAY_CLOSED"] * 5]


def test_what_one_worker_is_told_the_other_obeys_at_once(box):
    person = box.person(enrolled=True)
    windows = [window(box) for _ in range(6)]
    for auth, code in (("none", None), ("csb", "GATEWAY_REFUSED"), ("none", None)):
        box.ask("PUT", "/institutions/H51040000001", {"auth": auth})
        assert {each.register(person).code for each in windows} == {code}
    box.ask("POST", "/faults", {"name": "db.busy", "times": 3})
    assert [each.register(person).code for each in windows] == ["BUSY"] * 3 + [None] * 3
