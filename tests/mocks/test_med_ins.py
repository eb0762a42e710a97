"""微信医保支付 as a hospital's server sees it: fields, figures, who pays, by which consent, and what comes of it."""

from __future__ import annotations

import base64
import json
import time

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from merchant import Sink, error, open_sealed, sign, trade_no
from yibaobox.domain import credentials
from yibaobox_mocks import ports
from yibaobox_mocks.wechatpay.med_ins.judged import digest
from yibaobox_mocks.wechatpay.notify import MIX_SCHEDULE

ORDERS = "/v3/med-ins/orders"
INSURED = {
    "pay_order_id": "ORD530100202204022006350000021",
    "pay_auth_no": "AUTH530100202204022006310000034",
    "geo_location": "102.682296,25.054260",
    "med_ins_order_create_time": "2025-11-20T09:59:00+08:00",
}


@pytest.fixture
def sink(app, monkeypatch):
    made = Sink(app.installation.courier)
    monkeypatch.setattr(app.installation.courier, "session", made)
    return made


class Hospital:
    """A merchant that collects for insurance."""

    def __init__(self, merchant):
        self.merchant, self.box, self.keys = merchant, merchant.box, merchant.keys

    def sealed(self, text):
        key = serialization.load_pem_public_key(self.keys["plat_pub"].encode())
        oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)
        return base64.b64encode(key.encrypt(text.encode(), oaep)).decode()

    def named(self, name="张三", id_no="51040119900101001X"):
        sealed = {"name": self.sealed(name), "id_digest": self.sealed(digest(id_no))}
        return {**sealed, "card_type": "ID_CARD"}

    def cash(self, name, fen, openid="oPatient"):
        return self.merchant.jsapi(self.merchant.order(name, fen, payer={"openid": openid})).json()["prepay_id"]

    def mix(self, name, kind="CASH_AND_INSURANCE", *, openid="oPatient", shares=(600, 300, 50), cash=50):
        document = {
            "mix_pay_type": kind,
            "order_type": "DIAG_PAY",
            "appid": self.keys["appid"],
            "openid": openid,
            "payer": self.named(),
            "out_trade_no": name,
            "serial_no": "S1",
            "city_id": "510400",
            "med_inst_name": "攀枝花市中心医院",
            "med_inst_no": "H51040000001",
            "callback_url": "http://127.0.0.1:9/mix",
        }
        if kind != "CASH_ONLY":
            fees = dict(zip(("gov", "self", "other", "cash"), (*shares, cash), strict=True))
            document |= INSURED | {f"med_ins_{share}_fee": fen for share, fen in fees.items()}
        if kind != "INSURANCE_ONLY":
            document |= {"wechat_pay_cash_fee": cash, "prepay_id": self.cash(name, max(cash, 1), openid)}
        insured = 0 if kind == "CASH_ONLY" else sum(shares)
        return document | {"total_fee": insured + (0 if kind == "INSURANCE_ONLY" else cash)}

    def order(self, document, serial=None):
        headers = {"Wechatpay-Serial": serial or self.keys["pub_key_id"]}
        return self.merchant.send("POST", ORDERS, document, headers=headers)

    def query(self, name):
        return self.merchant.send("GET", f"{ORDERS}/out-trade-no/{name}")

    def pay(self, name, **given):
        return self.box.ask("POST", f"/wechat/pay/{name}", given)

    def back(self, mix_trade_no, gov, own, other, name="R1"):
        told = {"med_refund_total_fee": gov + own + other, "med_refund_gov_fee": gov, "med_refund__self_fee": own}
        told |= {"med_refund_other_fee": other, "refund_time": "2025-11-20T10:00:00+08:00", "out_refund_no": name}
        return self.merchant.send("POST", f"/v3/med-ins/refunds/notify?mix_trade_no={mix_trade_no}", told)


@pytest.fixture
def hospital(merchant):
    return Hospital(merchant)


def states(document):
    return tuple(document[f"{part}_status"].split("_")[-1] for part in ("mix_pay", "self_pay", "med_ins_pay"))


def number(reply):
    """The vendor's number of an error."""
    return int(reply.headers["Request-ID"].rpartition("-")[2])


