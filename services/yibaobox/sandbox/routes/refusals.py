"""Refusals, explained: what was said to whom, and the facts that it rests on, as they were at that moment."""

from typing import Any

import marshmallow as ma

from yibaobox.domain import journal
from yibaobox.domain.errors import NotFound, Refusal
from yibaobox.edge import context, fields, strict_json
from yibaobox.edge.rest import exchange
from yibaobox.sandbox import reasons
from yibaobox.sandbox.blueprint import blueprint as control_blueprint

blueprint = control_blueprint("refusals", "拒绝说明")
_SAID = ("err_msg", "detail")
_OF_A_PROBLEM = frozenset({"type", "title", "status", "detail", "code", "trace"})


class RefusalExplained(fields.Schema):
    """Why a request was refused."""

    trace = fields.String(required=True)
    at = fields.String(required=True, metadata={"description": "sandbox time"})
    op = fields.String(required=True)
    psn_no = fields.String(required=True, allow_none=True)
    code = fields.String(required=True)
    zh = fields.String(required=True, metadata={"description": "what the caller was told"})
    en = fields.String(required=True)
    facts = ma.fields.Dict(required=True, metadata={"description": "what it rests on; masked as in the journal"})
    why_not = ma.fields.List(ma.fields.Dict(), required=True, metadata={"description": "`code`, `zh`, `en`"})


@blueprint.get("/<trace>/explain")
@exchange(answers=RefusalExplained())
def explain(trace: str) -> dict[str, Any]:
    """Explain a refused request by its `X-Sandbox-Trace`, as long as the journal holds it."""
    context.flush_journal()
    with context.world().read() as tx:
        found: Any = journal.of_trace(tx, trace)
    if found is None or found["code"] is None:
        raise NotFound("请求日志中没有这次被拒绝的请求")
    reply = _read(found["detail"].get("response"))
    facts = _read(found["detail"].get("why")) or {key: reply[key] for key in reply if key not in _OF_A_PROBLEM}
    facts = {key: value for key, value in facts.items() if key not in ("infcode", "output") and value is not None}
    said = next((str(reply[key]) for key in _SAID if reply.get(key)), found["code"])
    head = {key: found[key] for key in ("trace", "at", "op", "psn_no", "code")}
    return head | {"zh": said, "facts": facts, **reasons.of(found["code"], said, facts)}


def _read(text: Any) -> dict[str, Any]:
    """Read what the journal kept of a body; nothing when it kept no JSON object."""
    try:
        found = strict_json.loads(str(text or "{}").encode())
    except Refusal:
        return {}
    return found if isinstance(found, dict) else {}
