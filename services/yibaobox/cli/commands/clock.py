"""`yibaobox clock`."""

from __future__ import annotations

from typing import Any

import click
from rich.console import Group

from yibaobox.cli.client import CHECK_FAILED
from yibaobox.cli.desk import Desk, Topic, facts, remote, table
from yibaobox.cli.wanted import instant


@click.group(cls=Topic, usual="show")
def command() -> None:
    """Show, set and advance the clock of a world."""


@command.command()
@remote
def show(desk: Desk) -> None:
    """Show the clock."""
    desk.show(desk.client.get("/clock"), facts)


@command.command("set")
@click.argument("mode", type=click.Choice(("follow", "offset", "frozen")))
@click.option("--at", callback=instant, help="The instant to run from or to stand at, RFC 3339 with offset.")
@remote
def set_(desk: Desk, mode: str, at: str | None) -> None:
    """Follow the wall, run from an instant, or stand still at it."""
    desk.show(desk.client.put("/clock", mode=mode, at=at), facts)


@command.command()
@click.argument("by")
@remote
def advance(desk: Desk, by: str) -> None:
    """Move on BY an ISO 8601 duration such as P3D or PT30M, and show the jobs that ran."""
    desk.show(desk.client.post("/clock/advance", by=by), _shown)


@command.command("run-until-idle")
@remote
def run_until_idle(desk: Desk) -> None:
    """Move from one due time to the next until nothing waits, and show the jobs that ran; 1 when work never ends."""
    told = desk.client.post("/clock/run-until-idle")
    idle = told["idle"]
    desk.show(told, _shown)
    if not idle:
        raise SystemExit(CHECK_FAILED)


def _shown(data: dict[str, Any]) -> Any:
    fired = data.pop("fired")
    return Group(facts(data), table(("due_at", "kind", "outcome"), fired))
