"""Whatever is settled and taken back, in whatever order, leaves every balance as it was."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ITEMS = ("XA11GAW901A001010199999", "001102000029999", "001102000109999", "T990000010")  # A, B capped, C, restricted


def held(box, people):
    shown = [box.ask("GET", f"/people/{person['psn_no']}") for person in people]
    return [(one["account_fen"], {name: fen for name, fen in one["accumulators"].items() if fen}) for one in shown]


def yuan(fen):
    return f"{fen // 100}.{fen % 100:02d}"


def charged(clinic, patient, fees):
    """Upload rows and return the visit with what 2207 has to state of them."""
    visit = clinic.register(patient).output["data"]["mdtrt_id"]
    rows = [clinic.row(patient, visit, yuan(fen), med_list_codg=item) for fen, item in fees]
    told = clinic.call("2204", {"feedetail": rows}).output["result"]
    names = {
        "fulamt_ownpay_amt": "fulamt_ownpay_amt",
        "overlmt_selfpay": "overlmt_amt",
        "preselfpay_amt": "preselfpay_amt",
        "inscp_scp_amt": "inscp_scp_amt",
    }
    parts = {name: yuan(sum(round(row[field] * 100) for row in told)) for name, field in names.items()}
    return visit, yuan(sum(fen for fen, _ in fees)), parts


visits = st.lists(
    st.tuples(
        st.lists(st.tuples(st.integers(1, 250_000), st.sampled_from(ITEMS)), min_size=1, max_size=4),
        st.sampled_from("012"),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(visits=visits, own_fen=st.integers(0, 60_000), spouse_fen=st.integers(0, 60_000), order=st.randoms())
def test_settling_and_taking_back_restores_every_balance(clinic, couple, visits, own_fen, spouse_fen, order):
    people = couple(clinic.box, own_fen=own_fen, spouse_fen=spouse_fen)
    before, done = held(clinic.box, people), []
    for fees, use, by_number in visits:
        visit, total, parts = charged(clinic, people[0], fees)
        msgid = clinic.msgid()
        told = clinic.settle(people[0], visit, total, msgid, acct_used_flag=use, **parts).setlinfo
        done.append((by_number, visit, told["setl_id"], msgid))

    order.shuffle(done)
    for by_number, visit, setl_id, msgid in done:
        undone = clinic.repair(people[0], msgid) if by_number else clinic.reverse(people[0], visit, setl_id)
        assert undone.ok

    assert held(clinic.box, people) == before


@pytest.mark.parametrize("seed", range(3))
def test_sums_hold_in_every_reply(clinic, couple, seed):
    draw = random.Random(seed)
    patient, _ = couple(clinic.box, own_fen=draw.randrange(50_000), spouse_fen=draw.randrange(50_000))
    for _ in range(4):
        fees = [(draw.randrange(1, 100_000), draw.choice(ITEMS)) for _ in range(draw.randrange(1, 5))]
        visit, total, parts = charged(clinic, patient, fees)
        told = clinic.settle(patient, visit, total, **parts).setlinfo
        fen = {name: round(value * 100) for name, value in told.items() if isinstance(value, int | float)}
        assert fen["medfee_sumamt"] == fen["fund_pay_sumamt"] + fen["psn_part_amt"] + fen["hosp_part_amt"]
        assert fen["psn_part_amt"] == fen["acct_pay"] + fen["psn_cash_pay"]
        assert fen["fund_pay_sumamt"] == sum(fen[name] for name in FUNDS)
        assert fen["acct_mulaid_pay"] <= fen["acct_pay"]


FUNDS = ("hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "hifdm_pay", "maf_pay", "oth_pay")
