"""`yibaobox env`: what a shell needs to know of a running sandbox."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Final

import click

from yibaobox.app.settings import data_folder
from yibaobox.cli.desk import Desk, remote
from yibaobox.cli.exports import by_name, exports

_FORMS: Final[Mapping[str, Callable[[str, str], str]]] = {
    "sh": lambda name, value: f"export {name}={shlex.quote(value)}",
    "fish": lambda name, value: f"set -gx {name} {shlex.quote(value)}",
    "powershell": lambda name, value: "$env:{} = '{}'".format(name, value.replace("'", "''")),
    "dotenv": lambda name, value: f"{name}={value}",
}


@click.command()
@click.option("--shell", type=click.Choice(tuple(_FORMS)), default="sh", show_default=True, help="For whom to write.")
@click.option("--tls", is_flag=True, help="Also what lets programs trust the sandbox under the vendors' names.")
@remote
def command(desk: Desk, shell: str, *, tls: bool) -> None:
    """Print exports for a shell: eval "$(yibaobox env)"."""
    found = exports(desk.client) | (by_name(desk.client, data_folder() / "tls") if tls else {})
    if desk.as_json:
        desk.show(found, str)
        return
    for name, value in found.items():
        click.echo(_FORMS[shell](name, value))
