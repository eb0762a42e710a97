"""What is foreseen is guessed from messages that nobody has checked."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxes import local
from clinic import Clinic
from ground import opened
from yibaobox.app import Settings, create_app
from yibaobox.domain.store.wire import Wire
from yibaobox.edge.envelope import Envelope
from yibaobox.settlement import foresee

PERSON = "51040020250000000001"
VALUES = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from((PERSON, "17", "0000", "B1"))
)
NAMES = st.sampled_from(("psn_no", "mdtrt_id", "chrg_bchno"))
ROWS = st.dictionaries(NAMES, VALUES | st.lists(VALUES, max_size=2))
INPUTS = st.dictionaries(
    st.sampled_from(("data", "feedetail", "mdtrtinfo")), ROWS | VALUES | st.lists(ROWS | VALUES, max_size=3)
)
VERBS = (foresee.registering, foresee.describing, foresee.charging, foresee.settling)


@pytest.fixture(scope="module")
def tx():
    with opened("memory://") as worlds, worlds.ensure("foreseen").write() as tx:
        yield tx


@given(INPUTS)
def test_whatever_a_message_says_only_numbers_and_plain_text_are_asked_for(tx, told):
    asked = Envelope({"fixmedins_code": "H51040000001"}, told, {})
    for verb in VERBS:
        for _, params in verb(tx, asked):
            assert all(type(param) is int or (type(param) is str and param.isascii()) for param in params)


@pytest.mark.parametrize("verb", VERBS)
def test_who_is_named_is_foreseen(tx, verb):
    facts = {"psn_no": PERSON, "mdtrt_id": "17", "chrg_bchno": "B1"}
    asked = Envelope({"fixmedins_code": "H51040000001"}, {"data": facts, "mdtrtinfo": facts, "feedetail": [facts]}, {})
    assert PERSON in {param for _, params in verb(tx, asked) for param in params}
    for name in ("psn_no", "mdtrt_id"):
        facts[name] = "x" + facts[name]
    assert verb(tx, asked) == []


def test_a_settlement_takes_two_round_trips_to_postgresql(postgres_url, monkeypatch):
    trips, exchange, here = [], Wire._exchange, threading.get_ident()

    def counted(wire):
        if threading.get_ident() == here:
            trips.append([what.name for what, *_ in wire._waiting])
        return exchange(wire)

    app = create_app(Settings(db=postgres_url))
    try:
        box = local(app)
        clinic = Clinic(box)
        patient = box.person(enrolled=True)
        monkeypatch.setattr(Wire, "_exchange", counted)
        for _ in range(4):  # statements are prepared by the first ones
            visit = clinic.visit(patient, "100.00")
            trips.clear()
            assert clinic.settle(patient, visit, "100.00").ok
            made = list(trips)
    finally:
        app.close()

    assert len(made) == 2, made


def test_sources_that_one_world_has_are_written_in_the_next_and_sought_where_they_are(postgres_url, monkeypatch):
    written, later = [], Wire.later
    monkeypatch.setattr(Wire, "later", lambda wire, sql, params=(): written.append(sql) or later(wire, sql, params))
    app = create_app(Settings(db=postgres_url))
    try:
        first = local(app)
        for box in [first.elsewhere(first.ask("POST", "/worlds", {})["name"]) for _ in range(2)]:
            clinic = Clinic(box)
            patient = box.person(enrolled=True)
            for kept in (1, 0):
                visit = clinic.visit(patient, "100.00")
                written.clear()
                made = clinic.settle(patient, visit, "100.00").setlinfo["setl_id"]
                assert sum("INTO explanation_sources" in sql for sql in written) == kept
                assert box.ask("GET", f"/settlements/{made}/explain")["sources"]
    finally:
        app.close()


def test_a_settlement_on_sqlite_reads_nothing_that_the_messages_of_its_visit_wrote(tmp_path):
    app, asked = create_app(Settings(db=f"sqlite:///{tmp_path}/worlds")), []
    try:
        box = local(app)
        clinic = Clinic(box)
        patient = box.person(enrolled=True)
        visit = clinic.visit(patient, "100.00")
        app.worlds.get("default").store.raw.set_trace_callback(asked.append)
        assert clinic.settle(patient, visit, "100.00").ok
    finally:
        app.close()
    assert any("INTO settlements" in sql for sql in asked)
    of_person = [sql for sql in asked if sql.startswith("SELECT") and "psn_no = '" in sql]  # an audit asks of everybody
    assert of_person
    assert [sql for sql in of_person if "FROM fees" in sql or "FROM visits" in sql] == []
