"""Bank, campus card and kiosk: their own JSON, made from the schemas that read and write it."""

from __future__ import annotations

from typing import Final

import marshmallow as ma
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from yibaobox_mocks.channels import schemas
from yibaobox_mocks.channels.parties import CHANNELS
from yibaobox_mocks.channels.party import Party
from yibaobox_mocks.contract.parts import Json, answer, asked, known, operation, refusing

_ALL: Final[tuple[type[ma.Schema], ...]] = (
    schemas.DebitAsked,
    schemas.ReversalAsked,
    schemas.RefundAsked,
    schemas.LoadAsked,
    schemas.DebitShown,
    schemas.RefundShown,
    schemas.BalanceShown,
    schemas.ErrorShown,
)


def _schemas() -> dict[str, Json]:
    spec = APISpec("channels", "1", "3.1.0", plugins=[MarshmallowPlugin()])
    for each in _ALL:
        spec.components.schema(f"Channel{each.__name__}", schema=each)
    made: dict[str, Json] = spec.to_dict()["components"]["schemas"]
    return {name: {**schema, "additionalProperties": False} for name, schema in made.items()}


def _paths(name: str, party: Party) -> dict[str, Json]:
    """Return the paths of one channel."""
    made: dict[str, Json] = {}
    for path, (verb, said, shown, wanted) in (_OPERATIONS | (_KIOSK if party.terminal else {})).items():
        told = answer(known(f"Channel{shown}")) if shown else answer({}, "text/plain")
        method, body = ("post", {"body": asked(known(f"Channel{wanted}"))}) if wanted else ("get", {})
        title = f"{party.title}：{said}"
        made[f"/{name}/v1/{path}"] = {method: operation(f"{name}.{verb}", title, path, told | _REFUSED, **body)}
    return made


_REFUSED: Final = refusing(known("ChannelErrorShown"), "400", "401", "404", "409")
# Path → operation, what it is, the schema of its answer, the schema of what it is asked with.
_OPERATIONS: Final[dict[str, tuple[str, str, str, str]]] = {
    "debits": ("debit", "扣款", "DebitShown", "DebitAsked"),
    "debits/{tax_org_code}/{entrust_date}/{tra_no}": ("query", "查询扣款", "DebitShown", ""),
    "reversals": ("reverse", "冲正", "DebitShown", "ReversalAsked"),
    "refunds": ("refund", "退款", "RefundShown", "RefundAsked"),
    "refunds/{refund_no}": ("query_refund", "查询退款", "RefundShown", ""),
    "bills/{entrust_date}": ("bill", "对账文件", "", ""),
}
_KIOSK: Final = {"loads": ("load", "圈存", "BalanceShown", "LoadAsked")}
SCHEMAS: Final = _schemas()
PATHS: Final = {path: item for name, party in CHANNELS.items() for path, item in _paths(name, party).items()}
