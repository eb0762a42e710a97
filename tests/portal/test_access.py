"""Who may do what: a matrix generated from the contracts of the portal, the tax channel and the credential.

Each operation that asks for a session is prepared by its owner and tried by everybody else. Who has no session is told
to log in; to who has one, a thing of somebody else looks exactly as one that does not exist: status, body, names of
headers. In the end the owner's own request is accepted, so nobody changed anything on the way.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from boxes import Box, local
from yibaobox.app import agreement
from yibaobox.cli import accepted
from yibaobox.cli.accepted import Request, Stage, trial
from yibaobox.cli.stories.citizen import PORTAL, Citizen
from yibaobox.cli.stories.holder import Holder
from yibaobox.domain.accounts import applications
from yibaobox.domain.accounts.consents import SCOPES

SERVICES = ("portal", "tax", "credential")
NOWHERE = 999_999_999_999
GARBAGE = "x" * 43
CHECKS_MIN = 500
WITHOUT = (
    *("nobody", "garbage", "an empty token", "a session that was ended", "a session of another service"),
    *("a session of the third service", "an institution", "an app"),
)
# What an agent may do in each affair, any one of them; what is nowhere here is for oneself alone.
ALL = ("account.me", "account.log_out")
FORMS = ("draft", "change", "submit")
PAPERS = ("application.show", "application.add_papers", "application.download", "application.remove_paper")
REACHED = {
    "hall": (
        *("hall.participations", "hall.participation", "hall.hall", "hall.choose", "hall.entitlement"),
        *("change.show", "flexible.owed"),
    ),
    "registration": (
        *(f"form.{verb}_registration" for verb in FORMS),
        *(f"flexible.{verb}_{what}" for verb in FORMS for what in ("registration", "repair")),
        *("flexible.owed", *PAPERS),
    ),
    "suspension": (*(f"form.{verb}_suspension" for verb in FORMS), "change.message"),
    "change": (
        *(f"change.{verb}_{who}" for verb in FORMS for who in ("resident", "employee")),
        *("change.show", "change.note"),
    ),
    "family": (
        *("family.look_up", "family.listed", "family.bind", "family.unbind"),
        *("family.draft_request", "family.submit", "family.usage"),
    ),
    "confirmation": ("freshman.state", "freshman.listed", "freshman.check", "freshman.submit"),
}
OURS = frozenset(
    {"account", "door", "consent", "hall", "form", "flexible", "change", "application", "family", "freshman"}
)


@dataclasses.dataclass(frozen=True)
class Case:
    """One operation that asks for a session."""

    service: str
    operation: agreement.Operation

    @property
    def name(self) -> str:
        return self.operation.name


CASES = [
    Case(service, operation)
    for service in SERVICES
    for operation in agreement.of(service)
    if trial.needs_session(operation)
]

AGENTS = [case for case in CASES if case.service == "portal" and case.name.partition(".")[0] in OURS]


class Town:
    """A stage, and strangers on it."""

    def __init__(self, box: Box) -> None:
        self.stage = Stage.set(box.url, session=box.session)
        self.stranger = self.stage.citizen()
        self.sessions = {"portal": self.stranger.token}
        self.sessions["tax"] = self.stage.payer().token
        self.sessions["credential"] = Holder.activate(self.stage.caller, self.stage.employee()).token
        self.ended = self._ended()

    def _ended(self) -> str:
        citizen = self.stage.citizen()
        citizen.ask("DELETE", "/sessions/current")
        return citizen.token

    def send(self, case: Case, request: Request, token: str | None) -> requests.Response:
        headers = {name: value for name, value in request.headers.items() if name != "Authorization"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return trial.sent(self.stage, case.operation, dataclasses.replace(request, headers=headers))

    def relatives(self, owner: dict[str, Any]) -> tuple[str, str]:
        """Return sessions of a relative whose account the owner may use, and of one whose account they might once."""
        bound, formerly = self.stage.citizen(), self.stage.citizen()
        for each in (bound, formerly):
            wanted = {"member_psn_no": owner["psn_no"], "relation": "parent"}
            self.stage.control("POST", f"/people/{each.person['psn_no']}/family", wanted)
        binding = formerly.ask("GET", "/family")["members"][0]["binding_id"]
        formerly.ask("DELETE", f"/family/{binding}")
        return bound.token, formerly.token

    def agent(self, owner: Citizen, scopes: set[str]) -> tuple[Citizen, int, str]:
        """Return an agent with a consent of the owner, and the session in which they act."""
        agent = self.stage.citizen()
        who = {name: agent.person[name] for name in ("id_no", "mobile")}
        asked = who | {"scopes": sorted(scopes), "until": "2026-03-01", "agreed": True}
        number = owner.ask("POST", "/consents", asked)["consent_id"]
        return agent, number, agent.ask("POST", f"/consents/{number}/sessions")["token"]

    def owner(self, request: Request) -> Citizen:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        person = self.stage.caller.ask("GET", f"{PORTAL}/me", None, token)
        return Citizen(self.stage.caller, person, token)


@pytest.fixture(scope="module")
def town(app) -> Town:
    return Town(local(app))


def told(reply: requests.Response) -> tuple[int, Any, frozenset[str]]:
    """Return what a caller can tell of a reply: its status, its body but for the trace, the names of its headers."""
    body = reply.json() if "json" in reply.headers.get("Content-Type", "") else reply.content
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name != "trace"}
    return reply.status_code, body, frozenset(name.lower() for name in reply.headers)


def elsewhere(request: Request) -> Request | None:
    """Return the same request for things that do not exist, where it names any."""
    path = {
        name: NOWHERE if name.endswith("_id") and isinstance(value, int) else value
        for name, value in request.path.items()
    }
    body = request.body
    if isinstance(body, dict) and "part_id" in body and not request.path and len(body) == 1:
        body = body | {"part_id": NOWHERE}
    if (path, body) == (request.path, request.body):
        return None
    return dataclasses.replace(request, path=path, body=body)


def strangers(town: Town, case: Case, request: Request) -> Iterator[tuple[str, str]]:
    """Yield who has a session of the service and no right to what a request names."""
    yield "another person", town.sessions[case.service]
    if case.service == "portal":
        bound, formerly = town.relatives({"psn_no": town.owner(request).person["psn_no"]})
        yield "a bound relative", bound
        yield "a relative who was bound", formerly


def without_session(town: Town, case: Case) -> dict[str, str | None]:
    """Return who has no session of the service, with what they send."""
    credentials = town.stage.control("GET", "/credentials")
    first, second = (service for service in SERVICES if service != case.service)
    tokens = (
        *(None, GARBAGE, "", town.ended, town.sessions[first], town.sessions[second]),
        *(credentials["fsi"]["access_key"], credentials["wechat"]["appid"]),
    )
    return dict(zip(WITHOUT, tokens, strict=True))


def affairs_of(case: Case) -> set[str]:
    if case.name == "application.listed":
        return set(applications.SCOPES.values())
    return {scope for scope in SCOPES if case.name in (*ALL, *REACHED.get(scope, ()))}


def is_refused(reply: requests.Response) -> bool:
    return (reply.status_code, reply.json()["code"]) == (401, "NOT_SIGNED_IN")


def test_the_matrix_has_five_hundred_checks_at_least():
    assert len(CASES) * len(WITHOUT) + len(AGENTS) >= CHECKS_MIN


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.service}-{case.name}")
def test_nobody_else_reaches_it_and_the_owner_does(town, case):
    request = accepted.of(case.service)[case.name](town.stage)
    wrong = []
    for who, token in without_session(town, case).items():
        if not is_refused(town.send(case, request, token)):
            wrong.append(who)
    missing = elsewhere(request)
    for who, token in strangers(town, case, request) if missing else ():
        theirs, nobodys = told(town.send(case, request, token)), told(town.send(case, missing, token))
        if theirs != nobodys or theirs[0] < 400:
            wrong.append(f"{who}: {theirs} {nobodys}")

    assert wrong == []
    own = town.send(case, request, request.headers["Authorization"].removeprefix("Bearer "))
    assert own.ok, own.text


@pytest.mark.parametrize("case", AGENTS, ids=lambda case: case.name)
def test_an_agent_does_what_the_consent_says_and_nothing_else(town, case):
    request = accepted.of(case.service)[case.name](town.stage)
    owner, affairs = town.owner(request), affairs_of(case)

    outside = set(SCOPES) - affairs
    if outside:
        agent, number, acting = town.agent(owner, outside)
        refused = town.send(case, request, acting)
        assert (refused.status_code, refused.json()["code"]) == (404, "NOT_FOUND")
        if missing := elsewhere(request):
            assert told(refused)[0] == told(town.send(case, missing, acting))[0]
        agent.ask("DELETE", f"/consents/{number}")
        assert is_refused(town.send(case, request, acting))
    if affairs:
        _, _, acting = town.agent(owner, affairs)
        assert town.send(case, request, acting).ok
    else:
        assert town.send(case, request, owner.token).ok
