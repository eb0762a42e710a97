"""What a tester does with a notification: drops it, puts it off, doubles it, forges it, sends it in another order."""

import pytest
from cryptography.exceptions import InvalidSignature

from merchant import Sink, trade_no, verify
from yibaobox.sandbox.deliver import READ_MAX


@pytest.fixture
def sink(app, monkeypatch):
    made = Sink(app.installation.courier)
    monkeypatch.setattr(app.installation.courier, "session", made)
    return made


def notified(merchant, sink, status=500):
    """Pay an order whose merchant answers so; return the number of the notification and what was sent."""
    name = trade_no()
    merchant.jsapi(merchant.order(name))
    sink.status = status
    merchant.box.ask("POST", f"/wechat/pay/{name}", {})
    return next(each["id"] for each in events(merchant) if each["topic"] == f"wechatpay:{name}")


def events(merchant):
    return merchant.box.ask("GET", "/events")["items"]


def event(merchant, event_id):
    return next(each for each in events(merchant) if each["id"] == event_id)


def later(merchant, by):
    merchant.box.ask("POST", "/clock/advance", {"by": by})
    merchant.box.ask("GET", "/clock")  # the next request lets due events go


def test_a_dropped_notification_never_comes(merchant, sink):
    event_id = notified(merchant, sink)
    assert merchant.box.ask("POST", f"/events/{event_id}/drop") == {"id": event_id, "state": "exhausted"}

    later(merchant, "P2D")
    assert len(sink.seen) == 1
    assert [each["error"] for each in event(merchant, event_id)["deliveries"]] == [None, "dropped"]
    assert merchant.box.refusal("POST", f"/events/{event_id}/drop") == (409, "CONFLICT")
    assert merchant.box.refusal("POST", f"/events/{event_id}/delay", {"by": "PT1M"}) == (409, "CONFLICT")


def test_a_notification_is_put_off(merchant, sink):
    event_id = notified(merchant, sink)
    merchant.box.ask("POST", f"/events/{event_id}/delay", {"by": "PT1H"})

    later(merchant, "PT59M")
    assert len(sink.seen) == 1
    sink.status = 200
    later(merchant, "PT1M")
    assert (len(sink.seen), event(merchant, event_id)["state"]) == (2, "delivered")


def test_a_notification_is_doubled(merchant, sink):
    event_id = notified(merchant, sink, 200)
    sent = merchant.box.ask("POST", f"/events/{event_id}/duplicate", {"times": 3})["items"]

    assert [each["state"] for each in sent] == ["delivered"] * 3
    assert len({body for _, _, body in sink.seen}) == 1
    assert len(sink.seen) == 4


def test_a_forged_notification_does_not_hold(merchant, sink):
    event_id = notified(merchant, sink, 401)
    merchant.box.ask("POST", f"/events/{event_id}/forge")

    (_, true, body), (_, false, same) = sink.seen
    assert body == same
    text = [f"{told['Wechatpay-Timestamp']}\n{told['Wechatpay-Nonce']}\n{body}\n" for told in (true, false)]
    verify(merchant.keys["plat_cert"], text[0], true["Wechatpay-Signature"])
    with pytest.raises(InvalidSignature):
        verify(merchant.keys["plat_cert"], text[1], false["Wechatpay-Signature"])
    assert event(merchant, event_id)["state"] == "pending"  # the true one still comes


def test_notifications_come_in_the_order_that_was_asked_for(merchant, sink):
    numbers = [notified(merchant, sink) for _ in range(3)]
    first = [body for _, _, body in sink.seen]
    sink.seen.clear()
    wanted = [numbers[2], numbers[0], numbers[1]]
    sink.status = 200
    sent = merchant.box.ask("POST", "/events/reorder", {"ids": wanted})["items"]

    assert [(each["id"], each["state"]) for each in sent] == [(number, "delivered") for number in wanted]
    assert [body for _, _, body in sink.seen] == [first[2], first[0], first[1]]
    assert merchant.box.refusal("POST", "/events/reorder", {"ids": [numbers[0], 10**9]}) == (404, "NOT_FOUND")
    assert len(sink.seen) == 3  # nothing is sent when one of them is unknown


@pytest.mark.parametrize("verb", ["drop", "forge", "resend", "duplicate", "delay"])
def test_what_is_no_event_is_not_there(merchant, verb):
    body = {"by": "PT1S"} if verb == "delay" else {} if verb == "duplicate" else None

    assert merchant.box.refusal("POST", f"/events/{10**9}/{verb}", body) == (404, "NOT_FOUND")


@pytest.mark.parametrize(("verb", "body"), [("delay", {"by": "soon"}), ("delay", {}), ("duplicate", {"times": 0})])
def test_how_is_checked(merchant, sink, verb, body):
    event_id = notified(merchant, sink)

    assert merchant.box.refusal("POST", f"/events/{event_id}/{verb}", body)[0] == 422
    assert event(merchant, event_id)["attempts"] == 1


def test_of_an_answer_so_much_is_read_and_no_more(merchant, sink, monkeypatch):
    asked = []
    monkeypatch.setattr("merchant.Reply.read", lambda self, size, **_: asked.append(size) or b"x" * size)
    notified(merchant, sink, 200)

    assert asked == [READ_MAX]
