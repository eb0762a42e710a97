"""A blueprint of control routes, typed as the Flask blueprint it is (flask-smorest carries no types)."""

from typing import Final

import flask
from flask_smorest import Blueprint  # type: ignore[import-untyped]

PREFIX: Final = "/_sandbox/v1"


def blueprint(name: str, description: str, prefix: str | None = None) -> flask.Blueprint:
    """Return the blueprint of one subject, below `/_sandbox/v1/<name>` unless said otherwise."""
    url_prefix = f"{PREFIX}/{name}" if prefix is None else prefix
    made: flask.Blueprint = Blueprint(name, __name__, url_prefix=url_prefix, description=description)
    return made
