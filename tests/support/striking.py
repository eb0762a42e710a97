"""Faults as a tester arms them, and what a client meets."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import requests

from boxes import Box

PATIENCE_S = 60
T = TypeVar("T")


def until(look: Callable[[], T | None], what: str = "it") -> T:
    """Look until there is something to see."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come")


@dataclass(frozen=True)
class Struck:
    """A world whose requests are struck."""

    box: Box

    def arm(self, name: str, **wanted: Any) -> dict[str, Any]:
        """Arm a fault."""
        made: dict[str, Any] = self.box.ask("POST", "/faults", {"name": name} | wanted)
        return made

    def rules(self) -> list[dict[str, Any]]:
        """Return what is armed, but for what the names of people carry: those stay with the people."""
        items: list[dict[str, Any]] = self.box.ask("GET", "/faults")["items"]
        return [rule for rule in items if rule["origin"] != "person"]

    def log(self) -> list[dict[str, Any]]:
        """Return what fired, newest first."""
        items: list[dict[str, Any]] = self.box.ask("GET", "/faults/log")["items"]
        return items

    def fired(self) -> list[int]:
        """Return the numbers of what fired so far, newest first."""
        return [entry["seq"] for entry in self.log()]

    def national(self, message: dict[str, Any], fault: str | None = None, timeout: float = 60) -> Any:
        """Send a national message, struck by a header; the reply, or the kind of failure on the line."""
        headers = {"X-Sandbox-World": self.box.world} | ({"X-Sandbox-Fault": fault} if fault else {})
        url = f"{self.box.url}/fsi/api/{message['infno']}"
        try:
            return self.box.session.post(url, json=message, headers=headers, timeout=timeout)
        except requests.Timeout:
            return "timeout"
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            return "broken"

    def state(self, message: dict[str, Any]) -> str:
        """Tell what became of a message."""
        where = (message["fixmedins_code"], message["infno"], message["msgid"])
        return str(self.box.ask("GET", "/txns/" + "/".join(where))["state"])

    def settled(self, message: dict[str, Any]) -> str:
        """Wait until a message is settled, for a client that left too early to know."""
        return until(lambda: self.state(message) == "SETTLED" and "SETTLED", "the effect")

    def advance(self, seconds: int) -> None:
        """Let sandbox time pass."""
        self.box.ask("POST", "/clock/advance", {"by": f"PT{seconds}S"})

    def until_state(self, message: dict[str, Any], state: str) -> None:
        """Wait until a message has an outcome."""
        until(lambda: self.state(message) == state, state)
