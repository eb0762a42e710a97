"""代办授权: who acts for whom, in what affairs, until when."""

from __future__ import annotations

import pytest

from citizen import Citizen, citizen, frozen


@pytest.fixture
def town(any_box):
    return frozen(any_box)


@pytest.fixture
def principal(town) -> Citizen:
    return citizen(town).arrive()


@pytest.fixture
def agent(town) -> Citizen:
    return citizen(town, region="510400", capacity="employee", enrolled=True).arrive()


def form(person: Citizen, **changed):
    who = {name: person.person[name] for name in ("id_no", "mobile")}
    return who | {"scopes": ["registration"], "until": "2026-06-30", "agreed": True} | changed


def test_an_agent_registers_for_the_principal_and_the_application_says_so(principal, agent):
    acting = agent.acting(principal.let_act(agent, "registration"), principal)

    made = acting.submit("registrations", acting.registration_form())

    name = agent.person["name"]
    assert (made["state"], made["agent"]) == ("APPROVED", f"*{name[-1]}")
    assert [part["region"] for part in principal.ask("GET", "/participations")["items"]] == ["511700"]
    assert principal.ask("GET", "/applications")["items"][0]["agent"] == f"*{name[-1]}"
    assert acting.ask("GET", "/me")["agent"] == f"*{name[-1]}"


def test_an_agent_reaches_only_the_affairs_of_the_consent(principal, agent):
    mine = principal.draft("suspensions", {"reason": "other", "remark": "备注"})
    acting = agent.acting(principal.let_act(agent, "registration"), principal)

    routes = (
        ("GET", "/participations"),
        ("GET", "/hall"),
        ("GET", "/family"),
        ("GET", "/consents"),
        ("GET", "/me/links"),
        ("PUT", "/me/password", {"password": "a", "new_password": "b"}),
        ("POST", "/suspensions", {}),
        ("GET", f"/applications/{mine}"),
    )
    assert {acting.refusal(*route)[:2] for route in routes} == {(404, "NOT_FOUND")}
    assert acting.ask("GET", "/applications")["items"] == []


def test_a_session_of_an_agent_is_over_as_soon_as_the_consent_is(principal, agent):
    number = principal.let_act(agent, "registration")
    acting = agent.acting(number, principal)

    principal.ask("DELETE", f"/consents/{number}")

    assert acting.refusal("GET", "/applications")[:2] == (401, "NOT_SIGNED_IN")
    assert agent.refusal("POST", f"/consents/{number}/sessions")[:2] == (404, "NOT_FOUND")
    assert principal.refusal("DELETE", f"/consents/{number}")[:2] == (404, "NOT_FOUND")
    assert principal.ask("GET", "/consents")["given"][0]["state"] == "ENDED"


def test_a_consent_holds_through_its_last_day(town, principal, agent):
    number = principal.let_act(agent, "hall", until="2025-11-21")
    acting = agent.acting(number, principal)

    town.ask("PUT", "/clock", {"mode": "frozen", "at": "2025-11-20T21:59:59+08:00"})
    assert acting.ask("GET", "/participations")["total"] == 0
    agent.sign_in()
    town.ask("PUT", "/clock", {"mode": "frozen", "at": "2025-11-21T23:59:59+08:00"})
    agent.sign_in()
    acting = agent.acting(number, principal)
    town.ask("PUT", "/clock", {"mode": "frozen", "at": "2025-11-22T00:00:00+08:00"})

    assert acting.refusal("GET", "/participations")[:2] == (401, "NOT_SIGNED_IN")
    assert agent.refusal("POST", f"/consents/{number}/sessions")[:2] == (404, "NOT_FOUND")
    assert agent.ask("GET", "/consents")["received"][0]["state"] == "EXPIRED"


def test_somebody_without_an_account_consents_by_a_code(town, agent):
    elder = citizen(town, capacity="resident")
    code = agent.sms_code(elder.person["mobile"], "consent")

    made = agent.ask("POST", "/consents/received", form(elder, scopes=["hall"], sms_code=code))

    assert (made["given_by"], made["state"]) == ("sms", "LIVE")
    assert agent.acting(made["consent_id"], elder).ask("GET", "/participations")["total"] == 0


def test_a_wrong_code_and_a_number_of_somebody_else_are_refused_in_the_same_words(town, agent):
    elder, other = citizen(town, capacity="resident"), citizen(town)
    code = agent.sms_code(elder.person["mobile"], "consent")
    wrong = f"{(int(code) + 1) % 10**6:06d}"

    not_theirs = form(elder, id_no=other.person["id_no"], sms_code=code)
    refusals = {
        agent.refusal("POST", "/consents/received", body)
        for body in (not_theirs, form(elder, sms_code=wrong), form(other, sms_code="000000"))
    }

    assert refusals == {(403, "CHECK_FAILED", "验证码不正确或已失效，请重新获取")}
    assert agent.ask("GET", "/consents")["received"] == []


@pytest.mark.parametrize(
    "changed",
    [
        {"agreed": False},
        {"scopes": []},
        {"scopes": ["everything"]},
        {"until": "2025-11-19"},
        {"until": "2026-11-21"},
        {"psn_no": "1"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_poor_consent_is_refused(principal, agent, changed):
    assert principal.refusal("POST", "/consents", form(agent, **changed))[:2] == (422, "INVALID_INPUT")
    assert principal.ask("GET", "/consents")["given"] == []


def test_one_consent_is_live_between_two_people_and_nobody_is_their_own_agent(principal, agent):
    principal.let_act(agent, "hall")

    assert principal.refusal("POST", "/consents", form(agent))[:2] == (409, "ALREADY_EXISTS")
    assert principal.refusal("POST", "/consents", form(principal))[:2] == (422, "INVALID_INPUT")


def test_an_expired_consent_makes_room_for_a_new_one(town, principal, agent):
    principal.let_act(agent, "hall", until="2025-11-20")
    town.ask("PUT", "/clock", {"mode": "frozen", "at": "2025-11-21T08:00:00+08:00"})
    principal.sign_in()

    principal.let_act(agent, "hall")

    assert [one["state"] for one in principal.ask("GET", "/consents")["given"]] == ["LIVE", "ENDED"]


def test_an_agent_gives_a_consent_back_and_a_stranger_cannot_end_it(town, principal, agent):
    number = principal.let_act(agent, "hall")

    stranger = citizen(town).arrive()
    assert stranger.refusal("DELETE", f"/consents/{number}") == stranger.refusal("DELETE", "/consents/999999")
    agent.ask("DELETE", f"/consents/{number}")
    assert principal.ask("GET", "/consents")["given"][0]["state"] == "ENDED"


def test_an_acting_session_cannot_act_further(principal, agent):
    number = principal.let_act(agent, "hall")
    acting = agent.acting(number, principal)

    assert acting.refusal("POST", f"/consents/{number}/sessions")[:2] == (404, "NOT_FOUND")
