"""Health, keys, journal, ledger, audit, catalogue, transactions, documentation."""

import re
from datetime import date

import pytest

from boxes import local, session
from yibaobox.app import Settings, create_app
from yibaobox.domain import messages
from yibaobox.domain.people import id_numbers


def test_health_tells_that_requests_are_served(any_box):
    reply = any_box.get("/_sandbox/health")

    assert reply.status_code == 200
    health = reply.json()
    assert (health["status"], health["world"], health["version"]) == ("ready", any_box.world, "0.1.0")
    assert health["clock"] == {"mode": "follow"} | {key: health["clock"][key] for key in ("now", "today")}
    assert health["durability"] in ("none", "process-kill", "power-loss")


def test_the_credentials_hold_every_key_a_client_needs(any_box):
    keys = any_box.ask("GET", "/credentials")

    assert {part: sorted(value) if isinstance(value, dict) else "" for part, value in keys.items()} == {
        "base_url": "",
        "fsi": sorted(["access_key", "secret_key", "fixmedins", "paasid", "token", "apikey", "sm2_key", "sm2_pub"]),
        "ec": ["partner_id", "partner_secret"],
        "wechat": sorted(
            [
                "mchid",
                "appid",
                "secret",
                "apiv3_key",
                "mch_serial",
                "mch_key",
                "mch_cert",
                "plat_serial",
                "plat_cert",
                "plat_pub",
                "pub_key_id",
            ]
        ),
        "alipay": sorted(["app_id", "app_key", "app_key_pkcs1", "ali_pub", "app_cert", "ali_cert", "root_cert"]),
        "channels": ["key", "merchant_no"],
        "tls": ["ca"],
    }
    assert {frozenset(each) for each in keys["fsi"]["fixmedins"]} == {frozenset(("code", "name", "level", "kind"))}
    assert keys["wechat"]["mch_key"].startswith("-----BEGIN")
    assert len(keys["wechat"]["apiv3_key"]) == 32


def test_two_worlds_share_no_name_of_a_caller(any_box):
    other = any_box.elsewhere(any_box.ask("POST", "/worlds", {"name": "other"})["name"])

    mine, theirs = any_box.ask("GET", "/credentials"), other.ask("GET", "/credentials")

    for part, name in (("fsi", "access_key"), ("fsi", "paasid"), ("wechat", "mchid"), ("alipay", "app_id")):
        assert mine[part][name] != theirs[part][name]
    assert mine["wechat"]["mch_key"] == theirs["wechat"]["mch_key"]
    any_box.ask("DELETE", "/worlds/other")


def test_the_journal_keeps_every_request_masked(any_box):
    id_no = id_numbers.make("510400", date(1999, 1, 1), "1", 0)
    any_box.person(name="测望舒", id_no=id_no)
    any_box.refusal("POST", "/people", {"region": "1"})

    found = any_box.ask("GET", "/requests", op="people.create")["items"]
    whole = any_box.get(f"/_sandbox/v1/requests/{found[-1]['id']}").text

    assert [each["status"] for each in found] == [422, 201]
    assert "测望舒" not in whole
    assert id_no not in whole
    assert f"510*****{id_no[-2:]}" in whole
    assert "*舒" in whole


def test_the_journal_is_asked_by_person_status_and_time(any_box):
    psn_no = any_box.person()["psn_no"]
    any_box.ask("GET", f"/people/{psn_no}")
    any_box.refusal("GET", "/people/1")

    about = [each["op"] for each in any_box.ask("GET", "/requests", person=psn_no)["items"]]
    assert about == ["people.show", "people.create"]
    assert {each["status"] for each in any_box.ask("GET", "/requests", status=404)["items"]} == {404}
    assert len(any_box.ask("GET", "/requests", limit=2)["items"]) == 2
    assert any_box.ask("GET", "/requests", since="2099-01-01T00:00:00+08:00")["items"] == []
    assert any_box.refusal("GET", "/requests?since=yesterday") == (422, "INVALID_INPUT")
    # A plus sign that was not escaped arrives as a space.
    assert any_box.ask("GET", "/requests?since=2099-01-01T00:00:00+08:00")["items"] == []
    assert any_box.ask("GET", "/requests?since=2020-01-01T00:00:00+08:00")["items"] != []
    assert any_box.refusal("GET", "/requests/999999999") == (404, "NOT_FOUND")
    assert any_box.refusal("GET", "/requests/99999999999999999999999") == (404, "NOT_FOUND")


