"""Say in Chinese and English how a rule beside the money for treatment was decided, with its sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from yibaobox.domain.policy.explain_years import cited, said, where
from yibaobox.domain.policy.model import Citation
from yibaobox.domain.policy.resolve import Place

_GRANTED: Final[Mapping[str, tuple[str, str]]] = {
    "RETROACTIVE": ("补缴及时，自 {entitled_from} 起追溯享受待遇", "repaid in time: covered from {entitled_from}"),
    "FROM_REPAYMENT": ("自 {entitled_from} 起享受待遇，不追溯", "covered from {entitled_from}, not before"),
    "REFUND": ("退还保费 {refund}", "{refund} is given back"),
    "ACCEPTED": ("符合规定", "accepted"),
    "open": ("须在 {due_until} 前缴纳下一年度保费", "the next year is to be paid by {due_until}"),
    "kept": ("已按承诺缴纳下一年度保费", "the next year was paid as promised"),
}
_REFUSED: Final[Mapping[str, tuple[str, str]]] = {
    "DEADLINE_PASSED": (
        "补缴期限已过或不能补缴，自 {entitled_from} 起重新享受待遇",
        "too late: covered anew from {entitled_from}",
    ),
    "NOTHING_TO_REFUND": ("没有可退的保费", "there is nothing to give back"),
    "PERIOD_BEGUN": ("待遇期已开始，保费不退", "the benefit period has begun"),
    "NOT_PROVIDED": ("当地没有这项退费规定", "the region provides for no such refund"),
    "RELATION_NOT_ALLOWED": ("该亲属关系不在共济范围内", "this relation is not among those allowed"),
    "TOO_MANY_MEMBERS": ("共济成员已满 {members_max} 人", "there are {members_max} members already"),
    "NOT_INSURED": ("该成员未参加基本医疗保险", "the relative is not insured"),
    "OTHER_REGION": ("该成员不在本统筹区参保", "the relative is insured in another region"),
    "FORMAT_NOT_ALLOWED": ("该表单不支持此格式的文件", "the form does not take this format"),
    "TOO_LARGE": ("文件大小超过限制", "the file is too large"),
    "broken": ("未按承诺缴费，追回基金已付的 {clawback}", "the promise was broken: {clawback} is called back"),
}


def ruled(place: Place, kind: str, result: Mapping[str, Any], citations: Iterable[Citation]) -> dict[str, Any]:
    """How one item was decided: in words, why not where it was refused, and what the rule rests on."""
    code = str(result.get("code", result.get("state")))
    words = said(_REFUSED.get(code) or _GRANTED[code], result)
    why = [{"code": code, **words}] if code in _REFUSED else []
    return {"kind": kind, **where(place), "code": code, **words, "why_not": why} | cited(citations)
