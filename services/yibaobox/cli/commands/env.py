"""`yibaobox env`: what a shell needs to know of a running sandbox."""

from __future__ import annotations

import shlex
from typing import Any

import click

from yibaobox.cli.desk import Desk, remote
from yibaobox.cli.exports import exports


@click.command()
@remote
def command(desk: Desk) -> None:
    """Print exports for a shell: eval "$(yibaobox env)"."""
    desk.show(exports(desk.client), _lines)


def _lines(data: dict[str, Any]) -> str:
    return "\n".join(f"export {name}={shlex.quote(str(value))}" for name, value in data.items())
