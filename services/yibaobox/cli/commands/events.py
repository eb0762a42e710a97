"""`yibaobox events`."""

from __future__ import annotations

from typing import Any, Final

import click

from yibaobox.cli.client import Refused
from yibaobox.cli.desk import Desk, Topic, facts, remote, table

_COLUMNS: Final = ("id", "topic", "version", "state", "attempts", "due_at", "url")


@click.group(cls=Topic, usual="list")
def command() -> None:
    """Look at notifications to the outside and send them again."""


@command.command("list")
@click.option("-n", "--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@remote
def list_(desk: Desk, limit: int) -> None:
    """List events, newest first."""
    desk.show(desk.client.get("/events", limit=limit)["items"], lambda rows: table(_COLUMNS, rows))


@command.command()
@click.argument("event_id", type=click.IntRange(1))
@remote
def show(desk: Desk, event_id: int) -> None:
    """Show an event with its attempts."""
    found = [each for each in desk.client.get("/events", limit=1000)["items"] if each["id"] == event_id]
    if not found:
        raise Refused({"detail": f"no event {event_id} among the latest thousand", "code": "NOT_FOUND"})
    desk.show(found[0], _shown)


@command.command()
@click.argument("event_id", type=click.IntRange(1))
@remote
def resend(desk: Desk, event_id: int) -> None:
    """Send an event again."""
    desk.show(desk.client.post(f"/events/{event_id}/resend"), facts)


@command.command()
@click.argument("event_id", type=click.IntRange(1))
@remote
def drop(desk: Desk, event_id: int) -> None:
    """Give up an event that waits."""
    desk.show(desk.client.post(f"/events/{event_id}/drop"), facts)


@command.command()
@click.argument("event_id", type=click.IntRange(1))
@click.argument("by")
@remote
def delay(desk: Desk, event_id: int, by: str) -> None:
    """Put an event that waits off by a duration of sandbox time, such as PT5M."""
    desk.show(desk.client.post(f"/events/{event_id}/delay", by=by), facts)


@command.command()
@click.argument("event_id", type=click.IntRange(1))
@click.option("-n", "--times", type=click.IntRange(1, 20), default=1, show_default=True)
@remote
def duplicate(desk: Desk, event_id: int, times: int) -> None:
    """Send an event once more, as an event of its own."""
    sent = desk.client.post(f"/events/{event_id}/duplicate", times=times)["items"]
    desk.show(sent, lambda rows: table(("id", "state"), rows))


@command.command()
@click.argument("event_id", type=click.IntRange(1))
@remote
def forge(desk: Desk, event_id: int) -> None:
    """Send an event with a signature that does not hold, as an event of its own."""
    desk.show(desk.client.post(f"/events/{event_id}/forge"), facts)


@command.command()
@click.argument("event_ids", type=click.IntRange(1), nargs=-1, required=True)
@remote
def reorder(desk: Desk, event_ids: tuple[int, ...]) -> None:
    """Send events now, one after the other in this order."""
    sent = desk.client.post("/events/reorder", ids=list(event_ids))["items"]
    desk.show(sent, lambda rows: table(("id", "state"), rows))


def _shown(event: dict[str, Any]) -> Any:
    attempts = [f"{each['at']} {each['status'] or each['error']}" for each in event.pop("deliveries")]
    return facts(event | {"deliveries": attempts})
