"""The values of `setlinfo` and `setldetail`: what a settlement tells, forwards and, taken back, with a minus."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from yibaobox.domain.people import capacities
from yibaobox.settlement import med_types

if TYPE_CHECKING:
    from datetime import datetime

    from yibaobox.domain.people import Person
    from yibaobox.domain.visits import Settlement
    from yibaobox.settlement.bill import Bill

_BY_ITEM: Final = "1"  # clr_way 按项目
_NOT_CIVIL: Final = "0"  # cvlserv_flag
_NO_FUNDS: Final = dict.fromkeys(
    ("cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay", "oth_pay", "hifdm_pay"), 0
)
POOL: Final = {"310": ("310100", "城镇职工基本医疗保险统筹基金"), "390": ("390100", "城乡居民基本医疗保险基金")}
_AID: Final = dict.fromkeys(("310", "390"), ("610100", "医疗救助基金"))
MAJOR: Final = {"310": ("330100", "大额医疗费用补助基金"), "390": ("390200", "城乡居民大病医疗保险基金")}


class Told(NamedTuple):
    """What a settlement tells: amounts in fen by the column's name, facts by the wire's."""

    fen: Mapping[str, int]
    facts: Mapping[str, Any]
    quote: str

    @classmethod
    def of_bill(cls, bill: Bill) -> Told:
        """Return what a split bill tells."""
        split, standing = bill.last.split, bill.grounds.standing
        cap = split.terms.cap_fen
        facts = {
            "ratio_ppm": split.terms.ratio_ppm,
            "room_fen": split.eligible_fen if cap is None else max(0, cap - split.used.fund_fen),
            "psn_type": capacities.get(standing.capacity).psn_type,
            "insutype": standing.insutype,
            "region": standing.region,
            "med_type": bill.med_type,
            "cert_type": bill.cert_type,
            "aid_fen": bill.aid_fen,
        }
        return cls(bill.fen, facts, bill.quote)

    @classmethod
    def of_settlement(cls, made: Settlement) -> Told:
        """Return what a stored settlement told."""
        names = (
            "total",
            "eligible",
            "deductible",
            "pool",
            "major",
            "own",
            "family",
            "first_pay",
            "cash",
            "out",
            "over",
        )
        fen = {f"{name}_fen": getattr(made, f"{name}_fen") for name in names}
        return cls(fen, json.loads(made.output), made.quote)

    @property
    def aid_fen(self) -> int:
        """What medical aid paid, which `major_fen` includes."""
        return int(self.facts.get("aid_fen", 0))

    def setlinfo(self, person: Person, at: datetime, sign: int = 1) -> dict[str, Any]:
        """Return the person, the four parts, the funds and the person's share; numbers of the visit are the verb's."""
        fen = self.fen if sign == 1 else {name: sign * amount for name, amount in self.fen.items()}
        major = "hifob_pay" if self.facts["insutype"] == capacities.EMPLOYEE_INSURANCE else "hifmi_pay"
        aid = sign * self.aid_fen
        funds = _NO_FUNDS | {"hifp_pay": fen["pool_fen"], major: fen["major_fen"] - aid, "maf_pay": aid}
        account, fund = fen["own_fen"] + fen["family_fen"], fen["pool_fen"] + fen["major_fen"]
        assert sum(funds.values()) == fund, "S3: the funds add up"
        assert fen["total_fen"] == fund + account + fen["cash_fen"], "S1, S2: fund and person pay the bill"
        return self._about(person, at) | {
            "medfee_sumamt": fen["total_fen"],
            "fulamt_ownpay_amt": fen["out_fen"],
            "overlmt_selfpay": fen["over_fen"],
            "preselfpay_amt": fen["first_pay_fen"],
            "inscp_scp_amt": fen["eligible_fen"],
            "act_pay_dedc": fen["deductible_fen"],
            "pool_prop_selfpay": self.facts["ratio_ppm"],
            **funds,
            "fund_pay_sumamt": fund,
            "psn_part_amt": account + fen["cash_fen"],
            "acct_pay": account,
            "acct_mulaid_pay": fen["family_fen"],
            "psn_cash_pay": fen["cash_fen"],
            "hosp_part_amt": 0,
        }

    def setldetail(self, sign: int = 1) -> list[dict[str, Any]]:
        """Return a row for each fund that pays; none when no fund does."""
        insutype, eligible = self.facts["insutype"], sign * self.fen["eligible_fen"]
        room, whole = self.facts["room_fen"], self.fen["eligible_fen"]
        major = self.fen["major_fen"] - self.aid_fen
        paying = ((POOL, self.fen["pool_fen"], room), (MAJOR, major, whole), (_AID, self.aid_fen, whole))
        return [
            {
                "fund_pay_type": names[insutype][0],
                "fund_pay_type_name": names[insutype][1],
                "inscp_scp_amt": eligible,
                "crt_payb_lmt_amt": limit,
                "fund_payamt": sign * paid,
            }
            for names, paid, limit in paying
            if paid
        ]

    def _about(self, person: Person, at: datetime) -> dict[str, Any]:
        facts = self.facts
        return {
            "psn_no": person.psn_no,
            "psn_name": person.name,
            "psn_cert_type": person.id_type,
            "certno": person.id_no,
            "gend": person.sex,
            "brdy": person.birth,
            "age": person.age_on(at.date()),
            "insutype": facts["insutype"],
            "psn_type": facts["psn_type"],
            "cvlserv_flag": _NOT_CIVIL,
            "setl_time": at,
            "mdtrt_cert_type": facts["cert_type"],
            "med_type": facts["med_type"],
            "clr_optins": facts["region"],
            "clr_way": _BY_ITEM,
            "clr_type": med_types.clearing(facts["med_type"]),
        }
