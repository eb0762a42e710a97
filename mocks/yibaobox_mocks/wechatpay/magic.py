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
    """What a payer does and how the merchant hears of it; `label` is what the cashier's page calls it.

    `result` is what the wallet tells the page; `wait_s` is how long the payer takes; `half`: of a payment by insurance
    and cash only the cash comes through.
    """

    label: str
    outcome: str = "success"
    result: str = "ok"
    wait_s: int = 0
    told: Telling = PLAINLY
    half: bool = False


PAYERS: Final[Mapping[str, Manner]] = MappingProxyType(
    {
        "oMagic_not_enough": Manner("余额不足", "fail", "fail"),
        "oMagic_cancel": Manner("在密码页取消", "cancel", "cancel"),
        "oMagic_slow": Manner("40秒后才支付", wait_s=_LATER_S),
        "oMagic_lost": Manner("支付成功，通知丢失", told=Telling(copies=0)),
        "oMagic_twice": Manner("支付成功，通知两次", told=Telling(copies=2)),
        "oMagic_late": Manner("支付成功，通知晚40秒", told=Telling(wait_s=_LATER_S)),
        "oMagic_forged": Manner("支付成功，先收到伪造的通知", told=Telling(forged=True)),
        "oMagic_half": Manner(
            "支付成功，页面被告知失败",
            result="fail",
            half=True,
        ),
    }
)
USUAL: Final = Manner("支付")


def manner(openid: str | None) -> Manner:
    """Return how a payer behaves."""
    return PAYERS.get(openid or "", USUAL)
