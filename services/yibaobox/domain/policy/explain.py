"""Say in Chinese and English where each amount of a split comes from, and why something was not paid.

What is stored with a settlement are figures and their sources (`recorded`); sentences are made when somebody asks
(`told`), from what was stored alone. `document` is both at once, for a split that is stored nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from yibaobox.domain.errors import PolicyGap
from yibaobox.domain.policy import sentences
from yibaobox.domain.policy.claim import Accounts, Claim
from yibaobox.domain.policy.split import Split, settle, steps_of
from yibaobox.domain.policy.terms import Policy

LANGUAGES: Final = ("both", "zh", "en")
_Stored = tuple[str, int, tuple[int | None, ...], str]  # a step, its values named so:
_OF_A_STEP: Final = ("step", "amount_fen", "operands", "cites")
_OF_A_FIGURE: Final = ("region", "source", "at", "title", "url", "confidence", "assumed", "carried", "note")


def document(policy: Policy, split: Split) -> dict[str, Any]:
    """The whole explanation of a split as JSON values."""
    return told(recorded(policy, split))


def recorded(policy: Policy, split: Split) -> dict[str, Any]:
    """What is stored with a settlement, as JSON values: later tables never change it. `steps` names its steps."""
    terms, away = split.terms, _away(policy, split)
    found = steps_of(split)
    return {
        "region": policy.place.region,
        "scheme": policy.place.scheme,
        "setting": policy.setting,
        "on": policy.on.isoformat(),
        "profile": policy.place.profile,
        "policy_version": terms.version,
        "steps": [*found, away] if away else found,
        "why_not": why_not(split, away[1] if away else 0),
        "assumed": list(terms.assumed),
        "warnings": list(terms.warnings),
        "sources": terms.sources,
    }


def steps(stored: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The steps of a stored explanation: amount, operands, and the name of the cited figure."""
    # Stored are their values alone; before revision w0024 the names with them. What is cited has a source of that name.
    return [each if isinstance(each, dict) else dict(zip(_OF_A_STEP, each, strict=True)) for each in stored["steps"]]


def why_not(split: Split, away_fen: int = 0) -> list[dict[str, Any]]:
    """Reasons for which a fund or an account did not pay more, each with the amount; `away_fen` is of being away."""
    terms, filed = split.terms, split.claim.standing.away
    elsewhere = "NOT_FILED" if filed is not None and filed.status == "unfiled" else "OUT_OF_AREA"
    reasons = {
        "CAP_REACHED": split.line_fen - split.pool_fen,
        "CLASS_C": split.out_of_catalogue_fen,
        "OVER_CEILING": split.over_limit_fen,
        "BELOW_DEDUCTIBLE": split.eligible_fen if split.pool_base_fen == 0 else 0,
        "NOT_COVERED": split.pool_base_fen if terms.ratio_ppm == 0 else 0,
        elsewhere: away_fen,
        "ACCOUNTS_EMPTY": min(split.cash_fen, max(0, split.payable_fen - split.account_fen)),
    }
    return [{"code": code, "amount_fen": amount} for code, amount in reasons.items() if amount > 0]


def _away(policy: Policy, split: Split) -> _Stored | None:
    """What treatment out of area costs the pooled fund's share: a step of its own, or None at home."""
    standing = split.claim.standing
    if standing.away is None and standing.reduction is None:
        return None
    claim = Claim(split.claim.lines, standing._replace(away=None, reduction=None))
    try:
        at_home = settle(policy, claim, split.used, Accounts()).pool_fen
    except PolicyGap:
        return None  # the region has figures for treatment elsewhere alone
    return "away", max(0, at_home - split.pool_fen), (at_home,), "out_of_area.points"


