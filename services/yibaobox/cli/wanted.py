"""The options that say what a world is made from, with their checks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

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
