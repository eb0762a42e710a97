"""What the parties' documents are put together from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

Json = dict[str, Any]
TEXT: Final[Json] = {"type": "string"}
WHOLE: Final[Json] = {"type": "integer"}
ANY: Final[Json] = {"type": "object", "additionalProperties": True}
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_PROBLEM: Final[Json] = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
# Answers of the sandbox before a party is reached, or of its faults; what a party itself refuses comes beside them.
ERRORS: Final[Mapping[str, Json]] = {
    "Gone": {"description": "没有应答，或不是该方的应答", "content": {**_PROBLEM, "text/html": {"schema": {}}}},
}
_GONE: Final[Json] = {"$ref": "#/components/responses/Gone"}
_ALWAYS: Final = ("400", "404", "405", "409", "413", "429", "500", "502", "503", "504")


def one_of(*values: str) -> Json:
    """Return a text of a closed list."""
    return {"type": "string", "enum": list(values)}


def listed(schema: Json) -> Json:
    """Return a list of it."""
    return {"type": "array", "items": schema}


def known(name: str) -> Json:
    """Return a schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def thing(needed: Mapping[str, Json], more: Mapping[str, Json] | None = None, *, open_: bool = False) -> Json:
    """Return an object: what has to be there, what may be, and whether anything else may."""
    return {
        "type": "object",
        "required": sorted(needed),
        "properties": {**needed, **(more or {})},
        "additionalProperties": open_,
    }


def refusing(schema: Json, *statuses: str) -> Json:
    """Return the answers of a party that refuses in its own words, by status, beside what the sandbox answers."""
    content = {"application/json": {"schema": schema}, **_PROBLEM, "text/html": {"schema": {}}}
    own: Json = {status: {"description": "拒绝", "content": content} for status in statuses}
    return dict.fromkeys(_ALWAYS, _GONE) | own


def asked(schema: Json) -> Json:
    """Return a JSON body that has to be there."""
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def operation(name: str, summary: str, path: str, answers: Json, **more: Any) -> Json:
    """Return an operation; `body` and `query` (names, needed or not) are what it is asked with."""
    parameters = [{"name": each, "in": "path", "required": True, "schema": TEXT} for each in _PARAMETER.findall(path)]
    for each, needed in more.pop("query", {}).items():
        parameters.append({"name": each, "in": "query", "required": needed, "schema": TEXT})
    body = more.pop("body", None)
    assert not more, "nothing else is known"
    return {
        "operationId": name,
        "summary": summary,
        "parameters": parameters,
        **({} if body is None else {"requestBody": body}),
        "responses": answers,
    }


def answer(schema: Json, media: str = "application/json") -> Json:
    """Return the answer of success."""
    return {"200": {"description": "成功", "content": {media: {"schema": schema}}}}
