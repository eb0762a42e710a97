"""What an application under test sees when it calls the sandbox with `requests`, without a port and with one."""

import io
import time

import flask
import freezegun
import pytest
import requests

import merchant
from striking import until
from yibaobox.testing import NotEmulated, Refused, mock_yibao
from yibaobox.testing.hosts import VENDORS
from yibaobox_mocks import create

WECHAT = "https://api.mch.weixin.qq.com"


class Shop:
    """What a merchant needs: the vendor's real address, and the keys of a world."""

    def __init__(self, box):
        self.url = WECHAT
        self.session = requests.Session()
        self._control = box.control

    def ask(self, method, path):
        return self._control(method, path)


def paid(box, notify_url, out_trade_no="TRADE1"):
    """Order at the vendor's own address, and let the payer pay."""
    shop = merchant.Merchant(Shop(box))
    ordered = shop.jsapi(shop.order(out_trade_no, notify_url=notify_url))
    shop.check_reply(ordered)
    told = box.control("POST", f"/wechat/pay/{out_trade_no}", {})
    return shop, told


def test_an_application_reaches_the_sandbox_at_its_address(either):
    reply = requests.get(f"{either.url}/_sandbox/health", timeout=5)

    assert reply.json()["world"] == either.world
    assert requests.get(f"{either.url}/nowhere", timeout=5).status_code == 404
    assert either.credentials["base_url"] == either.url


@pytest.mark.parametrize("address", ["http://127.0.0.1:8097", "http://localhost:8097"])
def test_the_usual_address_leads_to_the_box_as_well(either, address):
    assert requests.get(f"{address}/_sandbox/health", timeout=5).json()["world"] == either.world


def test_a_vendor_is_reached_at_its_own_address_and_calls_back(either, request):
    from yibaobox.testing import sinks

    with sinks.opened(either) as sink:
        shop, told = paid(either, sink.url)
        [came] = sink.wait()

        assert told["state"] == "SUCCESS"
        assert shop.query("TRADE1").json()["trade_state"] == "SUCCESS"
        assert (came.method, came.verified, came.plain["out_trade_no"]) == ("POST", True, "TRADE1")


def test_a_call_back_that_is_not_taken_comes_again_on_the_sandbox_clock(either):
    from yibaobox.testing import sinks

    with sinks.opened(either) as sink:
        sink.answer_with(500)
        paid(either, sink.url)
        assert len(sink.wait()) == 1
        sink.answer_with(200)
        either.clock.advance("PT1M")

        assert len(sink.wait(2)) == 2
    # The answer is written down after it was given.
    until(lambda: either.events.all()[0]["state"] == "delivered" or None, "delivered")


def test_the_sink_sees_a_signature_that_does_not_hold(inproc):
    from yibaobox.testing import sinks

    with sinks.opened(inproc) as sink:
        shop = merchant.Merchant(Shop(inproc))
        shop.jsapi(shop.order("TRADE2", notify_url=sink.url))
        inproc.control("POST", "/wechat/pay/TRADE2", {}, probe=1)

        assert [each.verified for each in sink.wait(2)] == [False, True]
    assert [each["deliveries"][0]["status"] for each in inproc.events] == [200, 401]


def test_call_backs_reach_an_application_in_the_thread_that_causes_them(inproc):
    import threading

    app, threads = flask.Flask("shop"), []

    @app.post("/paid")
    def take():
        threads.append(threading.get_ident())
        return "", 204

    inproc.mount("https://shop.example", app)
    paid(inproc, "https://shop.example/paid")

    assert threads == [threading.get_ident()]


def test_an_application_that_breaks_is_a_receiver_that_answers_500(inproc, caplog):
    app = flask.Flask("shop")
    app.testing = True

    @app.post("/paid")
    def take():
        raise RuntimeError("boom")

    inproc.mount("https://shop.example", app)
    paid(inproc, "https://shop.example/paid")

    assert inproc.events.all()[0]["deliveries"][0]["status"] == 500
    assert "boom" in caplog.text


