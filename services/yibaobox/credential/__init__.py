"""医保电子凭证: activation by face, codes to show, relatives' codes, decoding by institutions."""

from importlib import import_module
from typing import Final

import flask

from yibaobox.edge import rest

__all__ = ["create"]

_ROUTES: Final = ("holders", "codes", "relatives", "institutions")
_NATIONAL: Final = ("local", "user_query")


def create() -> flask.Flask:
    """Return the application of the credential; its routes are loaded now, for its verbs are used without them too."""
    blueprints = tuple(import_module(f"{__name__}.routes.{name}").blueprint for name in _ROUTES)
    app = rest.service("credential", "yibaobox 医保电子凭证", blueprints, docs="/ec/v1")
    for name in _NATIONAL:
        import_module(f"{__name__}.{name}").install(app)
    return app
