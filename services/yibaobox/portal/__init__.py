"""医保公共服务平台: accounts, the personal hall, registration and suspension, the family account."""

import flask

from yibaobox.edge import rest
from yibaobox.portal.routes import accounts, applications, family, forms, hall

__all__ = ["create"]


def create() -> flask.Flask:
    """Return the application of the portal."""
    blueprints = (accounts.blueprint, hall.blueprint, forms.blueprint, applications.blueprint, family.blueprint)
    return rest.service("portal", "yibaobox 医保公共服务平台", blueprints, docs="/portal/v1")
