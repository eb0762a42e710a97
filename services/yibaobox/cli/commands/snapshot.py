"""`yibaobox snapshot`."""

from __future__ import annotations

from typing import Any

import click

from yibaobox.cli.desk import Desk, Topic, facts, remote, table


@click.group(cls=Topic, usual="list")
def command() -> None:
    """Take, list, restore, delete and compare snapshots of a world."""


@command.command("list")
@remote
def list_(desk: Desk) -> None:
    """List the snapshots."""
    desk.show(desk.client.get("/snapshots"), lambda found: table(("name", "created_at"), found["items"]))


@command.command()
@click.argument("name")
@remote
def create(desk: Desk, name: str) -> None:
    """Copy the world aside."""
    desk.show(desk.client.post("/snapshots", name=name), facts)


@command.command()
@click.argument("name")
@remote
def restore(desk: Desk, name: str) -> None:
    """Take the world back to a snapshot."""
    desk.show(desk.client.post(f"/snapshots/{name}/restore"), facts)


@command.command()
@click.argument("name")
@remote
def delete(desk: Desk, name: str) -> None:
    """Remove a snapshot."""
    desk.client.delete(f"/snapshots/{name}")
    desk.show({"deleted": name}, facts)


@command.command()
@click.argument("before")
@click.argument("after", default="current")
@remote
def diff(desk: Desk, before: str, after: str) -> None:
    """Compare two snapshots, or one with the world as it is."""
    desk.show(desk.client.get(f"/snapshots/{before}/diff/{after}"), _shown)


def _shown(data: dict[str, Any]) -> Any:
    if data["equal"]:
        return "no difference"
    rows = [
        {"table": name, **{kind: found["count"] for kind, found in kinds.items()}}
        for name, kinds in data["tables"].items()
    ]
    return table(("table", "added", "removed", "changed"), rows)
