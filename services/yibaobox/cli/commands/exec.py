"""`yibaobox exec -- CMD`: run a program beside a sandbox of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Final

import click

from yibaobox.cli.client import Client
from yibaobox.cli.desk import Screen, local
from yibaobox.cli.exports import exports
from yibaobox.cli.launch import launched
from yibaobox.cli.wanted import world_options

_NOT_FOUND: Final = 127
_NOT_EXECUTABLE: Final = 126
_BY_SIGNAL: Final = 128


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--world", default="default", show_default=True, help="The world to make.")
@world_options
@click.argument("program", nargs=-1, required=True, type=click.UNPROCESSED)
@local
def command(screen: Screen, program: Sequence[str], **wanted: Any) -> None:
    """Start a sandbox on a free port, run PROGRAM with YIBAOBOX_URL and others set, return its exit code."""
    with launched(_options(wanted)) as told:
        code = _run(program, os.environ | exports(Client(told["url"], told["world"])))
    if screen.as_json:
        click.echo(f'{{"exit_code": {code}}}', err=True)
    sys.exit(code)


def _options(wanted: dict[str, Any]) -> list[str]:
    options = []
    for name, value in wanted.items():
        if value is not None:
            options += [f"--{name}", ",".join(value) if isinstance(value, tuple) else str(value)]
    return options


def _run(program: Sequence[str], env: dict[str, str]) -> int:
    """Run a program in the foreground; an interrupt is its own to handle, a request to end is passed on."""
    try:
        process = subprocess.Popen(program, env=env)  # noqa: S603 - what the user asked for
    except FileNotFoundError:
        click.echo(f"Error: {program[0]}: command not found", err=True)
        return _NOT_FOUND
    except OSError as error:
        click.echo(f"Error: {program[0]}: {error.strerror}", err=True)
        return _NOT_EXECUTABLE
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    code = process.wait()
    return _BY_SIGNAL - code if code < 0 else code
