"""The words of an explanation, in Chinese and English: of steps, of reasons, of assumptions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from yibaobox.domain.money import PPM, format_yuan

WHOLE: Final = PPM
_Operands = Sequence[int | None]
_Words = Callable[[int, _Operands], tuple[str, str]]

# step → the rule in symbols; every method of computation stands in the documentation under the same names
RULES: Final[Mapping[str, str]] = {
    "total": "pool + major + aid + own + family + cash",
    "out_of_catalogue": "sum of class C",
    "over_limit": "sum of max(0, amount - ceiling)",
    "first_pay": "sum of half_up((amount - over_limit) x first_pay) + half_up(eligible x away_first_pay)",
    "eligible": "total - out_of_catalogue - over_limit - first_pay",
    "away": "pool at home - pool",
    "deductible": "min(eligible, max(0, standard - used)); each stay owes its own standard where it goes by admission",
    "pool_base": "eligible - deductible",
    "pool_line": "half_up(pool_base x ratio x factor)",
    "pool": "min(pool_line, cap - paid)",
    "major": "half_up(sum over bands of (part of the band x ratio))",
    "aid": "min(half_up((left - threshold) x ratio), cap - paid)",
    "payable": "eligible + first_pay - pool - major - aid",
    "own": "min(own balance, payable)",
    "family": "min(family balances, payable - own)",
    "cash": "total - pool - major - aid - own - family",
}
# step → the steps that it is made of, as a tree
PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "total": ("pool", "major", "aid", "own", "family", "cash"),
    "pool": ("pool_line",),
    "pool_line": ("pool_base", "away"),
    "pool_base": ("eligible", "deductible"),
    "eligible": ("out_of_catalogue", "over_limit", "first_pay"),
    "own": ("payable",),
}
# step → what its operands are called
OPERANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "first_pay": ("class_b_first_pay_ppm", "away_first_pay_ppm"),
    "eligible": ("total_fen", "out_of_catalogue_fen", "over_limit_fen", "first_pay_fen"),
    "away": ("pool_at_home_fen",),
    "deductible": ("standard_fen", "used_fen"),
    "pool_base": ("eligible_fen", "deductible_fen"),
    "pool_line": ("pool_base_fen", "ratio_ppm", "factor_ppm"),
    "pool": ("pool_line_fen", "cap_fen", "paid_fen"),
    "major": ("borne_fen", "borne_before_fen"),
    "aid": ("left_fen", "threshold_fen", "threshold_of_the_year_fen", "ratio_ppm", "cap_fen", "paid_fen"),
}
_HEADINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "why_not": {"zh": "未支付原因", "en": "why not more"},
    "assumptions": {"zh": "所用假设", "en": "assumptions used"},
}
_REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "CAP_REACHED": ("统筹基金已达年度最高支付限额", "the yearly cap of the pooled fund is reached"),
    "CLASS_C": ("丙类（目录外）费用基金不予支付", "class C is outside the catalogue"),
    "OVER_CEILING": ("超过限价的部分基金不予支付", "costs above the ceiling price are not covered"),
    "BELOW_DEDUCTIBLE": ("费用未超过起付线", "the costs do not exceed the deductible"),
    "NOT_COVERED": ("该级别机构不予报销", "this level of institution is not covered"),
    "OUT_OF_AREA": ("异地就医，统筹基金按规定少付", "treatment out of area: the pooled fund pays less by rule"),
    "NOT_FILED": ("未办理异地就医备案，统筹基金少付", "treatment out of area was not filed: the pooled fund pays less"),
    "ACCOUNTS_EMPTY": ("可用的个人账户及家庭共济账户余额不足", "the accounts that may be used hold no more"),
}


def of_step(code: str, amount: int, operands: _Operands) -> tuple[str, str]:
    """The sentence of a step, in Chinese and in English."""
    words = _SENTENCES.get(code)
    return words(amount, operands) if words else _plain(code, code)(amount, operands)


def reason(stored: Mapping[str, Any]) -> dict[str, str]:
    """The sentence of a reason for which nobody paid more."""
    chinese, english = _REASONS.get(stored["code"], (stored["code"], stored["code"]))
    amount = format_yuan(stored["amount_fen"])
    return {"zh": f"{chinese}：{amount}", "en": f"{english}: {amount}"}


def is_ours(cited: Mapping[str, Any]) -> bool:
    """Whether a figure is assumed, carried over or an illustration, so that an explanation names it."""
    return bool(cited["assumed"]) or cited["confidence"] == "illustrative"


def assumption(cited: Mapping[str, Any]) -> tuple[str, str]:
    """The sentence of a figure that is not a source's."""
    at, region, note = cited["at"], cited["region"], f"；{cited['note']}" if cited["note"] else ""
    if cited["carried"]:
        return (
            f"{cited['path']}（{region}）沿用 {cited['from']} 起的数值，{at}{note}",
            f"{cited['path']} ({region}) is carried over from {cited['from']}, {at}",
        )
    if cited["confidence"] == "illustrative":
        return (
            f"{cited['path']}（{region}）为示例数值，并非真实政策，{at}{note}",
            f"{cited['path']} ({region}) is an illustration, no real policy, {at}",
        )
    return f"{cited['path']}（{region}）为本沙箱假设，{at}{note}", f"{cited['path']} ({region}) is ours, {at}"


