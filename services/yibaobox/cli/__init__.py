"""The command `yibaobox`. A subcommand is a file in `commands` that offers `command`; it is loaded when called."""

from __future__ import annotations

import gc
import pkgutil
from importlib import import_module

import click

from yibaobox import __version__
from yibaobox.cli import commands


class Commands(click.Group):
    """Subcommands by the names of their files."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return all names."""
        return sorted(module.name for module in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a subcommand."""
        if cmd_name not in self.list_commands(ctx):
            return None
        gc.disable()  # what is loaded stays: looking for rubbish among it takes a fifth of the time of a start
        try:
            found: click.Command = import_module(f"{commands.__name__}.{cmd_name}").command
        finally:
            gc.freeze()
            gc.enable()
        return found


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="yibaobox")
def main() -> None:
    """Run and drive a sandbox of China's medical insurance systems.

    Every subcommand takes --json. Exit codes: 0 ok, 1 a check failed or a request was refused, 2 usage, 3 unreachable.
    """
