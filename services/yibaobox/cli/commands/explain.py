"""`yibaobox explain`: why a settlement came out as it did, and what if."""

from __future__ import annotations

import re
from typing import Any, Final

import click
from rich.console import Group
from rich.text import Text

from yibaobox.cli.client import Refused
from yibaobox.cli.desk import Desk, facts, remote
from yibaobox.domain.money import format_yuan
from yibaobox.domain.policy import explain

_TRACE: Final = re.compile("[0-9a-f]{16}")
_SETTLED: Final = ("setl_id", "state", "psn_no", "region", "scheme", "setting", "on", "profile", "policy_version")


@click.command()
@click.argument("setl_id")  # or the trace of a refused request
@click.option("--lang", type=click.Choice(explain.LANGUAGES), default="zh", show_default=True)
@click.option("--region", help="What if it had been another pooling area?")
@click.option("--on", help="What if it had been another day (YYYY-MM-DD)?")
@click.option("--scheme", help="What if it had been another scheme, such as resident?")
@click.option("--setting", help="What if it had been another kind of visit, such as emergency?")
@click.option("--level", help="What if the institution had been of another level, such as L2?")
@click.option("--population", help="What if the person had been of another kind, such as retired?")
@click.option("--profile", type=click.Choice(("demo", "strict")), help="What if illustrations had not counted?")
@click.option("--accumulators", type=click.Choice(("stored", "zero")), help="What had been used up by then.")
@remote
def command(desk: Desk, setl_id: str, lang: str, **changes: str | None) -> None:
    """Explain a settlement, or a refused request by its X-Sandbox-Trace; or the same visit under other rules."""
    if any(changes.values()):
        told = desk.client.post(f"/settlements/{setl_id}/what-if", **changes)
        desk.show(told, lambda what: _otherwise(what, lang))
        return
    try:
        told = desk.client.get(f"/settlements/{setl_id}/explain")
    except Refused as refused:
        if refused.problem.get("code") != "NOT_FOUND" or not _TRACE.fullmatch(setl_id):
            raise
        desk.show(desk.client.get(f"/refusals/{setl_id}/explain"), lambda why: _refused(why, lang))
        return
    desk.show(told, lambda told: _explained(told, lang))


def _refused(told: dict[str, Any], language: str) -> Group:
    wanted = ("zh", "en") if language == "both" else (language,)
    reasons = [" / ".join(reason[each] for each in wanted) for reason in told["why_not"]]
    head = {name: told[name] for name in ("trace", "at", "op", "psn_no", "code")}
    return Group(
        facts(head | {each: told[each] for each in wanted} | told["facts"]), *(f"  · {each}" for each in reasons)
    )


def _explained(told: dict[str, Any], language: str) -> Group:
    return Group(facts({name: told[name] for name in _SETTLED}), Text("\n" + explain.tree(told, language)))


def _otherwise(told: dict[str, Any], language: str) -> Group:
    what = told["what_if"]
    amounts = {
        name.removesuffix("_fen"): f"{format_yuan(settled)} → {format_yuan(what['amounts'][name])}"
        for name, settled in told["settled"].items()
    }
    head = {name: what[name] for name in ("region", "scheme", "setting", "on", "profile", "policy_version")}
    return Group(
        facts(head | {"accumulators": told["accumulators"]}), facts(amounts), Text(explain.tree(what, language))
    )
