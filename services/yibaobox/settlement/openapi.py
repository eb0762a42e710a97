"""The OpenAPI document of the national interface: a path per transaction, from the catalogue of its schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from yibaobox.settlement.catalogue import Field, Form, Node, codes, spec
from yibaobox.settlement.routes import TRANSACTIONS
from yibaobox.settlement.schemas.header import HEADER

_NUMBERS: Final = frozenset({Form.FEN, Form.E4, Form.E6, Form.PPM, Form.INTEGER, Form.DECIMAL})
_UNITS: Final = {Form.FEN: "元，两位小数", Form.E4: "四位小数", Form.E6: "元，六位小数", Form.PPM: "比例，四位小数"}
_ENVELOPE_OUT: Final = ("inf_refmsgid", "refmsg_time", "respond_time")
_NULLS: Final = ("warn_msg", "cainfo", "signtype", "enctype")

# What no schema says: files beside a message, a file instead of a reply.
_MORE: Final[Mapping[str, str]] = {
    "9101": "(`in` is an array of bytes or base64; or multipart/form-data: the whole message as `jsonStr`, and `file`)",
}
_ATTACHED: Final[Mapping[str, Any]] = {"9102": {"application/octet-stream": {"schema": {}}}}
_VISIT: Final = {"mdtrt_id": "$response.body#/output/data/mdtrt_id", "psn_no": "$response.body#/output/data/psn_no"}
_SETTLED: Final = "$response.body#/output/setlinfo/"
# Transaction → the one that may follow → node of its input, and where the values come from.
_LEADS: Final[Mapping[str, Mapping[str, tuple[str, Mapping[str, str]]]]] = {
    "9001": {
        "9002": (
            "signOut",
            {"sign_no": "$response.body#/output/signinoutb/sign_no", "opter_no": "$request.body#/opter"},
        )
    },
    "2201": {
        "2202": ("data", {**_VISIT, "ipt_otp_no": "$response.body#/output/data/ipt_otp_no"}),
        "2205": ("data", {**_VISIT, "feedetl_sn": "0000", "chrg_bchno": "0000"}),
    },
    "2102": {"2103": ("data", {name: f"{_SETTLED}{name}" for name in ("setl_id", "mdtrt_id", "psn_no")})},
    "2304": {"2305": ("data", {name: f"{_SETTLED}{name}" for name in ("setl_id", "mdtrt_id", "psn_no")})},
    "2401": {
        "2404": (
            "data",
            {"mdtrt_id": "$response.body#/output/result/mdtrt_id", "psn_no": "$request.body#/input/mdtrtinfo/psn_no"},
        )
    },
    "2207": {
        "2208": ("data", {name: f"{_SETTLED}{name}" for name in ("setl_id", "mdtrt_id", "psn_no")}),
        "2601": ("data", {"psn_no": f"{_SETTLED}psn_no", "omsgid": "$request.body#/msgid", "oinfno": "2207"}),
    },
}


def document(version: str) -> dict[str, Any]:
    """Return the document; profile `base`, unknown keys ignored, as a new world has it."""
    numbers = sorted(each.infno for each in TRANSACTIONS)
    return {
        "openapi": "3.1.0",
        "info": {"title": "yibaobox 定点机构结算", "version": version},
        "paths": {f"/fsi/api/{infno}": {"post": _operation(infno)} for infno in numbers},
        "components": {
            "schemas": {"Header": _node(HEADER, asked=True)},
            "responses": {"Unavailable": _plain("账目不平，只读，或数据库繁忙")},
        },
    }


def _operation(infno: str) -> dict[str, Any]:
    found = spec(infno)
    asks = {
        "allOf": [
            {"$ref": "#/components/schemas/Header"},
            {
                "type": "object",
                "required": ["infno", "input"],
                "properties": {
                    "infno": {"const": infno},
                    "input": {"anyOf": [_node(found.asks, asked=True), {"type": "string", "description": "JSON 文本"}]},
                },
            },
        ],
    }
    return {
        "operationId": f"t{infno}",
        "summary": found.title,
        "description": _described(infno, found.paths),
        "requestBody": {"required": True, "content": {"application/json": {"schema": asks}}},
        "responses": {
            "200": {
                "description": "infcode 0, or −1 with err_msg",
                "headers": {
                    "X-Sandbox-Code": {"description": "machine code of a refusal", "schema": {"type": "string"}},
                    "X-Sandbox-Replay": {"description": "1: a stored reply", "schema": {"const": "1"}},
                },
                "content": {"application/json": {"schema": _reply(found.answers)}} | _ATTACHED.get(infno, {}),
                **({"links": _links(infno)} if infno in _LEADS else {}),
            },
            "503": {"$ref": "#/components/responses/Unavailable"},
        },
    }


def _described(infno: str, paths: tuple[str, ...]) -> str:
    also = "Also at " + ", ".join(("/fsi/api/rsfComIfsService/callService", *paths[:-1]))
    return " ".join(filter(None, (also, _MORE.get(infno))))


def _links(infno: str) -> dict[str, Any]:
    """Return what may follow a transaction, with what its reply or its request hands on."""
    return {
        f"t{then}": {"operationId": f"t{then}", "requestBody": {"infno": then, "input": {node: dict(handed)}}}
        for then, (node, handed) in _LEADS[infno].items()
    }


def _reply(answers: Node) -> dict[str, Any]:
    output = _node(answers, asked=False) if answers.fields else {"type": "null"}
    envelope: dict[str, Any] = {
        "type": "object",
        "required": ["infcode", *_ENVELOPE_OUT, "err_msg", *_NULLS, "output"],
        "properties": {
            "infcode": {"enum": [0, -1]},
            **{name: {"type": "string"} for name in _ENVELOPE_OUT},
            "err_msg": {"type": "string"},
            **{name: {"type": "null"} for name in _NULLS},
            "output": {"anyOf": [output, {"type": "null"}]},
        },
    }
    gateway = {"type": "object", "required": ["code", "message"], "properties": {"code": {"const": 401}}}
    return {"anyOf": [envelope, gateway]}


def _node(node: Node, *, asked: bool) -> dict[str, Any]:
    required = [field.name for field in node.fields if asked and "base" in field.required_in]
    made: dict[str, Any] = {
        "type": "object",
        "properties": {field.name: _field(field, asked=asked) for field in node.fields},
    }
    if required:
        made["required"] = required
    return {"type": "array", "items": made} if node.is_array else made


def _field(field: Field, *, asked: bool) -> dict[str, Any]:
    if field.child is not None:
        return _node(field.child, asked=asked)
    made = _value(field, asked=asked)
    words = "；".join(word for word in (field.zh, _UNITS.get(field.form, "")) if word)
    return made | ({"description": words} if words else {})


def _value(field: Field, *, asked: bool) -> dict[str, Any]:
    if field.form in _NUMBERS:
        return {"type": ["number", "string", "null"] if asked else ["number", "null"]}
    if field.form is Form.ANY:
        return {}
    if field.form is Form.BOOL:
        return {"type": ["boolean", "null"]}
    made: dict[str, Any] = {"type": ["string", "null"]}
    if field.form is Form.SERIAL and asked:
        made["type"] = ["string", "integer"]
    if field.codes and asked:
        made |= {"enum": [*sorted(codes(field.codes)), "", None]}
    elif field.length is not None and asked:
        made["maxLength"] = field.length
    return made


def _plain(description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": {"type": "object"}}}}
