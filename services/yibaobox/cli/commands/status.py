"""`yibaobox status`: does it run."""

from __future__ import annotations

from urllib.parse import urlsplit

import click

from yibaobox.cli import running
from yibaobox.cli.desk import Desk, facts, remote


@click.command()
@remote
def command(desk: Desk) -> None:
    """Show whether the sandbox runs, and its world and clock; exit code 3 when it does not."""
    health = desk.client.health()
    mine = running.find(urlsplit(desk.client.url).port or 80)
    told = {"url": desk.client.url, "pid": mine["pid"] if mine else None} | health
    desk.show(told, lambda data: facts(data | {"clock": f"{data['clock']['now']} ({data['clock']['mode']})"}))