def told(stored: Mapping[str, Any], language: str = "both") -> dict[str, Any]:
    """A stored explanation in words: sentences and sources beside each figure; `language` is zh, en or both."""
    sources: Mapping[str, Any] = stored["sources"]
    found = steps(stored)
    told_steps = [_told_step(step, sources) for step in found]
    reasons = [reason | sentences.reason(reason) for reason in stored["why_not"]]
    idle = {step["cites"] for step in found if step["step"] == "first_pay" and not step["amount_fen"]}
    assumptions = [
        _assumption(cited) for name, cited in sources.items() if sentences.is_ours(cited) and name not in idle
    ]
    words = {"steps": told_steps, "why_not": reasons, "assumptions": assumptions}
    drop = {"zh": "en", "en": "zh"}.get(language)
    if drop is not None:
        for row in (*told_steps, *reasons, *assumptions):
            row.pop(drop)
    return {**stored, **words}


def tree(explained: Mapping[str, Any], language: str = "zh") -> str:
    """An explanation as a readable tree: below each amount what it comes from; then why not more, what is assumed.

    What has no steps (a premium, a benefit period) is told in a line, with its sources below.
    """
    wanted = ("zh", "en") if language == "both" else (language,)
    found = {step["step"]: step for step in explained.get("steps", ())}
    rows = [] if found else [_spoken(explained, wanted), *_sources(explained["sources"])]
    placed = {child for name in found for child in sentences.PARTS.get(name, ())}
    roots = [name for name in found if name not in placed]
    for root in roots:
        _branch(rows, found, root, ("", ""), wanted)
    for title, key in (("why_not", "why_not"), ("assumptions", "assumptions")):
        lines = [_spoken(row, wanted) for row in explained.get(key, ())]
        rows += [sentences.heading(title, wanted), *(f"  · {line}" for line in lines)] if lines else []
    return "\n".join(rows)


def _branch(
    rows: list[str], steps: Mapping[str, Any], name: str, lead: tuple[str, str], wanted: tuple[str, ...]
) -> None:
    """Write a step and below it the steps that it comes from; `lead` stands before the first line and the others."""
    step = steps[name]
    cited = f"  ← {step['source']}（{step['valid_from']}→{step['valid_until'] or ''}，{step['confidence']}）"
    rows.append(lead[0] + _spoken(step, wanted) + (cited if step["source"] else ""))
    parts = [part for part in sentences.PARTS.get(name, ()) if part in steps]
    for place, part in enumerate(parts):
        last = place == len(parts) - 1
        _branch(rows, steps, part, (lead[1] + ("└─ " if last else "├─ "), lead[1] + ("   " if last else "│  ")), wanted)


def _sources(sources: Mapping[str, Any]) -> Iterator[str]:
    """Which figures an answer rests on that has no steps."""
    for path, cited in sources.items():
        days = f"{cited['from']}→{cited['to'] or ''}"
        yield f"  {path}  ← {cited['source']} {cited['at']}（{days}，{cited['confidence']}）"


def _spoken(row: Mapping[str, Any], wanted: tuple[str, ...]) -> str:
    return " / ".join(str(row[language]) for language in wanted if language in row)


def _told_step(stored: Mapping[str, Any], sources: Mapping[str, Any]) -> dict[str, Any]:
    """One step with its sentence, the rule in symbols, the figures it comes from, and its source."""
    code, amount, operands = stored["step"], stored["amount_fen"], stored["operands"]
    cited = sources.get(stored["cites"]) or {}
    chinese, english = sentences.of_step(code, amount, operands)
    return {
        "step": code,
        "amount_fen": amount,
        "zh": chinese,
        "en": english,
        "rule": sentences.RULES.get(code),
        "from": dict(zip(sentences.OPERANDS.get(code, ()), operands, strict=False)),
        "parts": list(sentences.PARTS.get(code, ())),
        "figure": cited.get("path"),
        **{name: cited.get(name) for name in _OF_A_FIGURE},
        "source": f"{cited['source']} {cited['at']}" if cited else None,
        "valid_from": cited.get("from"),
        "valid_until": cited.get("to"),
        "quote": cited.get("quote", []),
    }


def _assumption(cited: Mapping[str, Any]) -> dict[str, Any]:
    """A figure that is ours rather than a source's."""
    chinese, english = sentences.assumption(cited)
    return {
        "figure": cited["path"],
        "region": cited["region"],
        "carried": cited["carried"],
        "zh": chinese,
        "en": english,
    }
