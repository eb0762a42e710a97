"""The application behind `/_sandbox`: the blueprints of `routes`, gathered."""

import pkgutil
from importlib import import_module
from typing import Any, Final

import flask

from yibaobox.domain.errors import LedgerBroken
from yibaobox.edge import context, rest
from yibaobox.edge.refusals import NoSuchRoute
from yibaobox.sandbox import routes
from yibaobox.sandbox.blueprint import PREFIX
from yibaobox.sandbox.installation import EXTENSION, Installation

_SAFE: Final = ("GET", "HEAD", "OPTIONS")
_HEALING: Final = ("worlds", "snapshots", "requests")  # what may still be done to a world with broken books


def create(installation: Installation) -> flask.Flask:
    """Return the control application of an installation."""
    app = rest.service("sandbox", "yibaobox 控制接口", _blueprints(), docs=PREFIX, always=(401, 403))
    app.extensions[EXTENSION] = installation
    app.before_request(_readable)
    app.before_request(_note)
    app.before_request(_read_only)
    return app


def _blueprints() -> tuple[Any, ...]:
    names = sorted(module.name for module in pkgutil.iter_modules(routes.__path__))
    return tuple(import_module(f"{routes.__name__}.{name}").blueprint for name in names)


def _note() -> None:
    """Name the request in the journal: the view, and the person whom it is about."""
    request = flask.request
    context.note(op=request.endpoint or "control", person=(request.view_args or {}).get("psn_no"))


def _readable() -> None:
    """Refuse an address with NUL in it: no thing has such a name, and PostgreSQL cannot even be asked for it."""
    if "\0" in flask.request.path:
        raise NoSuchRoute("没有这个地址")


def _read_only() -> None:
    """Keep a world with broken books as it is, for whoever has to find out why; it may be restored or thrown away."""
    request = flask.request
    if request.environ.get(context.BROKEN) and request.method not in _SAFE and request.blueprint not in _HEALING:
        raise LedgerBroken("账目不平，沙盒世界已转为只读")
