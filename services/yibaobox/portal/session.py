"""Who is asking: the bearer token of a request."""

from __future__ import annotations

from typing import Final

import flask

from yibaobox.domain.accounts import logins
from yibaobox.domain.errors import NotSignedIn
from yibaobox.domain.store import Tx
from yibaobox.edge import context

_BEARER: Final = "Bearer "


def held(tx: Tx) -> logins.Session:
    """Return the session of this request; refuse one without (NOT_SIGNED_IN)."""
    header = flask.request.headers.get("Authorization", "")
    if not header.startswith(_BEARER):
        raise NotSignedIn("请先登录")
    found = logins.session(tx, header.removeprefix(_BEARER).strip())
    context.note(person=found.psn_no)
    return found


def holder(tx: Tx) -> str:
    """Return the psn_no of whoever is signed in."""
    return held(tx).psn_no
