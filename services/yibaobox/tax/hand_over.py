"""T4: somebody comes by a signed ticket, without saying again who they are, and goes back with the signed result."""

from __future__ import annotations

from urllib.parse import urlencode

from yibaobox.domain import clock
from yibaobox.domain.billing import bills, handovers
from yibaobox.domain.billing.handovers import HandOver
from yibaobox.domain.store import Tx
from yibaobox.tax import states
from yibaobox.tax.identify import Identified, identify


def arrive(tx: Tx, secret: str, ticket: str) -> tuple[Identified, HandOver]:
    """Open a session for the person that a ticket names; the ticket works once."""
    facts = handovers.opened(secret, ticket)
    found = identify(tx, facts["id_no"], facts["name"], facts["mobile"], "跳转凭据的人员信息核验未通过")
    return found, handovers.come(tx, found.person.psn_no, facts, found.token)


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
