"""Reading the body of an order: JSON, then field by field, in the vendor's words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

from yibaobox_mocks.ports import Sandbox
from yibaobox_mocks.wechatpay.errors import WechatError, parameter

_TRADE_NO: Final = re.compile(r"[0-9A-Za-z_\-|*]{6,32}", re.ASCII)
_TOTAL_MAX: Final = 10**11
# Field → most bytes or characters, and whether it must be there.
_TEXTS: Final = {
    "appid": (32, True),
    "mchid": (32, True),
    "description": (127, True),
    "out_trade_no": (32, True),
    "notify_url": (255, True),
    "attach": (128, False),
    "time_expire": (64, False),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """An order as a merchant asks for it."""

    appid: str
    openid: str
    description: str
    out_trade_no: str
    notify_url: str
    attach: str | None
    total_fen: int
    expires_us: int | None
    fingerprint: str


def order(body: bytes, keys: Mapping[str, str], sandbox: Sandbox) -> Asked:
    """Read and check an order of this merchant."""
    document = document_of(body)
    texts = {name: _text(document, name, most, needed=needed) for name, (most, needed) in _TEXTS.items()}
    if texts["mchid"] != keys["mchid"]:
        raise parameter("/mchid", "请求头中的商户号与请求体中的商户号不一致", texts["mchid"])
    if texts["appid"] != keys["appid"]:
        raise WechatError(400, "APPID_MCHID_NOT_MATCH", "商户号和appid没有绑定关系", number=268445527)
    trade_no, url = texts["out_trade_no"] or "", texts["notify_url"] or ""
    if not _TRADE_NO.fullmatch(trade_no):
        raise parameter("/out_trade_no", "商户订单号须为6至32个字符，只能是数字、大小写字母_-|*", trade_no)
    _check_url(url)
    return Asked(
        appid=keys["appid"],
        openid=_openid(document),
        description=texts["description"] or "",
        out_trade_no=trade_no,
        notify_url=url,
        attach=texts["attach"],
        total_fen=_total(document),
        expires_us=_expiry(texts["time_expire"], sandbox),
        fingerprint=sha256(json.dumps(document, sort_keys=True, ensure_ascii=False).encode()).hexdigest(),
    )


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


def _text(document: Mapping[str, Any], name: str, most: int, *, needed: bool) -> str | None:
    value = document.get(name)
    if value is None and not needed:
        return None
    if not isinstance(value, str) or not value or len(value) > most or not _storable(value):
        raise parameter(f"/{name}", f"输入源“/body/{name}”须为1至{most}个字符的文本")
    return value


def _storable(value: str) -> bool:
    return "\0" not in value and value.encode("utf-8", "replace").decode() == value


def _total(document: Mapping[str, Any]) -> int:
    amount = document.get("amount")
    total = amount.get("total") if isinstance(amount, dict) else None
    if not isinstance(total, int) or isinstance(total, bool) or total > _TOTAL_MAX:
        raise parameter("/amount/total", "输入源“/body/amount/total”映射到数值字段“总金额”规则校验失败，须为整数")
    if total < 1:
        issue = "输入源“/body/amount/total”映射到数值字段“总金额”规则校验失败，值低于最小值 1"
        raise parameter("/amount/total", issue, total)
    assert isinstance(amount, dict), "it has a total"
    if amount.get("currency", "CNY") != "CNY":
        raise parameter("/amount/currency", "货币类型只支持CNY")
    return total


def _openid(document: Mapping[str, Any]) -> str:
    payer = document.get("payer")
    openid = _text(payer, "openid", 128, needed=False) if isinstance(payer, dict) else None
    if openid is None:
        raise WechatError(400, "PARAM_ERROR", "JSAPI支付必须传openid", number=268501013)
    return openid


def _expiry(text: str | None, sandbox: Sandbox) -> int | None:
    if text is None:
        return None
    try:
        return sandbox.instant_us(text)
    except ValueError:
        raise parameter("/time_expire", "time_expire须为RFC 3339格式", text) from None


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise parameter("/notify_url", "通知地址须为完整URL", url) from None
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise parameter("/notify_url", "通知地址须为不带参数的完整URL", url)
