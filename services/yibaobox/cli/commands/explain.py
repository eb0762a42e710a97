"""`yibaobox explain`: why a settlement came out as it did, and what if."""

from __future__ import annotations

from typing import Any

import click
from rich.console import Group
from rich.text import Text

from yibaobox.cli.desk import Desk, facts, remote
from yibaobox.domain.money import format_yuan
from yibaobox.domain.policy import explain

_SETTLED = ("setl_id", "state", "psn_no", "region", "scheme", "setting", "on", "profile", "policy_version")


@click.command()
@click.argument("setl_id")
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
    """Explain a settlement: each amount, its rule and source, why not more; or the same visit under other rules."""
    if any(changes.values()):
        told = desk.client.post(f"/settlements/{setl_id}/what-if", **changes)
        desk.show(told, lambda what: _otherwise(what, lang))
        return
    desk.show(desk.client.get(f"/settlements/{setl_id}/explain", lang="both"), lambda told: _explained(told, lang))


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