def test_the_digest_is_the_vendors():
    assert digest("44030019000101123x") == "09eb26e839ff3a2e3980352ae45ef09e"


def test_insurance_and_cash_are_paid_at_once_and_go_back_each_by_its_way(anywhere):
    hospital, name = Hospital(anywhere), trade_no()
    taken = hospital.order(hospital.mix(name))
    anywhere.check_reply(taken)
    made = taken.json()

    assert states(made) == ("CREATED", "CREATED", "CREATED")
    assert "payer" not in made
    assert error(hospital.order(hospital.mix(name))) == (400, "ALREADY_EXISTS")
    assert hospital.pay(name)["state"] == "MIX_PAY_SUCCESS"
    shown = hospital.query(name)
    anywhere.check_reply(shown)
    assert states(shown.json()) == ("SUCCESS", "SUCCESS", "SUCCESS")
    assert shown.json()["paid_time"] == "2025-11-20T10:00:00+08:00"
    assert "transaction_id" not in shown.json()
    assert anywhere.send("GET", f"{ORDERS}/mix-trade-no/{made['mix_trade_no']}").json() == shown.json()
    assert anywhere.query(name).json()["trade_state"] == "SUCCESS"
    assert hospital.box.refusal("POST", f"/wechat/pay/{name}", {}) == (409, "CONFLICT")

    amount = {"refund": 50, "total": 50, "currency": "CNY"}
    refund = {"out_trade_no": name, "out_refund_no": f"R{name}", "amount": amount}
    assert anywhere.send("POST", "/v3/refund/domestic/refunds", refund).status_code == 200
    hospital.box.ask("POST", f"/wechat/refund/R{name}", {})
    assert states(hospital.query(name).json()) == ("SUCCESS", "REFUND", "SUCCESS")
    assert hospital.back(made["mix_trade_no"], 600, 300, 50).status_code == 204
    assert hospital.back(made["mix_trade_no"], 600, 300, 50).status_code == 204
    assert states(hospital.query(name).json()) == ("REFUND", "REFUND", "REFUND")


def test_both_are_told_and_the_mixed_order_for_half_a_minute(hospital, sink):
    name = trade_no()
    hospital.order(hospital.mix(name))
    sink.status = 500
    hospital.pay(name)

    told = {url: json.loads(body) for url, _, body in sink.seen}
    mixed = told["http://127.0.0.1:9/mix"]
    assert set(told) == {"http://127.0.0.1:9/mix", "http://127.0.0.1:9/notify"}
    assert mixed["event_type"] == "MEDICAL_INSURANCE.SUCCESS"
    assert open_sealed(hospital.keys["apiv3_key"], mixed["resource"]) == hospital.query(name).json()
    for wait in MIX_SCHEDULE:
        hospital.box.ask("POST", "/clock/advance", {"by": f"PT{wait}S"})
        hospital.box.ask("GET", "/clock")  # the next request lets due events go
    assert sum(MIX_SCHEDULE) == 30
    event = next(each for each in hospital.box.ask("GET", "/events")["items"] if each["topic"].endswith(f"mix:{name}"))
    assert (event["state"], event["attempts"]) == ("exhausted", 3)


@pytest.mark.parametrize(
    ("kind", "ended"), [("INSURANCE_ONLY", ("SUCCESS", "PAY", "SUCCESS")), ("CASH_ONLY", ("SUCCESS", "SUCCESS", "PAY"))]
)
def test_one_side_may_pay_alone(hospital, kind, ended):
    name = trade_no()
    made = hospital.order(hospital.mix(name, kind, cash=0 if kind == "INSURANCE_ONLY" else 50))
    assert made.status_code == 200, made.text
    hospital.pay(name)

    assert states(hospital.query(name).json()) == ended  # NO_SELF_PAY, NO_MED_INS_PAY


