"""WeChat Pay API v3: orders, refunds, bills, certificates, insurance and cash at once."""

from __future__ import annotations

from typing import Any, Final

from yibaobox_mocks.contract.parts import (
    ANY,
    TEXT,
    WHOLE,
    Json,
    answer,
    asked,
    known,
    listed,
    one_of,
    operation,
    refusing,
    thing,
)

_NAMES: Final = dict.fromkeys(("appid", "mchid", "sp_appid", "sp_mchid", "sub_appid", "sub_mchid"), TEXT)
_STATES: Final = one_of("NOTPAY", "SUCCESS", "REFUND", "CLOSED", "USERPAYING", "REVOKED", "PAYERROR")
_TRANSACTION: Final = thing(
    {
        "out_trade_no": TEXT,
        "promotion_detail": listed(ANY),
        "trade_state": _STATES,
        "trade_state_desc": TEXT,
        "amount": thing({"total": WHOLE, "currency": TEXT}, {"payer_total": WHOLE, "payer_currency": TEXT}),
    },
    {
        **_NAMES,
        **dict.fromkeys(("attach", "transaction_id", "trade_type", "bank_type", "success_time"), TEXT),
        "payer": {"type": "object", "additionalProperties": TEXT},
    },
)
_REFUND_AMOUNT: Final = thing(
    dict.fromkeys(
        ("total", "refund", "payer_total", "payer_refund", "settlement_refund", "settlement_total", "discount_refund"),
        WHOLE,
    )
    | {"from": listed(ANY), "currency": TEXT}
)
_REFUND: Final = thing(
    {
        **dict.fromkeys(("refund_id", "out_refund_no", "transaction_id", "out_trade_no"), TEXT),
        "channel": TEXT,
        "user_received_account": TEXT,
        "create_time": TEXT,
        "status": one_of("PROCESSING", "SUCCESS", "CLOSED", "ABNORMAL"),
        "funds_account": TEXT,
        "amount": _REFUND_AMOUNT,
        "promotion_detail": listed(ANY),
    },
    {"success_time": TEXT},
)
_SEALED: Final = thing({"algorithm": TEXT, "nonce": TEXT, "associated_data": TEXT, "ciphertext": TEXT})
_CERTIFICATE: Final = thing(
    {"serial_no": TEXT, "effective_time": TEXT, "expire_time": TEXT, "encrypt_certificate": _SEALED}
)
_MIX: Final = thing(
    {"mix_trade_no": TEXT, "mix_pay_status": TEXT, "self_pay_status": TEXT, "med_ins_pay_status": TEXT}, open_=True
)
SCHEMAS: Final[dict[str, Json]] = {
    "WechatpayError": thing({"code": TEXT, "message": TEXT}, {"detail": ANY}),
    "WechatpayTransaction": _TRANSACTION,
    "WechatpayRefund": _REFUND,
    "WechatpayCertificates": thing({"data": listed(_CERTIFICATE)}),
    "WechatpayBill": thing({"hash_type": one_of("SHA1"), "hash_value": TEXT, "download_url": TEXT}),
    "WechatpayMixedOrder": _MIX,
}
_REFUSED: Final = refusing(known("WechatpayError"), "400", "401", "403", "404", "429", "500")
# The payer has to enter the password: ask again.
_ASKING: Final = {"202": refusing(known("WechatpayError"), "202")["202"]}
_DONE: Final[Json] = {"204": {"description": "成功，没有应答体"}}
_AMOUNT: Final = thing({"total": WHOLE}, {"currency": TEXT}, open_=True)
_ORDER: Final = thing({"description": TEXT, "out_trade_no": TEXT, "amount": _AMOUNT}, open_=True)
_REFUND_ASKED: Final = thing({"out_refund_no": TEXT, "amount": ANY}, open_=True)
_MCHID: Final = {"mchid": False, "sp_mchid": False, "sub_mchid": False}


def _op(method: str, name: str, said: str, path: str, answers: Json, **more: Any) -> dict[str, Json]:
    return {method: operation(f"wechatpay.{name}", said, path, answers | _REFUSED, **more)}


def _orders(base: str, of: str, who: str) -> dict[str, Json]:
    """Return the orders of merchants, or of service providers."""
    made: dict[str, Json] = {}
    products = {"jsapi": "prepay_id", "app": "prepay_id", "native": "code_url", "h5": "h5_url"}
    for product, field in products.items():
        told = answer(thing({field: TEXT}))
        made[f"{base}/{product}"] = _op("post", f"{of}{product}", f"{who}{product}下单", "", told, body=asked(_ORDER))
    shown = answer(known("WechatpayTransaction"))
    by_name, by_id = f"{base}/out-trade-no/{{out_trade_no}}", f"{base}/id/{{transaction_id}}"
    closed, undone = f"{by_name}/close", f"{by_name}/reverse"
    undoing = answer(ANY)
    made[f"{base}/codepay"] = _op("post", f"{of}codepay", f"{who}付款码支付", "", shown | _ASKING, body=asked(_ORDER))
    made[by_name] = _op("get", f"{of}query", f"{who}商户订单号查询", by_name, shown, query=_MCHID)
    made[by_id] = _op("get", f"{of}query_paid", f"{who}微信支付订单号查询", by_id, shown, query=_MCHID)
    made[closed] = _op("post", f"{of}close", f"{who}关闭订单", closed, _DONE, body=asked(ANY))
    made[undone] = _op("post", f"{of}reverse", f"{who}撤销订单", undone, undoing, body=asked(ANY))
    return made


def _others() -> dict[str, Json]:
    refunds, mixes = "/v3/refund/domestic/refunds", "/v3/med-ins/orders"
    refund, mix = answer(known("WechatpayRefund")), answer(known("WechatpayMixedOrder"))
    one, named, numbered = (
        f"{refunds}/{{out_refund_no}}",
        f"{mixes}/out-trade-no/{{out_trade_no}}",
        f"{mixes}/mix-trade-no/{{mix_trade_no}}",
    )
    bill = answer(known("WechatpayBill"))
    day = {"bill_date": False, "bill_type": False, "account_type": False, "tar_type": False, "sub_mchid": False}
    file = {
        "200": {"description": "文件", "content": {"text/plain": {"schema": {}}, "application/x-gzip": {"schema": {}}}}
    }
    return {
        refunds: _op("post", "refund", "申请退款", "", refund, body=asked(_REFUND_ASKED)),
        one: _op("get", "query_refund", "查询退款", one, refund, query={"sub_mchid": False}),
        "/v3/certificates": _op("get", "certificates", "平台证书", "", answer(known("WechatpayCertificates"))),
        "/v3/bill/tradebill": _op("get", "trade_bill", "申请交易账单", "", bill, query=day),
        "/v3/bill/fundflowbill": _op("get", "fund_flow_bill", "申请资金账单", "", bill, query=day),
        "/v3/billdownload/file": _op("get", "bill_file", "账单文件", "", file, query={"token": False}),
        mixes: _op("post", "mix", "医保自费混合下单", "", mix, body=asked(ANY)),
        named: _op("get", "query_mix_by_name", "商户订单号查询混合单", named, mix),
        numbered: _op("get", "query_mix", "混合订单号查询", numbered, mix),
        "/v3/med-ins/refunds/notify": _op(
            "post", "mix_refunded", "医保退款通知", "", _DONE, query={"mix_trade_no": False}, body=asked(ANY)
        ),
    }


PATHS: Final = (
    _orders("/v3/pay/transactions", "", "")
    | _orders("/v3/pay/partner/transactions", "partner_", "服务商：")
    | _others()
)
