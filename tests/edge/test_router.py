"""From an address to a service, from a request to a world."""

import io

import pytest
from werkzeug.test import Client, EnvironBuilder

from yibaobox.domain.store import Conflict, OutcomeUnknown, PlaceGone
from yibaobox.edge import choice
from yibaobox.edge.guard import Guard
from yibaobox.edge.journal import Journal
from yibaobox.edge.router import Hooks, Router


@pytest.fixture(scope="module")
def other(worlds):
    return worlds.create("other")


def world(reply):
    assert reply.status_code == 200, reply.text
    return reply.json["world"]


def test_a_request_without_a_choice_is_the_default_worlds(client):
    assert world(client.get("/portal/v1/world")) == "default"


def test_the_header_chooses(client, other):
    assert world(client.get("/portal/v1/world", headers={"X-Sandbox-World": "other"})) == "other"


def test_the_path_chooses_and_is_stripped(client, other):
    assert world(client.get("/w/other/portal/v1/world")) == "other"


def test_header_and_path_may_agree_but_not_differ(client, other):
    assert world(client.get("/w/other/portal/v1/world", headers={"X-Sandbox-World": "other"})) == "other"

    reply = client.get("/w/other/portal/v1/world", headers={"X-Sandbox-World": "default"})
    assert (reply.status_code, reply.json["code"]) == (400, "WORLD_CHOICE_CONFLICT")


@pytest.mark.parametrize("name", ["none", "x" * 300, "../default", "默认", "%00"])
def test_an_unknown_world_is_not_found(client, name):
    for reply in (
        client.get(f"/w/{name}/portal/v1/world"),
        client.get("/portal/v1/world", headers={"X-Sandbox-World": name.encode().decode("latin-1")}),
    ):
        assert reply.status_code == 404
        assert reply.json["code"] in ("WORLD_NOT_FOUND", "NOT_FOUND")


def test_an_unknown_world_is_told_in_the_language_of_the_national_interface(client):
    reply = client.post("/fsi/api/1101", json={}, headers={"X-Sandbox-World": "none"})

    assert (reply.status_code, reply.json["infcode"]) == (200, -1)
    assert reply.headers["X-Sandbox-Code"] == "WORLD_NOT_FOUND"


def test_credentials_choose(client, other):
    keys = other.info.keys
    merchant = f'WECHATPAY2-SHA256-RSA2048 mchid="{keys["mchid"]}",nonce_str="n"'
    asked = [
        client.get("/portal/v1/world", headers={"_api_access_key": keys["access_key"]}),
        client.get("/portal/v1/world", headers={"x-tif-paasid": keys["paasid"]}),
        client.get("/portal/v1/world", headers={"apikey": keys["apikey"]}),
        client.get("/v3/pay", headers={"Authorization": merchant}),
        client.get("/v3/pay", query_string={"mchid": keys["mchid"]}),
        client.get("/v3/pay", query_string={"appid": keys["appid"]}),
        client.get("/gateway.do", query_string={"app_id": keys["app_id"]}),
        client.post("/gateway.do", data={"app_id": keys["app_id"]}),
    ]

    assert [world(reply) for reply in asked] == ["other"] * len(asked)


def test_an_explicit_choice_outweighs_a_credential(client, other):
    headers = {"_api_access_key": other.info.keys["access_key"], "X-Sandbox-World": "default"}

    assert world(client.get("/portal/v1/world", headers=headers)) == "default"


def test_a_secret_chooses_nothing(client, other):
    assert world(client.get("/portal/v1/world", headers={"apikey": other.info.keys["secret_key"]})) == "default"


def test_both_targets_are_kept_for_signatures(client, other):
    raw = "/w/other/v3/pay?a=%2F&b=%E4%B8%AD"

    assert client.get(raw).json["targets"] == [raw, "/v3/pay?a=%2F&b=%E4%B8%AD"]
    assert client.get("/v3/pay?a=%2F").json["targets"] == ["/v3/pay?a=%2F"]


@pytest.mark.parametrize(
    ("path", "raw", "expected"),
    [
        ("/w/a/x", "/w/a/x?q", ("a", "/x", "/x?q")),
        ("/w/a", "/w/a", ("a", "/", "/")),
        ("/w/a", "/w/a?q=1", ("a", "/", "/?q=1")),
        ("/w/a/w/b/x", "/w/a/w/b/x", ("a", "/w/b/x", "/w/b/x")),
        ("/w/", "/w/", (None, "/w/", "/w/")),
        ("/wx/a", "/wx/a", (None, "/wx/a", "/wx/a")),
    ],
)
def test_the_world_is_taken_off_the_address(path, raw, expected):
    target = choice.split(path, raw)

    assert (target.world, target.path, target.raw) == expected


def test_every_reply_carries_its_trace(client):
    traces = {client.get(path).headers["X-Sandbox-Trace"] for path in ("/", "/portal/v1/world", "/fsi/api/1101", "/x")}

    assert len(traces) == 4


