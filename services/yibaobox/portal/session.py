"""Who is asking: the bearer token of a request."""

from __future__ import annotations

from yibaobox.domain.accounts import logins
from yibaobox.domain.store import Tx
from yibaobox.edge import context


def held(tx: Tx) -> logins.Session:
    """Return the session of this request; refuse one without (NOT_SIGNED_IN)."""
    found = logins.session(tx, context.bearer("请先登录").strip())
    context.note(person=found.psn_no)
    return found


def holder(tx: Tx) -> str:
    """Return the psn_no of whoever is signed in."""
    return held(tx).psn_no
