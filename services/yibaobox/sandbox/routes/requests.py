"""The journal of requests, masked."""

from datetime import datetime
from typing import Any

import flask
import marshmallow as ma

from yibaobox.domain import clock, journal
from yibaobox.domain.errors import NotFound
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox import copies
from yibaobox.sandbox.blueprint import blueprint as control_blueprint

blueprint = control_blueprint("requests", "请求日志")


class Request(fields.Schema):
    """A request and what was answered."""

    id = fields.Integer(required=True)
    at = fields.String(required=True, metadata={"description": "sandbox time"})
    recorded_at = fields.String(required=True, metadata={"description": "wall time"})
    trace = fields.String(required=True)
    op = fields.String(required=True)
    method = fields.String(required=True)
    path = fields.String(required=True)
    status = fields.Integer(required=True)
    code = ma.fields.String(required=True, allow_none=True)
    duration_us = fields.Integer(required=True)
    psn_no = ma.fields.String(required=True, allow_none=True)


class RequestInFull(Request):
    """A request with headers and bodies, masked."""

    detail = ma.fields.Raw(required=True)
    copied = ma.fields.Raw(metadata={"description": "with `as`: a curl command, a test, or an HTTP archive"})


class Requests(fields.Schema):
    """Requests, newest first."""

    items = ma.fields.List(ma.fields.Nested(Request), required=True)


class RequestsQuery(fields.Query):
    """Which requests; `since` is sandbox time."""

    op = fields.String()
    person = fields.String()
    status = fields.Integer(minimum=100, maximum=599)
    since = fields.Instant()
    limit = fields.Integer(minimum=1, maximum=1000)


class Cleared(fields.Schema):
    """How many requests were forgotten."""

    deleted = fields.Integer(required=True)


class CopyQuery(fields.Query):
    """As what to copy it."""

    as_ = fields.String(data_key="as", validate=ma.validate.OneOf(tuple(copies.FORMATS)))


@blueprint.get("")
@exchange(query=RequestsQuery(), answers=Requests(), refuses=(422,))
def listed(**asked: Any) -> dict[str, Any]:
    """List requests, newest first."""
    return {"items": found(**asked)}


@blueprint.get("/<int(max=999999999999999999):request_id>")
@exchange(query=CopyQuery(), answers=RequestInFull(), refuses=(422,))
def show(request_id: int, as_: str | None = None) -> dict[str, Any]:
    """Show a request with its masked detail, and as a curl command, a test or an HTTP archive."""
    context.flush_journal()
    with context.world().read() as tx:
        row = journal.get(tx, request_id)
    if row is None:
        raise NotFound("没有这条请求记录")
    return row if as_ is None else row | {"copied": copies.FORMATS[as_](row, where())}


@blueprint.delete("")
@exchange(answers=Cleared())
def clear() -> dict[str, int]:
    """Forget the requests."""
    context.flush_journal()
    with context.world().write() as tx:
        return {"deleted": journal.clear(tx)}


def found(
    *,
    op: str | None = None,
    person: str | None = None,
    status: int | None = None,
    since: datetime | None = None,
    limit: int = 100,
    full: bool = False,
) -> list[dict[str, Any]]:
    """Return requests, newest first."""
    context.flush_journal()
    since_us = None if since is None else clock.to_us(since)
    filters = {"op": op, "psn_no": person, "status": status, "since_us": since_us}
    with context.world().read() as tx:
        return journal.page(tx, filters, limit=limit, full=full)


def where() -> copies.Where:
    """Return the sandbox and the world that were asked."""
    return copies.Where(flask.request.host_url.rstrip("/"), context.world().name)
