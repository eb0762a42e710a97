"""An order and a refund as a merchant asks for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from yibaobox_mocks.ports import Sandbox
from yibaobox_mocks.wechatpay import body
from yibaobox_mocks.wechatpay.errors import WechatError, parameter

Kind = Literal["JSAPI", "NATIVE", "MWEB", "APP", "MICROPAY"]
_TRADE_NO: Final = re.compile(r"[0-9A-Za-z_\-|*]{6,32}", re.ASCII)
_REFUND_NO: Final = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}", re.ASCII)
_AUTH_CODE: Final = re.compile(r"1[0-5][0-9]{16}", re.ASCII)
_SUB_MCHID: Final = re.compile(r"[0-9]{8,10}", re.ASCII)
# Field → most characters, and whether it must be there.
_TEXTS: Final = {
    "description": (127, True),
    "out_trade_no": (32, True),
    "notify_url": (255, True),
    "attach": (128, False),
    "time_expire": (64, False),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """An order as a merchant asks for it; without an openid anybody may pay it.

    A service provider asks for a merchant of its own, `sub_mchid`; the payer is then known to either application.
    """

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
    sub_mchid: str | None = None
    sub_appid: str | None = None
    payer_appid: str = ""


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
    sub_mchid: str | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads orders of a merchant, or of a service provider."""

    keys: Mapping[str, str]
    sandbox: Sandbox
    partner: bool = False

    def order(self, raw: bytes, kind: Kind) -> Asked:
        """Read and check an order."""
        document = body.document_of(raw)
        if kind == "MWEB":
            _check_scene(document)
        return self._asked(document, kind, _TEXTS)

    def codepay(self, raw: bytes) -> tuple[Asked, str]:
        """Read and check an order that is paid by a payer's code, and the code."""
        document = body.document_of(raw)
        payer = document.get("payer")
        auth_code = payer.get("auth_code") if isinstance(payer, dict) else None
        if not isinstance(auth_code, str) or not _AUTH_CODE.fullmatch(auth_code):
            raise parameter("/payer/auth_code", "付款码须为18位数字，以10至15开头", auth_code)
        return self._asked(document, "MICROPAY", _TEXTS | {"notify_url": (255, False)}), auth_code

    def _asked(self, document: Mapping[str, Any], kind: Kind, rules: Mapping[str, tuple[int, bool]]) -> Asked:
        sub_mchid, sub_appid = self._merchants(document)
        texts = {name: body.text(document, name, most, needed=needed) for name, (most, needed) in rules.items()}
        trade_no, url = texts["out_trade_no"] or "", texts["notify_url"] or ""
        if not _TRADE_NO.fullmatch(trade_no):
            raise parameter("/out_trade_no", "商户订单号须为6至32个字符，只能是数字、大小写字母_-|*", trade_no)
        if url:
            body.check_url(url)
        openid, payer_appid = self._payer(document, sub_appid) if kind == "JSAPI" else (None, self.keys["appid"])
        return Asked(
            kind=kind,
            appid=self.keys["appid"],
            openid=openid,
            description=texts["description"] or "",
            out_trade_no=trade_no,
            notify_url=url,
            attach=texts["attach"],
            total_fen=body.fen(document, "total"),
            expires_us=_expiry(texts["time_expire"], self.sandbox),
            fingerprint=body.fingerprint(f"PARTNER-{kind}" if self.partner else kind, document),
            sub_mchid=sub_mchid,
            sub_appid=sub_appid,
            payer_appid=payer_appid,
        )

    def _merchants(self, document: Mapping[str, Any]) -> tuple[str | None, str | None]:
        """Check who asks; return for whom a service provider does."""
        prefix = "sp_" if self.partner else ""
        mchid = body.text(document, f"{prefix}mchid", 32, needed=True)
        appid = body.text(document, f"{prefix}appid", 32, needed=True)
        if mchid != self.keys["mchid"]:
            raise parameter(f"/{prefix}mchid", "请求头中的商户号与请求体中的商户号不一致", mchid)
        if appid != self.keys["appid"]:
            raise WechatError(400, "APPID_MCHID_NOT_MATCH", "商户号和appid没有绑定关系", number=268445527)
        if not self.partner:
            return None, None
        sub_mchid = body.text(document, "sub_mchid", 32, needed=True) or ""
        if not _SUB_MCHID.fullmatch(sub_mchid) or sub_mchid == mchid:
            raise parameter("/sub_mchid", "子商户号须为8至10位数字，且不是服务商商户号", sub_mchid)
        return sub_mchid, body.text(document, "sub_appid", 32, needed=False)

    def _payer(self, document: Mapping[str, Any], sub_appid: str | None) -> tuple[str, str]:
        """Return the payer's openid and the application that knows it."""
        payer = document.get("payer")
        names = {"sp_openid": self.keys["appid"], "sub_openid": sub_appid} if self.partner else {}
        for name, appid in (names or {"openid": self.keys["appid"]}).items():
            openid = body.text(payer, name, 128, needed=False) if isinstance(payer, dict) else None
            if openid is not None and appid is None:
                raise parameter("/sub_appid", "传sub_openid时必须传sub_appid")
            if openid is not None and appid is not None:
                return openid, appid
        raise WechatError(400, "PARAM_ERROR", "JSAPI支付必须传openid", number=268501013)


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
        sub_mchid=body.text(document, "sub_mchid", 32, needed=False),
    )


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