def test_the_journal_can_be_emptied(any_box):
    any_box.person()

    assert any_box.ask("DELETE", "/requests")["deleted"] >= 1
    assert any_box.ask("GET", "/requests", op="people.create")["items"] == []


def test_every_reply_carries_its_trace_and_the_journal_knows_it(any_box):
    trace = any_box.get("/_sandbox/v1/clock").headers["X-Sandbox-Trace"]

    assert any_box.ask("GET", "/requests", op="clock.show")["items"][0]["trace"] == trace


def test_entries_are_found_by_account_transaction_and_time(any_box):
    psn_no = any_box.person(account_fen=100)["psn_no"]
    any_box.ask("POST", f"/people/{psn_no}/topup", {"amount_fen": 5})

    newest = any_box.ask("GET", "/ledger/entries", limit=1)["items"][0]
    assert any_box.ask("GET", "/ledger/entries", account="OPEN", person=psn_no)["items"][0]["amount_fen"] == -5
    assert len(any_box.ask("GET", "/ledger/entries", txn=newest["txn_id"])["items"]) == 2
    assert any_box.ask("GET", "/ledger/entries", since="2099-01-01T00:00:00Z")["items"] == []
    assert any_box.refusal("GET", "/ledger/entries?txn=0") == (422, "INVALID_INPUT")
    assert any_box.refusal("GET", "/ledger/entries?txn=%EF%BC%91") == (422, "INVALID_INPUT")


def test_the_audit_recomputes_and_names_a_head(any_box):
    before = any_box.ask("GET", "/audit")
    any_box.person(account_fen=100)

    after = any_box.ask("GET", "/audit")

    assert (before["violations"], after["violations"]) == ([], [])
    assert after["checked"]["entries"] == before["checked"]["entries"] + 2
    assert re.fullmatch("[0-9a-f]{64}", after["head"])
    assert after["head"] != before["head"]


@pytest.mark.broken_books
def test_a_world_with_broken_books_turns_read_only_until_it_is_reset():
    app = create_app(Settings(ticker=False))
    box = local(app)
    psn_no = box.person(account_fen=100)["psn_no"]
    with app.worlds.get("default").write() as tx:
        tx.run("UPDATE balances SET balance_fen = 99 WHERE psn_no = ?", psn_no)

    assert [each["rule"] for each in box.violations()] == ["L3"]
    assert box.get("/_sandbox/health").json()["status"] == "read_only"
    assert box.refusal("POST", "/people", {"region": "510400", "capacity": "student"}) == (
        503,
        "LEDGER_INVARIANT_BROKEN",
    )
    assert box.ask("GET", f"/people/{psn_no}")["account_fen"] == 99
    box.ask("POST", "/worlds/default/reset")
    assert box.person(account_fen=1)["account_fen"] == 1


@pytest.mark.broken_books
def test_the_watch_finds_broken_books_by_itself():
    app = create_app(Settings(ticker=False))
    world = app.worlds.get("default")
    psn_no = local(app).person(account_fen=100)["psn_no"]
    with world.write() as tx:
        tx.run("UPDATE balances SET balance_fen = 99 WHERE psn_no = ?", psn_no)

    app.installation.watch.patrol(world)

    assert app.installation.watch.is_broken(world)


@pytest.mark.broken_books
def test_a_world_too_large_to_be_audited_in_passing_is_audited_when_somebody_asks(monkeypatch):
    app = create_app(Settings(ticker=False))
    world, box = app.worlds.get("default"), local(app)
    psn_no = box.person(account_fen=100)["psn_no"]
    with world.write() as tx:
        tx.run("UPDATE balances SET balance_fen = 99 WHERE psn_no = ?", psn_no)
    monkeypatch.setattr("yibaobox.sandbox.watch.POSTINGS_MAX", 0)

    app.installation.watch.patrol(world)
    assert not app.installation.watch.is_broken(world)

    assert [each["rule"] for each in box.violations()] == ["L3"]
    assert app.installation.watch.is_broken(world)


