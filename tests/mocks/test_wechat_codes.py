"""Payment codes with reverse, and orders of service providers, as an independent client sees them."""

import json

import pytest

from merchant import error, open_sealed, trade_no
from receiver import Receiver
from yibaobox_mocks.wechatpay.codes import ENDINGS

SUB = "1900000109"
CODE = "1300000000000000"


def codepay(merchant, name, code, **changed):
    document = merchant.order(name, payer={"auth_code": code}, scene_info={"store_info": {"id": "0001"}}) | changed
    del document["notify_url"]
    return merchant.send("POST", "/v3/pay/transactions/codepay", document)


def reverse(merchant, name):
    keys = merchant.keys
    document = {"mchid": keys["mchid"], "appid": keys["appid"]}
    return merchant.send("POST", f"/v3/pay/transactions/out-trade-no/{name}/reverse", document)


def test_a_code_pays_at_once(anywhere):
    name = trade_no()
    paid = codepay(anywhere, name, CODE + "88")

    anywhere.check_reply(paid)
    assert paid.json() == anywhere.query(name).json()
    assert (paid.json()["trade_state"], paid.json()["trade_type"]) == ("SUCCESS", "MICROPAY")
    assert error(codepay(anywhere, name, CODE + "88")) == (400, "ORDERPAID")
    assert reverse(anywhere, name).status_code == 200
    assert anywhere.query(name).json()["trade_state"] == "REVOKED"
    assert reverse(anywhere, name).status_code == 200
    refunds = anywhere.send("GET", f"/v3/refund/domestic/refunds/reverse-{name}").json()
    assert (refunds["status"], refunds["amount"]["refund"]) == ("SUCCESS", 320_00)


@pytest.mark.parametrize(("ending", "state"), [("02", "SUCCESS"), ("03", "PAYERROR")])
def test_a_payer_who_is_asked_for_the_password_takes_a_while(anywhere, ending, state):
    name = trade_no()
    asked = codepay(anywhere, name, CODE + ending)

    assert (asked.status_code, asked.json()["code"]) == (202, "USERPAYING")
    assert codepay(anywhere, name, CODE + ending).status_code == 202
    assert anywhere.query(name).json()["trade_state"] == "USERPAYING"
    anywhere.box.ask("POST", "/clock/advance", {"by": "PT10S"})
    assert anywhere.query(name).json()["trade_state"] == state


def test_an_order_that_is_taken_back_while_the_payer_thinks_is_never_paid(merchant):
    name = trade_no()
    codepay(merchant, name, CODE + "02")
    assert reverse(merchant, name).status_code == 200
    merchant.box.ask("POST", "/clock/advance", {"by": "PT10S"})

    assert merchant.query(name).json()["trade_state"] == "REVOKED"


def test_codes_that_do_not_pay(merchant):
    assert set(ENDINGS) == {"01", "02", "03", "04"}
    poor, old = trade_no(), trade_no()
    assert error(codepay(merchant, poor, CODE + "01")) == (403, "NOT_ENOUGH")
    assert merchant.query(poor).json()["trade_state"] == "PAYERROR"
    assert error(codepay(merchant, old, CODE + "04")) == (400, "INVALID_REQUEST")
    assert error(merchant.query(old)) == (404, "ORDER_NOT_EXIST")
    for code in ("", "2" * 18, "1" * 17, None, 130000000000000000):
        assert error(codepay(merchant, old, code)) == (400, "PARAM_ERROR")


def test_only_orders_by_code_are_taken_back(merchant):
    name = trade_no()
    merchant.jsapi(merchant.order(name))

    assert error(reverse(merchant, name)) == (400, "INVALID_REQUEST")
    assert error(reverse(merchant, trade_no())) == (404, "ORDER_NOT_EXIST")


def partner(merchant, name, **changed):
    keys = merchant.keys
    document = merchant.order(name) | {"sp_appid": keys["appid"], "sp_mchid": keys["mchid"], "sub_mchid": SUB}
    del document["appid"], document["mchid"]
    return document | {"payer": {"sp_openid": "oMerchantTest"}} | changed


def of_partner(merchant, method, path, document=None, sub=SUB):
    base = "/v3/pay/partner/transactions"
    who = {"sp_mchid": merchant.keys["mchid"], "sub_mchid": sub}
    if method == "GET":
        return merchant.send(method, f"{base}{path}?sp_mchid={who['sp_mchid']}&sub_mchid={sub}")
    return merchant.send(method, base + path, who if document is None else document)


def test_a_service_provider_orders_for_a_merchant_of_its_own(anywhere):
    receiver = Receiver()
    name, merchant = trade_no(), anywhere
    document = partner(merchant, name, notify_url=receiver.url, sub_appid="wxsub", payer={"sub_openid": f"oSub{name}"})
    taken = of_partner(merchant, "POST", "/jsapi", document)

    assert (taken.status_code, list(taken.json())) == (200, ["prepay_id"]), taken.text
    assert error(merchant.query(name)) == (404, "ORDER_NOT_EXIST")
    assert error(of_partner(merchant, "GET", f"/out-trade-no/{name}", sub="1900000999")) == (404, "ORDER_NOT_EXIST")
    merchant.box.ask("POST", f"/wechat/pay/{name}", {})
    shown = of_partner(merchant, "GET", f"/out-trade-no/{name}").json()
    receiver.close()
    assert (shown["sp_mchid"], shown["sub_mchid"], shown["sub_appid"]) == (merchant.keys["mchid"], SUB, "wxsub")
    assert (shown["payer"], "mchid" in shown) == ({"sub_openid": f"oSub{name}"}, False)
    told = open_sealed(merchant.keys["apiv3_key"], json.loads(receiver.got[0])["resource"])
    assert told == shown

    refund = {
        "out_trade_no": name,
        "out_refund_no": f"R{name}",
        "amount": {"refund": 1, "total": 320_00, "currency": "CNY"},
    }
    assert error(merchant.send("POST", "/v3/refund/domestic/refunds", refund)) == (400, "PARAM_ERROR")
    assert merchant.send("POST", "/v3/refund/domestic/refunds", refund | {"sub_mchid": SUB}).status_code == 200
    where = f"/v3/refund/domestic/refunds/R{name}"
    assert merchant.send("GET", f"{where}?sub_mchid={SUB}").status_code == 200
    assert error(merchant.send("GET", where)) == (404, "RESOURCE_NOT_EXISTS")


def test_a_service_provider_closes(merchant):
    name = trade_no()
    of_partner(merchant, "POST", "/native", partner(merchant, name))

    assert error(merchant.close(name)) == (400, "INVALID_REQUEST")
    assert of_partner(merchant, "POST", f"/out-trade-no/{name}/close").status_code == 204
    assert of_partner(merchant, "GET", f"/out-trade-no/{name}").json()["trade_state"] == "CLOSED"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"sub_mchid": "x"}, "PARAM_ERROR"),
        ({"sp_mchid": "1900000001"}, "PARAM_ERROR"),
        ({"sp_appid": "wxother"}, "APPID_MCHID_NOT_MATCH"),
        ({"payer": {"sub_openid": "oS"}}, "PARAM_ERROR"),
        ({"payer": {"openid": "oS"}}, "PARAM_ERROR"),
    ],
)
def test_each_field_of_a_service_provider_is_checked(merchant, changed, code):
    assert error(of_partner(merchant, "POST", "/jsapi", partner(merchant, trade_no(), **changed))) == (400, code)
