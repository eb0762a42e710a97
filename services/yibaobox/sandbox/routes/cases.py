"""Cases: what citizens hand in, when it is decided, and deciding it by hand."""

from typing import Any, Final

import marshmallow as ma

from yibaobox.domain import clock, switches
from yibaobox.domain.accounts import applications
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.portal import decide
from yibaobox.sandbox.blueprint import blueprint as control_blueprint
from yibaobox.tax import review

blueprint = control_blueprint("cases", "办件")
_REVIEW: Final = "review"
_OF_KIND: Final = f"{_REVIEW}_"
_KINDS: Final = tuple(name.removeprefix(_OF_KIND) for name in switches.SWITCHES if name.startswith(_OF_KIND))
_ID = "<int(max=999999999999999999):case_id>"


class CasesQuery(fields.Query):
    """In which state (default: all)."""

    state = fields.String(validate=ma.validate.OneOf(("SUBMITTED", "APPROVED", "REJECTED")))


class Case(fields.Schema):
    """A submitted application."""

    id = fields.Integer(required=True)
    psn_no = fields.String(required=True)
    kind = fields.String(required=True)
    state = fields.String(required=True)
    region = fields.String(required=True)
    form = ma.fields.Dict(required=True)
    part_id = fields.Integer(required=True, allow_none=True)
    reason = ma.fields.String(required=True, allow_none=True)
    submitted_at = ma.fields.String(required=True, allow_none=True)
    decided_at = ma.fields.String(required=True, allow_none=True)


class Cases(fields.Schema):
    """Cases, the newest first."""

    items = ma.fields.List(ma.fields.Nested(Case), required=True)


class Rejection(fields.Schema):
    """Why a case is rejected; the citizen reads it."""

    reason = fields.String(required=True, validate=ma.validate.Length(1, decide.REASON_MAX))


class WhenDecided(fields.Schema):
    """When cases are decided: at once, by hand, or after an ISO 8601 duration on the sandbox clock."""

    review = fields.String(
        required=True,
        validate=ma.validate.Length(1, 40),
        metadata={"description": "immediate | manual | a duration such as PT30M; of one kind also as_review"},
    )
    kind = fields.String(validate=ma.validate.OneOf(_KINDS), metadata={"description": "default: all kinds"})


class Reviews(fields.Schema):
    """When cases are decided, over all and kind by kind."""

    review = ma.fields.String(required=True)
    kinds = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)


@blueprint.get("")
@exchange(query=CasesQuery(), answers=Cases(), refuses=(422,))
def listed(state: str | None = None) -> dict[str, Any]:
    """List the latest hundred cases."""
    with context.world().read() as tx:
        return {"items": [_shown(each) for each in applications.cases(tx, state)]}


@blueprint.post("")
@exchange(asks=WhenDecided(), answers=Reviews(), refuses=(422,))
def decided(review: str, kind: str | None = None) -> dict[str, Any]:
    """Say when cases of this world are decided from now on; what waits already goes on waiting."""
    with context.world().write() as tx:
        stands = switches.put(tx, {_REVIEW if kind is None else f"{_OF_KIND}{kind}": review})
    return {"review": stands[_REVIEW], "kinds": {each: stands[f"{_OF_KIND}{each}"] for each in _KINDS}}


@blueprint.post(f"/{_ID}/complete")
@exchange(answers=Case(), refuses=(409, 422))
def complete(case_id: int) -> dict[str, Any]:
    """Approve a case and do what it asks for."""
    with context.world().write() as tx:
        case = applications.waiting(tx, case_id)
        return _shown((review if case.kind in review.KINDS else decide).approve(tx, case))


@blueprint.post(f"/{_ID}/reject")
@exchange(asks=Rejection(), answers=Case(), refuses=(409, 422))
def reject(case_id: int, reason: str) -> dict[str, Any]:
    """Reject a case."""
    with context.world().write() as tx:
        case = applications.waiting(tx, case_id)
        return _shown((review if case.kind in review.KINDS else decide).reject(tx, case, reason))


def _shown(case: applications.Application) -> dict[str, Any]:
    return {
        "id": case.application_id,
        "psn_no": case.psn_no,
        "kind": case.kind,
        "state": case.state,
        "region": case.region,
        "form": case.form,
        "part_id": case.part_id,
        "reason": case.reason,
        "submitted_at": None if case.submitted_us is None else clock.rfc3339(case.submitted_us),
        "decided_at": None if case.decided_us is None else clock.rfc3339(case.decided_us),
    }
