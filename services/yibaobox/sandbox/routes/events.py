"""Events for the outside: what was sent to whom, and once more."""

from collections.abc import Sequence
from typing import Any

import marshmallow as ma

from yibaobox.domain import outbox
from yibaobox.domain.store import World
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import blueprint as control_blueprint
from yibaobox.sandbox.installation import installation

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


@blueprint.post("/<int(max=999999999999999999):event_id>/resend")
@exchange(answers=Resent())
def resend(event_id: int) -> dict[str, Any]:
    """Send an event again and tell what became of it."""
    return {"id": event_id, "state": installation().courier.resend(context.world(), event_id)}