@pytest.mark.parametrize(
    ("kind", "changed", "expected"),
    [
        ("CASH_AND_INSURANCE", {"total_fee": 999}, 268529477),
        ("CASH_AND_INSURANCE", {"med_ins_cash_fee": 51}, 268529476),
        ("CASH_AND_INSURANCE", {"wechat_pay_cash_fee": 49, "total_fee": 999, "med_ins_cash_fee": 49}, 268529481),
        ("CASH_AND_INSURANCE", {"pay_auth_no": None}, 268529475),
        ("CASH_AND_INSURANCE", {"prepay_id": None}, 268529475),
        ("INSURANCE_ONLY", {"wechat_pay_cash_fee": 1}, 268529475),
        ("CASH_ONLY", {"pay_order_id": "ORD1"}, 268529474),
        ("CASH_ONLY", {"med_ins_gov_fee": 1}, 268529474),
    ],
)
def test_fields_and_figures_have_to_fit(hospital, kind, changed, expected):
    document = hospital.mix(trade_no(), kind, cash=0 if kind == "INSURANCE_ONLY" else 50) | changed
    refused = hospital.order({field: value for field, value in document.items() if value is not None})

    assert error(refused) == (400, "RULE_LIMIT")
    assert number(refused) == expected


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    shares=st.tuples(*[st.integers(0, 1000)] * 3),
    cash=st.integers(1, 1000),
    add=st.lists(st.integers(1, 500), max_size=2),
    reduce=st.lists(st.integers(1, 500), max_size=2),
    off=st.sampled_from([0, 0, -1, 1]),
)
def test_an_order_is_taken_exactly_when_its_figures_add_up(hospital, shares, cash, add, reduce, off):
    insured_cash = cash + sum(reduce) - sum(add)
    document = hospital.mix(trade_no(), shares=shares, cash=cash)
    document |= {"med_ins_cash_fee": max(insured_cash, 0), "total_fee": sum(shares) + cash + sum(reduce) + off}
    document |= {"cash_add_detail": [{"cash_add_fee": fen, "cash_add_type": "FREIGHT"} for fen in add]}
    document |= {"cash_reduce_detail": [{"cash_reduce_fee": fen, "cash_reduce_type": "DISCOUNT"} for fen in reduce]}

    fits = off == 0 and insured_cash >= 0
    assert hospital.order(document).status_code == (200 if fits else 400)


@pytest.mark.parametrize(
    "changed",
    [
        {"mix_pay_type": "UNKNOWN_MIX_PAY_TYPE"},
        {"order_type": "x"},
        {"total_fee": "1000"},
        {"total_fee": True},
        {"med_ins_gov_fee": -1},
        {"cash_add_detail": [1]},
        {"cash_add_detail": [{"cash_add_fee": 0}]},
        {"payer": None},
        {"payer": {"name": "张三", "id_digest": "x", "card_type": "ID_CARD"}},
        {"pay_for_relatives": "yes"},
        {"pay_for_relatives": True},
        {"med_ins_order_create_time": "2025-11-20"},
        {"passthrough_request_content": "[]"},
        {"callback_url": "http://127.0.0.1/x?y=1"},
        {"prepay_id": "wx0"},
        {"serial_no": "S" * 21},
    ],
)
def test_each_field_is_checked(hospital, changed):
    assert error(hospital.order(hospital.mix(trade_no()) | changed)) == (400, "PARAM_ERROR")


def test_names_are_encrypted_for_the_platform(hospital):
    document = hospital.mix(trade_no())

    assert error(hospital.order(document, serial="another")) == (400, "PARAM_ERROR")
    plain = document["payer"] | {"id_digest": hospital.sealed("51040119900101001X")}  # the digest was forgotten
    assert error(hospital.order(document | {"payer": plain})) == (400, "PARAM_ERROR")


def test_either_side_may_fail_alone(hospital, sink):
    name = trade_no()
    hospital.order(hospital.mix(name, openid="oMagic_half"))
    assert hospital.pay(name)["state"] == "MIX_PAY_FAIL"
    shown = hospital.query(name).json()
    assert states(shown) == ("FAIL", "SUCCESS", "FAIL")
    assert shown["med_ins_fail_reason"]
    assert [url for url, _, _ in sink.seen] == ["http://127.0.0.1:9/notify"]  # of the cash; nothing of the whole
    assert error(hospital.back(shown["mix_trade_no"], 600, 300, 50)) == (400, "INVALID_REQUEST")

    other = trade_no()
    hospital.order(hospital.mix(other))
    hospital.box.ask("POST", "/faults", {"name": "mix.fund_ok_cash_fail"})
    assert hospital.pay(other)["state"] == "MIX_PAY_FAIL"
    assert states(hospital.query(other).json()) == ("FAIL", "FAIL", "SUCCESS")
    closed = hospital.merchant.close(other)
    assert (error(closed), number(closed)) == ((400, "RULE_LIMIT"), 268560650)
    assert hospital.back(hospital.query(other).json()["mix_trade_no"], 600, 300, 50).status_code == 204


