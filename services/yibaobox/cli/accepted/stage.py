"""A world for trying routes out, and the people in it who may use them."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass, field
from typing import Any, Final

import requests

from yibaobox.cli.stories import AT, REGIONS, Caller
from yibaobox.cli.stories.caller import CONTROL, bearer
from yibaobox.cli.stories.citizen import Citizen
from yibaobox.cli.stories.holder import Holder
from yibaobox.cli.stories.hospital import Window
from yibaobox.cli.stories.premiums import Payer
from yibaobox.cli.stories.ward import Counter, Ward

YEAR: Final = 2026  # the benefit year that is paid for at AT
HOSPITAL: Final = "H51040000001"
PHARMACY: Final = "P51040000001"
_HOME, _STUDY = REGIONS


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent to an operation: values of the parameters in its path, query, JSON body or raw bytes, headers."""

    path: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    form: dict[str, str] = field(default_factory=dict)
    files: tuple[tuple[str, tuple[str, bytes, str]], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> dict[str, Any]:
        """The body as `requests` takes it."""
        if isinstance(self.body, bytes):
            return {"data": self.body}
        if self.files:
            return {"data": self.form, "files": list(self.files)}
        return {} if self.body is None else {"json": self.body}


class Stage:
    """One world at a fixed instant. What is kept was made once and serves for reading; the rest is made anew."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self._names = itertools.count(1)

    @classmethod
    def set(cls, url: str, world: str | None = None, session: requests.Session | None = None) -> Stage:
        """Make a world of its own at a sandbox and stand in it."""
        wanted = {"regions": list(REGIONS), "at": AT, "population": 0} | ({} if world is None else {"name": world})
        made = Caller(url, "default", session).control("POST", "/worlds", wanted)["name"]
        return cls(Caller(url, made, session))

    def strike(self) -> None:
        """Remove the world, and those that were made from it."""
        for world in self.control("GET", "/worlds")["items"]:
            if world["name"].startswith(f"{self.caller.world}-"):
                self.control("DELETE", f"/worlds/{world['name']}")
        self.control("DELETE", f"/worlds/{self.caller.world}")

    def name(self) -> str:
        """Return a name that nothing has yet."""
        return f"try-{next(self._names):04d}"

    def control(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Use a control route."""
        return self.caller.control(method, path, body, **query)

    def employee(self) -> dict[str, Any]:
        """Make an employee with money on the own account and an activated credential."""
        return self.caller.person(
            region=_HOME, capacity="employee", enrolled=True, account_fen=10_000_00, credential=True
        )

    def resident(self) -> dict[str, Any]:
        """Make an adult who is enrolled and has not paid for the coming year."""
        return self.caller.person(
            region=_STUDY, capacity="resident", birth="1960-03-08", enrolled="2025-11-01", paid_year=[]
        )

    @functools.cached_property
    def worker(self) -> dict[str, Any]:
        """An employee for reading and for visits."""
        return self.employee()

    def citizen(self) -> Citizen:
        """Return an employee who has just registered at the portal and signed in."""
        return Citizen.join(self.caller, self.employee())

    def dweller(self) -> Citizen:
        """Return a resident who has just registered at the portal and signed in."""
        return Citizen.join(self.caller, self.resident())

    def suspension(self, citizen: Citizen) -> int:
        """Draft the suspension of the one participation that a dweller has."""
        return citizen.suspension(citizen.participation(_STUDY), "other", AT[:10])

    @functools.cached_property
    def reader(self) -> Citizen:
        """A citizen for reading and drafting."""
        return self.citizen()

    def payer(self) -> Payer:
        """Return a resident who stands at the tax channel, logged in at WeChat, while the year can be paid."""
        self.control("PUT", "/clock", {"mode": "frozen", "at": AT})  # another request may have moved it
        payer = Payer(self.caller, self.resident())
        payer.log_in_at_wechat()
        return payer

    def bill(self, payer: Payer) -> dict[str, Any]:
        """Declare the lowest total of the coming year."""
        part_id, line = payer.line(_STUDY, YEAR)
        return payer.bill(part_id, YEAR, line["tiers"][0]["total_fen"])

    @functools.cached_property
    def paid(self) -> tuple[Payer, dict[str, Any]]:
        """A payer with a paid bill."""
        payer = self.payer()
        return payer, payer.pay(self.bill(payer))

    def giver(self) -> tuple[Payer, dict[str, Any]]:
        """Return an employee at the tax channel and the relative bound to them."""
        giver, member = self.employee(), self.resident()
        wanted = {"member_psn_no": member["psn_no"], "relation": "parent"}
        self.control("POST", f"/people/{giver['psn_no']}/family", wanted)
        return Payer(self.caller, giver), member

    @functools.cached_property
    def holder(self) -> Holder:
        """The holder of a credential whose face was checked."""
        return Holder.activate(self.caller, self.worker)

    @functools.cached_property
    def window(self) -> Window:
        """A hospital's window; its numbers are its own in this world."""
        return Window(self.caller, HOSPITAL, "7")

    def clinic(self) -> Window:
        """Return the window of a hospital that was taken under contract just now."""
        code = f"H5104008{next(self._names):04d}"
        self.control("PUT", f"/institutions/{code}", {"auth": "auto", "level": "L2"})
        return Window(self.caller, code, "8")

    @functools.cached_property
    def ward(self) -> Ward:
        """A ward of the same hospital."""
        return Ward(self.caller, HOSPITAL, "8")

    @functools.cached_property
    def counter(self) -> Counter:
        """The counter of a pharmacy."""
        return Counter(self.caller, PHARMACY, "9")


def bare(_: Stage) -> Request:
    """Ask for nothing but the operation itself."""
    return Request()


def reading(stage: Stage) -> Request:
    """Ask for nothing but the operation itself, as a citizen at the portal."""
    return Request(headers=signed_in(stage.reader.token))


def signed_in(token: str) -> dict[str, str]:
    """Return the headers of a session."""
    return bearer(token)


__all__ = ["CONTROL", "HOSPITAL", "YEAR", "Request", "Stage", "bare", "reading", "signed_in"]
