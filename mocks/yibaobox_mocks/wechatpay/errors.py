"""The errors of WeChat Pay: an HTTP status, a code, a message, and where it helps a detail."""

from __future__ import annotations

from typing import Any


class WechatError(Exception):
    """Answer with an error; `number` ends the Request-ID, for the vendor's support asks for it."""

    def __init__(
        self, status: int, code: str, message: str, *, detail: dict[str, Any] | None = None, number: int = 268435461
    ) -> None:
        super().__init__(message)
        self.status = status
        self.document: dict[str, Any] = {"code": code, "message": message} | ({"detail": detail} if detail else {})
        self.number = number


def unsigned(message: str, *, detail: dict[str, Any] | None = None) -> WechatError:
    """A request whose signature does not hold."""
    return WechatError(401, "SIGN_ERROR", message, detail=detail, number=268443699)


def parameter(field: str, issue: str, value: Any = None) -> WechatError:
    """A field of the body that breaks its rule."""
    detail = {"field": field, "value": value, "issue": issue, "location": "body"}
    return WechatError(400, "PARAM_ERROR", issue, detail=detail)
