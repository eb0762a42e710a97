"""The reference client on lines that fail: it converges in four calls, has at most one effect, and knows which."""

import itertools
import random
from decimal import Decimal

import pytest

from boxes import Box, local, session
from clinic import Clinic
from netfault import BEFORE_EFFECT, CELLS, Fault, Line
from ward import Counter, Ward
from yibaobox.app import Settings, create_app
from yibaobox.testing.client import REPAIRABLE, Client, Outcome, State, csb
from yibaobox.testing.loopback import LoopbackServer

QUICK_MS, PATIENT_MS = 250, 60_000
SEED = 20251120
TEN = "2025-11-20T10:00:00+08:00"
UNHEARD = {"reset", "close", "blackhole", "empty", "garbage", "reorder"}


class Waiting(Client):
    """A client in a hurry only where silence is certain, so that a slow machine is not taken for a silent line."""

    line = None

    def _exchange(self, sent, headers):
        silent = any(fault.kind == "blackhole" for fault in self.line.armed[:1])
        self._patience_ms = QUICK_MS if silent else PATIENT_MS
        return super()._exchange(sent, headers)


class Desk:
    """A hospital with its client behind a line, and a clean way for looking at what is so."""

    def __init__(self, box, line, signed):
        self.box, self.line = box, line
        self.clinic = Clinic(box)
        keys = box.ask("GET", "/credentials")["fsi"]
        self.sign = csb(keys["access_key"], keys["secret_key"]) if signed else None
        self.client = self.at(self.clinic.institution)

    def at(self, institution):
        made = Waiting(self.line.url, institution, sign=self.sign, headers={"X-Sandbox-World": self.box.world})
        made.line = self.line
        return made

    def patient(self):
        return self.box.person(enrolled=True, account_fen=100_000)

    def visit(self, yuan="865.45"):
        person = self.patient()
        return person, self.clinic.visit(person, yuan)

    def quoted(self, yuan="865.45"):
        """A visit, the input of its settlement with the quote, and what it will come to."""
        person, visit = self.visit(yuan)
        told = self.clinic.presettle(person, visit, yuan).setlinfo
        return person, visit, self.clinic.settlement(person, visit, yuan, exp_content=told["exp_content"]), told

    def held(self, person):
        found = self.box.ask("GET", f"/people/{person['psn_no']}")
        return found["account_fen"], sum(found["accumulators"].values())

    def state(self, infno, msgid):
        return self.box.ask("GET", f"/txns/{msgid[:12]}/{infno}/{msgid}")["state"]


@pytest.fixture(scope="module")
def ground():
    app = create_app(Settings(ticker=False))
    with LoopbackServer(app) as server, Line(server.port) as line:
        yield local(app), line, server
    app.close()


@pytest.fixture
def desk(ground):
    box, line, _ = ground
    name = box.ask("POST", "/worlds", {"regions": ["510400"], "at": TEN, "population": 0})["name"]
    yield Desk(box.elsewhere(name), line, signed=True)
    assert box.elsewhere(name).violations() == []
    box.ask("DELETE", f"/worlds/{name}")


@pytest.fixture(params=["sqlite", "postgresql"])
def far_desk(request, serve):
    """The same behind a started server."""
    server = serve(request.param)
    box = server.box()
    name = box.ask("POST", "/worlds", {"regions": ["510400"], "at": TEN, "population": 0})["name"]
    with Line(int(server.url.rpartition(":")[2])) as line:
        yield Desk(Box(server.url, session(), name), line, signed=True)
    assert box.elsewhere(name).violations() == []
    box.ask("DELETE", f"/worlds/{name}")


def settle(desk):
    _, _, body, _ = desk.quoted()
    return "2207", body


def sell(desk):
    counter = Counter(desk.box, PHARMACY)
    return "2102", counter.sale(desk.patient(), "865.45")


def admit(desk):
    ward = Ward(desk.box)
    return "2401", ward.admission(desk.patient())


def settle_a_stay(desk):
    ward, person = Ward(desk.box), desk.patient()
    return "2304", ward.bill(person, ward.stayed(person, "4000.00", "6000.00"), "10000.00")


