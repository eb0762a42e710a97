"""What the tax channel asks and answers. Money is integer fen, instants are RFC 3339, days yyyy-MM-dd."""

import marshmallow as ma

from yibaobox.edge import fields
from yibaobox.tax.ask_back import REASONS
from yibaobox.tax.pay import CHANNELS

_YEAR = {"minimum": 2000, "maximum": 2099}


def _said(text: str) -> dict[str, str]:
    return {"description": text}


class Identify(fields.Schema):
    """Step 1: who is paying."""

    id_no = fields.IdNumber(required=True)
    name = fields.String(required=True, validate=ma.validate.Length(1, 50))
    mobile = fields.String(required=True, validate=ma.validate.Length(11, 11))


class Identified(fields.Schema):
    """The session: send the token as `Authorization: Bearer …`."""

    token = fields.String(required=True)
    expires_at = fields.String(required=True)
    name = fields.String(required=True, metadata=_said("masked"))
    id_no = fields.String(required=True, metadata=_said("masked"))


class Ticket(fields.Schema):
    """A signed hand-over."""

    ticket = fields.String(required=True, validate=ma.validate.Length(1, 4000))


class Arrived(Identified):
    """The session of somebody who came from elsewhere."""

    partner = fields.String(required=True)
    return_url = fields.String(required=True)


class GoneBack(fields.Schema):
    """Where the person goes on; `result` in its query is signed as the ticket was."""

    url = fields.String(required=True)


class WechatLogin(fields.Schema):
    """What wx.login() gave the mini-program."""

    code = fields.String(required=True, validate=ma.validate.Length(1, 128))


class AlipayLogin(fields.Schema):
    """What my.getAuthCode() gave the mini-program."""

    code = fields.String(required=True, validate=ma.validate.Length(1, 128))


class Bound(fields.Schema):
    """Whether the session knows who pays at the wallet."""

    bound = fields.Boolean(required=True)


class Tier(fields.Schema):
    """An amount on offer."""

    number = fields.String(required=True, metadata=_said("档次; empty where the region has one amount"))
    total_fen = fields.Money(required=True)


class Window(fields.Schema):
    """缴费期, both days inclusive."""

    first = fields.String(required=True)
    last = fields.String(required=True)


class Line(fields.Schema):
    """What there is to pay for one benefit year."""

    year = fields.Integer(required=True, metadata=_said("缴费年度"))
    setting = fields.String(required=True, metadata=_said("费额设置方式: choice 自主选择 | assessed 核定"))
    manner = fields.String(required=True, metadata=_said("normal 正常缴费 | assessed 核定缴费"))
    tiers = ma.fields.List(ma.fields.Nested(Tier), required=True)
    code = fields.String(
        required=True,
        metadata=_said("DUE | NOTHING_DUE | TIER_BELOW_PAID | WINDOW_CLOSED | CORRECTION_LIMIT"),
    )
    total_fen = fields.Money(required=True, metadata=_said("应缴费额"))
    paid_fen = fields.Money(required=True, metadata=_said("已缴费额"))
    due_fen = fields.Money(required=True, metadata=_said("本次应缴"))
    window = ma.fields.Nested(Window, required=True)
    entitled = ma.fields.Nested(Window, required=True, allow_none=True, metadata=_said("待遇享受期, if paid today"))
    assumed = ma.fields.List(
        ma.fields.String(), required=True, metadata=_said("paths of figures that no source gives: the sandbox's own")
    )
    warnings = ma.fields.List(ma.fields.String(), required=True)


class Participation(fields.Schema):
    """Step 2: one participation that bills come from."""

    part_id = fields.Integer(required=True)
    region = fields.String(required=True)
    region_name = fields.String(required=True)
    item = fields.String(required=True, metadata=_said("征收品目"))
    sub_item = fields.String(required=True, metadata=_said("征收子目"))
    agency = fields.String(required=True, metadata=_said("社保经办机构"))
    lines = ma.fields.List(ma.fields.Nested(Line), required=True)


class Sheet(fields.Schema):
    """All participations with what is due, and the sum."""

    items = ma.fields.List(ma.fields.Nested(Participation), required=True)
    total_due_fen = fields.Money(required=True, metadata=_said("合计"))


class LineQuery(fields.Query):
    """The total of the wanted tier, where it is not the lowest."""

    total_fen = fields.Money()


