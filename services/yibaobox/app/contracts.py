"""The contracts of all services as OpenAPI documents, made from the code that answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import flask
import yaml

from yibaobox import __version__, credential, portal, tax
from yibaobox.edge import rest
from yibaobox.sandbox import control
from yibaobox.settlement import openapi
from yibaobox_mocks import contract as gateways

# Views are read, not called, so what they would act on may be missing.
REST: Final[Mapping[str, Callable[[], flask.Flask]]] = {
    "portal": lambda: portal.create(None),  # type: ignore[arg-type]
    "tax": lambda: tax.create(None),  # type: ignore[arg-type]
    "credential": credential.create,
    "control": lambda: control.create(None),  # type: ignore[arg-type]
}
GATEWAYS: Final = "gateways"
OURS: Final = (*REST, "settlement")  # of our own services: tried as a whole, by chance too
NAMES: Final = (*OURS, GATEWAYS)


def document(name: str) -> dict[str, Any]:
    """Return the OpenAPI document of a service."""
    if name == GATEWAYS:
        return gateways.document(__version__)
    if name == "settlement":
        return openapi.document(__version__)
    made: dict[str, Any] = REST[name]().extensions[rest.DOCUMENT]()
    return made | {"info": made["info"] | {"version": __version__}}


def text(name: str) -> str:
    """Return the document as YAML, the form that is checked in."""
    return yaml.safe_dump(plain(name), allow_unicode=True, sort_keys=True, width=120)


def plain(name: str) -> dict[str, Any]:
    """Return the document as a reader of its text sees it: marshmallow's plug-in leaves its own kinds of dict in it."""
    read: dict[str, Any] = json.loads(json.dumps(document(name)))
    return read
