"""Who is asking: the bearer token of a holder's session."""

from yibaobox.domain import credentials
from yibaobox.domain.credentials import Session
from yibaobox.domain.store import Tx
from yibaobox.edge import context


def held(tx: Tx) -> Session:
    """Return the session of this request; refuse one without (NOT_SIGNED_IN)."""
    found = credentials.held(tx, context.bearer("请先完成刷脸验证"))
    context.note(person=found.psn_no)
    return found


def holder(tx: Tx) -> str:
    """Return the psn_no of the holder whose session this is."""
    return held(tx).psn_no
