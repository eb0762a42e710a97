"""T4: into the tax channel by a signed ticket, once and in time, and back with the signed result."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from citizen import frozen
from taxpayer import LOW, Taxpayer, taxpayer

BACK = "https://chuzhou.example/back?from=tax"


@pytest.fixture
def student(local_box):
    return taxpayer(frozen(local_box))


@pytest.fixture
def anywhere(any_box):
    return taxpayer(frozen(any_box))


def secret(box):
    return box.ask("GET", "/credentials")["ec"]["partner_secret"]


def ticket(payer, key=None, **changed):
    """A ticket as a mini-program makes it, written from the documentation."""
    facts = {name: payer.person[name] for name in ("id_no", "name", "mobile")}
    facts |= {"partner": "chuzhou", "nonce": f"n{time.time_ns()}", "return_url": BACK}
    facts |= {"expires": int(time.time()) + 120} | changed
    body = base64.urlsafe_b64encode(json.dumps({k: v for k, v in facts.items() if v is not None}).encode())
    return signed(key or secret(payer.box), body.decode().rstrip("="))


def signed(key, body):
    return f"{body}.{hmac.new(key.encode(), body.encode(), hashlib.sha256).hexdigest()}"


def test_a_person_comes_pays_and_goes_back_with_the_result(anywhere):
    came = anywhere.ask("POST", "/hand-over", {"ticket": ticket(anywhere)})
    assert (came["partner"], came["return_url"]) == ("chuzhou", BACK)
    visitor = Taxpayer(anywhere.box, anywhere.person)
    visitor.token = came["token"]
    bill = visitor.log_in().pay()

    url = visitor.ask("POST", "/hand-over/back")["url"]
    asked = parse_qs(urlsplit(url).query)
    assert (url.startswith(BACK), asked["from"]) == (True, ["tax"])
    (result,) = asked["result"]
    body = result.partition(".")[0]
    assert result == signed(secret(anywhere.box), body)
    told = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    (one,) = told["bills"]
    assert (one["bill_id"], one["state"], one["due_fen"]) == (bill["bill_id"], "PAID", LOW)
    assert visitor.refusal("POST", "/hand-over/back") == (409, "CODE_USED")


def test_a_ticket_works_once(student):
    made = ticket(student)
    student.ask("POST", "/hand-over", {"ticket": made})
    assert student.refusal("POST", "/hand-over", {"ticket": made}) == (409, "CODE_USED")


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({"expires": int(time.time()) - 1}, (409, "CODE_EXPIRED")),
        ({"expires": int(time.time()) + 10**6}, (403, "CHECK_FAILED")),
        ({"expires": "soon"}, (403, "CHECK_FAILED")),
        ({"name": "别人"}, (403, "CHECK_FAILED")),
        ({"mobile": "10000000000"}, (403, "CHECK_FAILED")),
        ({"return_url": "javascript:alert(1)"}, (403, "CHECK_FAILED")),
        ({"nonce": None}, (403, "CHECK_FAILED")),
        ({"nonce": ""}, (403, "CHECK_FAILED")),
        ({"more": "1"}, (403, "CHECK_FAILED")),
        ({"key": "another secret"}, (403, "CHECK_FAILED")),
    ],
)
def test_a_ticket_that_does_not_hold_opens_nothing(student, changed, answer):
    assert student.refusal("POST", "/hand-over", {"ticket": ticket(student, **changed)}) == answer


@pytest.mark.parametrize("body", ["", "e30", "W10", "not base64!", "é", "bnVsbA"])
def test_what_is_signed_and_is_no_ticket_is_refused(student, body):
    given = signed(secret(student.box), body) if body else "."
    assert student.refusal("POST", "/hand-over", {"ticket": given}) == (403, "CHECK_FAILED")


def test_who_did_not_come_from_elsewhere_does_not_go_back(student):
    assert student.refusal("POST", "/hand-over/back") == (404, "NOT_FOUND")
