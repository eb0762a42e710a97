"""`yibaobox env`: what a shell needs to know of a running sandbox."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Final

import click

from yibaobox.cli.desk import Desk, remote
from yibaobox.cli.exports import exports

_FORMS: Final[Mapping[str, Callable[[str, str], str]]] = {
    "sh": lambda name, value: f"export {name}={shlex.quote(value)}",
    "fish": lambda name, value: f"set -gx {name} {shlex.quote(value)}",
    "powershell": lambda name, value: "$env:{} = '{}'".format(name, value.replace("'", "''")),
    "dotenv": lambda name, value: f"{name}={value}",
}


@click.command()
@click.option("--shell", type=click.Choice(tuple(_FORMS)), default="sh", show_default=True, help="For whom to write.")
@remote
def command(desk: Desk, shell: str) -> None:
    """Print exports for a shell: eval "$(yibaobox env)"."""
    found = exports(desk.client)
    if desk.as_json:
        desk.show(found, str)
        return
    for name, value in found.items():
        click.echo(_FORMS[shell](name, value))
