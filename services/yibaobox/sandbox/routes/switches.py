"""Switches of a world: how strict it is where the sources leave a choice."""

from typing import Any

import marshmallow as ma

from yibaobox.domain import switches
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import blueprint as control_blueprint

blueprint = control_blueprint("switches", "开关")

Switches: type[ma.Schema] = fields.Schema.from_dict(
    {
        name: fields.String(
            validate=None if switches.DURATION in positions else ma.validate.OneOf(positions),
            metadata={"description": f"{' | '.join(positions)}; default {positions[0]}"},
        )
        for name, positions in switches.SWITCHES.items()
    },
    name="Switches",
)  # a switch that takes a duration is checked where it is set


@blueprint.get("")
@exchange(answers=Switches())
def show() -> dict[str, Any]:
    """Show how every switch stands."""
    with context.world().read() as tx:
        return switches.read(tx)


@blueprint.put("")
@exchange(asks=Switches(unknown=ma.RAISE), answers=Switches(), refuses=(422,))
def put(**wanted: str) -> dict[str, Any]:
    """Set the switches named; the others stay."""
    with context.world().write() as tx:
        return switches.put(tx, wanted)
