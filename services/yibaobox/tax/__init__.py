"""税务 payment channel: identity, bills from enrolments, payment through wallets and family accounts, posting."""

from importlib import import_module

import flask

from yibaobox.edge import rest
from yibaobox.tax.jobs import HANDLERS
from yibaobox.tax.outside import EXTENSION, Outside
from yibaobox.tax.refund import TOPIC as REFUND_TOPIC

__all__ = ["HANDLERS", "REFUND_TOPIC", "Outside", "create"]


def create(outside: Outside) -> flask.Flask:
    """Return the application of the tax channel; its routes are loaded now, for its verbs are used without them too."""
    routes = import_module(f"{__name__}.routes")
    app = rest.service("tax", "yibaobox 税务缴费", routes.BLUEPRINTS, docs="/tax/v1")
    app.extensions[EXTENSION] = outside
    return app
