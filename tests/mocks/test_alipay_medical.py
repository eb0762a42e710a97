"""Insurance and cash in one payment at Alipay."""

from __future__ import annotations

import secrets

import pytest

from alipay_app import App
from citizen import frozen
from merchant import Sink
from yibaobox.domain import credentials
from yibaobox_mocks import ports

BUYER = "2088000000001111"
CREATE, QUERY = "commerce.medical.trade.createandpay", "commerce.medical.trade.query"
PARTS = {"gov_amount": "50.00", "account_amount": "20.00", "other_amount": "0.00", "real_amount": "30.00"}


@pytest.fixture
def clinic(local_box):
    return App(frozen(local_box))


@pytest.fixture
def anywhere(any_box):
    return App(frozen(any_box))


def visit(**changed):
    told = {
        "out_trade_no": f"M{secrets.token_hex(8)}",
        "total_amount": "100.00",
        **PARTS,
        "pay_order_id": f"ORD{secrets.token_hex(8)}",
        "pay_auth_no": f"AUTH{secrets.token_hex(8)}",
        "med_org_ord": "1",
        "chrg_bch_no": "2",
        "org_no": "H51040000001",
        "order_type": "INSURANCE_PAY",
        "alipay_user_id": BUYER,
        "result_notify_url": "http://127.0.0.1:9/medical",
    }
    return told | changed


def names(asked):
    return {"out_trade_no": asked["out_trade_no"]}


def test_insurance_and_cash_are_paid_and_given_back(anywhere):
    asked = visit()
    made = anywhere.ask(CREATE, asked)
    assert made["code"] == "10000"
    assert anywhere.ask(CREATE, asked) == made
    assert anywhere.ask(CREATE, asked | PARTS | {"gov_amount": "49.00", "other_amount": "1.00"})["sub_code"] == (
        "ACQ.CONTEXT_INCONSISTENT"
    )
    shown = anywhere.ask(QUERY, names(asked))
    assert (shown["trade_status"], shown["medical_pay_status"], shown["own_pay_status"]) == (
        "WAIT_BUYER_PAY",
        "INIT",
        "INIT",
    )

    acted = anywhere.box.ask("POST", "/alipay/open", {"given": made["pay_url"]})
    assert acted["state"] == "TRADE_SUCCESS"
    shown = anywhere.ask(QUERY, {"trade_no": made["trade_no"]})
    assert (shown["medical_pay_status"], shown["own_pay_status"], shown["order_type"]) == (
        "SUCCESS",
        "SUCCESS",
        "INSURANCE_PAY",
    )
    assert shown["gmt_medical_paid"] == shown["gmt_own_paid"] == "2025-11-20 10:00:00"
    assert anywhere.ask(CREATE, asked)["sub_code"] == "ACQ.TRADE_HAS_SUCCESS"

    back = names(asked) | {"refund_request_no": "R1", "refund_amount": "100.00"}
    part = back | {"refund_amount": "1"}
    assert anywhere.ask("commerce.medical.trade.refund", part)["sub_code"] == "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"
    done = anywhere.ask("commerce.medical.trade.refund", back)
    assert done["refund_status"] == "REFUND_SUCCESS"
    assert anywhere.ask("commerce.medical.trade.refund", back) == done
    assert anywhere.ask("commerce.medical.trade.refund", part)["sub_code"] == "ACQ.DISCORDANT_REPEAT_REQUEST"
    assert anywhere.ask("commerce.medical.trade.refund.query", names(asked)) == done
    shown = anywhere.ask(QUERY, names(asked))
    assert (shown["medical_pay_status"], shown["own_pay_status"], shown["refund_amount"]) == (
        "REFUND",
        "REFUND",
        "100.00",
    )


def test_a_part_of_nothing_has_no_state(clinic):
    cash = visit(total_amount="30.00", gov_amount="0", account_amount="0", pay_order_id=None, pay_auth_no=None)
    covered = visit(total_amount="70.00", real_amount="0")
    for asked, states in ((cash, ("NONE", "SUCCESS")), (covered, ("SUCCESS", "NONE"))):
        assert clinic.ask(CREATE, asked)["code"] == "10000"
        clinic.box.ask("POST", f"/alipay/pay/{asked['out_trade_no']}", {})
        shown = clinic.ask(QUERY, names(asked))
        assert (shown["medical_pay_status"], shown["own_pay_status"]) == states


def test_cancel_undoes_whatever_there_is(clinic):
    waiting, paid = visit(), visit()
    for asked in (waiting, paid):
        clinic.ask(CREATE, asked)
    clinic.box.ask("POST", f"/alipay/pay/{paid['out_trade_no']}", {})

    for asked, state in ((waiting, "CLOSE"), (paid, "REFUND")):
        told = clinic.ask("commerce.medical.trade.cancel", names(asked))
        assert (told["trade_cancel_result"], told["medical_pay_cancel_result"], told["own_pay_cancel_result"]) == (
            "SUCCESS",
            "SUCCESS",
            "SUCCESS",
        )
        shown = clinic.ask(QUERY, names(asked))
        assert (shown["trade_status"], shown["medical_pay_status"]) == ("TRADE_CLOSED", state)
    assert clinic.box.refusal("POST", f"/alipay/pay/{waiting['out_trade_no']}", {}) == (409, "CONFLICT")
    assert clinic.ask(CREATE, waiting)["sub_code"] == "ACQ.TRADE_HAS_CLOSE"


