"""A day of the tax channel reconciled: each channel's bill with the receipts, the receipts with the insurance."""

from datetime import date as day_type
from typing import Any

import marshmallow as ma

from yibaobox.domain import clock
from yibaobox.edge import context, fields
from yibaobox.edge.refusals import NoSuchRoute
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import PREFIX
from yibaobox.sandbox.blueprint import blueprint as control_blueprint
from yibaobox.sandbox.installation import installation
from yibaobox.tax import Outside, channel_files, recon, reconcile

blueprint = control_blueprint("tax_recon", "税务对账", f"{PREFIX}/tax")
_FILE_MAX = 900_000


class TaxDay(fields.Schema):
    """Which day; `parties` (default: all); files handed in instead of those that are fetched; whether to repair."""

    date = ma.fields.Date(required=True)
    parties = ma.fields.List(fields.String(validate=ma.validate.Length(1, 20)), validate=ma.validate.Length(1, 10))
    files = ma.fields.Dict(
        keys=fields.String(validate=ma.validate.Length(1, 20)),
        values=fields.String(validate=ma.validate.Length(1, _FILE_MAX)),
        metadata={"description": "party → CSV with the columns name,number,amount_fen,state (SUCCESS or FAILED)"},
    )
    repair = fields.Boolean()


class TaxDifference(fields.Schema):
    """A name on which both sides differ; `kind` 2 to 6; what was done, where repairs were wanted."""

    name = fields.String(required=True)
    kind = fields.Integer(required=True)
    kind_name = fields.String(required=True)
    ours_fen = fields.Integer(required=True, allow_none=True)
    theirs_fen = fields.Integer(required=True, allow_none=True)
    done = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "entered | sent_back | hung | taken_out | posted | ended | matched"},
    )


class TaxStatement(fields.Schema):
    """One party's day; `missing` says why there was no file to compare."""

    party = fields.String(required=True)
    counts = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)
    items = ma.fields.List(ma.fields.Nested(TaxDifference), required=True)
    missing = ma.fields.String(required=True, allow_none=True)


class TaxReconciled(fields.Schema):
    """The day: balanced when every file was there and nothing differs."""

    date = fields.String(required=True)
    balanced = fields.Boolean(required=True)
    parties = ma.fields.List(ma.fields.Nested(TaxStatement), required=True)


class Hung(fields.Schema):
    """What waits for somebody to look into it."""

    party = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.Integer(required=True)
    date = fields.String(required=True)
    ours_fen = fields.Integer(required=True, allow_none=True)
    theirs_fen = fields.Integer(required=True, allow_none=True)
    hung_at = fields.String(required=True)


class HungList(fields.Schema):
    """挂账, the newest first, at most a hundred."""

    items = ma.fields.List(ma.fields.Nested(Hung), required=True)


class FileQuery(fields.Query):
    """Whose file, of which day."""

    party = fields.String(required=True, validate=ma.validate.OneOf(("tax", recon.INSURANCE)))
    date = ma.fields.Date(required=True)


class TaxFile(fields.Schema):
    """A day's file."""

    party = fields.String(required=True)
    date = fields.String(required=True)
    content = fields.String(required=True, metadata={"description": "CSV: name,number,amount_fen,state"})


@blueprint.post("/recon")
@exchange(asks=TaxDay(), answers=TaxReconciled(), refuses=(422,))
def run(date: day_type, repair: bool = False, **given: Any) -> dict[str, Any]:  # noqa: FBT001, FBT002 - names of the wire
    """Compare a day three ways, and repair the differences where that is wanted; done again, nothing more happens."""
    world, outside = context.world(), _outside()
    wanted = reconcile.day_of(
        world,
        lambda name: outside.channel(world, name),
        date,
        given.get("files", {}),
        parties=given.get("parties", reconcile.PARTIES),
    )
    parties = wanted.statements(outside.posting_delay if repair else None)
    balanced = all(one.missing is None and not one.items for one in parties)
    return {"date": date.isoformat(), "balanced": balanced, "parties": [_statement(one) for one in parties]}


@blueprint.get("/recon/hung")
@exchange(answers=HungList())
def hung() -> dict[str, Any]:
    """List what reconciliation left hung up."""
    sql = (
        "SELECT party, name, kind, day, ours_fen, theirs_fen, hung_us FROM recon_hangs ORDER BY hung_us DESC LIMIT 100"
    )
    names = ("party", "name", "kind", "date", "ours_fen", "theirs_fen")
    with context.world().read() as tx:
        rows = tx.query(sql)
    return {"items": [dict(zip(names, row[:6], strict=True)) | {"hung_at": clock.rfc3339(row[6])} for row in rows]}


@blueprint.get("/files")
@exchange(query=FileQuery(), answers=TaxFile(), refuses=(422,))
def file(party: str, date: day_type) -> dict[str, Any]:
    """Return a day's file: what tax tells insurance, or what insurance knows."""
    with context.world().read() as tx:
        lines = recon.of_tax(tx, date) if party == "tax" else list(recon.of_insurance(tx, date).values())
    return {"party": party, "date": date.isoformat(), "content": channel_files.written(lines)}


def _statement(found: reconcile.Statement) -> dict[str, Any]:
    return {
        "party": found.party,
        "counts": {str(kind): count for kind, count in found.counts.items()},
        "items": [_item(one) for one in found.items],
        "missing": found.missing,
    }


def _item(found: reconcile.Found) -> dict[str, Any]:
    one = found.difference
    told = {"name": one.name, "kind": one.kind, "ours_fen": one.ours_fen, "theirs_fen": one.theirs_fen}
    return told | {"kind_name": recon.KINDS[one.kind], "done": found.done}


def _outside() -> Outside:
    outside = installation().tax
    if outside is None:
        raise NoSuchRoute("本进程没有税务缴费渠道")
    return outside
