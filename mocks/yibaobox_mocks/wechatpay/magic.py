"""Magic payers: openids that stand for a payer who does something else than pay at once, and be told of once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from yibaobox_mocks.ports import PLAINLY, Telling

_LATER_S: Final = 40


@dataclass(frozen=True, slots=True)
class Manner:
    """What a payer does and how the merchant hears of it.

    `result` is what the wallet tells the page; `wait_s` is how long the payer takes; `half`: of a payment by insurance
    and cash only the cash comes through.
    """

    meaning: str
    outcome: str = "success"
    result: str = "ok"
    wait_s: int = 0
    told: Telling = PLAINLY
    half: bool = False


PAYERS: Final[Mapping[str, Manner]] = MappingProxyType(
    {
        "oMagic_not_enough": Manner("has not enough money: the order stays open", "fail", "fail"),
        "oMagic_cancel": Manner("turns away at the password: the order stays open", "cancel", "cancel"),
        "oMagic_slow": Manner(f"pays {_LATER_S} seconds later, on the sandbox clock", wait_s=_LATER_S),
        "oMagic_lost": Manner("pays, and the call-back is lost", told=Telling(copies=0)),
        "oMagic_twice": Manner("pays, and the call-back comes twice", told=Telling(copies=2)),
        "oMagic_late": Manner(f"pays, and the call-back comes {_LATER_S} seconds later", told=Telling(wait_s=_LATER_S)),
        "oMagic_forged": Manner("pays, and a call-back with a false signature comes first", told=Telling(forged=True)),
        "oMagic_half": Manner(
            "pays, and the page is told that it failed; of insurance and cash only the cash comes through",
            result="fail",
            half=True,
        ),
    }
)
USUAL: Final = Manner("pays")


def manner(openid: str | None) -> Manner:
    """Return how a payer behaves."""
    return PAYERS.get(openid or "", USUAL)
