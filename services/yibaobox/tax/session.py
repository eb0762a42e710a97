"""The session of the request at hand."""

from __future__ import annotations

from yibaobox.domain.billing import sessions
from yibaobox.domain.billing.sessions import Session
from yibaobox.domain.store import Tx
from yibaobox.edge import context


def current(tx: Tx) -> Session:
    """Return the session of this request and name its person in the journal."""
    session = sessions.current(tx, token())
    context.note(person=session.psn_no)
    return session


def token() -> str:
    """Return the token of this request."""
    return context.bearer("请先完成身份核验")
