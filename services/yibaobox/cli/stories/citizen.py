"""A citizen at the portal (医保公共服务平台): registers, logs in, fills in forms, hands in papers."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import requests

from yibaobox.cli.stories.caller import Caller, Unexpected, bearer, told

PORTAL: Final = "/portal/v1"
PASSWORD: Final = "Sandbox#2025"  # noqa: S105 - of accounts that live as long as the world
_REFUSED: Final = 400


class Citizen:
    """A person with an account at the portal, signed in."""

    def __init__(self, caller: Caller, person: Mapping[str, Any], token: str) -> None:
        self._caller = caller
        self.person = person
        self.token = token

    @classmethod
    def join(cls, caller: Caller, person: Mapping[str, Any]) -> Citizen:
        """Register with the code by text message, then log in (P1)."""
        mobile = person["mobile"]
        account = {
            "name": person["name"],
            "id_type": "01",
            "id_no": person["id_no"],
            "mobile": mobile,
            "sms_code": text_code(caller, mobile, "register"),
            "password": PASSWORD,
            "agreed": True,
        }
        caller.ask("POST", f"{PORTAL}/accounts", account)
        return cls.sign_in(caller, person)

    @classmethod
    def sign_in(cls, caller: Caller, person: Mapping[str, Any]) -> Citizen:
        """Read the captcha and log in (P1); a session ends some time after it was opened."""
        return cls(caller, person, caller.ask("POST", f"{PORTAL}/sessions", login_form(caller, person))["token"])

    def acting(self, principal: Mapping[str, Any], consent: int) -> Citizen:
        """Return the session in which one acts for a principal."""
        return Citizen(self._caller, principal, self.ask("POST", f"/consents/{consent}/sessions")["token"])

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Use a route of the portal."""
        return self._caller.ask(method, PORTAL + path, body, self.token, params=query)

    def refused(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Use a route of the portal that refuses."""
        return self._caller.refused(method, PORTAL + path, body, self.token)

    def reply(self, method: str, path: str) -> requests.Response:
        """Use a route of the portal and return whatever it answers."""
        return self._caller.send(method, PORTAL + path, headers=bearer(self.token))

    def registration(self, unit: str, capacity: str, benefit_year: int, from_day: str) -> int:
        """Draft 城乡居民参保登记 with the paper that it asks for, and return its number (P3)."""
        person = self.person
        form = {
            "unit_code": unit,
            "id_type": person["id_type"],
            "id_no": person["id_no"],
            "name": person["name"],
            "mobile": person["mobile"],
            "nation": "1",
            "sex": person["sex"],
            "household_region": person["region"],
            "household_address": "沙箱路1号",
            "household_postcode": "617000",
            "insutype": "390",
            "capacity": capacity,
            "from_day": from_day,
            "benefit_year": benefit_year,
        }
        number = int(self.ask("POST", "/registrations", form)["application_id"])
        self.hand_in(number, "id_paper")
        self.hand_in(number, "student_card")
        return number

    def suspension(self, part: Mapping[str, Any], reason: str, day: str) -> int:
        """Draft 城乡居民暂停参保 with its papers, and return its number (P4)."""
        form = {
            "part_id": part["part_id"],
            "region": part["region"],
            "reason": reason,
            "suspend_day": day,
            "remark": "转往就读地参保",
        }
        number = int(self.ask("POST", "/suspensions", form)["application_id"])
        self.hand_in(number, "id_paper")
        return number

    def hand_in(self, application: int, kind: str) -> None:
        """Upload a picture."""
        reply = self._caller.send(
            "POST",
            f"{PORTAL}/applications/{application}/papers",
            data={"kind": kind},
            files=[("file", (f"{kind}.png", picture(), "image/png"))],
            headers=bearer(self.token),
        )
        if reply.status_code >= _REFUSED:
            raise Unexpected("上传材料成功", told(reply))

    def participation(self, region: str) -> dict[str, Any]:
        """Return the participation in a region."""
        items = self.ask("GET", "/participations")["items"]
        found: dict[str, Any] | None = next((part for part in items if part["region"] == region), None)
        if found is None:
            raise Unexpected(f"{region} 有参保信息", "没有")
        return found

    def entitled(self, region: str, on: str | None = None) -> dict[str, Any]:
        """Ask whether one is entitled in a region on a day, today unless said otherwise."""
        day = {} if on is None else {"on": on}
        answer: dict[str, Any] = self.ask("GET", "/entitlement", None, region=region, **day)
        return answer

    def share_with(self, member: Mapping[str, Any], relation: str) -> dict[str, Any]:
        """Open the own account to a relative after reading the notice (P11)."""
        self.ask("GET", "/family/notice")
        asked = {"id_no": member["id_no"], "mobile": member["mobile"], "relation": relation, "agreed": True}
        binding: dict[str, Any] = self.ask("POST", "/family", asked)
        return binding


def text_code(caller: Caller, mobile: str, purpose: str) -> str:
    """Have a code sent by text message, and return it."""
    caller.ask("POST", f"{PORTAL}/sms", {"mobile": mobile, "purpose": purpose})
    return str(caller.control("GET", "/sms", mobile=mobile)["items"][0]["code"])


def login_form(caller: Caller, person: Mapping[str, Any]) -> dict[str, str]:
    """Return what is logged in with, the captcha read."""
    drawn = caller.ask("GET", f"{PORTAL}/captcha")["captcha_id"]
    answer = caller.control("GET", f"/captcha/{drawn}")["answer"]
    return {"login": person["mobile"], "password": PASSWORD, "captcha_id": drawn, "captcha": answer}


def consent_form(other: Mapping[str, Any], scopes: Sequence[str], until: str) -> dict[str, Any]:
    """Return a consent to be given to an agent, or to be taken from a principal."""
    who = {name: other[name] for name in ("id_no", "mobile")}
    return who | {"scopes": list(scopes), "until": until, "agreed": True}


def flexible_form(person: Mapping[str, Any], region: str, household: str, postcode: str) -> dict[str, Any]:
    """Return 灵活就业人员参保登记 somewhere of somebody whose household is registered elsewhere, perhaps."""
    return {
        "id_type": "01",
        **{name: person[name] for name in ("id_no", "name", "sex", "mobile")},
        "nation": "1",
        "household_region": household,
        "household_address": "沙箱路1号",
        "household_postcode": postcode,
        "region": region,
        "rhythm": "monthly",
    }


def picture() -> bytes:
    """Return a PNG of one white pixel: what stands for a photographed paper."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\x00\xff")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
