"""Insurance as a gateway meets it that collects for it and for cash at once: who pays, for whom, by which consent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from yibaobox.domain import credentials, family, people
from yibaobox.domain.errors import NotFound
from yibaobox.domain.store import Tx
from yibaobox_mocks import ports


class Insured:
    """The credential answers for people and their consent, the centre of hospitals' orders for what is settled."""

    def __init__(self, claims: ports.Claims | None = None) -> None:
        self.claims = claims

    def holder(self, tx: ports.Tx, psn_no: str) -> ports.Holder | None:
        """Return a person."""
        try:
            found = people.get(cast("Tx", tx), psn_no)
        except NotFound:
            return None
        active = credentials.holder(cast("Tx", tx), psn_no).active
        return ports.Holder(found.psn_no, found.name, found.id_no, active)

    def relatives(self, tx: ports.Tx, psn_no: str) -> Sequence[ports.Holder]:
        """Return whose bill a person may pay: those who share the account either way."""
        own = cast("Tx", tx)
        numbers = {each.member for each in family.members(own, psn_no)}
        numbers |= {each.giver for each in family.givers(own, psn_no)}
        return [found for each in sorted(numbers) if (found := self.holder(tx, each)) is not None]

    def consent(self, tx: ports.Tx, pay_auth_no: str) -> ports.Consent | None:
        """Return an authorisation of the credential."""
        try:
            found = credentials.pay_auth(cast("Tx", tx), pay_auth_no)
        except NotFound:
            return None
        return ports.Consent(found.psn_no, found.holder, found.state == "live")

    def spend(self, tx: ports.Tx, pay_auth_no: str, used_by: str) -> None:
        """Use an authorisation up."""
        credentials.use_pay_auth(cast("Tx", tx), pay_auth_no, used_by)
