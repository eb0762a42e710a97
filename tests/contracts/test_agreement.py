"""What the judge of replies sees: tests rest on it, so each kind of disagreement is shown to it once."""

import json
import re

import pytest

from yibaobox.app import agreement
from yibaobox.app.agreement import Exchange

PROBLEM = {
    "type": "urn:yibaobox:problem:NOT_FOUND",
    "title": "Not Found",
    "status": 404,
    "detail": "没有",
    "code": "NOT_FOUND",
    "trace": "0",
}
CLOCK = {"mode": "follow", "now": "2025-11-20T10:00:00+08:00", "today": "2025-11-20"}


def exchange(body, status=200, media_type="application/json", method="GET", path="/_sandbox/v1/clock", asked=b""):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Exchange(method, path, asked, status, media_type, data)


def test_what_is_as_agreed_is_not_named():
    assert agreement.wrong(exchange(CLOCK)) is None
    assert agreement.wrong(exchange(CLOCK, path="/w/other/_sandbox/v1/clock")) is None
    assert agreement.wrong(exchange(PROBLEM, 404, "application/problem+json")) is None


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        (exchange(CLOCK, 201), "status 201 is not one of"),
        (exchange(CLOCK, media_type="text/html"), "media type text/html is not one of"),
        (exchange(CLOCK | {"more": 1}), "Additional properties are not allowed"),
        (exchange({"mode": "follow"}), "is a required property"),
        (exchange(CLOCK | {"mode": 7}), r"\$.mode: 7 is not of type 'string'"),
        (exchange(b"{"), "not JSON"),
        (exchange({"items": []}, 204, method="DELETE", path="/_sandbox/v1/worlds/a"), "has no body"),
        (exchange(CLOCK, method="PATCH"), "no contract has this operation"),
        (exchange({}, 500, "application/problem+json"), "status 500 is not one of"),
    ],
)
def test_what_is_not_as_agreed_is_named(told, wrong):
    found = agreement.wrong(told)

    assert found is not None
    assert re.search(wrong, found), found


def test_a_national_transaction_is_known_by_its_number_at_every_address():
    asked = json.dumps({"infno": "2207"}).encode()
    single = exchange({}, method="POST", path="/fsi/api/rsfComIfsService/callService", asked=asked)

    found = agreement.find(single)

    assert found is not None
    assert found.name == "t2207"
    assert agreement.wrong(single) is not None


def test_a_request_beyond_the_contract_is_named():
    told = exchange(CLOCK, method="PUT", asked=b'{"mode":"stopped"}')

    operation = agreement.find(told)

    assert operation is not None
    assert "is not one of" in (operation.took(told) or "")


def test_the_gateways_are_held_to_what_their_vendors_say():
    path = "/v3/pay/transactions/jsapi"
    assert agreement.wrong(exchange({"prepay_id": "wx1"}, path=path, method="POST")) is None
    assert "prepay_id" in str(agreement.wrong(exchange({}, path=path, method="POST")))
    assert agreement.wrong(exchange(b"", 404, "text/html", path="/v3/nothing", method="POST")) is None
