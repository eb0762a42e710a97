"""The clock of a world: look, set, move."""

from datetime import datetime
from typing import Any

import marshmallow as ma

from yibaobox.domain import clock
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox import idle
from yibaobox.sandbox.blueprint import blueprint as control_blueprint
from yibaobox.sandbox.installation import installation

blueprint = control_blueprint("clock", "沙盒时钟")


class Clock(fields.Schema):
    """Where the clock stands; `today` is the day in China."""

    mode = fields.String(required=True, metadata={"description": "follow | offset | frozen"})
    now = fields.String(required=True)
    today = fields.String(required=True)


class SetClock(fields.Schema):
    """How the clock shall go on."""

    mode = fields.String(required=True, validate=ma.validate.OneOf(clock.MODES))
    at = fields.Instant()


class Advance(fields.Schema):
    """How far to move the clock."""

    by = fields.String(required=True, metadata={"description": "ISO 8601 duration", "example": "P3D"})


class Fired(fields.Schema):
    """A job that ran."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    due_at = fields.String(required=True)
    outcome = fields.String(required=True, metadata={"description": "done | postponed | failed"})


class Advanced(Clock):
    """Where the clock stands now, and what ran on the way."""

    fired = ma.fields.List(ma.fields.Nested(Fired), required=True)


class Idle(Advanced):
    """Where the clock stands now, what ran on the way, and whether nothing waits any more."""

    idle = fields.Boolean(required=True)


@blueprint.get("")
@exchange(answers=Clock())
def show() -> dict[str, Any]:
    """Show the clock."""
    with context.world().read() as tx:
        return clock.status(tx)


@blueprint.put("")
@exchange(asks=SetClock(), answers=Clock(), refuses=(422,))
def put(mode: str, at: datetime | None = None) -> dict[str, Any]:
    """Set the clock: follow the wall, run from an instant, or stand still at it."""
    with context.world().write() as tx:
        clock.put(tx, mode, None if at is None else clock.to_us(at))
        tx.forget_now()
        return clock.status(tx)


@blueprint.post("/advance")
@exchange(asks=Advance(), answers=Advanced(), refuses=(409, 422))
def advance(by: str) -> dict[str, Any]:
    """Move the clock forward, running each job at its due time."""
    world = context.world()
    _, fired = installation().worlds.advance(world.name, by)
    with world.read() as tx:
        return clock.status(tx) | {"fired": [job.shown() for job in fired]}


@blueprint.post("/run-until-idle")
@exchange(answers=Idle(), refuses=(409,))
def run_until_idle() -> dict[str, Any]:
    """Move from one due time to the next, running jobs and sending notifications, until nothing waits."""
    world = context.world()
    done = idle.run(installation(), world)
    with world.read() as tx:
        return clock.status(tx) | {"fired": [job.shown() for job in done.fired], "idle": done.idle}
