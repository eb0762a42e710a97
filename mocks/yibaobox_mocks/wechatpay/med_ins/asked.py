"""A mixed order as a merchant asks for it: fields, which of them belong to which kind, and how the amounts add up."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from yibaobox_mocks.ports import Sandbox
from yibaobox_mocks.wechatpay import body, sealing
from yibaobox_mocks.wechatpay.errors import WechatError, parameter

CASH, INSURANCE, BOTH = "CASH_ONLY", "INSURANCE_ONLY", "CASH_AND_INSURANCE"
KINDS: Final = (CASH, INSURANCE, BOTH)
_ORDER_TYPES: Final = {
    *("REG_PAY", "DIAG_PAY", "COVID_EXAM_PAY", "IN_HOSP_PAY", "PHARMACY_PAY", "INSURANCE_PAY", "INT_REG_PAY"),
    *("INT_RE_DIAG_PAY", "INT_RX_PAY", "COVID_ANTIGEN_PAY", "MED_PAY"),
}
_CARDS: Final = {
    *("ID_CARD", "HOUSEHOLD_REGISTRATION", "FOREIGNER_PASSPORT", "FOREIGN_PERMANENT_RESIDENT"),
    *(f"MAINLAND_TRAVEL_PERMIT_FOR_{place}" for place in ("TW", "MO", "HK")),
}
# Field → most characters, and whether it must be there.
_TEXTS: Final = {
    "appid": (32, True),
    "out_trade_no": (64, True),
    "serial_no": (20, True),
    "city_id": (8, True),
    "med_inst_name": (128, True),
    "med_inst_no": (32, True),
    "callback_url": (256, True),
    "pay_order_id": (64, False),
    "pay_auth_no": (40, False),
    "geo_location": (40, False),
    "med_ins_order_create_time": (64, False),
    "prepay_id": (64, False),
    "attach": (128, False),
    "channel_no": (32, False),
    "passthrough_request_content": (2048, False),
}
_OF_INSURANCE: Final = ("pay_order_id", "pay_auth_no", "geo_location", "med_ins_order_create_time")
_SHARES: Final = ("med_ins_gov_fee", "med_ins_self_fee", "med_ins_other_fee")
_FEES: Final = (*_SHARES, "med_ins_cash_fee")
_DIGEST: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
_FEN_MAX: Final = 10**11
_UNSHOWN: Final = ("payer", "relative", "passthrough_request_content")


@dataclass(frozen=True, slots=True)
class Named:
    """A person as the merchant names one: the name, and the digest of the ID number."""

    name: str
    id_digest: str


@dataclass(frozen=True, slots=True)
class AskedMix:
    """A mixed order; `fees` are the figures of the request in fen, `shown` is what of it is told again."""

    kind: str
    out_trade_no: str
    appid: str
    openid: str
    payer: Named
    relative: Named | None
    callback_url: str
    pay_order_id: str | None
    pay_auth_no: str | None
    prepay_id: str | None
    fees: Mapping[str, int]
    shown: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads mixed orders of a merchant; `serial` names the key that names were encrypted with."""

    keys: Mapping[str, str]
    sandbox: Sandbox
    serial: str

    def mix(self, raw: bytes) -> AskedMix:
        """Read and check a mixed order."""
        document = body.document_of(raw)
        kind = _one_of(document, "mix_pay_type", KINDS)
        _one_of(document, "order_type", _ORDER_TYPES)
        texts = {name: body.text(document, name, most, needed=needed) for name, (most, needed) in _TEXTS.items()}
        self._check_texts(texts)
        appid, openid = self._who(document, texts["appid"] or "")
        fees = _fees(document)
        _check_fields(kind, texts, document, fees)
        _check_amounts(kind, fees)
        return AskedMix(
            kind=kind,
            out_trade_no=texts["out_trade_no"] or "",
            appid=appid,
            openid=openid,
            payer=self._named(document, "payer"),
            relative=self._relative(document),
            callback_url=texts["callback_url"] or "",
            pay_order_id=texts["pay_order_id"],
            pay_auth_no=texts["pay_auth_no"],
            prepay_id=texts["prepay_id"],
            fees=fees,
            shown={name: value for name, value in document.items() if name not in _UNSHOWN},
        )

    def _check_texts(self, texts: Mapping[str, str | None]) -> None:
        if texts["appid"] != self.keys["appid"]:
            raise WechatError(400, "APPID_MCHID_NOT_MATCH", "商户号和appid没有绑定关系", number=268445527)
        body.check_url(texts["callback_url"] or "", "callback_url")
        created, passed = texts["med_ins_order_create_time"], texts["passthrough_request_content"]
        try:
            if created is not None:
                self.sandbox.instant_us(created)
        except ValueError:
            raise parameter("/med_ins_order_create_time", "时间解析失败，须为RFC 3339格式", created) from None
        if passed is not None:
            _check_passed(passed)

    def _who(self, document: Mapping[str, Any], appid: str) -> tuple[str, str]:
        """Return who pays and in which application: that of the merchant, or of a service provider's merchant."""
        if "sub_mchid" not in document:
            return appid, body.text(document, "openid", 128, needed=True) or ""
        body.text(document, "sub_mchid", 32, needed=True)
        sub_appid = body.text(document, "sub_appid", 32, needed=True) or ""
        return sub_appid, body.text(document, "sub_openid", 128, needed=True) or ""

    def _relative(self, document: Mapping[str, Any]) -> Named | None:
        wanted = document.get("pay_for_relatives", False)
        if not isinstance(wanted, bool):
            raise parameter("/pay_for_relatives", "须为布尔值", wanted)
        if wanted and not isinstance(document.get("relative"), dict):
            raise parameter("/relative", "亲属信息为空")
        return self._named(document, "relative") if wanted else None

    def _named(self, document: Mapping[str, Any], of: str) -> Named:
        given = document.get(of)
        if not isinstance(given, dict):
            raise parameter(f"/{of}", "身份信息为空")
        if given.get("card_type") not in _CARDS:
            raise parameter(f"/{of}/card_type", "证件类型错误", given.get("card_type"))
        if self.serial.upper() not in (self.keys["plat_serial"], self.keys["pub_key_id"]):
            raise parameter(
                "/Wechatpay-Serial", "请求头Wechatpay-Serial须为加密所用的平台证书序列号或公钥ID", self.serial
            )
        name, digest = (self._opened(f"/{of}/{part}", given.get(part)) for part in ("name", "id_digest"))
        if not _DIGEST.fullmatch(digest):
            raise parameter(f"/{of}/id_digest", "身份ID摘要须为证件号码的MD5，32位小写十六进制，再加密")
        return Named(name, digest)

    def _opened(self, field: str, value: object) -> str:
        opened = sealing.opened(self.keys["plat_key"], value) if isinstance(value, str) else None
        if opened is None:
            raise parameter(field, "敏感信息解密失败，须用平台证书或微信支付公钥加密（RSA-OAEP）")
        return opened


