"""The options that say what a world is made from, with their checks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from yibaobox.app.settings import REGIONS_DIR
from yibaobox.domain import clock
from yibaobox.domain.errors import Refusal


def instant(_: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Check an RFC 3339 instant."""
    try:
        return None if value is None else clock.parse_instant(value).isoformat()
    except Refusal as refusal:
        raise click.BadParameter(refusal.message, param=parameter) from None


def codes(_: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """Check comma separated region codes."""
    if value is None:
        return None
    from yibaobox.domain.people import regions  # noqa: PLC0415 - most calls name no region and need no store

    try:
        return tuple(regions.resolve(code.strip()).code for code in value.split(","))
    except Refusal as refusal:
        raise click.BadParameter(refusal.message, param=parameter) from None


def folders(_: click.Context, parameter: click.Parameter, value: tuple[Path, ...]) -> tuple[str, ...]:
    """Read the regions of the user's folders, before codes are checked."""
    if value:
        from yibaobox.domain.policy.folders import read_also  # noqa: PLC0415 - as above

        try:
            read_also(value)
        except ValueError as error:
            raise click.BadParameter(str(error), param=parameter) from None
    return tuple(str(folder.absolute()) for folder in value)


def regions_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --regions-dir, which arrives as `regions_dirs`."""
    return click.option(
        "--regions-dir",
        "regions_dirs",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        multiple=True,
        is_eager=True,
        callback=folders,
        envvar=REGIONS_DIR,
        show_envvar=True,
        help="A folder of regions of your own, read beside the shipped ones; may be given again.",
    )(command)


def world_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --seed, --population, --regions and --at."""
    for option in (
        click.option("--at", callback=instant, help="Where the clock stands still, RFC 3339 with offset."),
        click.option("--regions", callback=codes, help="Pooling areas by code, comma separated; default all."),
        click.option("--population", type=click.IntRange(0, 100_000), help="How many people to generate."),
        click.option("--seed", type=int, help="What the people are drawn from; default 42."),
    ):
        command = option(command)
    return command
