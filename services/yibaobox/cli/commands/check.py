"""`yibaobox check`: the audit."""

from __future__ import annotations

from typing import Any

import click
from rich.console import Group

from yibaobox.cli.client import CHECK_FAILED
from yibaobox.cli.desk import Desk, facts, remote, table


@click.command()
@remote
def command(desk: Desk) -> None:
    """Recompute the books from raw entries; exit code 1 when they do not balance."""
    found = desk.client.get("/audit")
    desk.show(found, _shown)
    if found["violations"]:
        raise SystemExit(CHECK_FAILED)


def _shown(found: dict[str, Any]) -> Any:
    verdict = f"{len(found['violations'])} violations" if found["violations"] else "the books balance"
    return Group(verdict, facts(found["checked"]), table(("rule", "detail"), found["violations"]))
