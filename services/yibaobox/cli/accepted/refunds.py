"""Accepted requests about money that goes back, and about the tax office that sees to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from yibaobox.cli.accepted.stage import YEAR, Request, Stage, bare, signed_in
from yibaobox.cli.stories import Caller
from yibaobox.cli.stories.premiums import Payer

_HEAD: Final = "name,number,amount_fen,state\n"
_CAMPAIGN: Final = ("500000", 2025, "2025-10-10T10:00:00+08:00")  # where tiers are corrected, and when


def _paid(stage: Stage) -> tuple[Payer, dict[str, Any]]:
    payer = stage.payer()
    return payer, payer.pay(stage.bill(payer))


def _asked(stage: Stage) -> tuple[Payer, dict[str, Any]]:
    payer, bill = _paid(stage)
    asked: dict[str, Any] = payer.ask("POST", "/refunds", _wish(bill))
    return payer, asked


def _wish(bill: Mapping[str, Any]) -> dict[str, Any]:
    return {"bill_id": bill["bill_id"], "reason": "withdrawal"}


def _ask(stage: Stage) -> Request:
    payer, bill = _paid(stage)
    return Request(body=_wish(bill), headers=signed_in(payer.token))


def _show(stage: Stage) -> Request:
    payer, asked = _asked(stage)
    return Request({"request_id": asked["request_id"]}, headers=signed_in(payer.token))


def _note_lower(stage: Stage) -> Request:
    """Pay the higher tier where a lower one may be noted: in a world of its own, within its window."""
    region, year, at = _CAMPAIGN
    world = f"{stage.caller.world}-{stage.name()}"
    stage.control("POST", "/worlds", {"name": world, "regions": [region], "at": at, "population": 0})
    there = Stage(Caller(stage.caller.url, world, stage.caller.session))
    student = there.caller.person(region=region, capacity="student", enrolled="2025-09-20", paid_year=[])
    payer = Payer(there.caller, student)
    payer.log_in_at_wechat()
    part_id, line = payer.line(region, year)
    lower, higher = (tier["total_fen"] for tier in line["tiers"])
    payer.pay(payer.bill(part_id, year, higher))
    wanted = {"part_id": part_id, "year": year, "total_fen": lower}
    return Request(body=wanted, headers={**signed_in(payer.token), "X-Sandbox-World": world})


def _owed(stage: Stage) -> str:
    """Ask a premium back and let the office and the outbox work; return the name of the refund."""
    _asked(stage)
    stage.control("POST", "/clock/advance", {"by": "PT1S"})
    return str(stage.control("GET", "/tax/refunds", state="PROCESSING")["items"][0]["out_refund_no"])


def _send(stage: Stage) -> Request:
    return Request({"out_refund_no": _owed(stage)})


def _repair(stage: Stage) -> Request:
    """Let the channel say that it cannot return the money, so that it is owed anew."""
    name = _owed(stage)
    stage.caller.ask("POST", f"/tax/v1/refund-orders/{name}/send")
    stage.control("POST", f"/wechat/refund/{name}", {"outcome": "abnormal"})
    due = stage.control("GET", "/tax/refunds", state="DUE")["items"][0]["out_refund_no"]
    return Request({"out_refund_no": due}, body={"way": "counter"})


def _waive(stage: Stage) -> Request:
    return Request({"bill_id": stage.bill(stage.payer())["bill_id"]}, body={"reason": "城乡低保"})


def _batch(_: Stage) -> Request:
    return Request(body={"region": "511700", "year": YEAR})


def _recon(stage: Stage) -> Request:
    """Reconcile a day with a file that is handed in; the year of a payer is posted."""
    _paid(stage)
    day = str(stage.control("GET", "/clock")["now"])[:10]
    return Request(body={"date": day, "parties": ["wechat", "insurance"], "files": {"wechat": _HEAD}, "repair": False})


def _file(stage: Stage) -> Request:
    day = str(stage.control("GET", "/clock")["now"])[:10]
    return Request(query={"party": "tax", "date": day})


def _registered(_: Stage) -> Request:
    return Request(query={"region": "511700", "year": YEAR})


def _matched(_: Stage) -> Request:
    return Request(body={"region": "511700", "year": YEAR, "finance": "id_no,name,amount_fen,paid_on\n"})


PAYERS: Final[Mapping[str, Callable[[Stage], Request]]] = {
    "refunds.ask": _ask,
    "refunds.show": _show,
    "refunds.note_lower": _note_lower,
    "refunds.send": _send,
}
OFFICE: Final[Mapping[str, Callable[[Stage], Request]]] = {
    "tax.waive_bill": _waive,
    "tax.return_differences": _batch,
    "tax.owed": bare,
    "tax.repair": _repair,
    "tax_campaign.export": _registered,
    "tax_campaign.match": _matched,
    "tax_recon.run": _recon,
    "tax_recon.hung": bare,
    "tax_recon.file": _file,
}
