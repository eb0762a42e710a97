"""python-alipay-sdk, in key mode and in certificate mode."""

from alipay import AliPay, DCAliPay
from line import resolve_to, serve


def begin(keys, notify_url, mode, base=None, port=None):
    """Make the verbs."""
    if mode == "key":
        client = AliPay(keys["app_id"], notify_url, keys["app_key"], keys["ali_pub"])
    else:
        certificates = (keys["app_cert"], keys["ali_cert"], keys["root_cert"])
        client = DCAliPay(keys["app_id"], keys["app_key"], *certificates, notify_url)
    if base is not None:
        client._gateway = f"{base}/gateway.do"
    if port is not None:
        resolve_to(port)
    bill = "alipay.data.dataservice.bill.downloadurl.query"

    def opened(form):
        signature = form.pop("sign")
        return form if client.verify(dict(form), signature) else None

    return {
        "create": lambda name, yuan, subject, buyer: client.api_alipay_trade_create(
            subject, name, yuan, buyer_id=buyer
        ),
        "precreate": lambda name, yuan, subject: client.api_alipay_trade_precreate(subject, name, yuan),
        "query": lambda name: client.api_alipay_trade_query(out_trade_no=name),
        "close": lambda name: client.api_alipay_trade_close(out_trade_no=name),
        "refund": lambda name, request, yuan, **more: client.api_alipay_trade_refund(
            yuan, name, out_request_no=request, **more
        ),
        "query_refund": lambda name, request: client.api_alipay_trade_fastpay_refund_query(request, out_trade_no=name),
        "bill": lambda day: client.server_api(bill, {"bill_type": "trade", "bill_date": day}),
        "app": lambda name, yuan, subject: client.api_alipay_trade_app_pay(subject, name, yuan),
        "opened": opened,
    }


serve(begin)