def heading(key: str, languages: Sequence[str]) -> str:
    """The heading of a list below the tree."""
    return " / ".join(_HEADINGS[key][language] for language in languages) + ("：" if languages[0] == "zh" else ":")


def percent(ppm: int | None) -> str:
    """Parts per million as a percentage without needless zeros."""
    whole, rest = divmod(ppm or 0, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".") + "%"


def _plain(chinese: str, english: str) -> _Words:
    """The sentence of a step that needs no figures: name = amount."""
    return lambda amount, _: (f"{chinese} {format_yuan(amount)}", f"{english} {format_yuan(amount)}")


def _deductible(fen: int, operands: _Operands) -> tuple[str, str]:
    standard, used = operands[:2]
    amount, full = format_yuan(fen), format_yuan(standard or 0)
    if used is None:
        return f"本次起付线 {amount}（本次住院标准 {full}）", f"deductible {amount} (standard of this stay {full})"
    return (
        f"本次起付线 {amount}（标准 {full}，本年已用 {format_yuan(used)}）",
        f"deductible {amount} (standard {full}, used this year {format_yuan(used)})",
    )


def _away(fen: int, operands: _Operands) -> tuple[str, str]:
    amount, home = format_yuan(fen), format_yuan(operands[0] or 0)
    return (
        f"异地就医少付 {amount}（在参保地统筹基金支付 {home}）",
        f"less by {amount} for treatment out of area (the pooled fund would pay {home} at home)",
    )


def _pool_line(fen: int, operands: _Operands) -> tuple[str, str]:
    base, ratio, factor = operands[:3]
    amount, of = format_yuan(fen), format_yuan(base or 0)
    times = "" if factor == PPM else f" × {percent(factor)}"
    return (
        f"按比例 {amount} = {of} × {percent(ratio)}{times}，四舍五入到分",
        f"by ratio {amount} = {of} × {percent(ratio)}{times}, half up to the fen",
    )


def _pool(fen: int, operands: _Operands) -> tuple[str, str]:
    line, cap, used = operands[:3]
    amount = format_yuan(fen)
    if cap is None:
        return f"统筹基金支付 {amount}（无封顶线）", f"pooled fund pays {amount} (no cap)"
    limit, spent = format_yuan(cap), format_yuan(used or 0)
    return (
        f"统筹基金支付 {amount}（封顶线 {limit}，本年已付 {spent}）",
        f"pooled fund pays {amount} of {format_yuan(line or 0)} (cap {limit}, paid this year {spent})",
    )


def _major(fen: int, operands: _Operands) -> tuple[str, str]:
    borne, before = (format_yuan(value or 0) for value in operands[:2])
    amount = format_yuan(fen)
    return (
        f"大病保险支付 {amount}（政策范围内个人负担 {borne}，本年此前累计 {before}）",
        f"major-illness insurance pays {amount} (borne inside policy {borne}, this year before {before})",
    )


def _aid(fen: int, operands: _Operands) -> tuple[str, str]:
    left, threshold, _, ratio = operands[:4]
    amount, rest = format_yuan(fen), format_yuan((left or 0) - (threshold or 0))
    return (
        f"医疗救助支付 {amount} = {rest} × {percent(ratio)}",
        f"medical aid pays {amount} of {rest} × {percent(ratio)}",
    )


_SENTENCES: Final[Mapping[str, _Words]] = {
    "total": _plain("费用总额", "bill"),
    "out_of_catalogue": _plain("全自费（丙类）", "outside the catalogue"),
    "over_limit": _plain("超限价自费", "above the ceiling"),
    "first_pay": _plain("先行自付", "first pay"),
    "eligible": _plain("符合政策范围", "eligible"),
    "away": _away,
    "deductible": _deductible,
    "pool_base": _plain("进入统筹", "base of the pooled fund"),
    "pool_line": _pool_line,
    "pool": _pool,
    "major": _major,
    "aid": _aid,
    "payable": _plain("个人账户可付范围", "payable from accounts"),
    "own": _plain("本人账户支付", "own account pays"),
    "family": _plain("家庭共济支付", "family accounts pay"),
    "cash": _plain("个人现金支付", "cash"),
}
