"""A citizen at the portal, for tests: registers, signs in, fills in forms, hands in papers."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import requests

from boxes import Box

PASSWORD = "Sandbox#2025"
AT = "2025-11-20T10:00:00+08:00"
COLLEGE = "51170099997"


def png(width: int = 1, height: int = 1) -> bytes:
    """Return a PNG that says it is that large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


class Citizen:
    """One person of a box, with a session once signed in."""

    def __init__(self, box: Box, person: dict[str, Any]) -> None:
        self.box = box
        self.person = person
        self.token = ""

    @property
    def psn_no(self) -> str:
        """Their number."""
        return str(self.person["psn_no"])

    def request(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        """Use a portal route (`/me`) with the session, where there is one."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= more.pop("headers", {})
        return self.box.request(method, f"/portal/v1{path}", json=body, headers=headers, **more)

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """As `request`; whatever is no success fails the test."""
        reply = self.request(method, path, body, **more)
        assert reply.ok, f"{method} {path}: {reply.status_code} {reply.text}"
        return reply.json() if reply.content else None

    def refusal(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, str, str]:
        """Use a route that refuses and return status, code and the Chinese sentence."""
        reply = self.request(method, path, body, **more)
        assert reply.headers["Content-Type"] == "application/problem+json", f"{reply.status_code} {reply.text}"
        problem = reply.json()
        return reply.status_code, problem["code"], problem["detail"]

    def sms_code(self, mobile: str | None = None, purpose: str = "register") -> str:
        """Ask for a code by text message and read it."""
        mobile = mobile or self.person["mobile"]
        self.ask("POST", "/sms", {"mobile": mobile, "purpose": purpose})
        return str(self.box.ask("GET", "/sms", mobile=mobile)["items"][0]["code"])

    def account_form(self, **changed: Any) -> dict[str, Any]:
        """Return a filled-in registration; the code by text message is asked for unless given."""
        form = {
            "name": self.person["name"],
            "id_no": self.person["id_no"],
            "mobile": self.person["mobile"],
            "password": PASSWORD,
            "agreed": True,
        } | changed
        return form if "sms_code" in form else form | {"sms_code": self.sms_code(form["mobile"])}

    def captcha(self) -> dict[str, str]:
        """Draw a captcha and read its answer."""
        drawn = self.ask("GET", "/captcha")["captcha_id"]
        return {"captcha_id": drawn, "captcha": self.box.ask("GET", f"/captcha/{drawn}")["answer"]}

    def sign_in_form(self, **changed: Any) -> dict[str, Any]:
        """Return a filled-in log-in."""
        form = {"login": self.person["mobile"], "password": PASSWORD} | changed
        return form if "captcha" in form else self.captcha() | form

    def sign_in(self, **changed: Any) -> dict[str, Any]:
        """Log in and keep the token."""
        answer: dict[str, Any] = self.ask("POST", "/sessions", self.sign_in_form(**changed))
        self.token = answer["token"]
        return answer

    def arrive(self) -> Citizen:
        """Register and log in."""
        self.ask("POST", "/accounts", self.account_form())
        self.sign_in()
        return self

    def let_act(self, agent: Citizen, *scopes: str, until: str = "2026-06-30") -> int:
        """Let another citizen act for oneself, and return the number of the consent."""
        who = {name: agent.person[name] for name in ("id_no", "mobile")}
        asked = who | {"scopes": list(scopes), "until": until, "agreed": True}
        number: int = self.ask("POST", "/consents", asked)["consent_id"]
        return number

    def acting(self, consent_id: int, principal: Citizen) -> Citizen:
        """Return oneself as a session that acts for a principal."""
        acting = Citizen(self.box, principal.person)
        acting.token = self.ask("POST", f"/consents/{consent_id}/sessions")["token"]
        return acting

    def registration_form(self, **changed: Any) -> dict[str, Any]:
        """Return a filled-in 城乡居民参保登记."""
        return {
            "unit_code": COLLEGE,
            "id_type": "01",
            "id_no": self.person["id_no"],
            "name": self.person["name"],
            "mobile": self.person["mobile"],
            "nation": "1",
            "sex": self.person["sex"],
            "household_region": "510402",
            "household_address": "攀枝花市东区沙箱路1号",
            "household_postcode": "617000",
            "capacity": self.person["capacity"],
            "from_day": "2025-11-20",
            "benefit_year": 2026,
        } | changed

    def flexible_form(self, **changed: Any) -> dict[str, Any]:
        """Return a filled-in 灵活就业人员参保登记."""
        without = ("unit_code", "capacity", "from_day", "benefit_year")
        form = {name: value for name, value in self.registration_form().items() if name not in without}
        return form | {"region": self.person["region"], "rhythm": "monthly"} | changed

    def suspension_form(self, **changed: Any) -> dict[str, Any]:
        """Return a filled-in 城乡居民暂停参保 of the first participation."""
        part = self.ask("GET", "/participations")["items"][0]
        return {
            "part_id": part["part_id"],
            "region": part["region"],
            "reason": "study_elsewhere",
            "suspend_day": "2025-11-20",
            "remark": "到学籍地参保",
        } | changed

    def draft(self, kind: str, form: dict[str, Any], *papers: str) -> int:
        """Draft an application (`registrations`, `suspensions`) with one picture of each kind of paper."""
        number: int = self.ask("POST", f"/{kind}", {k: v for k, v in form.items() if v is not None})["application_id"]
        for paper in papers:
            assert self.upload(number, paper).status_code == 201
        return number

    def upload(self, number: int, kind: str, *files: tuple[str, bytes, str]) -> requests.Response:
        """Hand in files (name, content, type) in one request; without any, a picture."""
        given = files or (("证件.png", png(), "image/png"),)
        return self.box.request(
            "POST",
            f"/portal/v1/applications/{number}/papers",
            data={"kind": kind},
            files=[("file", file) for file in given],
            headers={"Authorization": f"Bearer {self.token}"},
        )

    def submit(self, kind: str, form: dict[str, Any], *papers: str) -> dict[str, Any]:
        """Draft, hand in and submit."""
        number = self.draft(kind, form, *(papers or ("id_paper",)))
        answer: dict[str, Any] = self.ask("POST", f"/{kind}/{number}/submit")
        return answer

    def submit_refused(self, kind: str, form: dict[str, Any], *papers: str) -> tuple[int, str, str]:
        """Draft, hand in and be refused at the end."""
        number = self.draft(kind, form, *papers)
        return self.refusal("POST", f"/{kind}/{number}/submit")


def frozen(box: Box, at: str = AT) -> Box:
    """Let a world stand still at an instant."""
    box.ask("PUT", "/clock", {"mode": "frozen", "at": at})
    return box


def citizen(box: Box, **wanted: Any) -> Citizen:
    """Create a person who has not been to the portal yet."""
    return Citizen(box, box.person(**({"region": "511700", "capacity": "student"} | wanted)))
