"""`yibaobox population`."""

from __future__ import annotations

import click

from yibaobox.cli.desk import Desk, remote, table


@click.command()
@click.argument("n", type=click.IntRange(1, 100_000))
@click.option("--seed", type=int, default=42, show_default=True, help="The same world, day and seed: the same people.")
@click.option("--region", help="Pooling area by code; all of the world's unless named.")
@remote
def command(desk: Desk, n: int, seed: int, region: str | None) -> None:
    """Add N people with their families, and show the first hundred."""
    wanted = {"n": n, "seed": seed} | ({} if region is None else {"region": region})
    columns = ("psn_no", "name", "id_no", "region", "capacity", "birth", "mobile")
    desk.show(desk.client.post("/people/generate", **wanted), lambda made: table(columns, made["items"]))
