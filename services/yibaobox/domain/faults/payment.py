"""Faults of payment: what a merchant's server meets between an order and its notification."""

from __future__ import annotations

from typing import Final

from yibaobox.domain.faults.enrolment import TAKING
from yibaobox.domain.faults.kinds import AFTER, WITHIN, Kind, Param, Reach

_WECHAT: Final = Reach(("/_sandbox/v1/wechat/pay/*",), methods=("POST",))
_PAYING: Final = Reach(("/_sandbox/v1/wechat/pay/*", "/_sandbox/v1/alipay/pay/*"), methods=("POST",))
_REFUNDING: Final = Reach(("/v3/refund/domestic/refunds",), methods=("POST",))
_ORDERING: Final = Reach(("/v3/pay/transactions/jsapi",), methods=("POST",))
_CLOSING: Final = Reach(("/v3/pay/transactions/out-trade-no/*/close",), methods=("POST",))
_ASKING: Final = Reach(("/v3/pay/transactions/out-trade-no/*",), methods=("GET",))
_LATER: Final = Param("s", default=40, minimum=1, maximum=10**8, meaning="seconds of sandbox time")
KINDS: Final = (
    Kind("pay.success_no_notify", WITHIN, "the payer pays and the merchant is never told", (), _PAYING),
    Kind(
        "pay.notify_before_response",
        AFTER,
        "the payer pays at once: the notification arrives before the reply to the order",
        (),
        _ORDERING,
    ),
    Kind(
        "pay.notify_dup",
        WITHIN,
        "the same notification is sent several times, each of them until it is taken",
        (Param("n", default=2, minimum=2, maximum=20, meaning="how many"),),
        _PAYING,
    ),
    Kind(
        "pay.notify_reordered",
        WITHIN,
        "the notification is held back, so that those of later payments overtake it",
        (_LATER,),
        _PAYING,
    ),
    Kind(
        "pay.notify_forged_sig",
        WITHIN,
        "a notification with a signature that does not hold comes first, the true one after it",
        (),
        _PAYING,
    ),
    Kind(
        "pay.notify_amount",
        WITHIN,
        "a notification that is signed and tells another amount comes first, the true one after it",
        (Param("fen", default=1, minimum=-(10**7), maximum=10**7, meaning="added to the amount"),),
        _PAYING,
    ),
    Kind(
        "pay.late_success_after_close",
        AFTER,
        "the merchant's close is accepted, and the payment that was under way succeeds all the same",
        (),
        _CLOSING,
    ),
    Kind(
        "pay.double_channel",
        AFTER,
        "the payer pays a bill in this wallet, and its open order in the other one, which was under way, succeeds too",
        (),
        _PAYING,
    ),
    Kind(
        "pay.unknown_then_success",
        WITHIN,
        "the payer pays; queries answer SYSTEM_ERROR and the notification waits, until the outcome shows",
        (_LATER,),
        _WECHAT,
    ),
    Kind(
        "pay.unknown_then_failed",
        WITHIN,
        "the payment fails; queries answer SYSTEM_ERROR until the order shows as not paid",
        (_LATER,),
        _WECHAT,
    ),
    Kind(
        "refund.pending",
        WITHIN,
        "a refund is under way for longer than usual",
        (Param("s", default=86_400, minimum=1, maximum=10**8, meaning="seconds of sandbox time"),),
        _REFUNDING,
    ),
    Kind(
        "refund.fail_then_ok",
        WITHIN,
        "a refund is refused for lack of money at the merchant (NOT_ENOUGH); the same once more is taken",
        (),
        _REFUNDING,
    ),
    Kind(
        "mix.fund_ok_cash_fail",
        WITHIN,
        "of a payment by insurance and cash insurance settles its part, and the cash is not paid",
        (),
        _WECHAT,
    ),
    Kind("receipt.delay", WITHIN, "the premium is paid and its receipt is issued later", (_LATER,), TAKING),
    Kind("held.query", AFTER, "the gateway does not know yet what became of an order", (), _ASKING, internal=True),
)
