"""T4: somebody comes by a signed ticket, without saying again who they are, and goes back with the signed result."""

from __future__ import annotations

from urllib.parse import urlencode

from yibaobox.domain import clock, people
from yibaobox.domain.billing import bills, handovers, sessions
from yibaobox.domain.billing.handovers import HandOver
from yibaobox.domain.errors import CheckFailed
from yibaobox.domain.store import Tx
from yibaobox.tax import states, tokens
from yibaobox.tax.identify import Identified, same


def arrive(tx: Tx, secret: str, ticket: str) -> tuple[Identified, HandOver]:
    """Open a session for the person that a ticket names; the ticket works once."""
    facts = handovers.opened(secret, ticket)
    person = people.find_by_id_no(tx, facts["id_no"])
    if person is None or not same(person.name, facts["name"]) or not same(person.mobile, facts["mobile"]):
        raise CheckFailed("跳转凭据的人员信息核验未通过")
    token = tokens.token()
    session = sessions.begin(tx, person.psn_no, token)
    return Identified(person, token, session.expires_us), handovers.come(tx, person.psn_no, facts, token)


def leave(tx: Tx, secret: str, token: str) -> str:
    """Return where the person goes on, with the result of their bills, signed; once."""
    gone = handovers.go_back(tx, token)
    items = [
        {"bill_id": one.bill_id, "region": one.region, "year": one.year, "due_fen": one.due_fen}
        | {"state": states.state_of(tx, one)}
        for one in bills.of_person(tx, gone.psn_no)
    ]
    expires = clock.wall_us() // 1_000_000 + handovers.LIFE_S
    result = {"partner": gone.partner, "nonce": gone.nonce, "expires": expires, "bills": items}
    mark = "&" if "?" in gone.return_url else "?"
    return f"{gone.return_url}{mark}{urlencode({'result': handovers.sealed(secret, result)})}"
