"""Scripted face checks: what the next checks of a person come to."""

from typing import Any

import marshmallow as ma

from yibaobox.domain import credentials, people
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import blueprint as control_blueprint

blueprint = control_blueprint("face", "人脸核验")


class Script(fields.Schema):
    """Whose next checks, what they come to, how many of them."""

    psn_no = fields.String(required=True)
    outcome = fields.String(required=True, validate=ma.validate.OneOf(("pass", "fail", "timeout")))
    times = fields.Integer(minimum=1, maximum=1000)


class Scripted(fields.Schema):
    """What was decided."""

    psn_no = fields.String(required=True)
    outcome = fields.String(required=True)
    times = fields.Integer(required=True)


@blueprint.post("")
@exchange(asks=Script(), answers=Scripted(), status=201, refuses=(422,))
def script(psn_no: str, outcome: str, times: int = 1) -> dict[str, Any]:
    """Decide the next face checks of a person; unscripted ones pass."""
    with context.world().write() as tx:
        credentials.script_face(tx, people.get(tx, psn_no).psn_no, outcome, times)
    return {"psn_no": psn_no, "outcome": outcome, "times": times}
