"""What a patient presents: the electronic credential (01), the identity card (02), the social security card (03).

The number of a social security card is its holder's identity number. Whoever presents something that is not theirs
hears the same as about a person who does not exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain import credentials, people, visits
from yibaobox.domain.errors import InvalidInput, NotFound
from yibaobox.domain.people import id_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yibaobox.domain.people import Person
    from yibaobox.domain.visits import Visit
    from yibaobox.settlement.case import Case

ELECTRONIC: Final = "01"
CARD: Final = "03"
UNKNOWN: Final = "未查询到人员信息，请核对证件号码和姓名"


def holder_of(case: Case, data: Mapping[str, Any]) -> tuple[Person, str]:
    """Return the person who presents a credential, and the token of an electronic one (else "")."""
    if data["mdtrt_cert_type"] != ELECTRONIC:
        return _by_card(case, data), ""
    psn_no, token = _by_code(case, data["mdtrt_cert_no"])
    return people.get(case.tx, psn_no), token


def owner(case: Case, data: Mapping[str, Any]) -> Person:
    """Return the person whom a message names by number, when they present what is theirs."""
    try:
        person = people.get(case.tx, data["psn_no"])
    except NotFound:
        raise NotFound(UNKNOWN) from None
    check(case, data, person)
    return person


def check(case: Case, data: Mapping[str, Any], person: Person, visit: Visit | None = None) -> None:
    """Refuse a credential, a number or a name that is not this person's; a visit remembers what it began with."""
    if not agrees(data, person):
        raise NotFound(UNKNOWN)
    if not data["mdtrt_cert_no"]:  # only messages of stays may leave it out
        return
    if data["mdtrt_cert_type"] != ELECTRONIC:
        if data["mdtrt_cert_no"].upper() != person.id_no:
            raise NotFound(UNKNOWN)
        return
    begun = {} if visit is None else visit.registered
    if all(begun.get(name) == data[name] for name in ("mdtrt_cert_type", "mdtrt_cert_no")):
        return
    if _shown_before(case, data["mdtrt_cert_no"]) != person.psn_no:
        raise NotFound(UNKNOWN)


def agrees(data: Mapping[str, Any], person: Person) -> bool:
    """Tell whether the kind of identity paper, its number and the name, where given, are this person's."""
    facts = {"psn_cert_type": person.id_type, "certno": person.id_no, "psn_name": person.name}
    given = {name: data[name].upper() if name == "certno" else data[name] for name in facts if data.get(name)}
    return all(facts[name] == value for name, value in given.items())


def _by_card(case: Case, data: Mapping[str, Any]) -> Person:
    if data["mdtrt_cert_type"] == CARD and not data["card_sn"]:
        raise InvalidInput("data.card_sn（卡识别码）：就诊凭证类型为社会保障卡时必填", field="card_sn")
    number = id_numbers.parse(data["mdtrt_cert_no"].upper()).text
    person = people.find_by_id_no(case.tx, number)
    if person is None:
        raise NotFound(UNKNOWN)
    return person


def _by_code(case: Case, text: str) -> tuple[str, str]:
    """Identify by a token, or use a code up: it works once, and this institution's visits may name it later."""
    try:
        return credentials.identify(case.tx, text, case.institution.code), text
    except NotFound:
        operator, name = case.header["opter"], case.header["opter_name"]
        found = credentials.decode(
            case.tx, text, case.institution.code, purpose="1101", operator=operator, operator_name=name
        )
    visits.presented(case.tx, case.institution.code, text, found.psn_no)
    return found.psn_no, found.token


def _shown_before(case: Case, text: str) -> str | None:
    """Return whose token or used-up code this is, for this institution."""
    try:
        return credentials.identify(case.tx, text, case.institution.code)
    except NotFound:
        return visits.identified(case.tx, case.institution.code, text)
