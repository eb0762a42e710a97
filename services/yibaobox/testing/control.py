"""The control routes of one world, as methods of Python."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from yibaobox.testing.wire import Asked, Line

_ROOT: Final = "/_sandbox/v1"
_REFUSED: Final = 400
_SECOND: Final = timedelta(seconds=1)


class Refused(Exception):
    """The sandbox does not do what a test asks of it; `problem` is its problem document."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        fields = problem.get("errors")
        where = f" {json.dumps(fields, ensure_ascii=False)}" if fields else ""
        super().__init__(f"{status} {problem.get('code')}: {problem.get('detail')}{where}")
        self.status = status
        self.code = problem.get("code")
        self.problem = problem


class Control:
    """Asks the control routes of one world."""

    def __init__(self, line: Line, token: str | None = None) -> None:
        self._line = line
        self._headers = [("X-Sandbox-World", line.world)] if line.world else []
        if token:
            self._headers.append(("Authorization", f"Bearer {token}"))

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Use a route (`/people`) and return its JSON; raise Refused when it says no. A query of None is left out."""
        given = urlencode({name: value for name, value in query.items() if value is not None})
        route = path if path.startswith("/_sandbox/") else _ROOT + path
        url = f"{self._line.origin}{route}?{given}" if given else f"{self._line.origin}{route}"
        headers = self._headers if body is None else [*self._headers, ("Content-Type", "application/json")]
        data = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        reply = self._line.answer(Asked(method, url, headers, data))
        told = json.loads(reply.body) if reply.body else None
        if reply.status >= _REFUSED:
            raise Refused(reply.status, told if isinstance(told, dict) else {})
        return told


class Part:
    """Some of the control routes."""

    def __init__(self, control: Control) -> None:
        self._control = control


class Clock(Part):
    """The world's clock."""

    def __init__(self, control: Control, line: Line) -> None:
        super().__init__(control)
        self._line = line

    @property
    def now(self) -> datetime:
        """The sandbox's instant, in Shanghai."""
        return datetime.fromisoformat(self.shown()["now"])

    @property
    def today(self) -> date:
        """The sandbox's day in China."""
        return date.fromisoformat(self.shown()["today"])

    @property
    def mode(self) -> str:
        """How it goes: follow, offset or frozen."""
        return str(self.shown()["mode"])

    def shown(self) -> dict[str, Any]:
        """Return mode, instant and day."""
        return dict(self._control("GET", "/clock"))

    def set(self, mode: str, at: datetime | str | None = None) -> None:
        """Let it follow the wall, run from an instant (offset), or stand still at it (frozen)."""
        self._line.put_clock(mode, at.isoformat() if isinstance(at, datetime) else at)

    def freeze(self, at: datetime | str | None = None) -> None:
        """Let it stand still, at its present instant unless told otherwise."""
        self.set("frozen", at)

    def run_from(self, at: datetime | str) -> None:
        """Let it run on from an instant."""
        self.set("offset", at)

    def follow(self) -> None:
        """Let it follow the wall, and with it freezegun when the sandbox is in this process."""
        self.set("follow")

    def advance(self, by: timedelta | str) -> list[dict[str, Any]]:
        """Move on by a duration (`P3D`, `PT30M` or a timedelta) and return the jobs that ran on the way."""
        duration = f"PT{by // _SECOND}S" if isinstance(by, timedelta) else by
        return list(self._control("POST", "/clock/advance", {"by": duration})["fired"])

    def run_until_idle(self) -> list[dict[str, Any]]:
        """Move on from one due time to the next until nothing waits, and return the jobs that ran."""
        return list(self._control("POST", "/clock/run-until-idle")["fired"])


class People(Part):
    """The world's people."""

    def __init__(self, control: Control, region: str) -> None:
        super().__init__(control)
        self._region = region

    def create(self, capacity: str = "employee", **wanted: Any) -> dict[str, Any]:
        """Make a person; `region`, `name`, `account_fen`, `enrolled` and more as the control route has them."""
        return dict(self._control("POST", "/people", {"region": self._region, "capacity": capacity} | wanted))

    def get(self, psn_no: str) -> dict[str, Any]:
        """Return a person with enrolments, balances and accumulators."""
        return dict(self._control("GET", f"/people/{quote(psn_no)}"))

    def all(self, limit: int = 100) -> list[dict[str, Any]]:
        """Return people, newest first."""
        return list(self._control("GET", "/people", limit=limit)["items"])

    def magic(self, name: str) -> dict[str, Any]:
        """Return a magic person of this world by name; KeyError names those that it has."""
        listed = self._control("GET", "/people/magic")["items"]
        known = {each["name"]: each for each in listed if each["psn_no"] is not None}
        if name not in known:
            raise KeyError(f"{name}: this world has {', '.join(known)}")
        return dict(known[name])

    def topup(self, psn_no: str, amount_fen: int) -> dict[str, Any]:
        """Add to a person's own account."""
        return dict(self._control("POST", f"/people/{quote(psn_no)}/topup", {"amount_fen": amount_fen}))

    def generate(self, n: int, seed: int = 0, region: str | None = None) -> Any:
        """Draw people from a seed; return how many came (`total`) and the first hundred (`items`)."""
        return self._control("POST", "/people/generate", {"n": n, "seed": seed, "region": region or self._region})


