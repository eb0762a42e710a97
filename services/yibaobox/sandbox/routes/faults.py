"""Faults: arm, list, disarm; which kinds there are; which fired."""

from decimal import Decimal
from typing import Any

import marshmallow as ma

from yibaobox.domain import faults
from yibaobox.domain.money import PPM
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import blueprint as control_blueprint

blueprint = control_blueprint("faults", "故障注入")
_SCALAR = (str, int, bool, Decimal)


class Probability(ma.fields.Field[int]):
    """A number from 0 to 1 with at most six decimals, kept as parts per million."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:  # noqa: ARG002
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise ma.ValidationError("概率须为 0 至 1 的数字")
        ppm = Decimal(value) * PPM
        if not 0 <= ppm <= PPM or ppm != int(ppm):
            raise ma.ValidationError("概率须为 0 至 1 的数字，至多六位小数")
        return int(ppm)


class NewFault(fields.Schema):
    """A fault to arm: on which requests, how often, how likely, drawn from which seed."""

    name = fields.String(required=True)
    match = ma.fields.Dict(keys=fields.String(), values=fields.String())
    times = fields.Integer(minimum=1, maximum=10**6, allow_none=True)
    probability = Probability(metadata={"type": "number", "minimum": 0, "maximum": 1})
    seed = fields.Integer(minimum=0)
    params = ma.fields.Dict(keys=fields.String(), values=ma.fields.Raw())

    @ma.validates("params")
    def _flat(self, value: dict[str, Any], data_key: str) -> None:  # noqa: ARG002
        if any(not isinstance(each, _SCALAR) for each in value.values()):
            raise ma.ValidationError("参数须为文本、数字或布尔值")


class Fault(fields.Schema):
    """An armed fault with how often it matched and fired."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    match = ma.fields.Dict(required=True)
    times = fields.Integer(required=True, allow_none=True, metadata={"description": "left; null = no limit"})
    probability_ppm = fields.Integer(required=True)
    seed = fields.Integer(required=True)
    params = ma.fields.Dict(required=True)
    matched = fields.Integer(required=True)
    fired = fields.Integer(required=True)


class Faults(fields.Schema):
    """Armed faults in the order they are tried."""

    items = ma.fields.List(ma.fields.Nested(Fault), required=True)


class Kind(fields.Schema):
    """A fault there is."""

    name = fields.String(required=True)
    position = fields.String(required=True)
    meaning = fields.String(required=True)


class Kinds(fields.Schema):
    """All faults there are."""

    items = ma.fields.List(ma.fields.Nested(Kind), required=True)


class Log(fields.Schema):
    """Faults that fired, newest first."""

    items = ma.fields.List(ma.fields.Dict(), required=True)


class Disarmed(fields.Schema):
    """How many faults were disarmed."""

    disarmed = fields.Integer(required=True)


@blueprint.get("")
@exchange(answers=Faults())
def listed() -> dict[str, Any]:
    """List armed faults."""
    with context.world().read() as tx:
        return {"items": [rule.shown() for rule in faults.rules(tx)]}


@blueprint.post("")
@exchange(asks=NewFault(), answers=Fault(), status=201, refuses=(422,))
def arm(
    *,
    name: str,
    match: dict[str, str] | None = None,
    times: int | None = 1,
    probability: int = PPM,
    seed: int = 0,
    params: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Arm a fault; without `times` it fires once, with null it fires until it is disarmed."""
    wanted = faults.Wanted(name, match or {}, times, probability, seed, params)
    with context.world().write() as tx:
        return faults.arm(tx, wanted).shown()


@blueprint.delete("")
@exchange(answers=Disarmed())
def disarm_all() -> dict[str, int]:
    """Disarm every fault."""
    with context.world().write() as tx:
        return {"disarmed": faults.disarm(tx)}


@blueprint.delete("/<int:fault_id>")
@exchange(answers=Disarmed())
def disarm(fault_id: int) -> dict[str, int]:
    """Disarm one fault."""
    with context.world().write() as tx:
        return {"disarmed": faults.disarm(tx, fault_id)}


@blueprint.get("/kinds")
@exchange(answers=Kinds())
def kinds() -> dict[str, Any]:
    """List the faults there are."""
    return {"items": [{"name": kind.name, "position": kind.position, "meaning": kind.meaning} for kind in _all()]}


@blueprint.get("/log")
@exchange(answers=Log())
def log() -> dict[str, Any]:
    """List the faults that fired, newest first."""
    with context.world().read() as tx:
        return {"items": faults.fired(tx)}


def _all() -> list[faults.Kind]:
    return sorted(faults.KINDS.values(), key=lambda kind: kind.name)
