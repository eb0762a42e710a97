"""An order and a refund as a merchant asks for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from yibaobox_mocks.ports import Sandbox
from yibaobox_mocks.wechatpay import body
from yibaobox_mocks.wechatpay.errors import WechatError, parameter

Kind = Literal["JSAPI", "NATIVE", "MWEB", "APP"]
_TRADE_NO: Final = re.compile(r"[0-9A-Za-z_\-|*]{6,32}", re.ASCII)
_REFUND_NO: Final = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}", re.ASCII)
# Field → most characters, and whether it must be there.
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
    """An order as a merchant asks for it; without an openid anybody may pay it."""

    kind: Kind
    appid: str
    openid: str | None
    description: str
    out_trade_no: str
    notify_url: str
    attach: str | None
    total_fen: int
    expires_us: int | None
    fingerprint: str


@dataclass(frozen=True, slots=True)
class AskedRefund:
    """A refund as a merchant asks for it: the order by one of its numbers, its total and what is to go back."""

    out_refund_no: str
    transaction_id: str | None
    out_trade_no: str | None
    notify_url: str | None
    refund_fen: int
    total_fen: int
    fingerprint: str


def order(raw: bytes, kind: Kind, keys: Mapping[str, str], sandbox: Sandbox) -> Asked:
    """Read and check an order of this merchant."""
    document = body.document_of(raw)
    texts = {name: body.text(document, name, most, needed=needed) for name, (most, needed) in _TEXTS.items()}
    if texts["mchid"] != keys["mchid"]:
        raise parameter("/mchid", "请求头中的商户号与请求体中的商户号不一致", texts["mchid"])
    if texts["appid"] != keys["appid"]:
        raise WechatError(400, "APPID_MCHID_NOT_MATCH", "商户号和appid没有绑定关系", number=268445527)
    trade_no, url = texts["out_trade_no"] or "", texts["notify_url"] or ""
    if not _TRADE_NO.fullmatch(trade_no):
        raise parameter("/out_trade_no", "商户订单号须为6至32个字符，只能是数字、大小写字母_-|*", trade_no)
    body.check_url(url)
    if kind == "MWEB":
        _check_scene(document)
    return Asked(
        kind=kind,
        appid=keys["appid"],
        openid=_openid(document) if kind == "JSAPI" else None,
        description=texts["description"] or "",
        out_trade_no=trade_no,
        notify_url=url,
        attach=texts["attach"],
        total_fen=body.fen(document, "total"),
        expires_us=_expiry(texts["time_expire"], sandbox),
        fingerprint=body.fingerprint(kind, document),
    )


def refund(raw: bytes) -> AskedRefund:
    """Read and check a refund."""
    document = body.document_of(raw)
    name = body.text(document, "out_refund_no", 64, needed=True) or ""
    if not _REFUND_NO.fullmatch(name):
        raise parameter("/out_refund_no", "商户退款单号只能是数字、大小写字母_-|*@", name)
    transaction_id = body.text(document, "transaction_id", 32, needed=False)
    trade_no = body.text(document, "out_trade_no", 32, needed=transaction_id is None)
    body.text(document, "reason", 80, needed=False)
    url = body.text(document, "notify_url", 256, needed=False)
    if url is not None:
        body.check_url(url)
    return AskedRefund(
        out_refund_no=name,
        transaction_id=transaction_id,
        out_trade_no=trade_no,
        notify_url=url,
        refund_fen=body.fen(document, "refund", currency_needed=True),
        total_fen=body.fen(document, "total", currency_needed=True),
        fingerprint=body.fingerprint("REFUND", document),
    )


def _openid(document: Mapping[str, Any]) -> str:
    payer = document.get("payer")
    openid = body.text(payer, "openid", 128, needed=False) if isinstance(payer, dict) else None
    if openid is None:
        raise WechatError(400, "PARAM_ERROR", "JSAPI支付必须传openid", number=268501013)
    return openid


def _check_scene(document: Mapping[str, Any]) -> None:
    scene = document.get("scene_info")
    info = scene.get("h5_info") if isinstance(scene, dict) else None
    if not isinstance(scene, dict) or not isinstance(scene.get("payer_client_ip"), str):
        raise parameter("/scene_info/payer_client_ip", "H5支付必须传用户终端IP")
    if not isinstance(info, dict) or not isinstance(info.get("type"), str):
        raise parameter("/scene_info/h5_info/type", "H5支付必须传场景类型")


def _expiry(text: str | None, sandbox: Sandbox) -> int | None:
    if text is None:
        return None
    try:
        return sandbox.instant_us(text)
    except ValueError:
        raise parameter("/time_expire", "time_expire须为RFC 3339格式", text) from None