def test_a_receiver_that_nobody_mounted_is_not_called(inproc):
    paid(inproc, "https://shop.example/paid")

    assert "neither on loopback" in inproc.events.all()[0]["deliveries"][0]["error"]


def test_what_was_mounted_for_a_box_goes_with_it():
    with mock_yibao() as box:
        box.mount("https://shop.example", flask.Flask("shop"))
    with mock_yibao() as box:
        paid(box, "https://shop.example/paid")
        assert "neither on loopback" in box.events.all()[0]["deliveries"][0]["error"]


def test_a_known_host_that_nobody_stands_in_for_is_refused_with_a_list(inproc):
    with pytest.raises(
        requests.ConnectionError, match=r"is not emulated.*Emulated: .*api\.mch\.weixin\.qq\.com"
    ) as info:
        requests.get("https://fuwu.nhsa.gov.cn/ebus", timeout=5)

    assert isinstance(info.value.args[0], NotEmulated)


def test_a_vendors_host_serves_nothing_but_the_vendor(inproc):
    assert requests.get(f"{WECHAT}/portal/v1/hall", timeout=5).status_code == 404
    assert requests.get(f"{WECHAT}/_sandbox/v1/credentials", timeout=5).status_code == 403


def test_every_path_that_is_served_belongs_to_a_host_and_the_other_way_round():
    served = {rule.rule for rule in create(None).url_map.iter_rules()}

    for host, prefix in VENDORS.items():
        assert any(rule.startswith(prefix) for rule in served), host
    more = ("/cgi-bin/", "/wxa/", "/bank/", "/campus/", "/kiosk/")  # a host's other paths; parties that have no host
    assert [rule for rule in served if not rule.startswith((*VENDORS.values(), *more))] == []


@pytest.mark.parametrize(
    "body",
    [b'{"region": "510400", "capacity": "child"}', "text", "file", "generator"],
    ids=["bytes", "text", "file", "generator"],
)
def test_a_body_of_any_kind_arrives(inproc, body):
    plain = b'{"region": "510400", "capacity": "child"}'
    data = {"text": plain.decode(), "file": io.BytesIO(plain), "generator": iter([plain[:9], plain[9:]])}.get(
        body, body
    )
    headers = {"Content-Type": "application/json"}

    reply = requests.post(f"{inproc.url}/_sandbox/v1/people", data=data, headers=headers, timeout=5)

    assert reply.status_code == 201, reply.text


def test_headers_with_underscores_arrive(either):
    url = f"{either.url}/fsi/api/rsfComIfsService/callService"
    requests.post(url, json={}, headers={"_api_name": "fsi.call"}, timeout=5)

    assert "fsi.call" in str(either.requests.get(either.requests.all()[0]["id"])["detail"])


def test_a_dropped_connection_is_one_to_requests_too(inproc):
    inproc.faults.arm("reset.after_commit", match={"path": "/portal/v1/captcha"})

    with pytest.raises(requests.ConnectionError):
        requests.get(f"{inproc.url}/portal/v1/captcha", timeout=5)

    assert [each["name"] for each in inproc.faults.log()] == ["reset.after_commit"]
    assert requests.get(f"{inproc.url}/portal/v1/captcha", timeout=5).status_code != 0


def test_other_hosts_are_left_alone(inproc):
    from yibaobox.testing.loopback import LoopbackServer

    def elsewhere(environ, start_response):
        start_response("200 OK", [])
        return [b"elsewhere"]

    with LoopbackServer(elsewhere) as server:
        assert requests.get(f"http://127.0.0.1:{server.port}/", timeout=5).text == "elsewhere"


def test_the_users_freezegun_moves_a_clock_that_follows(inproc):
    with freezegun.freeze_time("2025-12-31T16:30:00+00:00") as frozen:
        assert inproc.clock.today.isoformat() == "2026-01-01"
        frozen.move_to("2026-03-01T00:00:00+00:00")
        assert inproc.clock.now.isoformat() == "2026-03-01T08:00:00+08:00"
        assert inproc.people.create()["psn_no"]