class Faults(Part):
    """What goes wrong on purpose."""

    def arm(self, name: str, **rule: Any) -> dict[str, Any]:
        """Arm a fault: `match`, `times` (once unless given, None for ever), `probability`, `seed`, `params`."""
        return dict(self._control("POST", "/faults", {"name": name} | rule))

    def armed(self) -> list[dict[str, Any]]:
        """Return what is armed, and how often it matched and fired."""
        return list(self._control("GET", "/faults")["items"])

    def log(self) -> list[dict[str, Any]]:
        """Return what fired, newest first."""
        return list(self._control("GET", "/faults/log")["items"])

    def kinds(self) -> list[dict[str, Any]]:
        """Return the faults there are."""
        return list(self._control("GET", "/faults/kinds")["items"])

    def clear(self) -> None:
        """Disarm all of them."""
        self._control("DELETE", "/faults")


class Events(Part):
    """Notifications to the outside."""

    def __init__(self, control: Control, line: Line) -> None:
        super().__init__(control)
        self._line = line

    def all(self) -> list[dict[str, Any]]:
        """Return them with their attempts, newest first."""
        return list(self._control("GET", "/events")["items"])

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Go through them, newest first."""
        return iter(self.all())

    def deliver(self) -> None:
        """Send what is due now; a sandbox in another process does so by itself."""
        self._line.deliver()

    def resend(self, event_id: int) -> dict[str, Any]:
        """Send one again."""
        return dict(self._control("POST", f"/events/{event_id}/resend"))

    def drop(self, event_id: int) -> dict[str, Any]:
        """Give up one that waits."""
        return dict(self._control("POST", f"/events/{event_id}/drop"))

    def delay(self, event_id: int, by: str) -> dict[str, Any]:
        """Put the next attempt of one that waits off, by an ISO 8601 duration."""
        return dict(self._control("POST", f"/events/{event_id}/delay", {"by": by}))

    def duplicate(self, event_id: int, times: int = 1) -> list[dict[str, Any]]:
        """Send one so many times more, as events of their own."""
        return list(self._control("POST", f"/events/{event_id}/duplicate", {"times": times})["items"])

    def forge(self, event_id: int) -> dict[str, Any]:
        """Send one with a signature that does not hold, as an event of its own."""
        return dict(self._control("POST", f"/events/{event_id}/forge"))

    def reorder(self, *event_ids: int) -> list[dict[str, Any]]:
        """Send these now, one after the other."""
        return list(self._control("POST", "/events/reorder", {"ids": list(event_ids)})["items"])


class Requests(Part):
    """The journal of requests, masked."""

    def all(self, **filters: Any) -> list[dict[str, Any]]:
        """Return requests, newest first; filters `op`, `person`, `status`, `since`, `limit`."""
        return list(self._control("GET", "/requests", **filters)["items"])

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Go through them, newest first."""
        return iter(self.all())

    def get(self, request_id: int) -> dict[str, Any]:
        """Return one with its masked headers and bodies."""
        return dict(self._control("GET", f"/requests/{request_id}"))

    def clear(self) -> None:
        """Forget them."""
        self._control("DELETE", "/requests")


class Snapshot(Part):
    """A copy of the world."""

    def __init__(self, control: Control, name: str) -> None:
        super().__init__(control)
        self.name = name

    def restore(self) -> None:
        """Take the world back to it; it stays."""
        self._control("POST", f"/snapshots/{self.name}/restore")

    def diff(self, after: str = "current") -> dict[str, Any]:
        """Return what changed from here to another snapshot, or to the world as it stands."""
        return dict(self._control("GET", f"/snapshots/{self.name}/diff/{after}"))

    def delete(self) -> None:
        """Remove it."""
        self._control("DELETE", f"/snapshots/{self.name}")
