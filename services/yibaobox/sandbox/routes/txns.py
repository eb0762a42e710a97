"""What became of a national transaction, by the key under which it was sent."""

from typing import Any

import marshmallow as ma

from yibaobox.domain import faults, messages
from yibaobox.domain.errors import Refusal
from yibaobox.edge import context, fields, strict_json
from yibaobox.edge.rest import exchange
from yibaobox.sandbox.blueprint import blueprint as control_blueprint

blueprint = control_blueprint("txns", "交易结果查询")


class Txn(fields.Schema):
    """The state of a message and the reply that is stored for it."""

    state = fields.String(
        required=True,
        metadata={"description": "SETTLED | REFUSED | REVERSED | TOMBSTONED | IN_PROGRESS | NEVER_SEEN"},
    )
    fixmedins_code = fields.String(required=True)
    infno = fields.String(required=True)
    msgid = fields.String(required=True)
    code = ma.fields.String(required=True, allow_none=True)
    txn_id = ma.fields.Integer(required=True, allow_none=True)
    psn_no = ma.fields.String(required=True, allow_none=True)
    reply = ma.fields.Raw(required=True, allow_none=True)


@blueprint.get("/<fixmedins>/<infno>/<path:msgid>")
@exchange(answers=Txn())
def show(fixmedins: str, infno: str, msgid: str) -> dict[str, Any]:
    """Show what became of a message."""
    key = messages.Key(fixmedins, infno, msgid)
    with context.world().read() as tx:
        found = messages.find(tx, key)
        held = found is None and faults.holds(tx, infno=infno, fixmedins=fixmedins, msgid=msgid)
    shown = {"fixmedins_code": fixmedins, "infno": infno, "msgid": msgid}
    if found is None:
        state = "IN_PROGRESS" if held else "NEVER_SEEN"
        return shown | {"state": state, "code": None, "txn_id": None, "psn_no": None, "reply": None}
    facts = {"code": found.code or None, "txn_id": found.txn_id, "psn_no": found.psn_no}
    return shown | facts | {"state": found.state, "reply": _reply(found.reply)}


def _reply(text: str) -> Any:
    """Return the stored reply as the JSON it is; a tombstone has none."""
    try:
        return strict_json.loads(text.encode()) if text else None
    except Refusal:
        return text