def test_a_world_may_be_wanted_otherwise():
    with mock_yibao(region="511700", at="2025-12-31T23:59:30+08:00", seed=7, population=3) as box:
        assert (box.clock.mode, box.clock.today.isoformat()) == ("frozen", "2025-12-31")
        assert {person["region"] for person in box.people.all()} == {"511700"}
        assert box.people.create()["region"] == "511700"


@pytest.mark.parametrize("wanted", [{"region": "999999"}, {"at": "yesterday"}, {"fault": "no.such"}])
def test_what_cannot_be_had_is_refused_before_the_test(wanted):
    with pytest.raises(Refused), mock_yibao(**wanted):
        raise AssertionError("not reached")

    assert requests.Session().get_adapter("http://x").send.__module__ == "requests.adapters"


def test_a_refusal_names_the_fields_that_were_wrong(inproc):
    with pytest.raises(Refused, match="tims"):
        inproc.faults.arm("http.503", tims=2)


def test_the_parts_of_a_box_do_what_they_say(either):
    person = either.people.create(account_fen=100, name="测部件")
    before = either.snapshot()
    either.people.topup(person["psn_no"], 50)

    assert either.people.get(person["psn_no"])["account_fen"] == 150
    assert before.diff()["equal"] is False
    before.restore()
    assert either.people.get(person["psn_no"])["account_fen"] == 100
    before.delete()
    assert [kind["name"] for kind in either.faults.kinds()]
    either.reset()
    assert person["name"] not in {each["name"] for each in either.people.all()}
    with pytest.raises(Refused) as info:
        either.explain("nothing")
    assert (info.value.status, info.value.code) == (404, "NOT_FOUND")


def test_the_clock_of_a_box_is_frozen_run_advanced_and_let_go(either):
    either.clock.freeze("2026-01-31T00:00:00+08:00")
    either.clock.advance("P1D")
    assert either.clock.now.isoformat() == "2026-02-01T00:00:00+08:00"
    either.clock.run_from("2027-01-01T00:00:00+08:00")
    assert (either.clock.mode, either.clock.today.year) == ("offset", 2027)
    either.clock.follow()
    assert either.clock.mode == "follow"
    with pytest.raises(Refused):
        either.clock.set("backwards")


TIMEOUTS = ["timeout.before_effect", "timeout.after_commit"]


@pytest.mark.parametrize("name", TIMEOUTS)
def test_a_time_out_costs_no_time_in_process(inproc, name):
    inproc.faults.arm(name, match={"path": "/portal/v1/captcha"}, times=3)
    began = time.monotonic()

    for timeout in (25, (3, 25), 9):
        with pytest.raises(requests.ReadTimeout):
            requests.post(f"{inproc.url}/portal/v1/captcha", timeout=timeout)

    assert time.monotonic() - began < 25
    assert len(inproc.faults.log()) == 3


def test_a_latency_costs_no_time_and_only_the_impatient_notice(inproc):
    headers = {"X-Sandbox-Fault": "latency;ms=30000"}
    began = time.monotonic()

    assert requests.get(f"{inproc.url}/portal/v1/hall", headers=headers, timeout=31).status_code != 0
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{inproc.url}/portal/v1/hall", headers=headers, timeout=30)

    assert time.monotonic() - began < 30


def test_a_body_that_breaks_off_is_one_that_breaks_off(inproc):
    headers = {"X-Sandbox-Fault": "truncate.response;bytes=3"}

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(f"{inproc.url}/portal/v1/hall", headers=headers, timeout=5)


def test_boxes_within_each_other_answer_apart(inproc):
    with mock_yibao() as inner:
        assert requests.get("http://127.0.0.1:8097/_sandbox/health", timeout=5).json()["world"] == inner.world
        assert requests.get(f"{inproc.url}/_sandbox/health", timeout=5).json()["world"] == inproc.world
    assert requests.get("http://127.0.0.1:8097/_sandbox/health", timeout=5).json()["world"] == inproc.world