def test_a_sound_world_is_not_audited_again_before_its_turn():
    app = create_app(Settings(ticker=False))
    world, watch = app.worlds.get("default"), app.installation.watch

    watch.patrol(world)
    watch.patrol(world)

    assert not watch.is_broken(world)


def test_a_message_never_seen_is_told_so(any_box):
    found = any_box.ask("GET", "/txns/H51040000001/2207/H51040000001202501010001")

    assert (found["state"], found["reply"]) == ("NEVER_SEEN", None)


def test_the_state_of_a_message_is_told_with_its_reply():
    app = create_app(Settings(ticker=False))
    with app.worlds.get("default").write() as tx:
        key = messages.Key("H51040000001", "2207", "a/b")
        messages.store_refused(tx, key, "f", '{"infcode":-1,"err_msg":"余额不足"}', code="INSUFFICIENT_BALANCE")
        messages.store_tombstone(tx, messages.Key("H51040000001", "2207", "dead"))

    refused = local(app).ask("GET", "/txns/H51040000001/2207/a%2Fb")
    dead = local(app).ask("GET", "/txns/H51040000001/2207/dead")

    assert (refused["state"], refused["code"], refused["reply"]["infcode"]) == ("REFUSED", "INSUFFICIENT_BALANCE", -1)
    assert (dead["state"], dead["reply"]) == ("TOMBSTONED", None)


def test_the_catalogue_is_asked_by_class_and_type(any_box):
    found = any_box.ask("GET", "/catalogue", **{"class": "B", "type": "drug"})["items"]

    assert found
    assert {(each["class"], each["type"]) for each in found} == {("B", "drug")}
    assert any_box.refusal("GET", "/catalogue?class=D") == (422, "INVALID_INPUT")
    assert any_box.refusal("GET", "/catalogue?type=wish") == (422, "INVALID_INPUT")


def test_of_two_values_of_a_parameter_none_is_passed_over_in_silence(any_box):
    assert any_box.refusal("GET", "/catalogue?class=A&class=B") == (422, "INVALID_INPUT")
    assert any_box.refusal("GET", "/people?limit=1&limit=1") == (422, "INVALID_INPUT")


def test_the_routes_are_documented_and_the_page_asks_no_other_host(any_box):
    spec = any_box.ask("GET", "/openapi.json")
    page = any_box.get("/_sandbox/v1/docs").text

    assert spec["openapi"] == "3.1.0"
    assert "/_sandbox/v1/people/{psn_no}/topup" in spec["paths"]
    assert "//" not in page.replace("http://www.w3.org", "")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/portal/v1/people", 404),
        ("GET", "/tax/v1/nowhere", 404),
        ("GET", "/hospital/v1/x", 404),
        ("GET", "/nowhere", 404),
        ("GET", "/_sandbox/v1/nowhere", 404),
        ("PATCH", "/_sandbox/v1/clock", 405),
        ("GET", "/_sandbox/v1/people/%00", 404),
    ],
)
def test_what_is_not_there_answers_with_a_problem(any_box, method, path, status):
    reply = any_box.request(method, path)

    assert reply.status_code == status
    assert reply.headers["Content-Type"] == "application/problem+json"


def test_an_unknown_transaction_is_refused_in_the_envelope(any_box):
    header = {"infno": "9999", "msgid": "H51040000001202501010001", "fixmedins_code": "H51040000001", "input": {}}

    reply = any_box.post("/fsi/api/rsfComIfsService/callService", header)

    assert (reply.status_code, reply.json()["infcode"]) == (200, -1)
    assert reply.headers["X-Sandbox-Code"] == "UNSUPPORTED_TRANSACTION"


def test_a_page_from_elsewhere_cannot_drive_the_sandbox(any_box):
    reply = any_box.get("/_sandbox/v1/clock", headers={"Origin": "https://evil.example"})

    assert (reply.status_code, reply.json()["code"]) == (403, "FOREIGN_ORIGIN")


def test_with_a_token_only_who_has_it_drives_the_sandbox():
    app = create_app(Settings(ticker=False, token="s3cret"))
    url = "http://yibaobox.test/_sandbox"

    def status(path, **headers):
        return session(app).get(url + path, headers=headers).status_code

    assert status("/health") == 200
    assert status("/v1/clock") == 401
    assert status("/v1/clock", Authorization="Bearer wrong") == 401
    assert status("/v1/clock", Authorization="Bearer s3cret") == 200
