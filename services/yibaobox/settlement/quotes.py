"""The quote that a pre-settlement gives and a settlement may send back, inside `exp_content`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yibaobox.domain.errors import PresettleStale, Refusal
from yibaobox.domain.faults import striking
from yibaobox.edge import strict_json
from yibaobox.settlement.refusals import PresettleRequired

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yibaobox.settlement.bill import Bill


def written(bill: Bill, quote: str) -> str:
    """Return `exp_content`: the quote, the version of the policy, and what is to be said about its figures."""
    facts = {"quote": quote, "policy_version": bill.version, "warnings": list(bill.warnings)}
    return strict_json.dumps(facts, exact=True)


def sent(data: Mapping[str, Any]) -> str | None:
    """Return the quote that a message brings; `exp_content` may hold anything else, or no JSON at all."""
    text = data["exp_content"]
    if not text:
        return None
    try:
        facts = strict_json.loads(text.encode())
    except Refusal:
        return None
    quote = facts.get("quote") if isinstance(facts, dict) else None
    return quote if isinstance(quote, str) and quote else None


def check(quote: str, quoted: str | None, *, required: bool) -> None:
    """Refuse a quote that no longer holds, and none where the world asks for one."""
    if striking.at("presettle.expired") is not None:
        raise PresettleStale("预结算结果已失效，请重新预结算")
    if quoted is None and required:
        raise PresettleRequired("结算须先预结算，并在 exp_content 中回传预结算返回的 quote")
    if quoted is not None and quoted != quote:
        raise PresettleStale("预结算结果已发生变化，请重新预结算")
