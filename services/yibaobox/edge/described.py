"""The OpenAPI side of the REST services: what marshmallow and flask-smorest leave unsaid is said here.

A contract is complete: every status that a route may answer with stands at the route, and a value that the contract
allows is not refused by its form. So there is no `default` response.
"""

from __future__ import annotations

import http
from collections.abc import Mapping
from typing import Any, Final

import marshmallow as ma
from apispec import APISpec, BasePlugin
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter

from yibaobox.edge import fields

BEARER: Final = "bearer"
# A world named wrongly, none of that name, an address that lost its last part, a database that keeps refusing.
_OF_EVERY_ROUTE: Final = (400, 404, 405, 503)
_UNAUTHORIZED: Final = 401
# Tabs and line breaks are the only controls that a text may hold.
_PLAIN: Final = "^[^\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F]*$"


def marshmallow_plugin() -> MarshmallowPlugin:
    """Return the plug-in that turns schemas into components, each by the name of its class."""
    return _Plugin(schema_name_resolver=_schema_name)


class Operations(BasePlugin):
    """Completes each operation: its id, the statuses of every route, who has to sign in.

    `always` are statuses that any route of the service may answer with. A service that may always ask for a token
    (401) asks for it in some installations only.
    """

    def __init__(self, always: tuple[int, ...] = ()) -> None:
        self._always = always

    def init_spec(self, spec: APISpec) -> None:
        """Declare the bearer token."""
        super().init_spec(spec)
        spec.components.security_scheme(BEARER, {"type": "http", "scheme": "bearer"})

    def operation_helper(
        self, path: str | None = None, operations: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        """Complete the operations of one address."""
        del path
        for operation in (operations or {}).values():
            self._complete(operation, kwargs["rule"].endpoint)

    def _complete(self, operation: dict[str, Any], endpoint: str) -> None:
        operation["operationId"] = endpoint
        responses = operation.setdefault("responses", {})
        own = {str(status) for status in responses}
        for status in (*_OF_EVERY_ROUTE, *self._always):
            if str(status) not in own:
                responses[str(status)] = http.HTTPStatus(status).name
        if _UNAUTHORIZED in self._always:
            operation.setdefault("security", [{}, {BEARER: []}])
        elif str(_UNAUTHORIZED) in own:
            operation.setdefault("security", [{BEARER: []}])


def needs_body(asks: ma.Schema) -> bool:
    """Tell whether a body has to be sent: one whose fields are all optional may be left out."""
    return any(field.required for field in asks.fields.values())


class _Converter(OpenAPIConverter):
    """Writes fields as the reader of requests takes them."""

    def init_attribute_functions(self) -> None:
        super().init_attribute_functions()  # type: ignore[no-untyped-call]
        self.add_attribute_function(_written)  # type: ignore[no-untyped-call]


class _Plugin(MarshmallowPlugin):
    Converter = _Converter


def _written(converter: _Converter, field: ma.fields.Field[Any], ret: Mapping[str, Any], **__: Any) -> dict[str, Any]:
    """Return what is to be said of a field beyond what apispec finds out by itself."""
    told: dict[str, Any] = dict(getattr(field, "described", {}))
    if "pattern" in ret:
        # An expression is held to the whole text, and `\Z` is known to Python alone.
        told["pattern"] = f"^{ret['pattern'].removesuffix(chr(92) + 'Z')}$"
    elif isinstance(field, ma.fields.Dict) and isinstance(field.key_field, fields.String) and _is_asked(field):
        names = converter.field2property(field.key_field)
        told["propertyNames"] = {name: value for name, value in names.items() if name != "type"}
    elif type(field) is ma.fields.Raw and _is_asked(field) and not field.allow_none and "type" not in ret:
        told["type"] = ["array", "boolean", "number", "object", "string"]
    elif isinstance(field, fields.String) and _is_asked(field) and "enum" not in ret:
        told["pattern"] = _PLAIN
        if not field.validators:
            told["maxLength"] = fields.TEXT_MAX
    return told


def _is_asked(field: ma.fields.Field[Any]) -> bool:
    return bool(getattr(field.root, "asked", False))


def _schema_name(schema: Any) -> str:
    made = schema if isinstance(schema, type) else type(schema)
    return made.__name__.removesuffix("Schema")
