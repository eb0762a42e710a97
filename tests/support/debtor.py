"""A merchant of the channels that debit at once, from the outside."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from typing import Any

import requests

from boxes import Box


class Debtor:
    """A merchant of one world at one channel."""

    def __init__(self, box: Box, channel: str = "bank") -> None:
        self.box = box
        self.channel = channel
        self.keys: dict[str, str] = box.ask("GET", "/credentials")["channels"]

    def at(self, channel: str) -> Debtor:
        """Return the same merchant at another channel."""
        return Debtor(self.box, channel)

    def send(self, method: str, path: str, document: Any = None, **changed: str) -> requests.Response:
        """Send a signed request and check that the reply is signed."""
        target, stamp = f"/{self.channel}/v1/{path}", str(int(time.time()))
        body = "" if document is None else json.dumps(document, ensure_ascii=False)
        headers = {
            "X-Channel-Merchant": self.keys["merchant_no"],
            "X-Channel-Timestamp": stamp,
            "X-Channel-Signature": self._signed(method, target, stamp, body),
        } | changed
        reply = self.box.session.request(
            method, self.box.url + target, data=body.encode() or None, headers=headers, timeout=30
        )
        if reply.status_code != 504:
            told = reply.headers
            assert told["X-Channel-Signature"] == self._signed(told["X-Channel-Timestamp"], reply.text)
        return reply

    def debit(self, **changed: Any) -> dict[str, Any]:
        """Return what is asked of a debit of 380.00, of an account that has the money."""
        more = {"kiosk": {"terminal": "T01"}}.get(self.channel, {})
        if self.channel != "bank":
            more |= {"password": "123456"}
        told = {
            "tax_org_code": "15117010000",
            "entrust_date": "2025-11-20",
            "tra_no": secrets.token_hex(4),
            "account_no": "6217000000000000055" if self.channel == "bank" else "2025000055",
            "amount_fen": 380_00,
            "summary": "城乡居民医保缴费",
        }
        return told | more | changed

    def debited(self, **changed: Any) -> dict[str, Any]:
        """Debit and return the answer."""
        return self.told("POST", "debits", self.debit(**changed))

    def told(self, method: str, path: str, document: Any = None) -> dict[str, Any]:
        """Send and return what is answered, or the code of a refusal."""
        told: dict[str, Any] = self.send(method, path, document).json()
        return told

    def balance(self, account_no: str | None = None) -> int:
        """Return what is on an account."""
        number = account_no or self.debit()["account_no"]
        fen: int = self.box.ask("GET", f"/channels/{self.channel}/accounts/{number}")["balance_fen"]
        return fen

    def _signed(self, *lines: str) -> str:
        return hmac.new(self.keys["key"].encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()


def key(debit: dict[str, Any]) -> dict[str, Any]:
    """Return what a debit is known by."""
    return {name: debit[name] for name in ("tax_org_code", "entrust_date", "tra_no")}


def path(debit: dict[str, Any]) -> str:
    """Return where a debit is shown."""
    return "debits/" + "/".join(key(debit).values())
