"""Faults around participation: it ends midway, exists elsewhere, is decided late or against the citizen."""

from __future__ import annotations

from typing import Final

from yibaobox.domain.faults.kinds import AFTER, BEFORE, WITHIN, Kind, Param, Reach, national

_SUBMISSION: Final = Reach(("/portal/v1/*/submit",), methods=("POST",))
TAKING: Final = Reach(
    ("/tax/v1/notify/*", "/tax/v1/orders/*/refresh", "/tax/v1/family/payments"), methods=("POST",)
)  # where the tax channel learns that a premium was paid
_SECONDS: Final = Param("s", default=1800, minimum=1, maximum=10**8, meaning="seconds of sandbox time")
REASONS: Final = {
    "name_mismatch": "建账失败：姓名与证件号码不一致",
    "duplicate_id": "建账失败：该证件号码已以其他姓名建账",
    "data_incomplete": "建账失败：人员基本信息不完整",
}
KINDS: Final = (
    Kind(
        "suspend.between",
        AFTER,
        "right after the pre-settlement the patient's participation is suspended",
        (),
        national("2206"),
    ),
    Kind(
        "enrol.conflict_other_region",
        BEFORE,
        "just before the application is submitted the person was enrolled in another region",
        (),
        _SUBMISSION,
    ),
    Kind("enrol.delay", WITHIN, "the office decides later instead of at once", (_SECONDS,), _SUBMISSION),
    Kind(
        "account.create_fail",
        WITHIN,
        "the account cannot be set up: the application ends rejected",
        (Param("reason", "choice", "name_mismatch", choices=tuple(REASONS), meaning="what the citizen reads"),),
        _SUBMISSION,
    ),
    Kind(
        "audit.reject",
        WITHIN,
        "the office rejects the application",
        (Param("reason", "text", "申请材料不符合要求，请补充后重新提交", meaning="what the citizen reads"),),
        _SUBMISSION,
    ),
    Kind(
        "paid_not_active",
        WITHIN,
        "the premium is paid, and insurance learns of it later than usual",
        (Param("s", default=86_400, minimum=1, maximum=10**8, meaning="seconds of sandbox time on top"),),
        TAKING,
    ),
)
