"""Identify a patient for an institution: by a code, by an authorisation, by a serial number (C5)."""

from dataclasses import dataclass
from typing import Any

from yibaobox.credential import parts, purposes
from yibaobox.domain import clock, credentials, people
from yibaobox.domain.credentials import Grant, Granted
from yibaobox.domain.people import institutions
from yibaobox.domain.people.persons import Person
from yibaobox.domain.store import Tx
from yibaobox.edge import masks


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose code it was, the region their credential shows, and what the institution gets."""

    person: Person
    region: str
    decoded: credentials.Decoded


def decode(tx: Tx, *, code: str, institution: str, purpose: str, operator: str, operator_name: str) -> Identity:
    """Use the code up and return whose it is, with the institution's token."""
    purposes.check(purpose)
    known = institutions.get(tx, institution)
    found = credentials.decode(tx, code, known.code, purpose=purpose, operator=operator, operator_name=operator_name)
    person = people.get(tx, found.psn_no)
    return Identity(person, parts.region_of(tx, person), found)


def authorise(tx: Tx, held: credentials.Session, institution: str, binding_id: int | None) -> credentials.Code:
    """Let an institution's program ask for payment: for oneself, or for a relative whose credential one shows."""
    known = institutions.get(tx, institution)
    patient = held.psn_no
    if binding_id is not None:
        bound = credentials.members.get(tx, held.psn_no, binding_id)
        credentials.members.check_shows(bound, people.get(tx, bound.member).age_on(tx.today))
        patient = bound.member
    return credentials.authorise(tx, Grant(patient, held.psn_no, known.code, held.channel, purposes.PAYING))


def told(tx: Tx, granted: Granted) -> dict[str, str]:
    """Return what an authorisation is redeemed for, as `userQuery` names it.

    The number of a payment for a relative is `family_pay_auth_no`, and only then there is a `family_user_…`.
    """
    grant = granted.grant
    holder, patient = people.get(tx, grant.holder), people.get(tx, grant.psn_no)
    document = {
        "user_name": holder.name,
        "user_card_no": holder.id_no,
        "user_card_type": holder.id_type,
        "auth_no": granted.auth_no,
        "ec_token": granted.token,
        "city_id": parts.region_of(tx, patient),
        "expires_at": clock.rfc3339(granted.expires_us),
    }
    if grant.holder == grant.psn_no:
        return document | {"pay_auth_no": granted.pay_auth_no}
    return document | {
        "family_pay_auth_no": granted.pay_auth_no,
        "family_user_name": patient.name,
        "family_user_card_no": patient.id_no,
        "family_user_card_type": patient.id_type,
    }


def decodings(tx: Tx, psn_no: str) -> list[dict[str, Any]]:
    """Return who decoded a person's codes, for the person; a relative who showed one is masked."""
    return [_shown(tx, one) for one in credentials.decodings(tx, psn_no=psn_no)]


def _shown(tx: Tx, one: dict[str, Any]) -> dict[str, Any]:
    shower = None if one["shown_by"] is None else masks.mask_name(people.get(tx, one["shown_by"]).name)
    names = ("institution", "purpose", "operator_name", "auth_no", "channel", "at")
    return {name: one[name] for name in names} | {"purpose_name": purposes.name(one["purpose"]), "shown_by": shower}
