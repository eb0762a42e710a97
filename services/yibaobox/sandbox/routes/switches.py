"""Switches of a world: how strict it is where the sources leave a choice."""

from typing import Any

import marshmallow as ma

from yibaobox.domain import switches
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import blueprint as control_blueprint

blueprint = control_blueprint("switches", "开关")


def _schema(name: str) -> type[ma.Schema]:
    """Return a schema of all switches; one that takes a duration is checked where it is set."""
    told = {
        switch: fields.String(
            validate=None if switches.DURATION in positions else ma.validate.OneOf(positions),
            metadata={"description": f"{' | '.join(positions)}; default {positions[0]}"},
        )
        for switch, positions in switches.SWITCHES.items()
    }
    return fields.Schema.from_dict(dict(told), name=name)


Switches, SetSwitches = _schema("Switches"), _schema("SetSwitches")  # what is asked has bounds that answers have not


@blueprint.get("")
@exchange(answers=Switches())
def show() -> dict[str, Any]:
    """Show how every switch stands."""
    with context.world().read() as tx:
        return switches.read(tx)


@blueprint.put("")
@exchange(asks=SetSwitches(), answers=Switches(), refuses=(422,))
def put(**wanted: str) -> dict[str, Any]:
    """Set the switches named; the others stay."""
    with context.world().write() as tx:
        return switches.put(tx, wanted)
