"""Snapshots of a world: take, list, restore, remove, compare."""

from typing import Any

import marshmallow as ma
from flask import Response

from yibaobox.domain import clock
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import blueprint as control_blueprint
from yibaobox.sandbox.installation import installation, worlds

blueprint = control_blueprint("snapshots", "快照")


class Snapshot(fields.Schema):
    """A copy of the world under a name."""

    name = fields.String(required=True)
    created_at = fields.String(required=True, metadata={"description": "wall time"})


class Snapshots(fields.Schema):
    """The snapshots of this world, by name."""

    items = ma.fields.List(ma.fields.Nested(Snapshot), required=True)


class NewSnapshot(fields.Schema):
    """What to call it."""

    name = fields.String(required=True)


class Difference(fields.Schema):
    """What differs between two snapshots, table by table; at most 200 rows of each kind."""

    equal = fields.Boolean(required=True)
    tables = ma.fields.Dict(required=True)


@blueprint.get("")
@exchange(answers=Snapshots())
def listed() -> dict[str, Any]:
    """List the snapshots of this world."""
    return {"items": [_shown(*each) for each in worlds().snapshots(context.world().name).items()]}


@blueprint.post("")
@exchange(asks=NewSnapshot(), answers=Snapshot(), status=201, refuses=(409, 422))
def take(name: str) -> dict[str, Any]:
    """Copy this world aside."""
    return _shown(name, worlds().snapshot(context.world().name, name))


@blueprint.post("/<name>/restore")
@exchange(answers=Snapshot())
def restore(name: str) -> dict[str, Any]:
    """Take this world back to a snapshot, which stays."""
    world = context.world().name
    worlds().restore(world, name)
    installation().watch.forget(world)
    return _shown(name, worlds().snapshots(world)[name])


@blueprint.delete("/<name>")
@exchange(status=204)
def delete(name: str) -> Response:
    """Remove a snapshot."""
    worlds().delete_snapshot(context.world().name, name)
    return Response(status=204)


@blueprint.get("/<before>/diff/<after>")
@exchange(answers=Difference())
def diff(before: str, after: str) -> dict[str, Any]:
    """Compare two snapshots; the name `current` stands for the world itself."""
    return worlds().diff(context.world().name, before, after)


def _shown(name: str, created_us: int) -> dict[str, Any]:
    return {"name": name, "created_at": clock.rfc3339(created_us)}