class NewBill(fields.Schema):
    """Step 3: which year, which manner, which total; only the difference to what was paid is charged (提档补差)."""

    part_id = fields.Integer(required=True, minimum=1)
    year = fields.Integer(required=True, **_YEAR)
    manner = fields.String(validate=ma.validate.OneOf(("normal", "assessed")))
    total_fen = fields.Money()


class Receipt(fields.Schema):
    """缴费票据 over everything that was paid of a premium."""

    receipt_no = fields.String(required=True)
    bill_id = fields.Integer(required=True)
    region = fields.String(required=True)
    year = fields.Integer(required=True)
    amount_fen = fields.Money(required=True)
    state = fields.String(required=True, metadata=_said("VALID | REPLACED | FLUSHED"))
    issued_at = fields.String(required=True)
    check_code = fields.String(required=True, metadata=_said("校验码, with which anybody verifies the receipt"))
    red_receipt_no = ma.fields.String(required=True, allow_none=True, metadata=_said("冲红票据号码"))


class Verified(fields.Schema):
    """What a receipt says, to whoever holds it."""

    receipt_no = fields.String(required=True)
    state = fields.String(required=True, metadata=_said("VALID | REPLACED | FLUSHED"))
    state_name = fields.String(required=True)
    facts = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)


class VerifyQuery(fields.Query):
    """The 校验码 of the receipt."""

    code = fields.String(required=True, validate=ma.validate.Length(1, 40))


class Bill(fields.Schema):
    """A bill."""

    bill_id = fields.Integer(required=True)
    part_id = fields.Integer(required=True)
    region = fields.String(required=True)
    year = fields.Integer(required=True)
    manner = fields.String(required=True)
    total_fen = fields.Money(required=True)
    paid_before_fen = fields.Money(required=True)
    due_fen = fields.Money(required=True)
    state = fields.String(
        required=True,
        metadata=_said(
            "UNPAID | ARREARS_STD | PAYING | PAID | POSTED | REFUND_APPLIED | REFUND_MED_REVIEW | REFUND_TAX_REVIEW"
            " | REFUNDING | REFUNDED | VOID | EXPIRED | WAIVED"
        ),
    )
    channel = ma.fields.String(
        required=True, allow_none=True, metadata=_said("wechat | alipay | bank | campus | kiosk | family | finance")
    )
    paid_at = ma.fields.String(required=True, allow_none=True)
    posted_at = ma.fields.String(required=True, allow_none=True)
    pay_by = ma.fields.String(required=True, allow_none=True)
    receipt_no = ma.fields.String(required=True, allow_none=True)


class Bills(fields.Schema):
    """Bills, newest first."""

    items = ma.fields.List(ma.fields.Nested(Bill), required=True)


class Receipts(fields.Schema):
    """Receipts, newest first."""

    items = ma.fields.List(ma.fields.Nested(Receipt), required=True)


class NewOrder(fields.Schema):
    """How the bill is to be paid."""

    channel = fields.String(required=True, validate=ma.validate.OneOf(CHANNELS))
    account_no = fields.String(
        validate=ma.validate.Regexp(r"[0-9A-Za-z]{6,32}\Z"),
        metadata=_said("bank: the card; campus, kiosk: the student's number"),
    )
    holder = fields.String(
        validate=ma.validate.Length(1, 50), metadata=_said("bank: whose card it is, where it is not the person's own")
    )
    password = fields.String(validate=ma.validate.Length(1, 32), metadata=_said("campus, kiosk"))
    terminal = fields.String(validate=ma.validate.Length(1, 32), metadata=_said("kiosk: its own number"))


class Refund(fields.Schema):
    """Money owed back."""

    out_refund_no = fields.String(required=True)
    amount_fen = fields.Money(required=True)
    state = fields.String(required=True, metadata=_said("DUE | PROCESSING | DONE | CLOSED"))
    reason = fields.String(
        required=True,
        metadata=_said(
            "BILL_PAID | BILL_VOID | ORDER_CLOSED | WINDOW_CLOSED | REFUND_UNDER_WAY | CORRECTION,"
            " or the reason of the request"
        ),
    )


