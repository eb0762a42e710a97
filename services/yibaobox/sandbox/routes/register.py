"""What outside registers say of a person, for set-up: kin, schools, an account under another name."""

from datetime import date
from typing import Any

import flask
import marshmallow as ma

from yibaobox.domain import people
from yibaobox.domain.accounts import schools
from yibaobox.domain.accounts.schools import SchoolRecord
from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.people import kin
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import PREFIX
from yibaobox.sandbox.blueprint import blueprint as control_blueprint

blueprint = control_blueprint("register", "登记信息", f"{PREFIX}/people")
_SHORT = ma.validate.Length(1, 60)


class NewKin(fields.Schema):
    """What a relative is to the person."""

    relative_psn_no = fields.String(required=True)
    relation = fields.String(required=True, validate=ma.validate.OneOf(tuple(kin.INVERSE)))


class Kin(NewKin):
    """What the register has."""

    psn_no = fields.String(required=True)


class NewSchool(fields.Schema):
    """A registration as a college reports it."""

    region = fields.String(required=True)
    school = fields.String(required=True, validate=_SHORT)
    college = fields.String(required=True, validate=_SHORT)
    major = fields.String(required=True, validate=_SHORT)
    student_no = fields.String(required=True, validate=_SHORT)
    registered_on = fields.String(required=True, metadata={"format": "date"})


class School(NewSchool):
    """A registration with its number."""

    record_id = fields.Integer(required=True)


class NewName(fields.Schema):
    """The name under which another account stands."""

    name = fields.String(required=True, validate=ma.validate.Length(1, 50))


class OtherName(fields.Schema):
    """An account under the person's number and another name."""

    psn_no = fields.String(required=True)
    name = fields.String(required=True)


@blueprint.post("/<psn_no>/kin")
@exchange(asks=NewKin(), answers=Kin(), status=201, refuses=(422,))
def record_kin(psn_no: str, relative_psn_no: str, relation: str) -> dict[str, str]:
    """Record what a relative is to a person: what a proof by data finds."""
    with context.world().write() as tx:
        person, relative = people.get(tx, psn_no), people.get(tx, relative_psn_no)
        kin.record(tx, person.psn_no, relative.psn_no, relation)
    return {"psn_no": psn_no, "relative_psn_no": relative_psn_no, "relation": relation}


@blueprint.post("/<psn_no>/schools")
@exchange(asks=NewSchool(), answers=School(), status=201, refuses=(422,))
def report_school(psn_no: str, registered_on: str, **told: str) -> dict[str, Any]:
    """Report a registration at a college; a student of whom none is reported has one at the sandbox's own."""
    try:
        day = date.fromisoformat(registered_on)
    except ValueError:
        raise InvalidInput("日期须为 yyyy-MM-dd", field="registered_on") from None
    with context.world().write() as tx:
        person = people.get(tx, psn_no)
        made = schools.report(tx, person.psn_no, SchoolRecord(0, registered_on=day, **told))
    return {
        "record_id": made.record_id,
        "region": made.region,
        "school": made.school,
        "college": made.college,
        "major": made.major,
        "student_no": made.student_no,
        "registered_on": made.registered_on.isoformat(),
    }


@blueprint.put("/<psn_no>/other-account")
@exchange(asks=NewName(), answers=OtherName(), refuses=(422,))
def take_name(psn_no: str, name: str) -> dict[str, str]:
    """Let an account stand under the person's number and another name: a freshman's account cannot be opened."""
    with context.world().write() as tx:
        person = people.get(tx, psn_no)
        if person.name == name:
            raise InvalidInput("须为与本人不同的姓名", field="name")
        schools.take_name(tx, person.psn_no, name)
    return {"psn_no": psn_no, "name": name}


@blueprint.delete("/<psn_no>/other-account")
@exchange(status=204)
def free_name(psn_no: str) -> flask.Response:
    """Take that account away again."""
    with context.world().write() as tx:
        schools.free_name(tx, people.get(tx, psn_no).psn_no)
    return flask.Response(status=204)
