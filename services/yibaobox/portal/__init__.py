"""医保公共服务平台: accounts, the personal hall, registration and suspension, the family account, freshmen."""

from importlib import import_module
from typing import Final

import flask

from yibaobox.edge import rest
from yibaobox.portal.outside import EXTENSION, Outside

__all__ = ["Outside", "create"]

_ROUTES: Final = (
    "accounts",
    "doors",
    "consents",
    "hall",
    "forms",
    "flexible",
    "changes",
    "applications",
    "family",
    "filings",
    "chronic",
    "freshman",
)


def create(outside: Outside) -> flask.Flask:
    """Return the application of the portal; its routes are loaded now, for its verbs are used without them too."""
    blueprints = tuple(import_module(f"{__name__}.routes.{name}").blueprint for name in _ROUTES)
    app = rest.service("portal", "yibaobox 医保公共服务平台", blueprints, docs="/portal/v1")
    app.extensions[EXTENSION] = outside
    return app
