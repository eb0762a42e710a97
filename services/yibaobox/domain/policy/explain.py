"""Say in Chinese and English where each amount of a split comes from, and why something was not paid."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from yibaobox.domain.money import PPM, format_yuan
from yibaobox.domain.policy.claim import Step
from yibaobox.domain.policy.split import Split
from yibaobox.domain.policy.terms import Policy, Terms

_Words = Callable[[Step, Terms], tuple[str, str]]


def document(policy: Policy, split: Split) -> dict[str, Any]:
    """The whole explanation as JSON values, to be stored with a settlement: later tables never change it."""
    terms = split.terms
    return {
        "region": policy.place.region,
        "scheme": policy.place.scheme,
        "setting": policy.setting,
        "on": policy.on.isoformat(),
        "profile": policy.place.profile,
        "policy_version": terms.version,
        "steps": [_step(step, terms) for step in split.trace],
        "why_not": why_not(split),
        "assumed": list(terms.assumed),
        "warnings": list(terms.warnings),
        "sources": {name: citation.document() for name, citation in sorted(terms.citations.items())},
    }


def why_not(split: Split) -> list[dict[str, str]]:
    """Reasons for which a fund or an account did not pay more."""
    terms, found = split.terms, []
    if split.line_fen > split.pool_fen:
        found.append(("CAP_REACHED", "统筹基金已达年度最高支付限额", "the yearly cap of the pooled fund is reached"))
    if split.out_of_catalogue_fen:
        found.append(("CLASS_C", "丙类（目录外）费用基金不予支付", "class C is outside the catalogue"))
    if split.over_limit_fen:
        found.append(("OVER_CEILING", "超过限价的部分基金不予支付", "costs above the ceiling price are not covered"))
    if split.eligible_fen and split.pool_base_fen == 0:
        found.append(("BELOW_DEDUCTIBLE", "费用未超过起付线", "the costs do not exceed the deductible"))
    if split.pool_base_fen and terms.ratio_ppm == 0:
        found.append(("NOT_COVERED", "该级别机构不予报销", "this level of institution is not covered"))
    return [{"code": code, "zh": zh, "en": en} for code, zh, en in found]


def tree(explained: Mapping[str, Any]) -> str:
    """A stored explanation as readable text, one step a line."""
    rows = [f"{step['zh']}" + (f"  ← {step['source']}" if step["source"] else "") for step in explained["steps"]]
    rows += [f"未支付原因：{reason['zh']}" for reason in explained["why_not"]]
    rows += [f"注意：{warning}" for warning in explained["warnings"]]
    return "\n".join(rows)


def _step(step: Step, terms: Terms) -> dict[str, Any]:
    """One step with its sentence and its source."""
    chinese, english = _SENTENCES[step.code](step, terms)
    citation = terms.citations.get(step.figure)
    return {
        "step": step.code,
        "amount_fen": step.amount_fen,
        "zh": chinese,
        "en": english,
        "figure": citation.path if citation else None,
        "source": f"{citation.source} {citation.at}" if citation else None,
        "confidence": citation.confidence if citation else None,
        "valid_from": citation.valid_from.isoformat() if citation else None,
        "quote": list(citation.quote) if citation else [],
    }


def _percent(ppm: int | None) -> str:
    """Parts per million as a percentage without needless zeros."""
    whole, rest = divmod(ppm or 0, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".") + "%"


def _plain(chinese: str, english: str) -> _Words:
    """The sentence of a step that needs no figures: name = amount."""
    return lambda step, _: (f"{chinese} {format_yuan(step.amount_fen)}", f"{english} {format_yuan(step.amount_fen)}")


def _deductible(step: Step, _: Terms) -> tuple[str, str]:
    standard, used = (format_yuan(value or 0) for value in step.operands)
    amount = format_yuan(step.amount_fen)
    return (
        f"本次起付线 {amount}（标准 {standard}，本年已用 {used}）",
        f"deductible {amount} (standard {standard}, used this year {used})",
    )


def _pool_line(step: Step, _: Terms) -> tuple[str, str]:
    base, ratio, factor = step.operands
    amount, of = format_yuan(step.amount_fen), format_yuan(base or 0)
    times = "" if factor == PPM else f" × {_percent(factor)}"
    return (
        f"按比例 {amount} = {of} × {_percent(ratio)}{times}，四舍五入到分",
        f"by ratio {amount} = {of} x {_percent(ratio)}{times}, half up to the fen",
    )


def _pool(step: Step, _: Terms) -> tuple[str, str]:
    line, cap, used = step.operands
    amount = format_yuan(step.amount_fen)
    if cap is None:
        return f"统筹基金支付 {amount}（无封顶线）", f"pooled fund pays {amount} (no cap)"
    limit, spent = format_yuan(cap), format_yuan(used or 0)
    return (
        f"统筹基金支付 {amount}（封顶线 {limit}，本年已付 {spent}）",
        f"pooled fund pays {amount} of {format_yuan(line or 0)} (cap {limit}, paid this year {spent})",
    )


_SENTENCES: Final[Mapping[str, _Words]] = {
    "total": _plain("费用总额", "bill"),
    "out_of_catalogue": _plain("全自费（丙类）", "outside the catalogue"),
    "over_limit": _plain("超限价自费", "above the ceiling"),
    "first_pay": _plain("先行自付", "first pay"),
    "eligible": _plain("符合政策范围", "eligible"),
    "deductible": _deductible,
    "pool_base": _plain("进入统筹", "base of the pooled fund"),
    "pool_line": _pool_line,
    "pool": _pool,
    "major": _plain("大病保险支付", "major-illness insurance pays"),
    "aid": _plain("医疗救助支付", "medical aid pays"),
    "payable": _plain("个人账户可付范围", "payable from accounts"),
    "own": _plain("本人账户支付", "own account pays"),
    "family": _plain("家庭共济支付", "family accounts pay"),
    "cash": _plain("个人现金支付", "cash"),
}