def test_of_a_share_no_more_goes_back_than_was_paid(hospital):
    name = trade_no()
    mix = hospital.order(hospital.mix(name)).json()["mix_trade_no"]
    assert error(hospital.back(mix, 1, 0, 0)) == (400, "INVALID_REQUEST")
    hospital.pay(name)

    assert hospital.back(mix, 400, 0, 0, "R1").status_code == 204
    assert error(hospital.back(mix, 300, 0, 0, "R1")) == (400, "INVALID_REQUEST")
    assert number(hospital.back(mix, 201, 0, 0, "R2")) == 268554422
    assert states(hospital.query(name).json()) == ("SUCCESS", "SUCCESS", "SUCCESS")
    assert hospital.back(mix, 200, 300, 50, "R2").status_code == 204
    assert states(hospital.query(name).json()) == ("SUCCESS", "SUCCESS", "REFUND")
    assert number(hospital.back("0" * 28, 1, 0, 0)) == 268529515


@pytest.fixture
def patient(hospital):
    """Someone with an active credential, who has logged in, and whom the merchant names."""
    person = hospital.box.person(credential=True, account_fen=1)
    code = hospital.box.ask("POST", "/wechat/login", {"psn_no": person["psn_no"]})["code"]
    keys = hospital.keys
    query = f"?appid={keys['appid']}&secret={keys['secret']}&js_code={code}&grant_type=authorization_code"
    person["openid"] = hospital.box.get(f"/sns/jscode2session{query}").json()["openid"]
    return person


def of(hospital, person, name, **changed):
    payer = hospital.named(person["name"], person["id_no"])
    return hospital.mix(name, openid=person["openid"]) | {"payer": payer} | changed


def test_the_payer_is_the_holder_of_the_credential(hospital, patient):
    assert hospital.order(of(hospital, patient, trade_no())).status_code == 200
    wrong = hospital.named(patient["name"]), hospital.named("李四", patient["id_no"])
    refused = [hospital.order(of(hospital, patient, trade_no(), payer=payer)) for payer in wrong]
    assert [number(each) for each in refused] == [268545961, 268545962]

    relative = hospital.box.person(credential=True)
    named = {"pay_for_relatives": True, "relative": hospital.named(relative["name"], relative["id_no"])}
    assert number(hospital.order(of(hospital, patient, trade_no(), **named))) == 268545964
    family = {"member_psn_no": relative["psn_no"], "relation": "spouse"}
    hospital.box.ask("POST", f"/people/{patient['psn_no']}/family", family)
    assert hospital.order(of(hospital, patient, trade_no(), **named)).status_code == 200


def test_who_has_no_credential_does_not_pay_by_insurance(hospital):
    person = hospital.box.person()
    code = hospital.box.ask("POST", "/wechat/login", {"psn_no": person["psn_no"]})["code"]
    query = f"appid={hospital.keys['appid']}&secret={hospital.keys['secret']}&js_code={code}"
    person["openid"] = hospital.box.get(f"/sns/jscode2session?{query}").json()["openid"]

    assert number(hospital.order(of(hospital, person, trade_no()))) == 268545963


def consent(app, hospital, psn_no):
    """A pay_auth_no as the credential gives it out."""
    grant = credentials.Grant(psn_no, psn_no, "H51040000001", "wechat", "04107")
    with app.worlds.get(hospital.box.world).write() as tx:
        return credentials.allow(tx, grant).pay_auth_no


