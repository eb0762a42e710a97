"""Buyers who behave in a certain way wherever they pay: known by their numbers, and at a till by their codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from yibaobox_mocks.ports import PLAINLY, Telling


@dataclass(frozen=True, slots=True)
class Temper:
    """What a buyer does: has no money, calls it off, takes so many seconds at a till; how the payment is told."""

    buyer_id: str
    says: str
    outcome: str = "success"
    slow_s: int = 0
    telling: Telling = PLAINLY

    @property
    def code(self) -> str:
        """What they show at a till."""
        return f"28{self.buyer_id}"


BUYERS: Final = (
    Temper("2088000000000011", "has not enough money: nothing is ever paid", "poor"),
    Temper("2088000000000022", "calls every payment off", "cancel"),
    Temper("2088000000000033", "takes 20 s of sandbox time to enter the password at a till", slow_s=20),
    Temper("2088000000000044", "pays, and the call-back is lost", telling=Telling(copies=0)),
    Temper("2088000000000055", "pays, and the call-back comes twice", telling=Telling(copies=2)),
    Temper("2088000000000066", "pays, and the call-back comes 40 s late", telling=Telling(wait_s=40)),
    Temper("2088000000000077", "pays, and a forged call-back comes first", telling=Telling(forged=True)),
    Temper(
        "2088000000000088", "pays, and a call-back with one fen too much comes first", telling=Telling(off_by_fen=1)
    ),
)
_BY_NUMBER: Final = {each.buyer_id: each for each in BUYERS}
_BY_CODE: Final = {each.code: each.buyer_id for each in BUYERS}
_USUAL: Final = Temper("", "pays")


def of(buyer_id: str | None) -> Temper:
    """Return how a buyer behaves."""
    return _BY_NUMBER.get(buyer_id or "", _USUAL)


def by_code(code: str) -> str | None:
    """Return the buyer of a code."""
    return _BY_CODE.get(code)
