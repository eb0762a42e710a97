"""What the pretend parties answer, as one OpenAPI document: read off the vendors' documents, held to by the tests."""

from __future__ import annotations

from typing import Any

from yibaobox_mocks.contract import alipay, channels, wechat_login, wechatpay
from yibaobox_mocks.contract.parts import ERRORS, Json

_PARTIES = (wechatpay, alipay, wechat_login, channels)


def document(version: str) -> dict[str, Any]:
    """Return the document."""
    paths: dict[str, Json] = {}
    schemas: dict[str, Json] = {}
    for party in _PARTIES:
        paths |= party.PATHS
        schemas |= party.SCHEMAS
    return {
        "openapi": "3.1.0",
        "info": {"title": "yibaobox 支付网关与登录（模拟）", "version": version},
        "paths": paths,
        "components": {"schemas": schemas | {"Problem": _PROBLEM}, "responses": dict(ERRORS)},
    }


_PROBLEM: Json = {
    "type": "object",
    "description": "what the sandbox itself answers when a request does not reach a party",
    "required": ["type", "title", "status", "detail", "code", "trace"],
    "properties": {"status": {"type": "integer"}},
    "additionalProperties": True,
}
