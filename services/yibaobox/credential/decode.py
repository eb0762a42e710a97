"""Decode a code for an institution (C5)."""

from yibaobox.domain import credentials, people
from yibaobox.domain.credentials import Decoded
from yibaobox.domain.people import institutions
from yibaobox.domain.people.persons import Person
from yibaobox.domain.store import Tx


def decode(
    tx: Tx, *, code: str, institution: str, purpose: str, operator: str, operator_name: str
) -> tuple[Person, Decoded]:
    """Use the code up and return whose it is, with the institution's token."""
    known = institutions.get(tx, institution)
    found = credentials.decode(tx, code, known.code, purpose=purpose, operator=operator, operator_name=operator_name)
    return people.get(tx, found.psn_no), found
