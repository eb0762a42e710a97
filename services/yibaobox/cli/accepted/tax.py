"""Accepted requests of the tax channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from yibaobox.cli.accepted import application, merchant, refunds
from yibaobox.cli.accepted.stage import YEAR, Request, Stage, signed_in
from yibaobox.cli.stories import REGIONS
from yibaobox.domain import clock
from yibaobox.domain.billing import handovers

_STUDY: Final = REGIONS[1]
_SIGNED: Final = ("Timestamp", "Nonce", "Signature", "Serial")


def _identify(stage: Stage) -> Request:
    person = stage.resident()
    return Request(body={name: person[name] for name in ("id_no", "name", "mobile")})


def _read(stage: Stage) -> Request:
    return Request(headers=signed_in(stage.paid[0].token))


def _line(stage: Stage) -> Request:
    payer = stage.paid[0]
    return Request({"part_id": payer.line(_STUDY, YEAR)[0], "year": YEAR}, headers=signed_in(payer.token))


def _new_bill(stage: Stage) -> Request:
    payer = stage.payer()
    part_id, line = payer.line(_STUDY, YEAR)
    wanted = {"part_id": part_id, "year": YEAR, "manner": "normal", "total_fen": line["tiers"][0]["total_fen"]}
    return Request(body=wanted, headers=signed_in(payer.token))


def _bill(stage: Stage) -> Request:
    payer, bill = stage.paid
    return Request({"bill_id": bill["bill_id"]}, headers=signed_in(payer.token))


def _new_order(stage: Stage) -> Request:
    payer = stage.payer()
    return Request(
        {"bill_id": stage.bill(payer)["bill_id"]}, body={"channel": "wechat"}, headers=signed_in(payer.token)
    )


def _order(stage: Stage) -> Request:
    asked = _new_order(stage)
    path = f"/tax/v1/bills/{asked.path['bill_id']}/orders"
    made = stage.caller.send("POST", path, json=asked.body, headers=asked.headers).json()
    return Request({"out_trade_no": made["out_trade_no"]}, headers=asked.headers)


def _receipt(stage: Stage) -> Request:
    payer, bill = stage.paid
    return Request({"receipt_no": bill["receipt_no"]}, headers=signed_in(payer.token))


def _verify(stage: Stage) -> Request:
    payer, bill = stage.paid
    code = payer.ask("GET", f"/receipts/{bill['receipt_no']}")["check_code"]
    return Request({"receipt_no": bill["receipt_no"]}, query={"code": code})


def _arrive(stage: Stage) -> Request:
    return Request(body={"ticket": _ticket(stage)})


def _leave(stage: Stage) -> Request:
    token = stage.caller.ask("POST", "/tax/v1/hand-over", {"ticket": _ticket(stage)})["token"]
    return Request(headers=signed_in(token))


def _ticket(stage: Stage) -> str:
    person = stage.resident()
    own = stage.control("GET", "/credentials")["ec"]
    facts = {name: person[name] for name in ("id_no", "name", "mobile")}
    facts |= {"partner": own["partner_id"], "nonce": stage.name(), "return_url": "http://127.0.0.1:9/back"}
    expires = clock.wall_us() // 1_000_000 + handovers.LIFE_S - 10
    return handovers.sealed(own["partner_secret"], facts | {"expires": expires})


def _log_in(stage: Stage) -> Request:
    payer = stage.paid[0]
    code = stage.control("POST", "/wechat/login", {"psn_no": payer.person["psn_no"]})["code"]
    return Request(body={"code": code}, headers=signed_in(payer.token))


def _family(stage: Stage) -> Request:
    giver, member = stage.giver()
    tier = giver.ask("POST", "/family/quote", {"id_no": member["id_no"], "year": YEAR})["tiers"][0]["total_fen"]
    wanted = {"id_no": member["id_no"], "year": YEAR, "total_fen": tier}
    return Request(body=wanted, headers=signed_in(giver.token))


def _notified(stage: Stage) -> Request:
    """Hand on something that the platform signed for this merchant: its answer to an order, which tells of no payment.

    The platform signs answers and call-backs alike, and its key leaves the sandbox nowhere.
    """
    _, reply = merchant.order(stage)
    signed = {f"Wechatpay-{name}": reply.headers[f"Wechatpay-{name}"] for name in _SIGNED}
    return Request(body=reply.content, headers={"Content-Type": "application/json", **signed})


def _log_in_at_alipay(stage: Stage) -> Request:
    payer = stage.paid[0]
    code = stage.control("POST", "/alipay/login", {"psn_no": payer.person["psn_no"]})["auth_code"]
    return Request(body={"code": code}, headers=signed_in(payer.token))


def _told_by_alipay(stage: Stage) -> Request:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return Request(body=application.way_back(stage).encode(), headers=form)


REQUESTS: Final[Mapping[str, Callable[[Stage], Request]]] = {
    **dict.fromkeys(("tax.listed", "tax.participations", "tax.all_receipts", "refunds.listed"), _read),
    **refunds.PAYERS,
    "tax.begin": _identify,
    "tax.line": _line,
    "tax.new_bill": _new_bill,
    "tax.bill": _bill,
    "tax.receipt": _receipt,
    "hand_over.arrive": _arrive,
    "hand_over.leave": _leave,
    "receipts.paper": _receipt,
    "receipts.verify": _verify,
    "receipts.page": _verify,
    "payment.wechat_login": _log_in,
    "payment.new_order": _new_order,
    "payment.alipay_login": _log_in_at_alipay,
    "payment.told_by_alipay": _told_by_alipay,
    "payment.orders_of": _bill,
    "payment.order": _order,
    "payment.refresh": _order,
    "payment.close": _order,
    "payment.notified": _notified,
    "family.family_quote": _family,
    "family.family_payment": _family,
}


def known(stage: Stage) -> dict[str, Any]:
    """Return values by the name of the parameter or field that they fit."""
    payer, bill = stage.paid
    return {
        "bill_id": bill["bill_id"],
        "part_id": bill["part_id"],
        "receipt_no": bill["receipt_no"],
        "year": YEAR,
        "id_no": payer.person["id_no"],
    }
