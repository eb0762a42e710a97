"""The words of refusals in English, and the reasons behind them in both languages."""

from collections.abc import Mapping
from typing import Any, Final

from yibaobox.domain.errors import descent

# standing of NOT_ELIGIBLE → what it means; the days are those of the facts
_NOT_ELIGIBLE: Final[Mapping[str, tuple[str, str]]] = {
    "NEVER_ENROLLED": ("从未参保", "the person never took part in insurance"),
    "SUSPENDED": ("参保关系已暂停", "the participation is suspended"),
    "UNPAID": ("已登记，尚未缴费", "registered, but nothing was paid"),
    "NOT_YET": ("等待至 {entitled_from} 起享受待遇", "waiting until {entitled_from}, when benefits begin"),
    "WAITING": ("待遇等待期至 {entitled_from} 结束", "the waiting months end on {entitled_from}"),
    "NOT_FILED": (
        "未办理到就医地的异地就医备案，不能直接结算",
        "treatment in this region is not filed, so it is paid in cash and claimed at home",
    ),
    "NOT_RECOGNISED": ("没有该病种的门诊慢特病资格", "the disease is not recognised for this person"),
    "RECOGNITION_ENDED": (
        "门诊慢特病资格于 {entitled_until} 到期",
        "recognition of the disease ended on {entitled_until}",
    ),
    "NOT_CHOSEN": ("不是选定的医疗机构", "the person chose other institutions for this disease"),
    "ENDED": ("待遇期至 {entitled_until} 已结束", "benefits ended on {entitled_until}"),
    "REFUNDED": ("保费已退", "the premium was refunded"),
    "ELSEWHERE": ("待遇在其他统筹区享受", "the entitlement is in another region"),
    "INSUTYPE": ("险种与享受待遇的险种不一致", "the message names another insurance than the person's"),
}


def of(code: str, said: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What a refusal means in English, and why: `said` is what the caller was told."""
    meaning = _meanings().get(code, code)
    text = _NOT_ELIGIBLE.get(str(facts.get("standing"))) if code == "NOT_ELIGIBLE" else None
    if text is None:
        return {"en": meaning, "why_not": [{"code": code, "zh": said, "en": meaning}]}
    known = {"entitled_from": "?", "entitled_until": "?", **facts}
    chinese, english = (each.format(**known) for each in text)
    return {"en": meaning, "why_not": [{"code": str(facts["standing"]), "zh": chinese, "en": english}]}


def _meanings() -> dict[str, str]:
    """Each code of the family of refusals with the first line of its docstring."""
    return {each.code: (each.__doc__ or each.code).split("\n")[0] for _, each in descent()}
