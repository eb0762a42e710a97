"""`yibaobox fault`."""

from __future__ import annotations

from typing import Any, Final

import click

from yibaobox.cli.desk import Desk, Topic, facts, remote, table
from yibaobox.cli.wanted import instant

_RULES: Final = ("id", "name", "match", "times", "after", "expires_at", "origin", "matched", "fired")
_LOG: Final = ("seq", "at", "name", "position", "trace", "facts")


@click.group(cls=Topic, usual="list")
def command() -> None:
    """Arm, list and disarm faults."""


@command.command("list")
@remote
def list_(desk: Desk) -> None:
    """List the armed faults."""
    desk.show(desk.client.get("/faults")["items"], lambda rows: table(_RULES, rows))


@command.command()
@remote
def kinds(desk: Desk) -> None:
    """List the faults there are."""
    desk.show(desk.client.get("/faults/kinds"), _shown)


@command.command()
@click.argument("name")
@click.option("--param", "-p", multiple=True, metavar="NAME=VALUE", help="A parameter; may be given again.")
@click.option("--match", "-m", multiple=True, metavar="FACT=VALUE", help="What a request must be; * is anything.")
@click.option("--times", type=click.IntRange(1), help="How often it fires; once unless given.")
@click.option("--forever", is_flag=True, help="It fires until it is disarmed.")
@click.option("--after", type=click.IntRange(0), help="How many matches it lets pass first.")
@click.option("--probability", type=click.FloatRange(0, 1), help="How likely it fires on a match.")
@click.option("--seed", type=click.IntRange(0), help="What the likelihood is drawn from.")
@click.option("--expires", callback=instant, help="Sandbox time from which it no longer holds, RFC 3339 with offset.")
@remote
def arm(desk: Desk, *, param: tuple[str, ...], match: tuple[str, ...], forever: bool, **wanted: Any) -> None:
    """Arm the fault NAME."""
    body = {name: value for name, value in wanted.items() if value is not None}
    body |= {"params": _pairs(param), "match": _pairs(match)} | ({"times": None} if forever else {})
    desk.show(desk.client.post_as_is("/faults", body), facts)


@command.command()
@click.argument("fault_id", type=click.IntRange(1), required=False)
@remote
def disarm(desk: Desk, fault_id: int | None) -> None:
    """Disarm one fault, or all that are not a person's."""
    desk.show(desk.client.delete("/faults" if fault_id is None else f"/faults/{fault_id}"), facts)


@command.command()
@click.option("-n", "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@remote
def log(desk: Desk, limit: int) -> None:
    """Show which faults fired, newest first."""
    desk.show(desk.client.get("/faults/log", limit=limit)["items"], lambda rows: table(_LOG, rows))


def _pairs(texts: tuple[str, ...]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    if not all(mark for _, mark, _ in pairs):
        raise click.UsageError("write NAME=VALUE")
    return {name: value for name, _, value in pairs}


def _shown(data: dict[str, Any]) -> Any:
    def told(kind: dict[str, Any]) -> dict[str, Any]:
        params = [f"{param['name']}={param['default']}" for param in kind["params"]]
        return kind | {"params": params}

    return table(("name", "position", "params", "meaning"), (told(kind) for kind in data["items"]))