def _check_passed(passed: str) -> None:
    try:
        document = json.loads(passed)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise parameter("/passthrough_request_content", "须为JSON对象的文本")


def _one_of(document: Mapping[str, Any], name: str, values: Any) -> str:
    value = document.get(name)
    if not isinstance(value, str) or value not in values:
        raise parameter(f"/{name}", f"{name}不在允许的取值范围内", value)
    return value


def _fees(document: Mapping[str, Any]) -> dict[str, int]:
    """Return every figure of the request; those that are not there are 0."""
    fees = {name: _fen(document, name, 0) for name in (*_FEES, "wechat_pay_cash_fee")}
    fees["total_fee"] = _fen(document, "total_fee", 1)
    for way in ("add", "reduce"):
        fees[way] = sum(_fen(each, f"cash_{way}_fee", 1) for each in _details(document, f"cash_{way}_detail"))
    return fees


def _details(document: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    given = document.get(name, [])
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise parameter(f"/{name}", "须为数组", given)
    return given


def _fen(document: Mapping[str, Any], name: str, least: int) -> int:
    value = document.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= _FEN_MAX:
        raise parameter(f"/{name}", f"{name}须为整数，单位为分", value)
    return value


def _check_fields(
    kind: str, texts: Mapping[str, str | None], document: Mapping[str, Any], fees: Mapping[str, int]
) -> None:
    """Refuse a field that does not belong to the kind, and the lack of one that does."""
    of_insurance = [name for name in _OF_INSURANCE if texts[name] is not None]
    if kind == CASH:
        if (
            of_insurance
            or any(fees[name] for name in _FEES)
            or not fees["wechat_pay_cash_fee"]
            or not texts["prepay_id"]
        ):
            raise _rule("纯自费单字段校验失败", 268529474)
        return
    whole = len(of_insurance) == len(_OF_INSURANCE) and all(name in document for name in _FEES)
    cash = fees["wechat_pay_cash_fee"] > 0 and texts["prepay_id"] is not None
    none = fees["wechat_pay_cash_fee"] == 0 and texts["prepay_id"] is None
    if not whole or not (cash if kind == BOTH else none):
        raise _rule("合支付单字段校验失败", 268529475)


def _check_amounts(kind: str, fees: Mapping[str, int]) -> None:
    """Refuse figures that do not add up; of cash alone insurance has said nothing."""
    paid, insured = fees["wechat_pay_cash_fee"], sum(fees[name] for name in _SHARES)
    if kind != CASH and paid != fees["med_ins_cash_fee"] + fees["add"] - fees["reduce"]:
        raise _rule("自费金额校验不通过", 268529476)
    if fees["total_fee"] != insured + paid + fees["reduce"]:
        raise _rule("订单总金额校验不通过", 268529477)


def _rule(message: str, number: int) -> WechatError:
    return WechatError(400, "RULE_LIMIT", message, number=number)
