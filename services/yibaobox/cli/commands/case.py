"""`yibaobox case`."""

from __future__ import annotations

from typing import Final

import click

from yibaobox.cli.desk import Desk, Topic, facts, remote, table

_COLUMNS: Final = ("id", "kind", "state", "psn_no", "region", "submitted_at", "decided_at", "reason")


@click.group(cls=Topic, usual="list")
def command() -> None:
    """Decide what citizens handed in, and say what waits for that."""


@command.command("list")
@click.option("--state", type=click.Choice(("SUBMITTED", "APPROVED", "REJECTED")), help="Only these.")
@remote
def list_(desk: Desk, state: str | None) -> None:
    """List the latest hundred cases."""
    desk.show(desk.client.get("/cases", state=state)["items"], lambda rows: table(_COLUMNS, rows))


@command.command()
@click.argument("when")
@click.option("--kind", help="Of this kind only (default: of all).")
@remote
def review(desk: Desk, when: str, kind: str | None) -> None:
    """Say WHEN cases are decided: immediate, manual, or after a time on the sandbox clock such as PT30M."""
    wanted = {"review": when} if kind is None else {"review": when, "kind": kind}
    desk.show(desk.client.post("/cases", **wanted), lambda told: facts({"review": told["review"], **told["kinds"]}))


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
