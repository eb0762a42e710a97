"""Step 1 of the wizard: the person proves to be who they say, by ID number, name and mobile."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Final

from yibaobox.domain import people
from yibaobox.domain.billing import sessions
from yibaobox.domain.errors import CheckFailed
from yibaobox.domain.people import Person
from yibaobox.domain.store import Tx
from yibaobox.tax import tokens

_OTHERWISE: Final = "身份核验未通过，请核对证件号码、姓名和手机号码"


@dataclass(frozen=True, slots=True)
class Identified:
    """A person and the session that they got; only its owner ever sees the token."""

    person: Person
    token: str
    expires_us: int


def identify(tx: Tx, id_no: str, name: str, mobile: str, otherwise: str = _OTHERWISE) -> Identified:
    """Open a session for the person; whichever of the three is wrong, the answer is the same."""
    person = people.find_by_id_no(tx, id_no)
    if person is None or not _same(person.name, name) or not _same(person.mobile, mobile):
        raise CheckFailed(otherwise)
    token = tokens.token()
    session = sessions.begin(tx, person.psn_no, token)
    return Identified(person, token, session.expires_us)


def _same(known: str, said: str) -> bool:
    """Compare without telling by the time it takes how much was right."""
    return hmac.compare_digest(known.encode(), said.encode("utf-8", "surrogatepass"))
