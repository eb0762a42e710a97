"""A payer at the tax channel (税务): the wizard, the pretend WeChat wallet, the family account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from yibaobox.cli.stories.caller import Caller
from yibaobox.cli.stories.citizen import Citizen
from yibaobox.cli.stories.telling import Told, yuan

TAX: Final = "/tax/v1"
_STATES: Final = {"UNPAID": "待缴", "PAYING": "缴费中", "PAID": "已缴费", "POSTED": "已入账", "VOID": "已作废"}


class Payer:
    """A person who proved at the tax channel who they are."""

    def __init__(self, caller: Caller, person: Mapping[str, Any]) -> None:
        self._caller = caller
        self.person = person
        who = {name: person[name] for name in ("id_no", "name", "mobile")}
        self.token: str = caller.ask("POST", f"{TAX}/identity", who)["token"]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Use a route of the tax channel."""
        return self._caller.ask(method, TAX + path, body, self.token)

    def line(self, region: str, year: int) -> tuple[int, dict[str, Any]]:
        """Return the participation in a region, and what there is to pay for a year."""
        sheet = self.ask("GET", "/participations")["items"]
        part = next(item for item in sheet if item["region"] == region)
        return part["part_id"], next(line for line in part["lines"] if line["year"] == year)

    def bill(self, part_id: int, year: int, total_fen: int | None = None) -> dict[str, Any]:
        """Declare a total (None: the only one there is) and get the bill for what remains of it."""
        wanted: dict[str, Any] = {"part_id": part_id, "year": year}
        if total_fen is not None:
            wanted |= {"manner": "normal", "total_fen": total_fen}
        made: dict[str, Any] = self.ask("POST", "/bills", wanted)
        return made

    def log_in_at_wechat(self) -> None:
        """Do what a mini-program does with the code of wx.login()."""
        code = self._caller.control("POST", "/wechat/login", {"psn_no": self.person["psn_no"]})["code"]
        self.ask("POST", "/session/wechat", {"code": code})

    def pay(self, bill: Mapping[str, Any]) -> dict[str, Any]:
        """Order the payment, let the payer agree in the wallet; return the bill when its notice has come."""
        order = self.ask("POST", f"/bills/{bill['bill_id']}/orders", {"channel": "wechat"})
        self._caller.control("POST", f"/wechat/pay/{order['out_trade_no']}", {"outcome": "success"})
        return self.read(bill)

    def read(self, bill: Mapping[str, Any]) -> dict[str, Any]:
        """Return a bill as it stands now."""
        read: dict[str, Any] = self.ask("GET", f"/bills/{bill['bill_id']}")
        return read


def figures(bill: Mapping[str, Any]) -> dict[str, str]:
    """Name the figures of a bill."""
    return {
        "应缴费额": yuan(bill["total_fen"]),
        "已缴费额": yuan(bill["paid_before_fen"]),
        "本次应缴": yuan(bill["due_fen"]),
        "账单": _STATES[bill["state"]],
    }


def expected(total: str, paid: str, due: str, state: str) -> dict[str, str]:
    """Name the figures that a bill should have."""
    return {"应缴费额": total, "已缴费额": paid, "本次应缴": due, "账单": state}


def pay_for_a_relative(caller: Caller, told: Told, citizen: Citizen, region: str) -> None:
    """T5: the employee's own account pays the parent's premium; it is posted half an hour later."""
    parent = caller.person(
        region=region, capacity="resident", name="测母亲", birth="1958-03-08", enrolled=True, paid_year=[2025]
    )
    giver = citizen.person
    citizen.share_with(parent, "parent")
    payer, asked = Payer(caller, giver), {"id_no": parent["id_no"], "year": 2026}
    quote = payer.ask("POST", "/family/quote", asked)
    told.step(
        "税务",
        "个人共济账户缴费：录入母亲的证件号码，显示姓名与 2026 年度应缴",
        {"姓名": "*亲", "应缴": "400.00", "余额": "1,000.00"},
        {"姓名": quote["name"], "应缴": yuan(quote["due_fen"]), "余额": yuan(caller.account_fen(giver))},
    )
    paid = payer.ask("POST", "/family/payments", asked)
    told.step(
        "税务",
        "由配偶个人账户即时扣缴居民医保费",
        {"账单": "已缴费", "余额": "600.00"},
        {"账单": _STATES[paid["bill"]["state"]], "余额": yuan(paid["account_fen"])},
    )
    caller.control("POST", "/clock/advance", {"by": "PT1H"})
    periods = caller.control("GET", f"/people/{parent['psn_no']}")["periods"]
    bought: Mapping[str, str] = next((one for one in periods if one["year"] == asked["year"]), {})
    told.step(
        "沙箱",
        "时钟前进一小时，税务到账任务入账：母亲 2026 年度待遇",
        {"待遇起": "2026-01-01", "待遇止": "2026-12-31"},
        {"待遇起": bought.get("from_day", "无"), "待遇止": bought.get("until_day", "无")},
    )
