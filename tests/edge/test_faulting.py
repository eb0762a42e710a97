"""Faults on the way through the router."""

import pytest
from werkzeug.test import Client

from yibaobox.app import Settings, create_app


@pytest.fixture
def box():
    app = create_app(Settings(ticker=False, regions=("510400",)))
    yield Client(app)
    app.close()


def envelope(infno, **input_):
    return {"infno": infno, "msgid": "m1", "fixmedins_code": "H51040000001", "input": {"data": input_}}


def arm(box, **wanted):
    return box.post("/_sandbox/v1/faults", json={"name": "reset.before_effect"} | wanted)


def fired(box):
    return box.get("/_sandbox/v1/faults/log").json["items"]


def test_with_none_armed_none_fires(box):
    assert box.get("/ec/v1/credential").status_code == 401
    assert fired(box) == []


def test_a_header_strikes_its_own_request_alone(box):
    with pytest.raises(ConnectionResetError):
        box.get("/ec/v1/credential", headers={"X-Sandbox-Fault": "reset.before_effect"})

    assert box.get("/ec/v1/credential").status_code == 401
    assert [entry["name"] for entry in fired(box)] == ["reset.before_effect"]


def test_a_fault_after_the_commit_leaves_its_effect(box):
    person = box.post("/_sandbox/v1/people", json={"region": "510400", "capacity": "employee"}).json
    asked = {"id_no": person["id_no"], "name": person["name"], "channel": "wechat", "terms": True}
    before = rows(box)

    for name, more in (("reset.before_effect", 0), ("reset.after_commit", 1)):
        with pytest.raises(ConnectionResetError):
            box.post("/ec/v1/activations", json=asked, headers={"X-Sandbox-Fault": name})
        assert rows(box) == before + more


def rows(box):
    world = box.application.worlds.get("default")
    with world.read() as tx:
        return tx.one("SELECT count(*) FROM activations")[0]


def test_a_rule_fires_as_often_as_it_was_told(box):
    arm(box, times=2, match={"path": "/ec/v1/credential"})
    outcomes = []
    for _ in range(4):
        try:
            outcomes.append(box.get("/ec/v1/credential").status_code)
        except ConnectionResetError:
            outcomes.append("reset")

    assert outcomes == ["reset", "reset", 401, 401]


def test_a_rule_matches_what_the_envelope_says(box):
    arm(box, times=None, match={"infno": "2207", "psn": "7"})

    with pytest.raises(ConnectionResetError):
        box.post("/fsi/api/2207", json=envelope("2207", psn_no="7"))
    assert box.post("/fsi/api/2207", json=envelope("2207", psn_no="8")).status_code == 200
    assert box.post("/fsi/api/2206", json=envelope("2206", psn_no="7")).status_code == 200


def test_the_same_seed_fires_on_the_same_requests(box):
    def run():
        arm(box, times=None, probability=0.5, seed=7)
        drawn = []
        for _ in range(30):
            try:
                box.get("/ec/v1/credential")
                drawn.append(False)
            except ConnectionResetError:
                drawn.append(True)
        box.delete("/_sandbox/v1/faults")
        return drawn

    first = run()
    assert first == run()
    assert 5 < sum(first) < 25


def test_the_control_api_is_never_struck(box):
    arm(box, times=None)

    assert box.get("/_sandbox/v1/clock").status_code == 200


@pytest.mark.parametrize(
    "wanted",
    [
        {"name": "no.such.fault"},
        {"match": {"colour": "red"}},
        {"probability": 1.5},
        {"probability": 0.1234567},
        {"probability": True},
        {"times": 0},
        {"params": {"deep": {"er": 1}}},
        {"unknown": 1},
    ],
)
def test_a_rule_that_cannot_be_is_refused(box, wanted):
    assert arm(box, **wanted).status_code == 422
    assert box.get("/_sandbox/v1/faults").json["items"] == []


def test_an_unknown_fault_in_a_header_is_refused(box):
    refused = box.get("/ec/v1/credential", headers={"X-Sandbox-Fault": "no.such"})

    assert (refused.status_code, refused.json["code"]) == (422, "INVALID_INPUT")


def test_a_disarmed_fault_is_gone(box):
    made = arm(box).json

    assert box.delete(f"/_sandbox/v1/faults/{made['id']}").json == {"disarmed": 1}
    assert box.delete(f"/_sandbox/v1/faults/{made['id']}").status_code == 404
