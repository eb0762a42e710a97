"""Is it ready."""

from typing import Any

import marshmallow as ma

from yibaobox.domain import clock
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import blueprint as control_blueprint
from yibaobox.sandbox.installation import installation
from yibaobox.sandbox.routes.clock import Clock

blueprint = control_blueprint("health", "是否就绪", "/_sandbox")


class Health(fields.Schema):
    """State of the sandbox as a client sees it."""

    status = fields.String(required=True, metadata={"description": "ready | read_only"})
    version = fields.String(required=True)
    world = fields.String(required=True)
    clock = ma.fields.Nested(Clock, required=True)
    durability = fields.String(required=True, metadata={"description": "none | process-kill | power-loss"})


@blueprint.get("/health")
@exchange(answers=Health(), refuses=(503,))
def health() -> dict[str, Any]:
    """Answer 200 when requests are served."""
    box, world = installation(), context.world()
    with world.read() as tx:
        now = clock.status(tx)
    status = "read_only" if box.watch.is_broken(world) else "ready"
    return {
        "status": status,
        "version": box.version,
        "world": world.name,
        "clock": now,
        "durability": box.worlds.durability,
    }
