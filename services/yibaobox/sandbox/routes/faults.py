"""Faults: arm, list, disarm; which kinds there are; which fired."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

import marshmallow as ma

from yibaobox.domain import clock, faults
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


class Scalar(ma.fields.Raw):
    """Text, a number or a truth value."""

    described: ClassVar[dict[str, Any]] = {"type": ["string", "number", "boolean"]}


class NewFault(fields.Schema):
    """A fault to arm: on which requests, how often, how likely, drawn from which seed."""

    name = fields.String(required=True)
    match = ma.fields.Dict(keys=fields.String(), values=fields.String())
    times = fields.Integer(minimum=1, maximum=10**6, allow_none=True)
    after = fields.Integer(minimum=0, maximum=10**6, metadata={"description": "matches to let pass first"})
    expires = fields.Instant(metadata={"description": "sandbox time from which the rule no longer holds"})
    probability = Probability(
        metadata={"type": "number", "minimum": 0, "maximum": 1, "description": "at most six decimals"}
    )
    seed = fields.Integer(minimum=0)
    params = ma.fields.Dict(keys=fields.String(), values=Scalar())

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
    after = fields.Integer(required=True)
    probability_ppm = fields.Integer(required=True)
    seed = fields.Integer(required=True)
    params = ma.fields.Dict(required=True)
    expires_at = ma.fields.String(required=True, allow_none=True)
    origin = fields.String(required=True, metadata={"description": "rule | person | hold (of a message)"})
    matched = fields.Integer(required=True)
    fired = fields.Integer(required=True)


class Faults(fields.Schema):
    """Armed faults in the order they are tried."""

    items = ma.fields.List(ma.fields.Nested(Fault), required=True)


class Kind(fields.Schema):
    """A fault there is."""

    name = fields.String(required=True)
    group = fields.String(required=True)
    position = fields.String(required=True, metadata={"description": "before_effect | within | after_commit"})
    meaning = fields.String(required=True)
    params = ma.fields.List(ma.fields.Dict(), required=True)
    reach = ma.fields.Dict(required=True, metadata={"description": "which requests it can strike; empty: any"})
    control_only = fields.Boolean(required=True, metadata={"description": "armed by a rule only"})


class Waiting(fields.Schema):
    """Faults whose system is not built yet."""

    system = fields.String(required=True)
    names = ma.fields.List(fields.String(), required=True)


class Kinds(fields.Schema):
    """All faults there are."""

    items = ma.fields.List(ma.fields.Nested(Kind), required=True)
    waiting = ma.fields.List(ma.fields.Nested(Waiting), required=True)


class Log(fields.Schema):
    """Faults that fired, newest first."""

    items = ma.fields.List(ma.fields.Dict(), required=True)


class LogQuery(fields.Query):
    """How many."""

    limit = fields.Integer(minimum=1, maximum=10_000)


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
def arm(*, name: str, expires: datetime | None = None, probability: int = PPM, **more: Any) -> dict[str, Any]:
    """Arm a fault; without `times` it fires once, with null it fires until it is disarmed."""
    expires_us = None if expires is None else clock.to_us(expires)
    wanted = faults.Wanted(name, probability_ppm=probability, expires_us=expires_us, **more)
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
    """List the faults there are, and those that wait for their system."""
    waiting = [{"system": system, "names": list(names)} for system, names in faults.WAITING.items()]
    return {"items": [_kind(each) for each in _all()], "waiting": waiting}


@blueprint.get("/log")
@exchange(query=LogQuery(), answers=Log(), refuses=(422,))
def log(limit: int = 100) -> dict[str, Any]:
    """List the faults that fired, newest first."""
    with context.world().read() as tx:
        return {"items": faults.fired(tx, limit)}


def _all() -> list[faults.Kind]:
    return sorted(faults.KINDS.values(), key=lambda kind: kind.name)


def _kind(each: faults.Kind) -> dict[str, Any]:
    return {
        "name": each.name,
        "group": each.group,
        "position": each.position,
        "meaning": each.meaning,
        "params": [param.shown() for param in each.params],
        "reach": each.reach.shown(),
        "control_only": each.control_only,
    }
