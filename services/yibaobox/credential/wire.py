"""Replies of the addresses that others than we have laid out: JSON of their own, our machine code beside it."""

from collections.abc import Mapping
from typing import Any

import flask

from yibaobox.edge import strict_json
from yibaobox.edge.problems import CODE_HEADER


def reply(document: Mapping[str, Any], code: str = "") -> flask.Response:
    """Return a document as a reply; `code` tells which refusal it is."""
    made = flask.Response(strict_json.dumps(document), mimetype="application/json")
    if code:
        made.headers[CODE_HEADER] = code
    return made
