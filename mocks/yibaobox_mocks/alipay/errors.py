"""The errors of the Alipay gateway: a code of the gateway, and a sub_code that says what it is about."""

from __future__ import annotations

from typing import Final

SAID: Final = {
    "10000": "Success",
    "10003": "order success pay inprocess",
    "20000": "Service Currently Unavailable",
    "40001": "Missing Required Arguments",
    "40002": "Invalid Arguments",
    "40004": "Business Failed",
}
_WORDS: Final = {
    "ACQ.CONTEXT_INCONSISTENT": "交易信息被篡改",
    "ACQ.TRADE_HAS_SUCCESS": "交易已被支付",
    "ACQ.TRADE_HAS_CLOSE": "交易已经关闭",
    "ACQ.TRADE_HAS_FINISHED": "交易已完结",
    "ACQ.TRADE_NOT_EXIST": "交易不存在",
    "ACQ.TRADE_BUYER_NOT_MATCH": "交易买家不匹配",
    "ACQ.INVALID_PARAMETER": "参数无效",
    "ACQ.TOTAL_FEE_EXCEED": "订单总金额不在允许范围内",
    "ACQ.TRADE_STATUS_ERROR": "交易状态不合法",
    "ACQ.REASON_TRADE_STATUS_INVALID": "交易状态异常",
    "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL": "退款金额超限",
    "ACQ.DISCORDANT_REPEAT_REQUEST": "请求信息不一致",
    "ACQ.BUYER_BALANCE_NOT_ENOUGH": "买家余额不足",
    "ACQ.PAYMENT_AUTH_CODE_INVALID": "支付授权码无效",
    "ACQ.PAYMENT_FAIL": "支付失败",
    "ACQ.SYSTEM_ERROR": "接口返回错误",
}


class AlipayError(Exception):
    """Answer with an error; nobody signs one that is told to a stranger."""

    def __init__(self, code: str, sub_code: str, sub_msg: str, *, signed: bool = True) -> None:
        super().__init__(sub_msg)
        self.code = code
        self.sub_code = sub_code
        self.sub_msg = sub_msg
        self.signed = signed

    @property
    def document(self) -> dict[str, str]:
        """The answer's content."""
        return {"code": self.code, "msg": SAID[self.code], "sub_code": self.sub_code, "sub_msg": self.sub_msg}


def business(sub_code: str, detail: str = "") -> AlipayError:
    """A business refusal, in the gateway's words and where it helps with the field that is wrong."""
    said = _WORDS[sub_code]
    return AlipayError("40004", sub_code, f"{said}：{detail}" if detail else said)


def parameter(name: str, rule: str) -> AlipayError:
    """A field of biz_content that breaks its rule."""
    return business("ACQ.INVALID_PARAMETER", f"{name}{rule}")
