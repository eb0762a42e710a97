"""`yibaobox logs`: the journal of requests."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import IO, Any, Final

import click

from yibaobox.cli.desk import Desk, Topic, facts, remote, table
from yibaobox.cli.wanted import instant

_COLUMNS = ("id", "at", "op", "method", "path", "status", "code", "psn_no")
_POLL_S: Final = 0.5


@click.group(cls=Topic, usual="tail")
def command() -> None:
    """Look into the journal of requests; it is masked."""


def _filters(subcommand: Callable[..., None]) -> Callable[..., None]:
    """Give a subcommand the options that say which requests are meant."""
    options = (
        click.option("--op", help="Transaction number or name of the view."),
        click.option("--person", help="psn_no"),
        click.option("--status", type=click.IntRange(100, 599), help="HTTP status."),
        click.option("--since", callback=instant, help="Sandbox time, RFC 3339 with offset."),
        click.option("-n", "--limit", type=click.IntRange(1, 1000), default=20, show_default=True),
    )
    for option in reversed(options):
        subcommand = option(subcommand)
    return subcommand


@command.command()
@_filters
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
@click.option(
    "--as", "as_", type=click.Choice(("curl", "pytest", "har")), help="Print it as something to use elsewhere."
)
@remote
def show(desk: Desk, request_id: int, as_: str | None) -> None:
    """Show a request with headers and bodies, or as a curl command, a test or an HTTP archive."""
    told = desk.client.get(f"/requests/{request_id}", **{"as": as_})
    if as_ is None or desk.as_json:
        desk.show(told, lambda data: facts(data | data.pop("detail")))
    else:
        copy = told["copied"]
        click.echo(copy if isinstance(copy, str) else json.dumps(copy, ensure_ascii=False, indent=2))


@command.command()
@click.argument("file", type=click.File("w", encoding="utf-8"), default="-")
@_filters
@remote
def export(desk: Desk, file: IO[str], **filters: Any) -> None:
    """Write requests to FILE (default: standard output) as an HTTP archive (HAR)."""
    json.dump(desk.client.get("/requests.har", **filters), file, ensure_ascii=False, indent=2)
    file.write("\n")


@command.command()
@remote
def clear(desk: Desk) -> None:
    """Forget the requests."""
    desk.show(desk.client.delete("/requests"), facts)