def take_back(desk):
    person, visit, body, _ = desk.quoted()
    setl_id = desk.clinic.call("2207", body).setlinfo["setl_id"]
    return "2208", {"data": {"setl_id": setl_id, "mdtrt_id": visit, "psn_no": person["psn_no"]}}


def repair(desk):
    person, _, body, _ = desk.quoted()
    msgid = desk.clinic.msgid()
    assert desk.clinic.call("2207", body, msgid).ok
    return "2601", {"data": {"psn_no": person["psn_no"], "omsgid": msgid, "oinfno": "2207"}}


def register(desk):
    return "2201", desk.clinic.registration(desk.patient())


def charge(desk):
    person = desk.patient()
    visit = desk.clinic.register(person).output["data"]["mdtrt_id"]
    return "2204", {"feedetail": [desk.clinic.row(person, visit, "10.00")]}


def uncharge(desk):
    person, visit = desk.visit()
    return "2205", {"data": {"mdtrt_id": visit, "psn_no": person["psn_no"], "feedetl_sn": "0000", "chrg_bchno": "0000"}}


def sign_in(_):
    return "9001", {"signIn": {"opter_no": "0001", "mac": "00-00", "ip": "10.0.0.1"}}


def upload(desk):
    return "9101", {"fsUploadIn": {"in": [1, 2], "filename": "a", "fixmedins_code": desk.clinic.institution}}


PHARMACY = "P51040000001"
MONEY = (settle, sell, settle_a_stay, take_back, repair)
OTHERS = (register, admit, charge, uncharge, sign_in, upload)
OPERATIONS = (*MONEY, *OTHERS)
PLAIN = [cell for cell in CELLS if cell[0] != "flip"]


def judge(desk, outcome, fault, infno):
    """What every outcome has to be: known within four calls, and as the centre has it."""
    assert outcome.calls <= 4
    assert outcome.state is State.DONE, outcome
    assert desk.state(infno, outcome.msgid) == "SETTLED"
    assert outcome.calls == (2 if fault.kind in UNHEARD else 1)


def each(desk, operation, cells):
    """One fault for each call; the calls after it go through."""
    for kind, position in cells:
        infno, body = operation(desk)
        fault = Fault(kind, position)
        desk.line.arm(fault)

        client = desk.at(PHARMACY) if infno == "2102" else desk.client
        outcome = client.do(infno, body)

        assert desk.line.struck[:1] == [fault]
        judge(desk, outcome, fault, infno)


@pytest.mark.parametrize("operation", MONEY, ids=lambda one: one.__name__)
def test_each_fault_at_each_place_of_what_moves_money_ends_in_one_effect(desk, operation):
    each(desk, operation, PLAIN)


def test_faults_of_other_operations_end_in_one_effect(desk):
    for place, operation in enumerate(OTHERS):
        each(desk, operation, PLAIN[place :: len(OTHERS)])


@pytest.mark.long
@pytest.mark.parametrize("operation", OTHERS, ids=lambda one: one.__name__)
def test_each_fault_at_each_place_of_each_other_operation_ends_in_one_effect(desk, operation):
    each(desk, operation, PLAIN)


def test_a_line_that_fails_three_times_is_repaired_by_the_fourth_call(desk):
    for kind, position in PLAIN:
        if kind not in UNHEARD or kind == "blackhole":
            continue
        person, _, body, _ = desk.quoted()
        before = desk.held(person)
        desk.line.arm(*[Fault(kind, position)] * 3)

        outcome = desk.client.do("2207", body)

        assert (outcome.state, outcome.calls) == (State.REVERSED, 4)
        assert desk.held(person) == before
        expected = {"REVERSED"} if position not in BEFORE_EFFECT and kind != "reorder" else {"TOMBSTONED"}
        assert desk.state("2207", outcome.msgid) in expected | ({"TOMBSTONED"} if kind == "reorder" else set())
        assert not desk.clinic.call("2207", body, outcome.msgid).ok


