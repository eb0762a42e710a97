"""The books."""

from datetime import datetime
from typing import Any

import marshmallow as ma

from yibaobox.domain import clock, ledger
from yibaobox.edge import context, fields
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import blueprint as control_blueprint

blueprint = control_blueprint("ledger", "账目")


class Entry(fields.Schema):
    """An entry with its posting's kind, times and hash."""

    psn_no = fields.String(required=True)
    txn_id = fields.Integer(required=True)
    line = fields.Integer(required=True)
    account = fields.String(required=True)
    amount_fen = fields.Integer(required=True)
    kind = fields.String(required=True)
    reverses = ma.fields.Integer(required=True, allow_none=True)
    at = fields.String(required=True)
    recorded_at = fields.String(required=True)
    hash = fields.String(required=True)


class Entries(fields.Schema):
    """Entries, newest first."""

    items = ma.fields.List(ma.fields.Nested(Entry), required=True)


class EntriesQuery(fields.Query):
    """Which entries; `since` is sandbox time."""

    account = fields.String()
    txn = fields.Integer(minimum=1)
    person = fields.String()
    since = fields.Instant()
    limit = fields.Integer(minimum=1, maximum=1000)


@blueprint.get("/entries")
@exchange(query=EntriesQuery(), answers=Entries(), refuses=(422,))
def entries(
    account: str | None = None,
    txn: int | None = None,
    person: str | None = None,
    since: datetime | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """List entries, newest first."""
    since_us = None if since is None else clock.to_us(since)
    with context.world().read() as tx:
        found = ledger.entries(tx, account=account, txn_id=txn, psn_no=person, since_us=since_us, limit=limit)
    return {"items": found}
