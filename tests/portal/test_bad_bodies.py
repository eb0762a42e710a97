"""Bad input, generated from the contracts of the portal and the credential: a clear problem, and nothing changed."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from boxes import local
from citizen import citizen, frozen
from yibaobox.app import agreement, contracts
from yibaobox.cli import accepted
from yibaobox.cli.accepted import Request, Stage, trial

SERVICES = ("portal", "credential")
TOO_LONG = "长" * 2_001
WRONG = (None, {}, True, 10**30, "", TOO_LONG, "\ud800")
REFUSED = (400, 403, 404, 409, 413, 422, 429)
CASES = [
    (service, operation)
    for service in SERVICES
    for operation in agreement.of(service)
    if "application/json" in operation.spec.get("requestBody", {}).get("content", {})
]


@pytest.fixture(scope="module")
def stage(app) -> Stage:
    box = local(app)
    return Stage.set(box.url, session=box.session)


@functools.cache
def _schemas(service: str) -> dict[str, Any]:
    return contracts.plain(service)["components"]["schemas"]


def required(service: str, operation: agreement.Operation) -> list[str]:
    """Return the fields that a body must have."""
    schema = operation.spec["requestBody"]["content"]["application/json"]["schema"]
    named = _schemas(service)[schema["$ref"].rpartition("/")[2]]
    return list(named.get("required", ()))


def spoiled(body: dict[str, Any], needed: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield bodies with a required field missing, with any field wrong or too long, and with one that nobody asked."""
    for name in needed:
        yield f"{name} missing", {key: value for key, value in body.items() if key != name}
    for name in body:
        yield from ((f"{name} = {value!r:.20}", body | {name: value}) for value in WRONG)
    for name in ("psn_no", "balance_fen", "state", "agent", "__proto__"):
        yield f"{name} beside", body | {name: "1"}


def _written(body: Any) -> bytes:
    return json.dumps(body).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize(("service", "operation"), CASES, ids=lambda part: getattr(part, "name", part))
def test_what_the_contract_does_not_let_in_is_refused_and_changes_nothing(stage, service, operation):
    request: Request = accepted.of(service)[operation.name](stage)
    headers = dict(request.headers) | {"Content-Type": "application/json"}
    wrong, taken = [], 0
    for what, body in spoiled(request.body, required(service, operation)):
        reply = trial.sent(stage, operation, dataclasses.replace(request, body=_written(body), headers=headers))
        told = reply.json() if reply.headers["Content-Type"] == "application/problem+json" else {}
        if reply.ok and operation.allows(_written(body)):
            taken += 1  # the contract allows it, so it may change something
        elif reply.status_code not in REFUSED or not told.get("detail"):
            wrong.append(f"{what}: {reply.status_code} {reply.text[:100]}")

    assert wrong == []
    own = trial.sent(stage, operation, request)
    assert own.ok or taken, own.text


LOOK_ALIKES = {
    "id_no": lambda value: value[:-1] + chr(ord(value[-1]) + 0xFEE0),
    "mobile": lambda value: "".join(chr(ord(digit) + 0xFEE0) for digit in value),
    "name": lambda value: value + "\u200b",
    "sms_code": lambda value: "".join(chr(ord("٠") + int(digit)) for digit in value),
    "password": lambda value: value.replace("a", "а"),
}


@pytest.mark.parametrize("field", LOOK_ALIKES)
def test_look_alike_letters_open_no_account(local_box, field):
    student = citizen(frozen(local_box))
    form = student.account_form()

    status, _, detail = student.refusal("POST", "/accounts", form | {field: LOOK_ALIKES[field](form[field])})

    assert (status in {403, 422}, bool(detail)) == (True, True)
    student.ask("POST", "/accounts", form)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "测\u2f42"),
        ("unit_code", "５１１７００９９９９７"),
        ("household_postcode", "６１７０００"),
        ("nation", "１"),
        ("benefit_year", "2026"),
        ("from_day", "２０２５-11-20"),
        ("household_address", "a\0b"),
    ],
)
def test_look_alike_letters_are_no_codes_of_a_form(local_box, field, value):
    student = citizen(frozen(local_box)).arrive()
    form = student.registration_form(**{field: value})

    drafted = student.request("POST", "/registrations", form)
    if drafted.ok:
        number = drafted.json()["application_id"]
        student.upload(number, "id_paper")
        drafted = student.request("POST", f"/registrations/{number}/submit")

    assert drafted.status_code in {400, 422}, drafted.text
    assert student.ask("GET", "/participations")["total"] == 0


def test_a_form_names_somebody_elses_participation_as_one_that_is_not_there(local_box):
    box = frozen(local_box)
    mine = citizen(box, enrolled=True).arrive()
    theirs = citizen(box, enrolled=True).arrive().ask("GET", "/participations")["items"][0]["part_id"]

    for part_id in (theirs, 987654321):
        form = mine.suspension_form(part_id=part_id)
        assert mine.submit_refused("suspensions", form, "id_paper", "student_card")[:2] == (404, "NOT_FOUND")
        assert mine.submit_refused("repairs", {"part_id": part_id, "rhythm": "monthly"})[:2] == (404, "NOT_FOUND")
        assert mine.refusal("PUT", "/hall", {"part_id": part_id})[:2] == (404, "NOT_FOUND")
