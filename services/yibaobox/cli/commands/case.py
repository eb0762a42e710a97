"""`yibaobox case`."""

from __future__ import annotations

from typing import Final

import click

from yibaobox.cli.desk import Desk, Topic, facts, remote, table

_COLUMNS: Final = ("id", "kind", "state", "psn_no", "region", "submitted_at", "decided_at", "reason")


@click.group(cls=Topic, usual="list")
def command() -> None:
    """Decide what citizens handed in; `review` and its kin among the switches say what waits."""


@command.command("list")
@click.option("--state", type=click.Choice(("SUBMITTED", "APPROVED", "REJECTED")), help="Only these.")
@remote
def list_(desk: Desk, state: str | None) -> None:
    """List the latest hundred cases."""
    desk.show(desk.client.get("/cases", state=state)["items"], lambda rows: table(_COLUMNS, rows))


@command.command()
@click.argument("case_id", type=click.IntRange(1))
@remote
def complete(desk: Desk, case_id: int) -> None:
    """Approve a case and do what it asks for."""
    desk.show(desk.client.post(f"/cases/{case_id}/complete"), facts)


@command.command()
@click.argument("case_id", type=click.IntRange(1))
@click.argument("reason")
@remote
def reject(desk: Desk, case_id: int, reason: str) -> None:
    """Reject a case; the citizen reads REASON."""
    desk.show(desk.client.post(f"/cases/{case_id}/reject", reason=reason), facts)
