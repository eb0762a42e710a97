"""Reading the body of a request: JSON, then field by field, in the vendor's words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

from yibaobox_mocks.wechatpay.errors import WechatError, parameter
from yibaobox_mocks.written import storable

_FEN_MAX: Final = 10**11
_NAMED: Final = {"total": "总金额", "refund": "退款金额"}


def document_of(body: bytes) -> dict[str, Any]:
    """Read a JSON object."""
    try:
        document = json.loads(body)
        document = json.loads(json.dumps(document).encode("utf-8")) if isinstance(document, dict) else None
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise WechatError(400, "PARAM_ERROR", "请求体不是JSON对象")
    return document


def fingerprint(kind: str, document: Mapping[str, Any]) -> str:
    """Return what two requests of one name are compared by."""
    return sha256(json.dumps([kind, document], sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def text(document: Mapping[str, Any], name: str, most: int, *, needed: bool) -> str | None:
    """Return a text of 1 to `most` characters, or nothing where it need not be there."""
    value = document.get(name)
    if value is None and not needed:
        return None
    if not isinstance(value, str) or not value or len(value) > most or not storable(value):
        raise parameter(f"/{name}", f"输入源“/body/{name}”须为1至{most}个字符的文本")
    return value


def fen(document: Mapping[str, Any], name: str, *, currency_needed: bool = False) -> int:
    """Return one figure of `amount`, in fen."""
    amount = document.get("amount")
    value = amount.get(name) if isinstance(amount, dict) else None
    where, source = f"/amount/{name}", f"输入源“/body/amount/{name}”映射到数值字段“{_NAMED[name]}”规则校验失败"
    if not isinstance(value, int) or isinstance(value, bool) or value > _FEN_MAX:
        raise parameter(where, f"{source}，须为整数")
    if value < 1:
        raise parameter(where, f"{source}，值低于最小值 1", value)
    assert isinstance(amount, dict), "it has a figure"
    if amount.get("currency", None if currency_needed else "CNY") != "CNY":
        raise parameter("/amount/currency", "货币类型只支持CNY")
    return value


def check_url(url: str, field: str = "notify_url") -> None:
    """Refuse an address that is not complete or has a query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise parameter(f"/{field}", "通知地址须为完整URL", url) from None
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise parameter(f"/{field}", "通知地址须为不带参数的完整URL", url)
