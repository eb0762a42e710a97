"""医保电子凭证: activation by face, codes to show, relatives' codes, decoding by institutions."""

import flask

from yibaobox.credential import local, user_query
from yibaobox.credential.routes import codes, holders, institutions, relatives
from yibaobox.edge import rest

__all__ = ["create"]


def create() -> flask.Flask:
    """Return the application of the credential."""
    blueprints = (holders.blueprint, codes.blueprint, relatives.blueprint, institutions.blueprint)
    app = rest.service("credential", "yibaobox 医保电子凭证", blueprints, docs="/ec/v1")
    local.install(app)
    user_query.install(app)
    return app
