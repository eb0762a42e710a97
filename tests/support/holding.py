"""A holder of the electronic credential, for tests: activates, shows codes, adds relatives."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Any

import requests

from boxes import Box

HOSPITAL = "H51040000001"
DECODING = {"purpose": "01301", "operator": "7", "operator_name": "收费员"}


class Holder:
    """One person of a box, with a session once the face was checked."""

    def __init__(self, box: Box, person: dict[str, Any]) -> None:
        self.box = box
        self.person = person
        self.token = ""

    @property
    def psn_no(self) -> str:
        """Their number."""
        return str(self.person["psn_no"])

    def activate(self, channel: str = "wechat") -> Holder:
        """Agree to the terms and pass the face check."""
        begun = self.ask("POST", "/activations", self.form(channel=channel))
        self.token = self.ask("POST", f"/activations/{begun['activation']}/face")["token"]
        return self

    def form(self, **changed: Any) -> dict[str, Any]:
        """Return the request that begins an activation."""
        asked = {"id_no": self.person["id_no"], "name": self.person["name"], "channel": "wechat", "terms": True}
        return asked | changed

    def request(self, method: str, path: str, body: Any = None) -> requests.Response:
        """Use a route of the credential with the session, where there is one."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.box.request(method, f"/ec/v1{path}", json=body, headers=headers)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """As `request`; whatever is no success fails the test."""
        reply = self.request(method, path, body)
        assert reply.ok, f"{method} {path}: {reply.status_code} {reply.text}"
        return reply.json() if reply.content else None

    def refusal(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Use a route that refuses and return status and code."""
        reply = self.request(method, path, body)
        assert reply.headers["Content-Type"] == "application/problem+json", f"{reply.status_code} {reply.text}"
        return reply.status_code, reply.json()["code"]

    def code(self) -> str:
        """Show a code."""
        return str(self.ask("POST", "/codes")["code"])

    def decode(self, code: str, institution: str = HOSPITAL, **changed: Any) -> requests.Response:
        """Let an institution decode a code."""
        return self.box.post("/ec/v1/decode", {"code": code, "institution": institution} | DECODING | changed)

    def relative_form(self, member: dict[str, Any], **changed: Any) -> dict[str, Any]:
        """Return the request that adds a relative by their own face."""
        asked = {"id_no": member["id_no"], "name": member["name"], "relation": "spouse", "way": "face", "pledged": True}
        return asked | changed

    def add(self, member: dict[str, Any], **changed: Any) -> dict[str, Any]:
        """Add a relative, face check included where it is needed."""
        made: dict[str, Any] = self.ask("POST", "/family", self.relative_form(member, **changed))
        if made["state"] == "FACE_PENDING":
            made = self.ask("POST", f"/family/{made['binding_id']}/face")
        return made

    def auth_code(self, **asked: Any) -> str:
        """Authorise an institution's program."""
        return str(self.ask("POST", "/auth_codes", {"institution": HOSPITAL} | asked)["auth_code"])


def holder(box: Box, **wanted: Any) -> Holder:
    """Create a person who will hold a credential."""
    return Holder(box, box.person(**{"region": "510400", "capacity": "employee", "enrolled": True} | wanted))


def user_query(box: Box, body: Any, **changed: Any) -> requests.Response:
    """Send `userQuery` as the partner's server does; `partner`, `secret`, `stamp` and `signature` can be changed."""
    keys = box.ask("GET", "/credentials")["ec"]
    partner = changed.get("partner", keys["partner_id"])
    stamp = changed.get("stamp", str(int(time.time() * 1000)))
    secret = changed.get("secret", keys["partner_secret"])
    made = hmac.new(secret.encode(), f"{partner}{stamp}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "god-portal-timestamp": stamp,
        "god-portal-request-id": "req-1",
        "god-portal-signature": changed.get("signature", made),
    }
    path = f"/api/mipuserquery/userQuery/{partner}"
    if isinstance(body, bytes):
        return box.request("POST", path, data=body, headers=headers)
    return box.request("POST", path, json=body, headers=headers)
