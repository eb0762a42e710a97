"""Events for the outside: what was sent to whom, and once more."""

from collections.abc import Sequence
from typing import Any, Final

import marshmallow as ma
from marshmallow.validate import Length

from yibaobox.domain import clock, outbox
from yibaobox.domain.store import World
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import blueprint as control_blueprint
from yibaobox.sandbox.installation import installation

NUMBER_MAX: Final = 10**18 - 1
_ONE: Final = f"/<int(max={NUMBER_MAX}):event_id>"
blueprint = control_blueprint("events", "对外通知")


class Delivery(fields.Schema):
    """One attempt."""

    attempt = fields.Integer(required=True)
    status = ma.fields.Integer(required=True, allow_none=True)
    accepted = fields.Boolean(required=True)
    error = ma.fields.String(required=True, allow_none=True)
    at = fields.String(required=True)


class Event(fields.Schema):
    """An event and its attempts."""

    id = fields.Integer(required=True)
    topic = fields.String(required=True)
    version = fields.Integer(required=True)
    cause = fields.String(required=True)
    url = fields.String(required=True)
    state = fields.String(required=True, metadata={"description": "pending | delivered | exhausted"})
    attempts = fields.Integer(required=True)
    due_at = fields.String(required=True)
    created_at = fields.String(required=True)
    deliveries = ma.fields.List(ma.fields.Nested(Delivery), required=True)


class Events(fields.Schema):
    """Events, newest first."""

    items = ma.fields.List(ma.fields.Nested(Event), required=True)


class EventsQuery(fields.Query):
    """How many."""

    limit = fields.Integer(minimum=1, maximum=1000)


class Resent(fields.Schema):
    """What became of the event."""

    id = fields.Integer(required=True)
    state = fields.String(required=True)


class AllResent(fields.Schema):
    """What became of several events, in the order in which they were sent."""

    items = ma.fields.List(ma.fields.Nested(Resent), required=True)


class Delay(fields.Schema):
    """How long from now, as an ISO 8601 duration of sandbox time."""

    by = fields.String(required=True, validate=Length(1, 40))


class Duplicate(fields.Schema):
    """How many times more (default: once)."""

    times = fields.Integer(minimum=1, maximum=20)


class Order(fields.Schema):
    """Which events to send now, one after the other."""

    ids = ma.fields.List(fields.Integer(minimum=1, maximum=NUMBER_MAX), required=True, validate=Length(1, 100))


def delivered(world: World, events: Sequence[int]) -> list[Any]:
    """Send what is to be sent now and return how it went."""
    courier = installation().courier
    for event_id in events:
        courier.resend(world, event_id)
    with world.read() as tx:
        told: dict[object, Any] = {event["id"]: event["deliveries"] for event in outbox.listed(tx)} if events else {}
    return [one for event_id in events for one in told.get(event_id, ())]


@blueprint.get("")
@exchange(query=EventsQuery(), answers=Events(), refuses=(422,))
def listed(limit: int = 100) -> dict[str, Any]:
    """List events, newest first."""
    with context.world().read() as tx:
        return {"items": outbox.listed(tx, limit=limit)}


@blueprint.post("/reorder")
@exchange(asks=Order(), answers=AllResent(), refuses=(404, 422))
def reorder(ids: list[int]) -> dict[str, Any]:
    """Send events now, one after the other in this order, whatever they wait for."""
    world, courier = context.world(), installation().courier
    with world.read() as tx:
        for event_id in ids:
            outbox.check(tx, event_id)
    return {"items": [{"id": event_id, "state": courier.resend(world, event_id)} for event_id in ids]}


@blueprint.post(f"{_ONE}/drop")
@exchange(answers=Resent(), refuses=(409,))
def drop(event_id: int) -> dict[str, Any]:
    """Give up an event that waits: its receiver never hears of it."""
    with context.world().write() as tx:
        return {"id": event_id, "state": outbox.drop(tx, event_id)}


@blueprint.post(f"{_ONE}/delay")
@exchange(asks=Delay(), answers=Resent(), refuses=(409, 422))
def delay(event_id: int, by: str) -> dict[str, Any]:
    """Put the next attempt of an event that waits off."""
    with context.world().write() as tx:
        due_us = clock.to_us(clock.later(tx.now, by))
        return {"id": event_id, "state": outbox.delay(tx, event_id, due_us)}


@blueprint.post(f"{_ONE}/duplicate")
@exchange(asks=Duplicate(), answers=AllResent(), refuses=(422,))
def duplicate(event_id: int, times: int = 1) -> dict[str, Any]:
    """Send an event once more, or several times, as events of their own."""
    sent = installation().courier.copy(context.world(), event_id, times)
    return {"items": [{"id": number, "state": state} for number, state in sent]}


@blueprint.post(f"{_ONE}/forge")
@exchange(answers=Resent(), refuses=(409,))
def forge(event_id: int) -> dict[str, Any]:
    """Send an event with a signature that does not hold, as an event of its own."""
    number, state = installation().courier.forge(context.world(), event_id)
    return {"id": number, "state": state}


@blueprint.post(f"{_ONE}/resend")
@exchange(answers=Resent())
def resend(event_id: int) -> dict[str, Any]:
    """Send an event again and tell what became of it."""
    return {"id": event_id, "state": installation().courier.resend(context.world(), event_id)}
