"""The same again: idempotent or refused, never doubled; and twenty at once, on both databases."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from boxes import Box, local, session
from citizen import PASSWORD, Citizen, citizen, frozen
from yibaobox.app import agreement
from yibaobox.cli import accepted
from yibaobox.cli.accepted import Stage, trial

AT_ONCE = 20
# What one may do as often as one likes: each time is a thing of its own, or says the same again.
AGAIN = {
    *("account.send_code", "account.captcha", "application.add_papers", "consent.act", "change.note", "change.message"),
    *("family.look_up", "hall.choose", "door.link", "door.log_in_by_mini_program"),
}
OURS = ("account", "door", "consent", "hall", "form", "flexible", "change", "application", "family")
CASES = [
    each
    for each in agreement.of("portal")
    if each.method != "get" and each.name.partition(".")[0] in OURS and each.name not in AGAIN
]


@pytest.fixture(scope="module")
def stage(app) -> Stage:
    box = local(app)
    return Stage.set(box.url, session=box.session)


@pytest.mark.parametrize("operation", CASES, ids=lambda each: each.name)
def test_the_same_again_is_refused_or_says_the_same(stage, operation):
    request = accepted.of("portal")[operation.name](stage)
    first = trial.sent(stage, operation, request)
    assert first.ok, first.text

    again = trial.sent(stage, operation, request)

    drafts = operation.name.partition(".")[2].startswith("draft")
    same = again.status_code == first.status_code and (again.content == first.content or drafts)
    assert same or 400 <= again.status_code < 500, again.text


def at_once(box: Box, person: Citizen, method: str, path: str, body: Any = None) -> Counter[int]:
    """Send the same request twenty times at once, each on a connection of its own; return how often which status."""

    def send(_: int) -> int:
        own = Citizen(Box(box.url, session(), box.world), person.person)
        own.token = person.token
        return own.request(method, path, body).status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return Counter(pool.map(send, range(AT_ONCE)))


def test_twenty_registrations_at_once_enrol_once(box):
    student = citizen(frozen(box)).arrive()
    number = student.draft("registrations", student.registration_form(), "id_paper")

    told = at_once(box, student, "POST", f"/registrations/{number}/submit")

    assert told == {200: 1, 409: AT_ONCE - 1}
    assert student.ask("GET", "/participations")["total"] == 1


def test_of_twenty_drafts_submitted_at_once_one_enrols(box):
    worker = citizen(frozen(box), capacity="flexible", birth="1990-01-01").arrive()
    numbers = [worker.draft("flexible-registrations", worker.flexible_form(), "id_paper") for _ in range(AT_ONCE // 4)]

    def submit(number: int) -> int:
        own = Citizen(Box(box.url, session(), box.world), worker.person)
        own.token = worker.token
        return own.request("POST", f"/flexible-registrations/{number}/submit").status_code

    with ThreadPoolExecutor(len(numbers)) as pool:
        told = Counter(pool.map(submit, numbers))

    assert told == {200: 1, 409: len(numbers) - 1}
    assert worker.ask("GET", "/participations")["total"] == 1


def test_twenty_suspensions_at_once_end_it_once(box):
    resident = citizen(frozen(box), capacity="resident", enrolled="2025-01-01").arrive()
    number = resident.draft("suspensions", resident.suspension_form(reason="other"), "id_paper")

    told = at_once(box, resident, "POST", f"/suspensions/{number}/submit")

    assert told == {200: 1, 409: AT_ONCE - 1}
    assert resident.ask("GET", "/participations")["items"][0]["state"] == "SUSPENDED"


def test_twenty_consents_at_once_are_one(box):
    principal, agent = citizen(frozen(box)).arrive(), citizen(box).arrive()
    who = {name: agent.person[name] for name in ("id_no", "mobile")}
    asked = who | {"scopes": ["hall"], "until": "2026-06-30", "agreed": True}

    told = at_once(box, principal, "POST", "/consents", asked)

    assert told == {201: 1, 409: AT_ONCE - 1}
    assert len(agent.ask("GET", "/consents")["received"]) == 1


def test_twenty_registrations_of_an_account_at_once_open_one(box):
    student = citizen(frozen(box))

    told = at_once(box, student, "POST", "/accounts", student.account_form())

    assert (told[201], told[201] + told[403] + told[409]) == (1, AT_ONCE)
    student.sign_in()


def test_twenty_changes_to_one_mobile_at_once_use_the_code_once(box):
    student, mobile = citizen(frozen(box)).arrive(), citizen(box).person["mobile"]
    asked = {"mobile": mobile, "sms_code": student.sms_code(mobile, "change_mobile"), "password": PASSWORD}

    told = at_once(box, student, "PUT", "/me/mobile", asked)

    assert (told[200], told[200] + told[403]) == (1, AT_ONCE)
    student.sign_in(login=mobile)


def test_twenty_wrong_passwords_at_once_shut_the_door(box):
    student = citizen(frozen(box)).arrive()
    asked = {"password": "Wrong#12345", "new_password": "Another#2026"}

    told = at_once(box, student, "PUT", "/me/password", asked)

    assert (told[403], told[429]) == (4, AT_ONCE - 4)
