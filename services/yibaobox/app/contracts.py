"""The contracts of all services as OpenAPI documents, made from the code that answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import flask
import yaml

from yibaobox import __version__, credential, portal, tax
from yibaobox.sandbox import control
from yibaobox.settlement import openapi

# Views are read, not called, so what they would act on may be missing.
REST: Final[Mapping[str, Callable[[], flask.Flask]]] = {
    "portal": portal.create,
    "tax": lambda: tax.create(None),  # type: ignore[arg-type]
    "credential": credential.create,
    "control": lambda: control.create(None),  # type: ignore[arg-type]
}
NAMES: Final = (*REST, "settlement")


def document(name: str) -> dict[str, Any]:
    """Return the OpenAPI document of a service."""
    if name == "settlement":
        return openapi.document(__version__)
    made: dict[str, Any] = REST[name]().extensions["yibaobox.api"].spec.to_dict()
    return made | {"info": made["info"] | {"version": __version__}}


def text(name: str) -> str:
    """Return the document as YAML, the form that is checked in."""
    plain = yaml.safe_load(yaml.dump(document(name), Dumper=_Plain, sort_keys=True))
    return yaml.safe_dump(plain, allow_unicode=True, sort_keys=True, width=120)


class _Plain(yaml.SafeDumper):
    """Write what marshmallow's plug-in leaves in a document: its own kinds of dict, list and text."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML asks about each
        return True


_Plain.add_multi_representer(dict, lambda dumper, data: dumper.represent_dict(dict(data).items()))
_Plain.add_multi_representer(list, lambda dumper, data: dumper.represent_list(list(data)))
_Plain.add_multi_representer(str, lambda dumper, data: dumper.represent_str(str(data)))
