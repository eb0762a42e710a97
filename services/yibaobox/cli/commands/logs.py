"""`yibaobox logs`: the journal of requests."""

from __future__ import annotations

import time
from typing import Any, Final

import click

from yibaobox.cli.desk import Desk, Topic, facts, remote, table
from yibaobox.cli.wanted import instant

_COLUMNS = ("id", "at", "op", "method", "path", "status", "code", "psn_no")
_POLL_S: Final = 0.5


@click.group(cls=Topic, usual="tail")
def command() -> None:
    """Look into the journal of requests; it is masked."""


@command.command()
@click.option("--op", help="Transaction number or name of the view.")
@click.option("--person", help="psn_no")
@click.option("--status", type=click.IntRange(100, 599), help="HTTP status.")
@click.option("--since", callback=instant, help="Sandbox time, RFC 3339 with offset.")
@click.option("-n", "--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("-f", "--follow", is_flag=True, help="Go on as requests come in, until Ctrl-C.")
@remote
def tail(desk: Desk, *, follow: bool, **filters: Any) -> None:
    """Show the last requests, oldest first."""
    seen = 0
    while True:
        fresh = [each for each in desk.client.get("/requests", **filters)["items"] if each["id"] > seen][::-1]
        if fresh or not seen:
            desk.show(fresh, lambda rows: table(_COLUMNS, rows))
        seen = max([seen, *(each["id"] for each in fresh)])
        if not follow:
            return
        time.sleep(_POLL_S)


@command.command()
@click.argument("request_id", type=click.IntRange(1))
@remote
def show(desk: Desk, request_id: int) -> None:
    """Show a request with headers and bodies."""
    desk.show(desk.client.get(f"/requests/{request_id}"), lambda data: facts(data | data.pop("detail")))
