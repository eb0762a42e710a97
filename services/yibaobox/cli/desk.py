"""What a subcommand has in its hands: a client, and a way to show things to people or to programs.

rich is imported when something is shown to people: a sandbox that a program starts is ready sooner without it.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

from yibaobox.cli.client import DEFAULT_URL, URL, WORLD, Client, Refused, Unreachable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_WIDE: Final = 200


class Topic(click.Group):
    """Subcommands of which one stands for the topic alone: `yibaobox world --json` lists."""

    def __init__(self, *args: Any, usual: str, **given: Any) -> None:
        super().__init__(*args, **given)
        self._usual = usual

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the usual subcommand before options that stand without one."""
        own = {name for parameter in self.get_params(ctx) for name in parameter.opts}
        if ctx.resilient_parsing:
            return super().parse_args(ctx, args)  # a shell asks what may come next: the subcommands may
        if not args or (args[0].startswith("-") and args[0] not in own):
            args = [self._usual, *args]
        return super().parse_args(ctx, args)


@dataclass(frozen=True, slots=True)
class Screen:
    """Shows results: JSON for programs, tables for people."""

    as_json: bool

    def show(self, data: Any, human: Callable[[Any], Any]) -> None:
        """Print data as JSON, or what `human` makes of it."""
        if self.as_json:
            click.echo(json.dumps(data, ensure_ascii=False))
        else:
            console().print(human(data))


@dataclass(frozen=True, slots=True)
class Desk(Screen):
    """A screen and a sandbox."""

    client: Client


def console() -> Console:
    """Return the terminal; what is no terminal gets long lines instead of folded ones."""
    from rich.console import Console  # noqa: PLC0415 - see above

    return Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False)


def table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Table:
    """Return rows as a table of these columns."""
    from rich.table import Table  # noqa: PLC0415 - see above

    made = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        made.add_column(column)
    for row in rows:
        made.add_row(*(_cell(row.get(column)) for column in columns))
    return made


def facts(data: Mapping[str, Any]) -> Table:
    """Return names and values, one a line."""
    from rich.table import Table  # noqa: PLC0415 - see above

    made = Table(box=None, show_header=False, pad_edge=False)
    made.add_column(style="bold")
    made.add_column()
    for name, value in data.items():
        made.add_row(name, _cell(value))
    return made


def local(command: Callable[..., None]) -> Callable[..., None]:
    """Give a subcommand --json and a Screen."""

    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    @functools.wraps(command)
    def wrapped(*args: Any, as_json: bool, **given: Any) -> None:
        _told(as_json, lambda: command(Screen(as_json), *args, **given))

    return wrapped


def remote(command: Callable[..., None]) -> Callable[..., None]:
    """Give a subcommand --json, --url, --world and a Desk."""

    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    @click.option("--url", envvar=URL, default=DEFAULT_URL, show_default=True, show_envvar=True, help="The sandbox.")
    @click.option("--world", envvar=WORLD, show_envvar=True, help="The world; without it the sandbox chooses.")
    @functools.wraps(command)
    def wrapped(*args: Any, as_json: bool, url: str, world: str | None, **given: Any) -> None:
        _told(as_json, lambda: command(Desk(as_json, Client(url, world)), *args, **given))

    return wrapped


def _told(as_json: bool, act: Callable[[], None]) -> None:  # noqa: FBT001 - the flag of the command line
    """Run a subcommand; with --json a refusal, and that nobody answers, is told as JSON too."""
    try:
        act()
    except (Refused, Unreachable) as failed:
        if not as_json:
            raise
        told = failed.problem if isinstance(failed, Refused) else {"status": "unreachable", "detail": failed.message}
        click.echo(json.dumps(told, ensure_ascii=False))
        raise SystemExit(failed.exit_code) from None


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, list):
        return " ".join(str(item) for item in value) or "-"
    if isinstance(value, dict):
        return ", ".join(f"{name} {item}" for name, item in value.items()) or "-"
    return str(value)
