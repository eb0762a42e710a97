"""Accepted requests of the control routes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from yibaobox.cli.accepted import application, merchant, portal_family, refunds
from yibaobox.cli.accepted.stage import HOSPITAL, Request, Stage, bare
from yibaobox.cli.stories import AT, REGIONS
from yibaobox.cli.stories.caller import CONTROL

_HOME: Final = REGIONS[0]


def _kin(stage: Stage) -> Request:
    wanted = {"relative_psn_no": stage.resident()["psn_no"], "relation": "parent"}
    return Request({"psn_no": stage.worker["psn_no"]}, body=wanted)


def _school(stage: Stage) -> Request:
    return Request({"psn_no": stage.resident()["psn_no"]}, body=portal_family.SCHOOL)


def _other_account(stage: Stage) -> Request:
    return Request({"psn_no": stage.resident()["psn_no"]}, body={"name": "测同号"})


def _free_name(stage: Stage) -> Request:
    taken = _other_account(stage)
    stage.control("PUT", f"/people/{taken.path['psn_no']}/other-account", taken.body)
    return Request(taken.path)


def _reconcile(stage: Stage) -> Request:
    return Request(body={"date": stage.control("GET", "/clock")["now"][:10]})


def _captcha(stage: Stage) -> Request:
    return Request({"captcha_id": stage.caller.ask("GET", "/portal/v1/captcha")["captcha_id"]})


def _case(stage: Stage) -> int:
    """Submit an application that waits for the office, and return its number."""
    stage.control("PUT", "/switches", {"review": "manual"})
    citizen = stage.dweller()
    number = stage.suspension(citizen)
    citizen.ask("POST", f"/suspensions/{number}/submit")
    return int(stage.control("GET", "/cases", state="SUBMITTED")["items"][0]["id"])


def _complete(stage: Stage) -> Request:
    return Request({"case_id": _case(stage)})


def _reject(stage: Stage) -> Request:
    return Request({"case_id": _case(stage)}, body={"reason": "材料不清晰"})


def _clock(stage: Stage) -> Request:
    return Request(body={"mode": "frozen", "at": stage.control("GET", "/clock")["now"]})


def _advance(_: Stage) -> Request:
    return Request(body={"by": "PT1S"})


def _resend(stage: Stage) -> Request:
    assert stage.paid
    return Request({"event_id": stage.control("GET", "/events")["items"][0]["id"]})


def _event(stage: Stage) -> Request:
    assert stage.paid
    events = stage.control("GET", "/events")["items"]
    found = next(each["id"] for each in events if each["topic"].startswith("wechatpay:"))
    return Request({"event_id": found})


def _twice(stage: Stage) -> Request:
    return Request(_event(stage).path, body={"times": 1})


def _waiting(stage: Stage) -> Request:
    """Have a call-back meet a receiver that is down, so that it waits for its next attempt."""
    paid = _pay(stage)
    stage.control("POST", "/faults", {"name": "callback.down", "match": {"channel": "wechatpay"}})
    stage.control("POST", f"/wechat/pay/{paid.path['out_trade_no']}", {})
    events = stage.control("GET", "/events")["items"]
    found = next(each["id"] for each in events if each["state"] == "pending" and each["topic"].startswith("wechatpay:"))
    return Request({"event_id": found})


def _delay(stage: Stage) -> Request:
    return Request(_waiting(stage).path, body={"by": "PT5M"})


def _order_of_events(stage: Stage) -> Request:
    return Request(body={"ids": [_event(stage).path["event_id"]]})


def _face(stage: Stage) -> Request:
    return Request(body={"psn_no": stage.worker["psn_no"], "outcome": "pass", "times": 1})


def _arm(_: Stage) -> Request:
    return Request(
        body={"name": "reset.after_commit", "match": {"infno": "9999"}, "times": 1, "probability": 1, "seed": 7}
    )


def _disarm(stage: Stage) -> Request:
    return Request({"fault_id": stage.control("POST", "/faults", _arm(stage).body)["id"]})


def _institution(_: Stage) -> Request:
    return Request({"code": HOSPITAL}, body={"auth": "auto"})


def _create(_: Stage) -> Request:
    return Request(body={"region": _HOME, "capacity": "employee", "enrolled": True, "account_fen": 100_00})


def _generate(_: Stage) -> Request:
    return Request(body={"n": 1, "seed": 7, "region": _HOME})


def _person(stage: Stage) -> Request:
    return Request({"psn_no": stage.worker["psn_no"]})


def _family(stage: Stage) -> Request:
    wanted = {"member_psn_no": stage.employee()["psn_no"], "relation": "spouse"}
    return Request({"psn_no": stage.employee()["psn_no"]}, body=wanted)


def _top_up(stage: Stage) -> Request:
    return Request({"psn_no": stage.worker["psn_no"]}, body={"amount_fen": 100})


def _request(stage: Stage) -> Request:
    stage.caller.ask("GET", "/portal/v1/lists")
    return Request({"request_id": stage.control("GET", "/requests", limit=1)["items"][0]["id"]})


def _explain(stage: Stage) -> Request:
    visit = stage.window.visit(stage.worker, "100.00")
    return Request({"setl_id": stage.window.settle(visit).setlinfo["setl_id"]})


def _refused(stage: Stage) -> Request:
    return Request({"trace": stage.caller.refused("GET", f"{CONTROL}/people/{'9' * 20}")["trace"]})


def _otherwise(stage: Stage) -> Request:
    return Request(_explain(stage).path, body={"profile": "demo"})


def _evaluate(_: Stage) -> Request:
    visit = {"date": AT[:10], "setting": "outpatient", "level": "L3", "population": "active", "profile": "demo"}
    bill = {"items": [{"code": "visit", "class": "A", "amount": "100.00"}], "own": "100.00", "family": []}
    asked = bill | {"acc": {"ded_used": "0.00", "fund_paid": "0.00"}}
    return Request(body={"kind": "settle", "region": _HOME, "insurance": "employee", "input": asked, **visit})


def _in_force(_: Stage) -> Request:
    return Request({"code": _HOME}, {"on": AT[:10]})


def _sms(stage: Stage) -> Request:
    return Request(query={"mobile": stage.worker["mobile"]})


def _take(stage: Stage) -> Request:
    return Request(body={"name": stage.name()})


def _snapshot(stage: Stage) -> Request:
    name = stage.name()
    stage.control("POST", "/snapshots", {"name": name})
    return Request({"name": name})


def _diff(stage: Stage) -> Request:
    return Request({"before": _snapshot(stage).path["name"], "after": "current"})


def _sign(_: Stage) -> Request:
    return Request(body={"kind": "csb", "infno": "9001"})


def _signed(_: Stage) -> Request:
    return Request(body={"kind": "body-sign", "body": {"infno": "9001", "msgid": "m", "cainfo": "AA=="}})


def _review(_: Stage) -> Request:
    return Request(body={"review": "immediate", "kind": "registration"})


def _switches(_: Stage) -> Request:
    return Request(body={"review": "immediate"})


def _txn(stage: Stage) -> Request:
    msgid = stage.window.msgid()
    stage.window.call("9001", {"signIn": {"opter_no": "0001", "mac": "00-00", "ip": "10.0.0.1"}}, msgid)
    return Request({"fixmedins": HOSPITAL, "infno": "9001", "msgid": msgid})


def _phone(stage: Stage) -> Request:
    return Request(body={"psn_no": stage.worker["psn_no"]})


def _login(stage: Stage) -> Request:
    return Request(body={"psn_no": stage.worker["psn_no"]})


def _pay(stage: Stage) -> Request:
    payer = stage.payer()
    bill = stage.bill(payer)
    order = payer.ask("POST", f"/bills/{bill['bill_id']}/orders", {"channel": "wechat"})
    return Request({"out_trade_no": order["out_trade_no"]}, body={"outcome": "success"})


def _invoke(stage: Stage) -> Request:
    payer = stage.payer()
    order = payer.ask("POST", f"/bills/{stage.bill(payer)['bill_id']}/orders", {"channel": "wechat"})
    return Request(body=order["invoke"])


def _refund(stage: Stage) -> Request:
    return Request({"out_refund_no": merchant.refund(stage)}, body={"outcome": "success"})


def _alipay_login(stage: Stage) -> Request:
    return Request(body={"psn_no": stage.worker["psn_no"], "kind": "login"})


def _alipay_pay(stage: Stage) -> Request:
    return Request({"out_trade_no": application.trade(stage)}, body={"outcome": "success"})


def _alipay_open(stage: Stage) -> Request:
    return Request(body={"given": application.string(stage), "outcome": "success"})


_ACCOUNT: Final = {"channel": "bank", "account_no": "6217000000000000055"}


def _open_account(_: Stage) -> Request:
    return Request(_ACCOUNT, body={"holder": "张三", "balance_fen": 1_000_00})


def _account(_: Stage) -> Request:
    return Request(_ACCOUNT)


def _load(_: Stage) -> Request:
    return Request(_ACCOUNT, body={"amount_fen": 1_00})


def _new_world(stage: Stage) -> Request:
    return Request(body={"name": f"{stage.caller.world}-{stage.name()}", "regions": [_HOME], "at": AT, "population": 0})


def _world(stage: Stage) -> Request:
    return Request({"name": stage.control("POST", "/worlds", _new_world(stage).body)["name"]})


def _import(stage: Stage) -> Request:
    name = _world(stage).path["name"]
    lines = stage.caller.send("GET", f"/_sandbox/v1/worlds/{name}/export").content
    return Request({"name": name}, {"overwrite": "true"}, lines, headers={"Content-Type": "application/x-ndjson"})


REQUESTS: Final[Mapping[str, Callable[[Stage], Request]]] = {
    **refunds.OFFICE,
    **dict.fromkeys(
        (
            *("health.health", "audit.show", "cases.listed", "catalogue.listed", "clock.show", "credentials.show"),
            *("events.listed", "faults.listed", "faults.disarm_all", "faults.kinds", "faults.log"),
            *(
                "institutions.listed",
                "people.magic",
                "policy.listed",
                "clock.run_until_idle",
                "ledger.entries",
                "people.listed",
                "requests.listed",
                "requests.clear",
                "archive.archive",
            ),
            *("decodings.listed", "snapshots.listed", "switches.show", "worlds.listed"),
        ),
        bare,
    ),
    "captcha.show": _captcha,
    "cases.complete": _complete,
    "cases.decided": _review,
    "cases.reject": _reject,
    "clock.put": _clock,
    "clock.advance": _advance,
    "events.delay": _delay,
    "events.drop": _waiting,
    "events.duplicate": _twice,
    "events.forge": _event,
    "events.reorder": _order_of_events,
    "events.resend": _resend,
    "face.script": _face,
    "faults.arm": _arm,
    "faults.disarm": _disarm,
    "institutions.put": _institution,
    "people.create": _create,
    "people.generate": _generate,
    "people.show": _person,
    "family.bind": _family,
    "people.top_up": _top_up,
    "requests.show": _request,
    "recon.run": _reconcile,
    "register.record_kin": _kin,
    "register.report_school": _school,
    "register.take_name": _other_account,
    "register.free_name": _free_name,
    "refusals.explain": _refused,
    "settlements.explain": _explain,
    "settlements.otherwise": _otherwise,
    "policy.evaluate": _evaluate,
    "policy.show": _in_force,
    "sign.make": _sign,
    "sign.explain": _signed,
    "sms.listed": _sms,
    "snapshots.take": _take,
    "snapshots.diff": _diff,
    "snapshots.delete": _snapshot,
    "snapshots.restore": _snapshot,
    "switches.put": _switches,
    "txns.show": _txn,
    "alipay.login": _alipay_login,
    "alipay.pay": _alipay_pay,
    "alipay.open_wallet": _alipay_open,
    "channels.open_account": _open_account,
    "channels.show": _account,
    "channels.load": _load,
    "wechat.login": _login,
    "wechat.phone": _phone,
    "wechat.invoke": _invoke,
    "wechat.pay": _pay,
    "wechat.refund": _refund,
    "worlds.create": _new_world,
    "worlds.delete": _world,
    "worlds.export": _world,
    "worlds.import_": _import,
    "worlds.purge": _world,
    "worlds.reset": _world,
}


def known(stage: Stage) -> dict[str, Any]:
    """Return values by the name of the parameter or field that they fit: so that chance meets what there is."""
    return {
        "region": _HOME,
        "capacity": "employee",
        "psn_no": stage.worker["psn_no"],
        "member_psn_no": stage.employee()["psn_no"],
        "code": HOSPITAL,
        "mobile": stage.worker["mobile"],
        "by": "PT1S",
    }
