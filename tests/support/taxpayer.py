"""Somebody at the tax channel, for tests: proves who they are, declares, orders, pays."""

from __future__ import annotations

from typing import Any

import requests

from boxes import Box

YEAR = 2026
LOW, HIGH = 320_00, 460_00


class Taxpayer:
    """One person of a box, with a session once identified; `wallet` is whose WeChat they pay with (default: theirs)."""

    def __init__(self, box: Box, person: dict[str, Any], wallet: str | None = None) -> None:
        self.box = box
        self.person = person
        self.wallet = wallet
        self.token = ""

    @property
    def psn_no(self) -> str:
        """Their number."""
        return str(self.person["psn_no"])

    @property
    def part_id(self) -> int:
        """Their first participation that bills come from."""
        return int(self.ask("GET", "/participations")["items"][0]["part_id"])

    def request(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        """Use a route of the tax channel (`/bills`) with the session, where there is one."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.box.request(method, f"/tax/v1{path}", json=body, headers=headers | more.pop("headers", {}), **more)

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """As `request`; whatever is no success fails the test."""
        reply = self.request(method, path, body, **more)
        assert reply.ok, f"{method} {path}: {reply.status_code} {reply.text}"
        return reply.json()

    def refusal(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, str]:
        """Use a route that refuses and return status and code."""
        reply = self.request(method, path, body, **more)
        assert reply.headers["Content-Type"] == "application/problem+json", f"{reply.status_code} {reply.text}"
        return reply.status_code, str(reply.json()["code"])

    def identify(self) -> Taxpayer:
        """Open a session."""
        form = {name: self.person[name] for name in ("id_no", "name", "mobile")}
        self.token = self.ask("POST", "/identity", form)["token"]
        return self

    def log_in(self, openid: str | None = None) -> Taxpayer:
        """Log the session in at WeChat, as oneself or as whoever has an openid."""
        who = {"openid": openid} if openid else {"psn_no": self.psn_no}
        code = self.box.ask("POST", "/wechat/login", who)["code"]
        assert self.ask("POST", "/session/wechat", {"code": code}) == {"bound": True}
        return self

    def bill(self, total_fen: int = LOW, **more: Any) -> dict[str, Any]:
        """Declare a total and return the bill."""
        asked = {"part_id": self.part_id, "year": YEAR, "manner": "normal", "total_fen": total_fen} | more
        made: dict[str, Any] = self.ask("POST", "/bills", asked)
        return made

    def order(self, bill: dict[str, Any]) -> dict[str, Any]:
        """Order the payment of a bill through WeChat."""
        made: dict[str, Any] = self.ask("POST", f"/bills/{bill['bill_id']}/orders", {"channel": "wechat"})
        return made

    def act(self, order: dict[str, Any], **how: Any) -> dict[str, Any]:
        """Act on an order in the wallet."""
        done: dict[str, Any] = self.box.ask("POST", f"/wechat/pay/{order['out_trade_no']}", how)
        return done

    def show(self, order: dict[str, Any]) -> dict[str, Any]:
        """Look at an order."""
        shown: dict[str, Any] = self.ask("GET", f"/orders/{order['out_trade_no']}")
        return shown

    def shown_bill(self, bill: dict[str, Any]) -> dict[str, Any]:
        """Look at a bill."""
        shown: dict[str, Any] = self.ask("GET", f"/bills/{bill['bill_id']}")
        return shown

    def pay(self, total_fen: int = LOW) -> dict[str, Any]:
        """Declare, order and pay, and return the bill."""
        bill = self.bill(total_fen)
        assert self.act(self.order(bill))["state"] == "SUCCESS"
        return self.shown_bill(bill)

    def entries(self, account: str) -> list[int]:
        """Return the amounts on an account that belong to this person, the oldest first."""
        items = self.box.ask("GET", "/ledger/entries", account=account)["items"]
        return [item["amount_fen"] for item in reversed(items) if item["psn_no"] == self.psn_no]


def taxpayer(box: Box, **wanted: Any) -> Taxpayer:
    """Create an enrolled student of Dazhou (unless said otherwise), identified and logged in at WeChat."""
    known = {"region": "511700", "capacity": "student", "enrolled": "2025-11-01", "paid_year": []}
    return Taxpayer(box, box.person(**(known | wanted))).identify().log_in()
