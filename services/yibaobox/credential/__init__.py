"""医保电子凭证: activation by face, codes to show, decoding by institutions."""

import flask

from yibaobox.credential import local, routes
from yibaobox.edge import rest

__all__ = ["create"]


def create() -> flask.Flask:
    """Return the application of the credential."""
    app = rest.service("credential", "yibaobox 医保电子凭证", (routes.blueprint,), docs="/ec/v1")
    local.install(app)
    return app
