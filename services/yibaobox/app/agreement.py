"""Replies held to the contracts: is the status one that the operation names, and is the body what stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

from yibaobox.app import contracts
from yibaobox.domain.errors import Refusal
from yibaobox.edge import dispatch, problems, strict_json

METHODS: Final = ("get", "put", "post", "delete", "patch")
_NATIONAL: Final = "/fsi/api/"
_PREFIXES: Final = ("/portal/v1/", "/tax/v1/", "/ec/v1/", "/_sandbox/", _NATIONAL)
_PAGES: Final = re.compile(r"/(?:portal|tax|ec|_sandbox)/v1/(?:openapi\.json|docs(?:/.*)?)")
_WORLD: Final = re.compile(r"/w/[^/]+(?=/)")
_TEMPLATE: Final = re.compile(r"\{([^}]+)\}")
_JSON: Final = ("application/json", problems.MEDIA_TYPE)
_FORMATS: Final = FormatChecker(("date",))


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what came back; `asked` and `body` are bytes as they went over the wire."""

    method: str
    path: str
    asked: bytes
    status: int
    media_type: str
    body: bytes


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation of one contract."""

    service: str
    path: str
    method: str
    spec: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The operation id."""
        return str(self.spec["operationId"])

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What addresses of this operation look like."""
        made = "".join(
            f"(?P<{part}>.+)" if position % 2 else re.escape(part)
            for position, part in enumerate(_TEMPLATE.split(self.path))
        )
        return re.compile(made, re.DOTALL)

    def wrong(self, exchange: Exchange) -> str | None:
        """Say what of a reply is not as the contract says, or nothing."""
        status = str(exchange.status)
        if status not in self.spec["responses"]:
            return f"status {status} is not one of {', '.join(sorted(self.spec['responses']))}"
        reply = _resolved(self.service, self.spec["responses"][status])
        offered = reply.get("content", {})
        if not offered:
            return f"status {status} has no body" if exchange.body else None
        if exchange.media_type not in offered:
            return f"media type {exchange.media_type or 'none'} is not one of {', '.join(offered)}"
        if exchange.media_type not in _JSON:
            return None
        return self._body(status, exchange)

    def took(self, exchange: Exchange) -> str | None:
        """Say what of an accepted JSON request the contract does not allow, or nothing."""
        return self._request(exchange.asked) if exchange.asked else None

    def allows(self, asked: bytes) -> bool:
        """Tell whether the contract lets a JSON body in."""
        return self._request(asked) is None

    def _request(self, asked: bytes) -> str | None:
        if "application/json" not in self.spec.get("requestBody", {}).get("content", {}):
            return None
        return _judged(_validator(self, "requestBody/content/application~1json/schema"), asked)

    def _body(self, status: str, exchange: Exchange) -> str | None:
        where = self.spec["responses"][status].get("$ref")
        media = exchange.media_type.replace("/", "~1")
        place = f"content/{media}/schema"
        return _judged(_validator(self, place, where or f"responses/{status}"), exchange.body)


def find(exchange: Exchange) -> Operation | None:
    """Return the operation that a request means; a national transaction is known by its infno at every address."""
    path, method = _WORLD.sub("", exchange.path, count=1), exchange.method.lower()
    if path in dispatch.SINGLE_URLS or path.startswith(_NATIONAL):
        path = f"{_NATIONAL}{_infno(exchange.asked)}"
    fitting = [each for each in operations() if each.method == method and each.pattern.fullmatch(path)]
    return max(fitting, key=lambda each: len(_TEMPLATE.sub("", each.path)), default=None)


def wrong(exchange: Exchange) -> str | None:
    """Say what is wrong with an exchange, or nothing; what no contract covers has to be a plain refusal."""
    operation = find(exchange)
    if operation is not None:
        return operation.wrong(exchange)
    path = _WORLD.sub("", exchange.path, count=1)
    if not path.startswith(_PREFIXES) or path.startswith(_NATIONAL) or _PAGES.fullmatch(path):
        return None
    known = exchange.status >= 400 and exchange.media_type == problems.MEDIA_TYPE  # noqa: PLR2004 - a refusal
    return None if known or exchange.method in ("HEAD", "OPTIONS") else "no contract has this operation"


@cache
def operations() -> tuple[Operation, ...]:
    """Return every operation of every contract."""
    return tuple(each for service in contracts.NAMES for each in of(service))


def of(service: str) -> Iterator[Operation]:
    """Return the operations of one contract."""
    for path, item in _document(service)["paths"].items():
        for method in METHODS:
            if method in item:
                yield Operation(service, path, method, item[method])


@cache
def _document(service: str) -> dict[str, Any]:
    return contracts.plain(service)


@cache
def _validator(operation: Operation, place: str, where: str | None = None) -> Draft202012Validator:
    document = _document(operation.service)
    address = f"#/paths/{operation.path.replace('~', '~0').replace('/', '~1')}/{operation.method}"
    before = where if where and where.startswith("#") else "/".join(part for part in (address, where) if part)
    return Draft202012Validator(
        {"$ref": f"{before}/{place}", "paths": document["paths"], "components": document["components"]},
        format_checker=_FORMATS,
    )


def _judged(validator: Draft202012Validator, data: bytes) -> str | None:
    try:
        found = strict_json.loads(data, limit=len(data))
    except Refusal as refusal:
        return f"not JSON: {refusal.message}"
    error = best_match(validator.iter_errors(found))
    return None if error is None else f"{error.json_path}: {error.message}"


def _resolved(service: str, reply: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = reply.get("$ref")
    if reference is None:
        return reply
    found: Mapping[str, Any] = _document(service)["components"]["responses"][reference.rpartition("/")[2]]
    return found


def _infno(asked: bytes) -> str:
    try:
        message = strict_json.loads(asked, limit=len(asked))
    except Refusal:
        return ""
    return str(message.get("infno")) if isinstance(message, dict) else ""