class Order(fields.Schema):
    """A payment order; `refunds` says what of its money is owed back."""

    out_trade_no = fields.String(required=True)
    bill_id = fields.Integer(required=True)
    channel = fields.String(required=True)
    amount_fen = fields.Money(required=True)
    state = fields.String(required=True, metadata=_said("CREATED | PAYING | SUCCESS | CLOSED | FAILED"))
    expires_at = fields.String(required=True)
    prepay_id = ma.fields.String(
        required=True,
        allow_none=True,
        metadata=_said("wechat: prepay_id; alipay: trade_no for my.tradePay; bank, campus, kiosk: the entrust date"),
    )
    refunds = ma.fields.List(ma.fields.Nested(Refund), required=True)


class Orders(fields.Schema):
    """Orders of a bill, newest first."""

    items = ma.fields.List(ma.fields.Nested(Order), required=True)


class Invoke(fields.Schema):
    """What the mini-program hands to wx.requestPayment."""

    appId = fields.String(required=True)  # noqa: N815 - the vendor's name
    timeStamp = fields.String(required=True)  # noqa: N815
    nonceStr = fields.String(required=True)  # noqa: N815
    package = fields.String(required=True)
    signType = fields.String(required=True)  # noqa: N815
    paySign = fields.String(required=True)  # noqa: N815


class OrderToPay(Order):
    """A payment order with what WeChat needs; null when it is over already, and for other channels."""

    invoke = ma.fields.Nested(Invoke, required=True, allow_none=True)


class FamilyWanted(fields.Schema):
    """Whose premium the own account shall pay: a bound relative by ID number, the year, the total of the tier."""

    id_no = fields.IdNumber(required=True)
    year = fields.Integer(required=True, **_YEAR)
    total_fen = fields.Money()


class FamilyQuote(Line):
    """The relative and what is due."""

    name = fields.String(required=True, metadata=_said("masked"))
    region = fields.String(required=True)
    sub_item = fields.String(required=True)


class FamilyPaid(fields.Schema):
    """The paid bill and what is left on the own account."""

    name = fields.String(required=True, metadata=_said("masked"))
    out_trade_no = fields.String(required=True)
    bill = ma.fields.Nested(Bill, required=True)
    account_fen = fields.Money(required=True)


class AskedBack(fields.Schema):
    """What is asked back, and why; `proof` names the paper that proves it."""

    bill_id = fields.Integer(required=True, minimum=1)
    reason = fields.String(
        required=True,
        validate=ma.validate.OneOf(tuple(REASONS)),
        metadata=_said("、".join(f"{code} {name}" for code, name in REASONS.items())),
    )
    proof = fields.String(validate=ma.validate.Length(0, 200))


class RefundRequest(fields.Schema):
    """退费申请 and how far its review has come."""

    request_id = fields.Integer(required=True)
    bill_id = fields.Integer(required=True)
    region = fields.String(required=True)
    year = fields.Integer(required=True)
    reason = fields.String(required=True)
    reason_name = fields.String(required=True)
    proof = fields.String(required=True)
    amount_fen = fields.Money(required=True)
    state = fields.String(
        required=True,
        metadata=_said(
            "REFUND_APPLIED | REFUND_MED_REVIEW | REFUND_TAX_REVIEW | REFUNDING | REFUNDED | REFUND_REJECTED"
        ),
    )
    refusal = ma.fields.String(required=True, allow_none=True, metadata=_said("why it was rejected"))
    applied_at = fields.String(required=True)
    changed_at = fields.String(required=True)


class RefundRequests(fields.Schema):
    """Refund requests, newest first."""

    items = ma.fields.List(ma.fields.Nested(RefundRequest), required=True)


class LowerTier(fields.Schema):
    """The tier that was meant, lower than the one that was paid."""

    part_id = fields.Integer(required=True, minimum=1)
    year = fields.Integer(required=True, **_YEAR)
    total_fen = fields.Money(required=True)


class Correction(fields.Schema):
    """The one correction of a year's tier."""

    correction_id = fields.Integer(required=True)
    year = fields.Integer(required=True)
    direction = fields.String(required=True, metadata=_said("up | down"))
    from_fen = fields.Money(required=True)
    to_fen = fields.Money(required=True)
    state = fields.String(
        required=True, metadata=_said("DONE | NOTED, until the difference goes back in a batch | RETURNED")
    )


class Sent(fields.Schema):
    """A refund that its channel was asked for."""

    out_refund_no = fields.String(required=True)
    state = fields.String(required=True, metadata=_said("PROCESSING | DONE | CLOSED"))


class Taken(fields.Schema):
    """The answer to a call-back."""

    code = fields.String(required=True)
