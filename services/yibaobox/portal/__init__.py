"""医保公共服务平台: accounts, the personal hall, registration and suspension, the family account, freshmen."""

import flask

from yibaobox.edge import rest
from yibaobox.portal.outside import EXTENSION, Outside
from yibaobox.portal.routes import (
    accounts,
    applications,
    changes,
    chronic,
    consents,
    doors,
    family,
    filings,
    flexible,
    forms,
    freshman,
    hall,
)

__all__ = ["Outside", "create"]


def create(outside: Outside) -> flask.Flask:
    """Return the application of the portal."""
    blueprints = (
        accounts.blueprint,
        doors.blueprint,
        consents.blueprint,
        hall.blueprint,
        forms.blueprint,
        flexible.blueprint,
        changes.blueprint,
        applications.blueprint,
        family.blueprint,
        filings.blueprint,
        chronic.blueprint,
        freshman.blueprint,
    )
    app = rest.service("portal", "yibaobox 医保公共服务平台", blueprints, docs="/portal/v1")
    app.extensions[EXTENSION] = outside
    return app
