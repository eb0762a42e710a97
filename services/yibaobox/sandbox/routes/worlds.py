"""Worlds: list, create, reset, purge, delete, out and in as JSON lines."""

import io
from datetime import datetime
from typing import Any, Final

import marshmallow as ma
from flask import Response, request

from yibaobox.domain import clock, people
from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.store import World as Found
from yibaobox.domain.store import WorldInfo, WorldSpec
from yibaobox.domain.store.worlds import SEED_MAX
from yibaobox.edge import choice, fields
from yibaobox.edge.rest import documented, exchange, upload_limit
from yibaobox.sandbox.blueprint import blueprint as control_blueprint
from yibaobox.sandbox.installation import installation, worlds

LINES: Final = "application/x-ndjson"
UPLOAD_MAX: Final = 64 << 20
_CONTENT: Final = {LINES: {"schema": {"type": "string", "description": "a row of a table on each line"}}}
blueprint = control_blueprint("worlds", "沙盒世界")
_gives_lines = documented(blueprint, responses={200: {"description": "the world", "content": _CONTENT}})
_takes_lines = documented(blueprint, requestBody={"required": True, "content": _CONTENT})


class World(fields.Schema):
    """A world and what it was made from."""

    name = fields.String(required=True)
    seed = fields.Integer(required=True)
    regions = ma.fields.List(fields.String(), required=True)
    population = fields.Integer(required=True)
    at = ma.fields.String(required=True, allow_none=True)
    created_at = fields.String(required=True, metadata={"description": "wall time"})


class Worlds(fields.Schema):
    """All worlds, by name."""

    items = ma.fields.List(ma.fields.Nested(World), required=True)


class NewWorld(fields.Schema):
    """What a world is made from; a clock given an instant stands still at it."""

    name = fields.String()
    seed = fields.Integer(minimum=-SEED_MAX // 10, maximum=SEED_MAX // 10)
    regions = ma.fields.List(fields.String(), validate=ma.validate.Length(1, 100))
    at = fields.Instant()
    population = fields.Integer(minimum=0, maximum=100_000)


class ImportQuery(fields.Query):
    """Whether a world of that name may be replaced."""

    overwrite = fields.Boolean()


@blueprint.get("")
@exchange(answers=Worlds())
def listed() -> dict[str, Any]:
    """List the worlds."""
    return {"items": [_shown(info) for info in worlds().infos()]}


@blueprint.post("")
@exchange(asks=NewWorld(), answers=World(), status=201, refuses=(409, 422))
def create(
    name: str | None = None,
    seed: int = 42,
    regions: list[str] | None = None,
    at: datetime | None = None,
    population: int | None = None,
) -> dict[str, Any]:
    """Make a world."""
    people = installation().population if population is None else population
    spec = WorldSpec(seed, (), people, None if at is None else at.isoformat())
    return _shown(worlds().create(name, spec, regions=regions).info)


@blueprint.delete("/<name>")
@exchange(status=204, refuses=(422,))
def delete(name: str) -> Response:
    """Remove a world with its snapshots and keys; the default one stays."""
    if name == choice.DEFAULT:
        raise InvalidInput("default 世界不能删除，请使用 reset 或 purge", world=name)
    worlds().delete(name)
    installation().watch.forget(name)
    return Response(status=204)


@blueprint.post("/<name>/reset")
@exchange(answers=World())
def reset(name: str) -> dict[str, Any]:
    """Take a world back to its seed."""
    worlds().reset(name)
    return _renewed(worlds().get(name))


@blueprint.post("/<name>/purge")
@exchange(answers=World())
def purge(name: str) -> dict[str, Any]:
    """Empty a world of people, books and journal."""
    worlds().purge(name)
    return _renewed(worlds().get(name))


@blueprint.get("/<name>/export")
@_gives_lines
@exchange()
def export(name: str) -> Response:
    """Write a world as JSON lines, as of one instant."""
    return Response(b"".join(worlds().export(name)), content_type=LINES)


@blueprint.put("/<name>/import")
@upload_limit(UPLOAD_MAX)
@_takes_lines
@exchange(query=ImportQuery(), answers=World(), status=201, refuses=(409, 413, 422))
def import_(name: str, *, overwrite: bool = False) -> dict[str, Any]:
    """Read a world from JSON lines; a broken file changes nothing."""
    vet = None if installation().allow_realistic_ids else people.check_synthetic
    return _renewed(worlds().import_(name, io.BytesIO(request.get_data()), overwrite=overwrite, vet=vet))


def _renewed(world: Found) -> dict[str, Any]:
    installation().watch.forget(world.name)
    return _shown(world.info)


def _shown(info: WorldInfo) -> dict[str, Any]:
    spec = info.spec
    return {
        "name": info.name,
        "seed": spec.seed,
        "regions": list(spec.regions),
        "population": spec.population,
        "at": spec.at,
        "created_at": clock.rfc3339(info.created_us),
    }
