"""What a client of one contract would trip over in another: changes that break, each with the place where it stands.

A request may ask for less than before and take more; a reply may promise more and hold less. What goes the other way is
named: an address, an operation, a parameter or a field that is gone; something newly asked for; a type, a list of
values or a bound that is narrower for what is sent, or wider for what is answered. New statuses of refusals are no
break, for every client has to reckon with a refusal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

METHODS: Final = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
_VERSION: Final = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_FEWEST: Final = ("minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum")
_MOST: Final = ("maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum")
_SHAPES: Final = ("pattern", "format", "multipleOf")
_CHOICES: Final = ("anyOf", "oneOf")
_UNION: Final = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
_SUCCESS: Final = "2"
_DEPTH: Final = 24

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Break:
    """One change: in which contract, where, and what."""

    contract: str
    place: str
    change: str

    def __str__(self) -> str:
        return f"{self.contract}: {self.place}: {self.change}"


def latest(folder: Path) -> Path | None:
    """Return the folder of the newest release below a folder of releases, each named by its version."""
    if not folder.is_dir():
        return None
    released = {
        tuple(int(part) for part in match.groups()): path
        for path in folder.iterdir()
        if (match := _VERSION.fullmatch(path.name))
    }
    return released[max(released)] if released else None


def compare(old: Path, new: Path) -> list[Break]:
    """Return what breaks between two documents, or between two folders of them."""
    if old.is_file():
        return list(breaks(old.stem, _read(old), _read(new)))
    found: list[Break] = []
    for path in sorted(old.glob("*.yaml")):
        if (new / path.name).exists():
            found += breaks(path.stem, _read(path), _read(new / path.name))
        else:
            found.append(Break(path.stem, "-", "the contract is gone"))
    return found


def breaks(name: str, old: Json, new: Json) -> Iterator[Break]:
    """Yield what breaks between two OpenAPI documents."""
    for path, before in old["paths"].items():
        after = new["paths"].get(path)
        if after is None:
            yield Break(name, path, "the path is gone")
            continue
        for method in METHODS:
            if method in before and method not in after:
                yield Break(name, f"{method.upper()} {path}", "the operation is gone")
            elif method in before:
                sides = _Operation(old, before, method), _Operation(new, after, method)
                yield from (Break(name, f"{method.upper()} {path} {place}", said) for place, said in _operation(*sides))


Found = Iterator[tuple[str, str]]


class _Operation:
    """One operation of a document, with references followed."""

    def __init__(self, document: Json, item: Json, method: str) -> None:
        self.document = document
        self.spec: Json = item[method]
        given = [self.resolved(each) for each in (*item.get("parameters", ()), *self.spec.get("parameters", ()))]
        self.parameters = {(each["in"], each["name"]): each for each in given}

    def resolved(self, node: Json) -> Json:
        """Follow references from a node."""
        return _resolved(self.document, node)

    @property
    def body(self) -> Json:
        """The request body, empty where there is none."""
        return self.resolved(self.spec.get("requestBody", {}))

    @property
    def secured(self) -> bool:
        """Whether a client has to prove who it is."""
        asked = self.spec.get("security", self.document.get("security", []))
        return bool(asked) and {} not in asked


def _operation(old: _Operation, new: _Operation) -> Found:
    if new.secured and not old.secured:
        yield "security", "credentials are now asked for"
    yield from _parameters(old, new)
    yield from _body(old, new)
    yield from _responses(old, new)


def _parameters(old: _Operation, new: _Operation) -> Found:
    for key, before in old.parameters.items():
        where = f"{key[0]} parameter {key[1]}"
        after = new.parameters.get(key)
        if after is None:
            yield where, "the parameter is gone"
            continue
        if after.get("required") and not before.get("required"):
            yield where, "the parameter is now required"
        yield from _Schemas(old, new, asked=True).compare(before.get("schema", {}), after.get("schema", {}), where)
    for key, after in new.parameters.items():
        if key not in old.parameters and after.get("required"):
            yield f"{key[0]} parameter {key[1]}", "a required parameter is new"


def _body(old: _Operation, new: _Operation) -> Found:
    before, after = old.body, new.body
    if after.get("required") and not before.get("required"):
        yield "request", "a body is now required"
    for media, content in before.get("content", {}).items():
        if media not in after.get("content", {}):
            yield f"request {media}", "the media type is gone"
            continue
        pair = content.get("schema", {}), after["content"][media].get("schema", {})
        yield from _Schemas(old, new, asked=True).compare(*pair, "request")


def _responses(old: _Operation, new: _Operation) -> Found:
    known, now = old.spec.get("responses", {}), new.spec.get("responses", {})
    for status, reply in known.items():
        if status not in now:
            if status.startswith(_SUCCESS):
                yield f"response {status}", "the status is gone"
            continue
        yield from _reply(old, new, status, (old.resolved(reply), new.resolved(now[status])))
    for status in now:
        if status.startswith(_SUCCESS) and status not in known:
            yield f"response {status}", "a status of success is new"


def _reply(old: _Operation, new: _Operation, status: str, pair: tuple[Json, Json]) -> Found:
    before, after = (side.get("content", {}) for side in pair)
    for media, content in before.items():
        if media not in after:
            yield f"response {status} {media}", "the media type is gone"
            continue
        schemas = content.get("schema", {}), after[media].get("schema", {})
        yield from _Schemas(old, new, asked=False).compare(*schemas, f"response {status}")


class _Schemas:
    """Compares two schemas: `asked` says that clients send the value, else that they are sent it."""

    def __init__(self, old: _Operation, new: _Operation, *, asked: bool) -> None:
        self._old = old
        self._new = new
        self._asked = asked

    def compare(self, before: Any, after: Any, where: str, depth: int = 0) -> Found:
        """Yield what breaks between two schemas."""
        old, new = _flat(self._old.document, before), _flat(self._new.document, after)
        if depth > _DEPTH or old == new == {}:
            return
        yield from self._types(old, new, where)
        yield from self._values(old, new, where)
        yield from self._bounds(old, new, where)
        yield from self._fields(old, new, where, depth)
        if "items" in old and "items" in new:
            yield from self.compare(old["items"], new["items"], f"{where}[]", depth + 1)
        yield from self._choices(old, new, where, depth)

    def _types(self, old: Json, new: Json, where: str) -> Found:
        before, after = _types_of(old), _types_of(new)
        lost, added = before - after, after - before
        if self._asked and lost:
            yield where, f"the type {_listed(lost)} is no longer taken"
        if not self._asked and added:
            yield where, f"the type {_listed(added)} is now answered"

    def _values(self, old: Json, new: Json, where: str) -> Found:
        before, after = _values_of(old), _values_of(new)
        narrow, wide = (after, before) if self._asked else (before, after)
        if narrow is None:
            return
        if wide is None:
            yield where, "the values are now a closed list" if self._asked else "the values are no longer a closed list"
        elif missing := wide - narrow:
            yield where, f"the value {_listed(missing)} is {'no longer taken' if self._asked else 'now answered'}"

    def _bounds(self, old: Json, new: Json, where: str) -> Found:
        narrow, wide = (new, old) if self._asked else (old, new)
        for names, closer in ((_FEWEST, _above), (_MOST, _below)):
            for name in names:
                if name in narrow and (name not in wide or closer(narrow[name], wide[name])):
                    yield where, f"{name} was {old.get(name, 'open')}, is {new.get(name, 'open')}"
        for name in _SHAPES:
            if name in narrow and narrow[name] != wide.get(name):
                yield where, f"{name} was {old.get(name, 'open')}, is {new.get(name, 'open')}"

    def _fields(self, old: Json, new: Json, where: str, depth: int) -> Found:
        before, after = old.get("properties", {}), new.get("properties", {})
        open_now = new.get("additionalProperties", True) is not False
        for name, schema in before.items():
            place = _inside(where, name, depth)
            if name in after:
                yield from self.compare(schema, after[name], place, depth + 1)
            elif not self._asked or not open_now:
                yield place, "the field is gone"
        yield from self._required(old, new, where, depth)
        if self._asked and not open_now and old.get("additionalProperties", True) is not False:
            yield where, "unknown fields are now refused"

    def _required(self, old: Json, new: Json, where: str, depth: int) -> Found:
        before, after = set(old.get("required", ())), set(new.get("required", ()))
        if self._asked:
            for name in sorted(after - before):
                known = name in old.get("properties", {})
                yield _inside(where, name, depth), "the field is now required" if known else "a required field is new"
        else:
            for name in sorted((before - after) & set(new.get("properties", {}))):
                yield _inside(where, name, depth), "the field is no longer always there"

    def _choices(self, old: Json, new: Json, where: str, depth: int) -> Found:
        """Hold alternatives to each other by their order: here they are written by hand and seldom change."""
        before: list[Any] = next((old[name] for name in _CHOICES if name in old), [])
        after: list[Any] = next((new[name] for name in _CHOICES if name in new), [])
        if len(before) != len(after):
            fewer = len(after) < len(before)
            if fewer == self._asked:
                yield where, "an alternative is gone" if fewer else "an alternative is new"
            return
        for number, pair in enumerate(zip(before, after, strict=True)):
            yield from self.compare(*pair, f"{where}({number})", depth + 1)


def _inside(where: str, name: str, depth: int) -> str:
    return f"{where}.{name}" if depth else f"{where} {name}"


def _flat(document: Json, schema: Any) -> Json:
    """Follow references, and lay what stands in `allOf` over each other."""
    if not isinstance(schema, Mapping):
        return {} if schema is True or schema is None else {"not": {}}
    found = _resolved(document, schema)
    if "allOf" not in found:
        return found
    merged: dict[str, Any] = {key: value for key, value in found.items() if key != "allOf"}
    for part in found["allOf"]:
        flat = _flat(document, part)
        merged["properties"] = {**merged.get("properties", {}), **flat.get("properties", {})}
        merged["required"] = [*merged.get("required", ()), *flat.get("required", ())]
        merged |= {key: value for key, value in flat.items() if key not in ("properties", "required")}
    return merged


def _resolved(document: Json, node: Json) -> Json:
    for _ in range(_DEPTH):
        reference = node.get("$ref")
        if reference is None:
            return node
        found: Any = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        node = found
    return {}


def _types_of(schema: Json) -> frozenset[str]:
    """Return the types that a schema lets in, as far as it says so itself."""
    said = schema.get("type")
    if said is None and "const" in schema:
        return _UNION
    types = _UNION if said is None else frozenset([said] if isinstance(said, str) else said)
    return types | {"integer"} if "number" in types else types


def _values_of(schema: Json) -> frozenset[str] | None:
    if "const" in schema:
        return frozenset([repr(schema["const"])])
    return frozenset(repr(value) for value in schema["enum"]) if "enum" in schema else None


def _above(narrow: Any, wide: Any) -> bool:
    return bool(narrow > wide)


def _below(narrow: Any, wide: Any) -> bool:
    return bool(narrow < wide)


def _listed(values: frozenset[str]) -> str:
    return ", ".join(sorted(values))


def _read(path: Path) -> Json:
    read: Json = yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    return read
