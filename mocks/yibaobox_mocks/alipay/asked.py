"""What an application asks for: the gateway's own parameters, then `biz_content` field by field."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from yibaobox_mocks.alipay.errors import AlipayError, business, parameter
from yibaobox_mocks.ports import Sandbox
from yibaobox_mocks.written import clocked, storable

Product = Literal["create", "precreate", "pay", "page", "wap", "app"]
FEN_MAX: Final = 100_000_000_00
_NEEDED: Final = ("app_id", "method", "sign_type", "sign", "timestamp", "version")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_YUAN: Final = re.compile(r"(\d{1,9})(?:\.(\d{1,2}))?", re.ASCII)
_TRADE_NO: Final = re.compile(r"[0-9A-Za-z_\-]{1,64}", re.ASCII)
_SPAN: Final = re.compile(r"([1-9]\d{0,4})([mhd])", re.ASCII)
_SPAN_S: Final = {"m": 60, "h": 3600, "d": 86_400}
_DAY_S: Final = 86_400
_LIFE_S: Final = 15 * _DAY_S  # of an order that says nothing of its end


@dataclass(frozen=True, slots=True)
class Asked:
    """A trade as an application asks for it; without a buyer anybody may pay it."""

    product: Product
    out_trade_no: str
    subject: str
    total_fen: int
    body: str | None
    passback: str | None
    notify_url: str | None
    return_url: str | None
    buyer_id: str | None
    expires_us: int


def check_public(parameters: Mapping[str, str], app_id: str) -> None:
    """Refuse a request without the gateway's own parameters, or of an application that is not known."""
    for name in _NEEDED:
        if not parameters.get(name):
            missing = {"sign": "signature", "sign_type": "signature-type"}.get(name, name.replace("_", "-"))
            raise AlipayError("40001", f"isv.missing-{missing}", f"缺少{name}参数", signed=False)
    if parameters["app_id"] != app_id:
        raise AlipayError("40002", "isv.invalid-app-id", "无效的AppID参数", signed=False)
    if parameters["sign_type"] != "RSA2":
        raise AlipayError("40002", "isv.invalid-signature-type", "无效的签名类型", signed=False)
    if not _TIME.fullmatch(parameters["timestamp"]):
        raise AlipayError("40002", "isv.invalid-timestamp", "非法的时间戳参数")
    if parameters.get("format", "JSON").upper() != "JSON":
        raise AlipayError("40002", "isv.invalid-format", "无效的数据格式")


def document_of(parameters: Mapping[str, str]) -> dict[str, Any]:
    """Read `biz_content`; numbers keep their digits."""
    try:
        found = json.loads(parameters.get("biz_content") or "{}", parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise AlipayError("40002", "isv.invalid-parameter", "biz_content不是JSON对象")
    return found


def trade(product: Product, parameters: Mapping[str, str], sandbox: Sandbox, now_us: int) -> Asked:
    """Read and check a trade."""
    document = document_of(parameters)
    buyer = text(document, "buyer_id", 28) or text(document, "buyer_open_id", 128)
    if product == "create" and buyer is None:
        raise parameter("buyer_id", "和buyer_open_id不能同时为空")
    return Asked(
        product=product,
        out_trade_no=trade_no(document),
        subject=text(document, "subject", 256, needed=True) or "",
        total_fen=fen(document, "total_amount"),
        body=text(document, "body", 128),
        passback=text(document, "passback_params", 512),
        notify_url=url(parameters, "notify_url"),
        return_url=url(parameters, "return_url"),
        buyer_id=buyer,
        expires_us=expiry(document, sandbox, now_us),
    )


def trade_no(document: Mapping[str, Any]) -> str:
    """Return the application's own number of a trade."""
    found = text(document, "out_trade_no", 64, needed=True) or ""
    if not _TRADE_NO.fullmatch(found):
        raise parameter("out_trade_no", "只能包含字母、数字、下划线和中划线")
    return found


def names(document: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the application's and the gateway's number of a trade; one of them has to be there."""
    own, theirs = text(document, "out_trade_no", 64), text(document, "trade_no", 64)
    if own is None and theirs is None:
        raise parameter("out_trade_no", "和trade_no不能同时为空")
    return own, theirs


def text(document: Mapping[str, Any], name: str, most: int, *, needed: bool = False) -> str | None:
    """Return a text of 1 to `most` characters, or nothing where it need not be there."""
    value = document.get(name)
    if value in (None, "") and not needed:
        return None
    if not isinstance(value, str) or not value or len(value) > most or not storable(value):
        raise parameter(name, f"须为1至{most}个字符的文本")
    return value


def fen(document: Mapping[str, Any], name: str, *, least: int = 1) -> int:
    """Return an amount in fen, at least so many: yuan with at most two decimals, as a text or as a number."""
    value = document.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise parameter(name, "不能为空，单位为元")
    match = _YUAN.fullmatch(str(value))
    if match is None:
        raise parameter(name, "须为最多两位小数的金额")
    found = int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))
    if not least <= found <= FEN_MAX:
        raise business("ACQ.TOTAL_FEE_EXCEED", name)
    return found


def url(parameters: Mapping[str, Any], name: str) -> str | None:
    """Return an address that the gateway is to call or to lead back to."""
    found = parameters.get(name)
    if not found:
        return None
    try:
        parts = urlsplit(found) if isinstance(found, str) else None
    except ValueError:
        parts = None
    if parts is None or parts.scheme not in ("http", "https") or not parts.netloc or not storable(found):
        raise parameter(name, "须为完整的HTTP地址")
    return str(found)


def expiry(document: Mapping[str, Any], sandbox: Sandbox, now_us: int, name: str = "time_expire") -> int:
    """Return until when a trade may be paid: an instant, or a span from now on."""
    instant, span = text(document, name, 19), text(document, "timeout_express", 6)
    if instant is not None:
        return _instant(instant, sandbox)
    if span is None:
        return now_us + _LIFE_S * 1_000_000
    if span == "1c":  # the end of the day
        return _instant(f"{clocked(sandbox, now_us)[:10]} 23:59:59", sandbox)
    match = _SPAN.fullmatch(span)
    seconds = int(match[1]) * _SPAN_S[match[2]] if match else 0
    if not 60 <= seconds <= _LIFE_S:  # noqa: PLR2004 - a minute at least
        raise parameter("timeout_express", "取值范围为1m～15d")
    return now_us + seconds * 1_000_000


def _instant(value: str, sandbox: Sandbox) -> int:
    if not _TIME.fullmatch(value):
        raise parameter("time_expire", "格式为yyyy-MM-dd HH:mm:ss")
    try:
        return sandbox.instant_us(f"{value.replace(' ', 'T')}+08:00")
    except ValueError:
        raise parameter("time_expire", "不是有效的时间") from None


def _no_number(word: str) -> Decimal:
    raise ValueError(word)
