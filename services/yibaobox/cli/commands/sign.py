"""`yibaobox sign`."""

from __future__ import annotations

import json
from typing import IO, Any, Final

import click

from yibaobox.cli.client import CHECK_FAILED
from yibaobox.cli.desk import Desk, facts, remote, table

_KINDS: Final = click.Choice(("csb", "tif", "body-sign"))


@click.group()
def command() -> None:
    """Make signatures of the national interface, and find out why one does not hold."""


@command.command()
@click.argument("kind", type=_KINDS)
@click.option("--infno", help="The transaction; csb covers it.")
@click.option("--body", type=click.File("rb"), help="The message as JSON; body-sign covers it. - is standard input.")
@remote
def make(desk: Desk, kind: str, infno: str | None, body: IO[bytes] | None) -> None:
    """Sign with the keys of the world: print the headers, or the `cainfo` of the message."""
    made = desk.client.post("/sign", kind=kind, infno=infno, body=_read(body))
    desk.show(made, lambda data: facts(data["headers"] or {"cainfo": data["cainfo"]}))


@command.command()
@click.argument("kind", type=_KINDS)
@click.option("--header", "-H", multiple=True, metavar="NAME:VALUE", help="A header as sent; may come again.")
@click.option("--body", type=click.File("rb"), help="The message as JSON, for body-sign. - is standard input.")
@remote
def verify(desk: Desk, kind: str, header: tuple[str, ...], body: IO[bytes] | None) -> None:
    """Tell which step of a signature differs; exit 1 when one does."""
    headers = {name.strip(): value.strip() for name, _, value in (each.partition(":") for each in header)}
    told = desk.client.post("/sign/debug", kind=kind, headers=headers, body=_read(body))
    desk.show(told, lambda data: table(("step", "ok", "expected", "given", "note"), data["steps"]))
    if not told["ok"]:
        raise SystemExit(CHECK_FAILED)


def _read(body: IO[bytes] | None) -> Any:
    if body is None:
        return None
    try:
        return json.loads(body.read())
    except ValueError as error:
        raise click.UsageError("--body is not JSON") from error