def test_the_result_is_notified_and_the_poor_buyer_pays_nothing(clinic, app, monkeypatch):
    sink = Sink(app.installation.courier)
    monkeypatch.setattr(app.installation.courier, "session", sink)
    asked, poor = visit(), visit(alipay_user_id="2088000000000011")
    for each in (asked, poor):
        clinic.ask(CREATE, each)
        clinic.box.ask("POST", f"/alipay/pay/{each['out_trade_no']}", {})

    [(url, _, body)] = sink.seen
    told = clinic.notified(body)
    assert (url, told["trade_status"], told["gov_amount"]) == (asked["result_notify_url"], "TRADE_SUCCESS", "50.00")
    assert clinic.ask(QUERY, names(poor))["trade_status"] == "WAIT_BUYER_PAY"


def test_only_the_buyer_pays_and_in_time(clinic):
    asked = visit(gmt_time_expire="2025-11-20 10:05:00")
    clinic.ask(CREATE, asked)
    place = f"/alipay/pay/{asked['out_trade_no']}"

    assert clinic.box.refusal("POST", place, {"buyer_id": "2088000000002222"}) == (409, "CONFLICT")
    clinic.box.ask("POST", "/clock/advance", {"by": "PT5M"})
    assert clinic.box.refusal("POST", place, {}) == (409, "CONFLICT")


@pytest.mark.parametrize(
    "changed",
    [
        {"total_amount": "99.99"},
        {"gov_amount": "-1"},
        {"gov_amount": None},
        {"pay_order_id": None},
        {"alipay_user_id": None},
        {"result_notify_url": 7},
        {"out_trade_no": "a b"},
        {"gmt_time_expire": "soon"},
    ],
)
def test_each_field_is_checked(clinic, changed):
    assert clinic.ask(CREATE, visit(**changed))["sub_code"] == "ACQ.INVALID_PARAMETER"


def test_what_nobody_made_is_not_there(clinic):
    assert clinic.ask(QUERY, {"out_trade_no": "none"})["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    assert clinic.ask(QUERY, {"trade_no": "none"})["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    given = "alipays://platformapi/startapp?page=medical&tradeNo=x"
    assert clinic.box.refusal("POST", "/alipay/open", {"given": given}) == (403, "CHECK_FAILED")


def consent(app, clinic, psn_no):
    """A pay_auth_no as the credential gives it out."""
    grant = credentials.Grant(psn_no, psn_no, "H51040000001", "alipay", "04107")
    with app.worlds.get(clinic.box.world).write() as tx:
        return credentials.allow(tx, grant).pay_auth_no


def test_a_consent_of_this_sandbox_works_once(app, clinic):
    given = consent(app, clinic, clinic.box.person(credential=True)["psn_no"])

    assert clinic.ask(CREATE, visit(pay_auth_no=given))["code"] == "10000"
    assert clinic.ask(CREATE, visit(pay_auth_no=given))["sub_code"] == "ACQ.INVALID_PARAMETER"


class Claims:
    """A centre of hospitals' orders with one order, of one person."""

    def __init__(self, psn_no):
        self.psn_no, self.reason, self.done = psn_no, None, []

    def find(self, tx, pay_order_id):
        figures = (50_00, 20_00, 0, 30_00)
        return ports.Claim(self.psn_no, *figures, open=not self.done) if pay_order_id == "ORD-MINE" else None

    def settle(self, tx, pay_order_id, pay_auth_no):
        if self.reason:
            raise ports.Refused("conflict", self.reason)
        self.done.append("settled")

    def undo(self, tx, pay_order_id):
        self.done.append("undone")


@pytest.fixture
def claims(app, clinic, monkeypatch):
    made = Claims(clinic.box.person(credential=True)["psn_no"])
    monkeypatch.setattr(app.installation.alipay._ground.insurance, "claims", made)
    return made


def test_an_order_of_the_centre_is_settled_by_paying_and_taken_back_by_a_refund(app, clinic, claims):
    somebody = consent(app, clinic, clinic.box.person(credential=True)["psn_no"])
    wrong = {"gov_amount": "49.00", "other_amount": "1.00"}, {"pay_auth_no": somebody}
    for changed in wrong:
        told = clinic.ask(CREATE, visit(pay_order_id="ORD-MINE", **changed))
        assert told["sub_code"] == "ACQ.INVALID_PARAMETER"
    asked = visit(pay_order_id="ORD-MINE", pay_auth_no=consent(app, clinic, claims.psn_no))
    clinic.ask(CREATE, asked)
    clinic.box.ask("POST", f"/alipay/pay/{asked['out_trade_no']}", {})
    assert claims.done == ["settled"]

    back = names(asked) | {"refund_request_no": "R1", "refund_amount": "100.00"}
    assert clinic.ask("commerce.medical.trade.refund", back)["refund_status"] == "REFUND_SUCCESS"
    assert claims.done == ["settled", "undone"]


def test_where_insurance_does_not_settle_no_cash_is_taken(clinic, claims):
    claims.reason = "累计支付已达封顶线"
    asked = visit(pay_order_id="ORD-MINE")
    clinic.ask(CREATE, asked)
    clinic.box.ask("POST", f"/alipay/pay/{asked['out_trade_no']}", {})

    shown = clinic.ask(QUERY, names(asked))
    assert (shown["medical_pay_status"], shown["own_pay_status"]) == ("FAIL", "CLOSE")
    assert shown["medical_pay_msg"] == claims.reason
