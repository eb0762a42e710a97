"""`yibaobox person`."""

from __future__ import annotations

from typing import Any

import click

from yibaobox.cli.desk import Desk, Topic, facts, remote, table

_COLUMNS = ("psn_no", "name", "id_no", "region", "capacity", "birth", "mobile")


@click.group(cls=Topic, usual="list")
def command() -> None:
    """List, create, show people and top up their accounts."""


@command.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
@click.option("--after", help="The `next` of the page before.")
@remote
def list_(desk: Desk, limit: int, after: str | None) -> None:
    """List people, newest first."""
    desk.show(desk.client.get("/people", limit=limit, after=after), lambda page: table(_COLUMNS, page["items"]))


@command.command()
@click.option("--region", required=True, help="Pooling area by code, e.g. 510400.")
@click.option("--capacity", required=True, help="employee, retiree, flexible, resident, child, student or assisted.")
@click.option("--name")
@click.option("--id-no", "id_no", help="An ID number with a synthetic prefix.")
@click.option("--birth", help="YYYY-MM-DD")
@click.option("--account-fen", "account_fen", type=click.IntRange(0), help="What the own account holds, in fen.")
@remote
def create(desk: Desk, **wanted: Any) -> None:
    """Create a person; what is left out the sandbox chooses."""
    desk.show(desk.client.post("/people", **wanted), facts)


@command.command()
@click.argument("psn_no")
@remote
def show(desk: Desk, psn_no: str) -> None:
    """Show a person with balances and accumulators."""
    desk.show(desk.client.get(f"/people/{psn_no}"), facts)


@command.command()
@click.argument("psn_no")
@click.argument("amount_fen", type=click.IntRange(0))
@remote
def topup(desk: Desk, psn_no: str, amount_fen: int) -> None:
    """Put AMOUNT_FEN on a person's own account."""
    desk.show(desk.client.post(f"/people/{psn_no}/topup", amount_fen=amount_fen), facts)


@command.command()
@remote
def magic(desk: Desk) -> None:
    """List the magic persons, whose state a test can rely on."""
    columns = ("psn_no", "name", "id_no", "region", "capacity", "state", "waits_for")
    desk.show(desk.client.get("/people/magic"), lambda page: table(columns, page["items"]))
