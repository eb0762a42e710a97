"""alipay-sdk-python, the vendor's own: it dials port 80 or 443, whatever its address says."""

import json
from contextlib import suppress

from alipay.aop.api.AlipayClientConfig import AlipayClientConfig
from alipay.aop.api.DefaultAlipayClient import DefaultAlipayClient
from alipay.aop.api.request.AlipayDataDataserviceBillDownloadurlQueryRequest import (
    AlipayDataDataserviceBillDownloadurlQueryRequest,
)
from alipay.aop.api.request.AlipayTradeAppPayRequest import AlipayTradeAppPayRequest
from alipay.aop.api.request.AlipayTradeCloseRequest import AlipayTradeCloseRequest
from alipay.aop.api.request.AlipayTradeCreateRequest import AlipayTradeCreateRequest
from alipay.aop.api.request.AlipayTradeFastpayRefundQueryRequest import AlipayTradeFastpayRefundQueryRequest
from alipay.aop.api.request.AlipayTradePrecreateRequest import AlipayTradePrecreateRequest
from alipay.aop.api.request.AlipayTradeQueryRequest import AlipayTradeQueryRequest
from alipay.aop.api.request.AlipayTradeRefundRequest import AlipayTradeRefundRequest
from alipay.aop.api.util.SignatureUtils import get_sign_content, verify_with_rsa
from line import resolve_to, serve
from rsa import VerificationError


def begin(keys, notify_url, mode, base=None, port=None):
    """Make the verbs."""
    config = AlipayClientConfig()
    config.app_id, config.alipay_public_key = keys["app_id"], keys["ali_pub"]
    config.app_private_key = keys["app_key_pkcs1"]
    if base is not None:
        config.server_url = f"{base}/gateway.do"
    if port is not None:
        resolve_to(port)
    client = DefaultAlipayClient(config)

    def made(kind, **content):
        request = kind()
        request.biz_content = content
        if "total_amount" in content:
            request.notify_url = notify_url
        return request

    def ask(kind, **content):
        return json.loads(client.execute(made(kind, **content)))

    def opened(form):
        signature, _ = form.pop("sign"), form.pop("sign_type")
        with suppress(VerificationError):
            return verify_with_rsa(keys["ali_pub"], get_sign_content(form).encode(), signature) and form

    def trade(name, yuan, subject):
        return {"out_trade_no": name, "total_amount": yuan, "subject": subject}

    return {
        "create": lambda name, yuan, subject, buyer: ask(
            AlipayTradeCreateRequest, **trade(name, yuan, subject), buyer_id=buyer
        ),
        "precreate": lambda **given: ask(AlipayTradePrecreateRequest, **trade(**given)),
        "query": lambda name: ask(AlipayTradeQueryRequest, out_trade_no=name),
        "close": lambda name: ask(AlipayTradeCloseRequest, out_trade_no=name),
        "refund": lambda name, request, yuan: ask(
            AlipayTradeRefundRequest, out_trade_no=name, out_request_no=request, refund_amount=yuan
        ),
        "query_refund": lambda name, request: ask(
            AlipayTradeFastpayRefundQueryRequest, out_trade_no=name, out_request_no=request
        ),
        "bill": lambda day: ask(AlipayDataDataserviceBillDownloadurlQueryRequest, bill_type="trade", bill_date=day),
        "app": lambda **given: client.sdk_execute(made(AlipayTradeAppPayRequest, **trade(**given))),
        "opened": opened,
    }


serve(begin)
