"""亲情账户: add relatives and show their codes (C2)."""

from typing import Any, Final

from yibaobox.credential import activate, parts
from yibaobox.domain import clock, credentials, people
from yibaobox.domain.credentials import Check, Code, Member, Session, members
from yibaobox.domain.errors import InvalidInput
from yibaobox.domain.store import Tx
from yibaobox.edge import masks

PLEDGE: Final = (
    "个人承诺书：本人承诺所填写的家庭成员信息真实有效，与该家庭成员的亲属关系属实，并已征得其（或依法作为监护人）同意；"
    "本人仅为该家庭成员就医购药展示其医保电子凭证，不作他用，并承担因不实承诺产生的法律责任。"
)


def pledge() -> dict[str, Any]:
    """Return the pledge, the ways of binding and the ages they are for."""
    ways = [{"way": code, "name": name} for code, name in members.WAYS.items()]
    return {"version": members.PLEDGE, "text": PLEDGE, "ways": ways, "guarded_under": members.GUARDED_UNDER}


def add(tx: Tx, held: Session, asked: dict[str, Any]) -> Member:
    """Add a relative by name and number, in a way that fits their age."""
    if not asked["pledged"]:
        raise InvalidInput("请先阅读并签署个人承诺书", field="pledged")
    member = activate.known(tx, asked["id_no"], asked["name"])
    activate.check_claimable(tx, member)
    made = members.add(tx, people.get(tx, held.psn_no), member, asked["relation"], asked["way"], channel=held.channel)
    if made.state == "ACTIVE":
        parts.settle(tx, made.member)
    return made


def confirm(tx: Tx, held: Session, binding_id: int) -> tuple[Member, Check]:
    """Check the relative's own face."""
    found = members.get(tx, held.psn_no, binding_id)
    check = members.confirm(tx, found, people.get(tx, found.member).age_on(tx.today), held.channel)
    if check.outcome == "passed":
        parts.settle(tx, found.member)
    return members.get(tx, held.psn_no, binding_id), check


def show_code(tx: Tx, held: Session, binding_id: int) -> Code:
    """Issue a relative's code; the patient is the relative, and the record says who showed it."""
    found = members.get(tx, held.psn_no, binding_id)
    members.check_shows(found, people.get(tx, found.member).age_on(tx.today))
    return credentials.issue_code(tx, found.member, shown_by=held.psn_no, channel=held.channel)


def listed(tx: Tx, psn_no: str) -> dict[str, Any]:
    """Return whom one has added, and who may show one's own code."""
    return {
        "members": [told(tx, one, one.member) for one in members.listed(tx, psn_no)],
        "shown_by": [told(tx, one, one.holder) for one in members.showing(tx, psn_no)],
    }


def told(tx: Tx, one: Member, other: str) -> dict[str, Any]:
    """Return a binding as one side sees it: the other side's name and number are masked."""
    person, member = people.get(tx, other), people.get(tx, one.member)
    grown = one.way == "guardian" and member.age_on(tx.today) >= members.GUARDED_UNDER
    return {
        "binding_id": one.binding_id,
        "name": masks.mask_name(person.name),
        "id_no": masks.mask_id(person.id_no),
        "relation": one.relation,
        "way": one.way,
        "state": "FACE_PENDING" if grown else one.state,
        "since": None if one.activated_us is None else clock.rfc3339(one.activated_us),
    }
