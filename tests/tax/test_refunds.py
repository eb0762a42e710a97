"""Money that could not pay its bill goes back by itself: through the gateway, once, through a restart."""

from __future__ import annotations

import json

import pytest

from boxes import KEPT, local, own_world
from citizen import frozen
from merchant import Merchant, notification
from striking import until
from taxpayer import LOW, taxpayer
from yibaobox.app import Settings, create_app

DUE = "REFUND_DUE:wechat"


@pytest.fixture
def anywhere(any_box):
    return taxpayer(frozen(any_box))


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}"
    return request.getfixturevalue("fresh_postgres_url")


def late(student):
    """The second of two payers of a bill: the order is closed when the first pays, and paid all the same."""
    bill = student.bill()
    mine = student.order(bill)
    student.identify().log_in("oMotherOfThem")
    hers = student.order(bill)
    student.box.ask("POST", "/faults", {"name": "pay.late_success_after_close", "times": 1})
    student.act(mine)
    return hers


def owed(student, order, state):
    """Wait for the state of the one refund of an order; on a started server it comes by itself."""

    def there():
        return next((one for one in student.show(order)["refunds"] if one["state"] == state), None)

    return until(there)


def advance(student, by):
    student.box.ask("POST", "/clock/advance", {"by": by})


def test_a_late_payment_goes_back_by_itself(anywhere):
    order = late(anywhere)
    one = owed(anywhere, order, "PROCESSING")
    assert (one["amount_fen"], sum(anywhere.entries(DUE))) == (LOW, LOW)

    merchant = Merchant(anywhere.box)
    found = until(lambda: refund_at_gateway(merchant, one["out_refund_no"]))
    assert found["amount"]["refund"] == LOW
    advance(anywhere, "PT5S")
    owed(anywhere, order, "DONE")

    assert (sum(anywhere.entries(DUE)), sum(anywhere.entries("CASH:wechat"))) == (0, -LOW)
    assert merchant.query(order["out_trade_no"]).json()["trade_state"] == "REFUND"
    assert anywhere.show(order)["state"] == "CLOSED"
    assert anywhere.entries("PREM:511700:2026") == [LOW]
    assert anywhere.box.violations() == []


def refund_at_gateway(merchant, name):
    reply = merchant.send("GET", f"/v3/refund/domestic/refunds/{name}")
    return reply.json() if reply.status_code == 200 else None


def test_a_gateway_that_is_away_is_asked_again(local_box):
    student = taxpayer(frozen(local_box))
    student.box.ask("POST", "/faults", {"name": "callback.down", "match": {"channel": "tax-refund"}, "times": 2})
    order = late(student)
    name = owed(student, order, "PROCESSING")["out_refund_no"]
    assert refund_at_gateway(Merchant(student.box), name) is None

    for by in ("PT15S", "PT1M", "PT5S"):
        advance(student, by)
        student.box.ask("GET", "/clock")  # the next request lets due events go
    owed(student, order, "DONE")
    topics = {event["topic"]: event["state"] for event in student.box.ask("GET", "/events")["items"]}
    assert topics[f"tax-refund:{name}"] == "delivered"
    assert student.entries(DUE) == [LOW, -LOW]


def test_what_is_under_way_survives_a_restart(db):
    first = create_app(Settings(db=db, ticker=False))
    student = taxpayer(frozen(local(first)))
    order = late(student)
    name = owed(student, order, "PROCESSING")["out_refund_no"]
    first.close()

    second = create_app(Settings(db=db, ticker=False))
    box = local(second)
    box.ask("POST", "/clock/advance", {"by": "PT5S"})
    box.ask("GET", "/clock")
    again = Merchant(box)
    assert refund_at_gateway(again, name)["status"] == "SUCCESS"
    with second.worlds.get("default").read() as tx:
        assert tx.query("SELECT out_refund_no, state FROM refunds") == [(name, "DONE")]
    assert box.violations() == []
    second.close()


@pytest.fixture
def platform(request):
    """A student with a refund under way, and the keys of the platform, with which a test may sign as it does."""
    made = create_app(Settings(ticker=False))
    KEPT.append(made)
    with own_world(local(made)) as box:
        keys = {**made.worlds.registry.installation(), **made.worlds.get(box.world).info.keys}
        student = taxpayer(frozen(box))
        order = late(student)
        yield student, order, owed(student, order, "PROCESSING"), keys
    KEPT.remove(made)
    made.close()


def notify(student, keys, told):
    headers, body = notification(keys, told, document={"event_type": "REFUND.SUCCESS"})
    reply = student.box.request("POST", "/tax/v1/notify/wechat", data=body.encode(), headers=headers)
    return reply.status_code, json.loads(reply.content)["code"]


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({"amount": {"refund": LOW - 1}}, (422, "AMOUNT_MISMATCH")),
        ({"amount": None}, (502, "PARTY_REFUSED")),
        ({"mchid": "1900000001"}, (403, "CHECK_FAILED")),
        ({"out_refund_no": "SR0"}, (404, "NOT_FOUND")),
    ],
)
def test_a_notification_that_is_not_the_refunds_has_no_effect(platform, changed, answer):
    student, order, one, keys = platform
    told = {"mchid": keys["mchid"], "out_refund_no": one["out_refund_no"], "amount": {"refund": LOW}} | changed

    assert notify(student, keys, told) == answer
    assert owed(student, order, "PROCESSING") == one


def test_a_refund_that_is_told_twice_is_entered_once(platform):
    student, order, one, keys = platform
    told = {"mchid": keys["mchid"], "out_refund_no": one["out_refund_no"], "amount": {"refund": LOW}}

    assert [notify(student, keys, told) for _ in range(2)] == [(200, "SUCCESS")] * 2
    owed(student, order, "DONE")
    assert student.entries(DUE) == [LOW, -LOW]
