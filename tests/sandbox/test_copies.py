"""A request of the journal, used elsewhere; and near misses."""

import shlex

import pytest
import requests

from clinic import Clinic


@pytest.fixture
def asked(box):
    box.get("/portal/v1/captcha")
    clinic = Clinic(box)
    person = box.person(enrolled=True)
    assert clinic.query(person).ok
    return box.ask("GET", "/requests", op="1101")["items"][0]


def copy(box, row, form):
    return box.ask("GET", f"/requests/{row['id']}", **{"as": form})["copied"]


def test_a_copy_as_curl_asks_the_same_again(box, asked):
    words = shlex.split(copy(box, asked, "curl"))
    url = next(word for word in words if word.startswith("http"))
    headers = dict(words[i + 1].split(": ", 1) for i, word in enumerate(words) if word == "-H")
    body = words[words.index("--data-raw") + 1]

    again = requests.post(url, data=body.encode(), headers=headers, timeout=30)

    assert again.status_code == asked["status"]
    rows = box.ask("GET", "/requests", op="1101")["items"]
    assert len(rows) == 2


def test_a_copy_as_a_test_is_a_test(box, asked, tmp_path):
    text = copy(box, asked, "pytest")
    space = {}
    exec(compile(text, "copied", "exec"), space)

    class Here:
        url = f"{box.url}/w/{box.world}"

    space[f"test_request_{asked['id']}"](Here)
    assert len(box.ask("GET", "/requests", op="1101")["items"]) == 2


def test_an_archive_holds_the_requests_in_order_and_masked(box, asked):
    one = copy(box, asked, "har")["log"]
    everything = box.ask("GET", "/requests.har", limit=1000)["log"]

    assert (one["version"], len(one["entries"])) == ("1.2", 1)
    times = [entry["startedDateTime"] for entry in everything["entries"]]
    assert times == sorted(times)
    entry = one["entries"][0]
    assert entry["request"]["url"].startswith(box.url + "/fsi/")
    assert "*" in entry["request"]["postData"]["text"]
    assert entry["response"]["content"]["text"].startswith("{")


def test_another_form_and_another_request_are_refused(box, asked):
    assert box.refusal("GET", f"/requests/{asked['id']}", params={"as": "wsdl"})[0] == 422
    assert box.refusal("GET", "/requests/999999999", params={"as": "curl"})[0] == 404


WORDS = ("transactioms", "transactions")
MISSES = [
    ("POST", "/tax/v1/bill", ("POST /tax/v1/bills", "path segment 3", "bill", "bills")),
    ("GET", "/tax/v1/identity", ("POST /tax/v1/identity", "method", "GET", "POST")),
    ("POST", "/v3/pay/transactioms/jsapi", ("POST /v3/pay/transactions/<>", "path segment 3", *WORDS)),
]


@pytest.mark.parametrize(("method", "path", "nearest"), MISSES)
def test_a_miss_names_the_closest_operation_and_the_first_difference(local_box, method, path, nearest):
    reply = local_box.request(method, path)

    assert nearest[0] in reply.headers["X-Sandbox-Hint"]
    row = local_box.ask("GET", "/requests", limit=1)["items"][0]
    told = local_box.ask("GET", f"/requests/{row['id']}")["detail"]["near_miss"]
    assert tuple(told[name] for name in ("closest", "differs", "yours", "theirs")) == nearest


def test_a_transaction_that_is_not_offered_names_the_closest(local_box):
    clinic = Clinic(local_box)
    other = clinic.envelope("2219", {"data": {}})
    mixed = clinic.envelope("2208", {"data": {}})

    hint = local_box.post("/fsi/api/rsfComIfsService/callService", other).headers["X-Sandbox-Hint"]
    assert "infno differs: yours 2219, theirs 22" in hint
    assert "infno differs: yours 2208, theirs 2207" in local_box.post("/fsi/api/2207", mixed).headers["X-Sandbox-Hint"]


def test_what_is_found_and_what_is_far_from_everything_has_no_hint(local_box):
    assert "X-Sandbox-Hint" not in local_box.get("/_sandbox/v1/people/51040000000000009999").headers
    assert "X-Sandbox-Hint" not in local_box.get("/zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz").headers
