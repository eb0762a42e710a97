"""Who is asking: the bearer token of a request, of somebody for themselves or of an agent with a live consent."""

from __future__ import annotations

from yibaobox.domain.accounts import logins
from yibaobox.domain.errors import NotFound
from yibaobox.domain.store import Tx
from yibaobox.edge import context


def held(tx: Tx, *scopes: str) -> logins.Session:
    """Return the session of this request; refuse one without (NOT_SIGNED_IN).

    `scopes` are the affairs (`consents.SCOPES`) in which an agent may do this, any one of them; without any it is for
    oneself alone. To an agent without leave a thing looks as if it did not exist.
    """
    found = logins.session(tx, context.bearer("请先登录").strip())
    context.note(person=found.psn_no)
    if found.consent is not None and not set(scopes) & set(found.consent.scopes):
        raise NotFound("没有这项内容，或不能代为办理")
    return found


def holder(tx: Tx, *scopes: str) -> str:
    """Return the psn_no of whom the session is about; see `held`."""
    return held(tx, *scopes).psn_no