def test_an_address_of_no_service_is_a_problem(client):
    for path in ("/nothing", "/tax/v1/x", "/gateway.dot", "//", "/%ff%fe"):
        reply = client.get(path)
        assert (reply.status_code, reply.mimetype) == (404, "application/problem+json")


def test_a_port_answers_for_its_services_and_for_control(client):
    only = {"environ_overrides": {"yibaobox.services": frozenset({"settlement"})}}

    assert client.get("/portal/v1/world", **only).status_code == 404
    assert client.get("/_sandbox/health", **only).status_code == 200
    assert client.post("/fsi/api/1101", data=b"{}", **only).json["infcode"] == -1


class Failing:
    """A service that fails some times before it answers."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.bodies = []

    def __call__(self, environ, start_response):
        self.bodies.append(environ["wsgi.input"].read())
        if self.failures:
            raise self.failures.pop(0)
        start_response("200 OK", [])
        return [b"done"]


def run(worlds, service, path="/portal/v1/x", **options):
    router = Router(worlds, {"portal": service, "settlement": service}, journal=Journal(ticking=False), **options)
    return Client(router).post(path, data=b"body")


def test_a_request_is_run_again_with_its_body_after_a_conflict(worlds):
    service = Failing(Conflict("40001"), Conflict("40P01"))

    assert run(worlds, service).text == "done"
    assert service.bodies == [b"body"] * 3


def test_conflicts_without_end_are_told(worlds):
    service = Failing(*[Conflict("40001")] * 10)

    reply = run(worlds, service)

    assert (reply.status_code, reply.json["code"], len(service.bodies)) == (503, "BUSY", 5)


def test_an_outcome_unknown_is_told_and_not_repeated(worlds):
    service = Failing(OutcomeUnknown("gone"))

    reply = run(worlds, service)

    assert (reply.status_code, reply.json["code"], len(service.bodies)) == (503, "OUTCOME_UNKNOWN", 1)


def test_a_national_transaction_of_unknown_outcome_is_asked_again(worlds):
    service = Failing(OutcomeUnknown("gone"))

    assert run(worlds, service, "/fsi/api/2207").text == "done"


def test_a_world_moved_by_another_process_is_looked_up_again(worlds):
    service = Failing(PlaceGone("w_default"))

    assert run(worlds, service).text == "done"


def test_a_failing_service_is_a_problem_without_its_message(worlds):
    reply = run(worlds, Failing(RuntimeError("310105199001011242")))

    assert (reply.status_code, reply.json["code"]) == (500, "INTERNAL_ERROR")
    assert "310105" not in reply.text


def test_a_world_with_broken_books_takes_no_writes(worlds):
    reply = run(worlds, Failing(), hooks=Hooks(is_broken=lambda world: True))

    assert (reply.status_code, reply.json["code"]) == (503, "LEDGER_INVARIANT_BROKEN")


def test_a_world_with_broken_books_still_answers_questions(worlds):
    router = Router(
        worlds, {"portal": Failing()}, journal=Journal(ticking=False), hooks=Hooks(is_broken=lambda world: True)
    )

    assert Client(router).get("/portal/v1/x").status_code == 200


def test_a_body_of_unknown_length_is_read_to_its_end(router):
    environ = EnvironBuilder("/portal/v1/upload", method="POST").get_environ()
    environ |= {"wsgi.input": io.BytesIO(b"abc"), "wsgi.input_terminated": True}
    environ.pop("CONTENT_LENGTH", None)

    assert b"".join(router(environ, lambda *_: None)) == b'{"size":3}'


@pytest.mark.parametrize("origin", ["http://evil.example.com", "null", "https://localhost", "http://localhost:1"])
def test_a_page_from_elsewhere_may_not_drive_the_sandbox(client, origin):
    reply = client.get("/_sandbox/v1/credentials", headers={"Origin": origin})

    assert (reply.status_code, reply.json["code"]) == (403, "FOREIGN_ORIGIN")


def test_our_own_page_may(client):
    assert client.get("/_sandbox/v1/credentials", headers={"Origin": "http://localhost"}).status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        *(("localhost:8097", 200), ("127.0.0.1:8097", 200), ("[::1]:8097", 200), ("settlement:8097", 200)),
        *(("yibaobox.test", 200), ("evil.example.com:8097", 403), ("127.0.0.1.evil.com", 403), ("[", 403)),
    ],
)
def test_a_name_that_points_at_us_from_outside_is_refused(client, host, status):
    assert client.get("/_sandbox/v1/credentials", headers={"Host": host}).status_code == status


def test_a_token_is_asked_for_where_one_is_set(worlds, router):
    guarded = Router(
        worlds, {"control": router._services["control"]}, guard=Guard("s3cret"), journal=Journal(ticking=False)
    )
    client = Client(guarded)

    asked = [client.get("/_sandbox/v1/credentials", headers=headers).status_code for headers in HEADERS]

    assert asked == [401, 401, 401, 200]
    assert client.get("/_sandbox/health").status_code == 200


HEADERS = [
    {},
    {"Authorization": "Bearer wrong"},
    {"Authorization": "Bearer 密".encode().decode("latin-1")},
    {"Authorization": "Bearer s3cret"},
]