def test_a_consent_of_this_sandbox_is_its_owners_and_works_once(app, hospital, patient):
    given = consent(app, hospital, patient["psn_no"])
    other = consent(app, hospital, hospital.box.person(credential=True)["psn_no"])

    assert number(hospital.order(of(hospital, patient, trade_no(), pay_auth_no=other))) == 268547120
    assert hospital.order(of(hospital, patient, trade_no(), pay_auth_no=given)).status_code == 200
    assert number(hospital.order(of(hospital, patient, trade_no(), pay_auth_no=given))) == 268547120


def test_a_consent_of_this_sandbox_ends(app, hospital, patient):
    given = consent(app, hospital, patient["psn_no"])
    hospital.box.ask("POST", "/clock/advance", {"by": "PT31M"})

    assert number(hospital.order(of(hospital, patient, trade_no(), pay_auth_no=given))) == 268547120


class Claims:
    """A centre of hospitals' orders with one order."""

    def __init__(self, psn_no, reason=None):
        self.psn_no, self.reason, self.settled = psn_no, reason, []

    def find(self, tx, pay_order_id):
        mine = pay_order_id == "ORD-MINE"
        return ports.Claim(self.psn_no, 600, 300, 50, 50, open=not self.settled) if mine else None

    def settle(self, tx, pay_order_id, pay_auth_no):
        if self.reason:
            raise ports.Refused("conflict", self.reason)
        self.settled.append((pay_order_id, pay_auth_no))


@pytest.fixture
def claims(app, patient, monkeypatch):
    made = Claims(patient["psn_no"])
    ground = app.installation.wallet._ground
    monkeypatch.setattr(ground.insurance, "claims", made)
    return made


def test_an_order_of_the_centre_is_settled_by_paying(hospital, patient, claims):
    name, mine = trade_no(), {"pay_order_id": "ORD-MINE"}
    wrong = of(hospital, patient, trade_no(), **mine) | {"med_ins_gov_fee": 601, "med_ins_self_fee": 299}
    assert number(hospital.order(wrong)) == 268510610
    assert hospital.order(of(hospital, patient, name, **mine)).status_code == 200
    hospital.pay(name)

    assert claims.settled == [("ORD-MINE", INSURED["pay_auth_no"])]
    assert number(hospital.order(of(hospital, patient, trade_no(), **mine))) == 268510610


def test_an_order_that_the_centre_does_not_settle_fails_on_its_side(hospital, patient, claims):
    name, claims.reason = trade_no(), "累计支付已达封顶线"
    hospital.order(of(hospital, patient, name, pay_order_id="ORD-MINE"))
    hospital.pay(name)

    shown = hospital.query(name).json()
    assert (states(shown), shown["med_ins_fail_reason"]) == (
        ("FAIL", "SUCCESS", "FAIL"),
        "医保局业务错误：累计支付已达封顶线",
    )


def invocation(hospital, prepay_id):
    stamp, nonce, package = str(int(time.time())), "n0nce", f"prepay_id={prepay_id}"
    signed = sign(hospital.keys["mch_key"], f"{hospital.keys['appid']}\n{stamp}\n{nonce}\n{package}\n")
    given = {"timeStamp": stamp, "nonceStr": nonce, "package": package, "signType": "RSA", "paySign": signed}
    return {"appId": hospital.keys["appid"]} | given


def test_the_wallet_is_opened_with_the_mixed_order(hospital):
    name, alone = trade_no(), trade_no()
    document = hospital.mix(name)
    mixed = {"mixTradeNo": hospital.order(document).json()["mix_trade_no"]}
    whole = invocation(hospital, document["prepay_id"]) | mixed
    assert hospital.box.refusal("POST", "/wechat/invoke", {"appId": hospital.keys["appid"]} | mixed)[0] == 409
    assert hospital.box.refusal("POST", "/wechat/invoke", {"appId": hospital.keys["appid"]})[0] == 422
    assert hospital.box.ask("POST", "/wechat/invoke", whole)["state"] == "MIX_PAY_SUCCESS"

    made = hospital.order(hospital.mix(alone, "INSURANCE_ONLY", cash=0)).json()
    bare = {"appId": hospital.keys["appid"], "mixTradeNo": made["mix_trade_no"]}
    assert hospital.box.refusal("POST", "/wechat/invoke", whole | bare)[0] == 422
    assert hospital.box.ask("POST", "/wechat/invoke", bare)["result"] == "ok"
