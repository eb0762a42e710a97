"""Who may do what: a matrix generated from the contracts of the portal, the tax channel and the credential.

Each operation that asks for a session is prepared by its owner and tried by everybody else. Who has no session is told
to log in; to who has one, a thing of somebody else looks exactly as one that does not exist: status, body, names of
headers. In the end the owner's own request is accepted, so nobody changed anything on the way.
"""

from __future__ import annotations

import contextlib
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
}
WHOLE = {"family": "family", "filing": "filing", "chronic": "chronic", "freshman": "confirmation"}


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


class Town:
    """A stage, and strangers on it."""

    def __init__(self, box: Box) -> None:
        self.stage = Stage.set(box.url, session=box.session)
        self.stranger = self.stage.citizen()
        self.sessions = {"portal": self.stranger.token}
        self.sessions["tax"] = self.stage.payer().token
        self.sessions["credential"] = Holder.activate(self.stage.caller, self.stage.employee()).token
        self.relative, self.agent, self.gone = (self.stage.citizen() for _ in range(3))
        self.gone.ask("DELETE", "/sessions/current")

    def send(self, case: Case, request: Request, token: str | None) -> requests.Response:
        headers = {name: value for name, value in request.headers.items() if name != "Authorization"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return trial.sent(self.stage, case.operation, dataclasses.replace(request, headers=headers))

    @contextlib.contextmanager
    def bound(self, owner: Citizen) -> Iterator[None]:
        """Let the owner use the account of the relative."""
        wanted = {"member_psn_no": owner.person["psn_no"], "relation": "parent"}
        self.stage.control("POST", f"/people/{self.relative.person['psn_no']}/family", wanted)
        yield
        for binding in self.relative.ask("GET", "/family")["members"]:
            self.relative.ask("DELETE", f"/family/{binding['binding_id']}")

    @contextlib.contextmanager
    def acting(self, owner: Citizen, scopes: set[str]) -> Iterator[str]:
        """Lend the session in which the agent acts for the owner, by a consent that ends afterwards."""
        who = {name: self.agent.person[name] for name in ("id_no", "mobile")}
        asked = who | {"scopes": sorted(scopes), "until": "2026-03-01", "agreed": True}
        number = owner.ask("POST", "/consents", asked)["consent_id"]
        yield self.agent.ask("POST", f"/consents/{number}/sessions")["token"]
        self.agent.ask("DELETE", f"/consents/{number}")

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


def differs(town: Town, case: Case, request: Request, token: str) -> str | None:
    """Say how what somebody hears of a thing differs from what they hear of one that does not exist, or nothing."""
    missing = elsewhere(request)
    if missing is None:
        return None
    theirs, nobodys = told(town.send(case, request, token)), told(town.send(case, missing, token))
    return None if theirs == nobodys and theirs[0] >= 400 else f"{theirs} {nobodys}"


def without_session(town: Town, case: Case) -> dict[str, str | None]:
    """Return who has no session of the service, with what they send."""
    credentials = town.stage.control("GET", "/credentials")
    first, second = (service for service in SERVICES if service != case.service)
    tokens = (
        *(None, GARBAGE, "", town.gone.token, town.sessions[first], town.sessions[second]),
        *(credentials["fsi"]["access_key"], credentials["wechat"]["appid"]),
    )
    return dict(zip(WITHOUT, tokens, strict=True))


def affairs_of(case: Case) -> set[str]:
    """Return the affairs in any of which an agent may do what an operation does."""
    if case.name == "application.listed":
        return set(applications.SCOPES.values())
    whole = {scope for prefix, scope in WHOLE.items() if case.name.startswith(f"{prefix}.")}
    return whole | {scope for scope in SCOPES if case.name in (*ALL, *REACHED.get(scope, ()))}


def is_refused(reply: requests.Response) -> bool:
    return (reply.status_code, reply.json()["code"]) == (401, "NOT_SIGNED_IN")


def test_the_matrix_has_five_hundred_checks_at_least():
    ours = sum(case.service == "portal" for case in CASES)

    assert len(CASES) * (len(WITHOUT) + 1) + ours >= CHECKS_MIN


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.service}-{case.name}")
def test_nobody_else_reaches_it_and_who_may_does(town, case):
    request = accepted.of(case.service)[case.name](town.stage)
    tokens = without_session(town, case)
    wrong = [who for who, token in tokens.items() if not is_refused(town.send(case, request, token))]
    wrong.append(differs(town, case, request, town.sessions[case.service]))
    token = request.headers["Authorization"].removeprefix("Bearer ")
    if case.service == "portal":
        wrong += relatives(town, case, request) if elsewhere(request) else []
        wrong += agents(town, case, request)

    assert [each for each in wrong if each] == []
    affairs = affairs_of(case) if case.service == "portal" else set()
    with town.acting(town.owner(request), affairs) if affairs else contextlib.nullcontext(token) as may:
        own = town.send(case, request, may)
        assert own.ok, own.text


def relatives(town: Town, case: Case, request: Request) -> list[str | None]:
    """Try a relative whose account the owner may use, and the same when they may no longer."""
    with town.bound(town.owner(request)):
        bound = differs(town, case, request, town.relative.token)
    return [bound, differs(town, case, request, town.relative.token)]


def agents(town: Town, case: Case, request: Request) -> list[str | None]:
    """Try an agent with a consent for all other affairs, and the same when it has ended."""
    others = set(SCOPES) - affairs_of(case)
    if not others:
        return []
    with town.acting(town.owner(request), others) as token:
        reply = town.send(case, request, token)
        allowed = None if (reply.status_code, reply.json().get("code")) == (404, "NOT_FOUND") else reply.text
    ended = town.send(case, request, token)
    return [allowed, None if is_refused(ended) else ended.text]