def test_what_2601_cannot_take_back_stays_unknown_and_is_the_same_message_later(desk):
    infno, body = register(desk)
    desk.line.arm(*[Fault("reset", "before_response")] * 3)

    outcome = desk.client.do(infno, body)
    again = desk.client.do(infno, body, outcome.msgid)

    assert (outcome.state, outcome.calls) == (State.UNKNOWN, 3)
    assert (again.state, again.calls) == (State.DONE, 1)


def test_a_refusal_is_final_and_a_closed_door_is_no_effect(desk):
    person, visit = desk.visit()
    refused = desk.client.do("2207", desk.clinic.settlement(person, visit, "1.00"))
    stranger = Client(
        desk.line.url, desk.clinic.institution, sign=csb("nobody", "x"), headers=desk.client._session.headers
    )

    assert (refused.state, refused.code, refused.calls) == (State.REFUSED, "AMOUNT_MISMATCH", 1)
    assert (stranger.do(*settle(desk)).code, stranger.ask("1101", {}).state) == ("401", State.REFUSED)


def test_a_query_is_asked_again(desk):
    person = desk.patient()
    identity = {"psn_cert_type": "01", "certno": person["id_no"], "psn_name": person["name"], "begntime": ""}
    for kind, position in PLAIN:
        desk.line.arm(Fault(kind, position))
        outcome = desk.client.ask("1101", {"data": desk.clinic.card(person) | identity})
        assert outcome.state is State.DONE
        assert outcome.output["baseinfo"]["psn_no"] == person["psn_no"]


def flipped(desk, places, position):
    """Settle once for each place of a byte that flips, and hold what the client believes against what is so."""
    told = []
    for place, bit in places:
        person, _, body, quote = desk.quoted()
        before = desk.held(person)
        desk.line.arm(Fault("flip", position, place, bit))

        outcome = desk.client.do("2207", body)

        after = desk.held(person)
        believed(desk, outcome, (person, before, after), quote)
        told.append(outcome.state)
    return told


def believed(desk, outcome: Outcome, seen, quote):
    person, before, after = seen
    paid = round(quote["acct_pay"] * 100)
    if outcome.state is State.DONE:
        assert desk.state("2207", outcome.msgid) == "SETTLED"
        assert before[0] - after[0] == paid
        info = outcome.output["setlinfo"]
        names = ("medfee_sumamt", "fund_pay_sumamt", "psn_part_amt", "acct_pay", "psn_cash_pay")
        assert [Decimal(str(info[name])) for name in names] == [Decimal(str(quote[name])) for name in names], person
    elif outcome.state in (State.REFUSED, State.REVERSED):
        assert after == before, outcome
    else:  # never said to be anything else than unknown
        assert outcome.calls <= 4


@pytest.mark.parametrize("position", ["mid_request", "mid_response"])
def test_a_flipped_byte_never_changes_money_unnoticed(desk, position):
    dice = random.Random(SEED)
    places = [(dice.randrange(4096), dice.randrange(8)) for _ in range(25)]

    told = flipped(desk, places, position)

    assert State.DONE in told
    assert State.UNKNOWN not in told


@pytest.mark.long
@pytest.mark.parametrize("position", ["mid_request", "mid_response"])
def test_no_flipped_byte_at_all_changes_money_unnoticed(desk, position):
    flipped(desk, [(place, place % 8) for place in range(1500)], position)


@pytest.mark.long
def test_a_started_server_is_no_other(far_desk):
    """All cells twice over, in pairs: the line fails at two requests in a row."""
    dice = random.Random(SEED)
    for operation in OPERATIONS:
        pairs = [*itertools.product(PLAIN, PLAIN)]
        for pair in dice.sample(pairs, 120):
            infno, body = operation(far_desk)
            far_desk.line.arm(*(Fault(*cell) for cell in pair))
            client = far_desk.at(PHARMACY) if infno == "2102" else far_desk.client
            outcome = client.do(infno, body)
            assert outcome.state is State.DONE
            assert outcome.calls <= 3
            assert far_desk.state(infno, outcome.msgid) == "SETTLED"


def test_all_that_can_be_repaired_is_a_settlement_or_an_admission():
    assert {"2102", "2207", "2304", "2401"} == REPAIRABLE
