"""Alipay: one address, HTTP 200 whatever happens; a reply's content stands under the method's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from yibaobox_mocks.alipay import bills
from yibaobox_mocks.alipay.calls import METHODS
from yibaobox_mocks.contract.parts import (
    ANY,
    TEXT,
    WHOLE,
    Json,
    answer,
    known,
    listed,
    one_of,
    operation,
    refusing,
    thing,
)

_YUAN: Final[Json] = {"type": "string", "pattern": r"^\d+\.\d\d$"}
_TIME: Final[Json] = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$"}
_CODE: Final = {"code": one_of("10000"), "msg": TEXT}
_NUMBERS: Final = {"out_trade_no": TEXT, "trade_no": TEXT}
_FUNDS: Final = listed(thing({"amount": _YUAN, "fund_channel": TEXT}))
_STATES: Final = one_of("WAIT_BUYER_PAY", "TRADE_SUCCESS", "TRADE_FINISHED", "TRADE_CLOSED")
_BUYER: Final = {"buyer_user_id": TEXT, "buyer_logon_id": TEXT}
_AMOUNTS: Final = dict.fromkeys(
    ("total_amount", "point_amount", "receipt_amount", "buyer_pay_amount", "invoice_amount"), _YUAN
)
_REFUNDED: Final = {
    **_NUMBERS,
    "out_request_no": TEXT,
    "refund_amount": _YUAN,
    "total_amount": _YUAN,
    "refund_status": one_of("REFUND_SUCCESS"),
    "refund_reason": TEXT,
    "gmt_refund_pay": _TIME,
    "send_back_fee": _YUAN,
}
_CANCELLED: Final = {"action": one_of("close", "refund"), "trade_no": {"type": ["string", "null"]}}
_BACK: Final = {
    **_NUMBERS,
    **_BUYER,
    "fund_change": one_of("Y", "N"),
    "gmt_refund_pay": _TIME,
    "refund_fee": _YUAN,
    "send_back_fee": _YUAN,
}
_TOKEN: Final = {
    "user_id": TEXT,
    "open_id": TEXT,
    "access_token": TEXT,
    "refresh_token": TEXT,
    "expires_in": WHOLE,
    "re_expires_in": WHOLE,
}
# By method, what a success tells.
_TOLD: Final[Mapping[str, Json]] = {
    "alipay.trade.create": thing({**_CODE, **_NUMBERS}),
    "alipay.trade.precreate": thing({**_CODE, "out_trade_no": TEXT, "qr_code": TEXT}),
    "alipay.trade.pay": {
        "anyOf": [
            thing({**_CODE, **_NUMBERS, **_AMOUNTS, **_BUYER, "gmt_payment": _TIME, "fund_bill_list": _FUNDS}),
            thing({"code": one_of("10003"), "msg": TEXT, **_NUMBERS}),
        ]
    },
    "alipay.trade.query": thing(
        {**_CODE, **_NUMBERS, **_AMOUNTS, "trade_status": _STATES},
        {**_BUYER, "send_pay_date": _TIME, "fund_bill_list": _FUNDS},
    ),
    "alipay.trade.cancel": thing(
        {**_CODE, "retry_flag": one_of("N")}, {**_CANCELLED, "out_trade_no": {"type": ["string", "null"]}}
    ),
    "alipay.trade.close": thing({**_CODE, **_NUMBERS}),
    "alipay.trade.refund": thing({**_CODE, **_BACK}, {"refund_detail_item_list": _FUNDS}),
    "alipay.trade.fastpay.refund.query": {"anyOf": [thing(_CODE), thing({**_CODE, **_REFUNDED})]},
    "alipay.data.dataservice.bill.downloadurl.query": thing(
        {**_CODE, "bill_download_url": TEXT}, {"bill_file_code": TEXT}
    ),
    "alipay.system.oauth.token": thing(_TOKEN),
}
# Payments by insurance and cash: which more is told is not public in full.
_MEDICAL: Final = thing({**_CODE, **_NUMBERS, "alipay_trade_no": TEXT}, open_=True)
_ERROR: Final = thing(
    {
        "code": one_of("20000", "40001", "40002", "40004"),
        "msg": TEXT,
        "sub_code": TEXT,
        "sub_msg": TEXT,
    },
    _NUMBERS,
)


def _reply() -> Json:
    nodes = {"error_response": known("AlipayError")}
    for method in METHODS:
        content = {"anyOf": [_TOLD.get(method, _MEDICAL), known("AlipayError")]}
        nodes[f"{method.replace('.', '_')}_response"] = content
    return {
        "type": "object",
        "properties": {**nodes, "alipay_cert_sn": TEXT, "sign": TEXT},
        "patternProperties": {"^[a-z_]+_response$": {}},
        "additionalProperties": False,
        "minProperties": 1,
    }


_PARAMETERS: Final = (
    "app_id",
    "method",
    "format",
    "charset",
    "sign_type",
    "sign",
    "timestamp",
    "version",
    "biz_content",
)
SCHEMAS: Final[dict[str, Json]] = {"AlipayError": _ERROR, "AlipayReply": _reply()}
_ANSWERS: Final = {
    "200": {
        "description": "应答；网页支付返回收银台页面",
        "content": {"application/json": {"schema": known("AlipayReply")}, "text/html": {"schema": {}}},
    },
    **refusing(ANY),
}
PATHS: Final[dict[str, Json]] = {
    "/gateway.do": {
        "get": operation("alipay.get", "参数在地址里的请求", "", _ANSWERS, query=dict.fromkeys(_PARAMETERS, False)),
        "post": operation(
            "alipay.post",
            "参数在表单里的请求",
            "",
            _ANSWERS,
            query=dict.fromkeys(_PARAMETERS, False),
            body={"content": {"application/x-www-form-urlencoded": {"schema": ANY}}},
        ),
    },
    bills.PATH: {
        "get": operation(
            "alipay.bill",
            "账单文件",
            "",
            answer({}, "application/zip")
            | refusing(ANY)
            | {"403": {"description": "链接已失效", "content": {"text/plain": {"schema": {}}}}},
            query=dict.fromkeys(("app_id", "bill_type", "bill_date", "until", "token"), True),
        )
    },
}
