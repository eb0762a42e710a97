"""`yibaobox completion`: what makes a shell complete subcommands and options."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import get_completion_class

from yibaobox.cli.desk import Screen, local

NAME: Final = "yibaobox"
VARIABLE: Final = f"_{NAME.upper()}_COMPLETE"  # click's own: what a shell asks by
_SHELLS: Final = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@local
def command(screen: Screen, shell: str) -> None:
    """Print the completion of a SHELL, for its start-up file: eval "$(yibaobox completion bash)"."""
    found = get_completion_class(shell)
    assert found is not None, "click knows these shells"
    script = found(click.get_current_context().find_root().command, {}, NAME, VARIABLE).source()
    if screen.as_json:
        screen.show({"shell": shell, "script": script}, str)
    else:
        click.echo(script)
