"""亲情账户: whose credential a holder may show besides their own (C2).

Not the family account: that one shares money, this one shows codes. A member under sixteen is added by a guardian's
pledge, one of sixteen or more passes the face check themselves; a guardian's binding ends to serve on the sixteenth
birthday, until the member's own face confirms it. The sources name the steps and no ages; the ages here follow the
proof of relation (16), and how many members there may be is a choice of the sandbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from yibaobox.domain.credentials.activate import Check, look_at, set_up
from yibaobox.domain.errors import AlreadyExists, Conflicting, FamilyFull, InvalidInput, NotEligible, NotFound

if TYPE_CHECKING:
    from yibaobox.domain.people import Person
    from yibaobox.domain.store import Tx

GUARDED_UNDER: Final = 16
GUARDIAN_FROM: Final = 18
MEMBERS_MAX: Final = 6
PLEDGE: Final = "ec-family/1"
WAYS: Final = {"guardian": "监护人承诺", "face": "成员本人刷脸"}
RELATIONS: Final = (
    *("spouse", "parent", "child", "sibling", "paternal_grandparent", "maternal_grandparent"),
    *("sons_child", "daughters_child"),
)
_GUARDED: Final = (
    "child",
    "sibling",
    "sons_child",
    "daughters_child",
)  # what someone under sixteen can be to a guardian
_READ: Final = (
    "SELECT psn_no, binding_id, member_psn_no, relation, way, state, created_us, activated_us, ended_us FROM ec_members"
)


@dataclass(frozen=True, slots=True)
class Member:
    """A relative whose credential the holder shows, once the binding is active."""

    holder: str
    binding_id: int
    member: str
    relation: str
    way: str
    state: str
    created_us: int
    activated_us: int | None
    ended_us: int | None


def way_of(age: int) -> str:
    """Return the way of binding that an age asks for."""
    return "guardian" if age < GUARDED_UNDER else "face"


def check_ages(holder_age: int, member_age: int, relation: str, way: str) -> None:
    """Refuse a way of binding or a relation that the ages do not allow."""
    if relation not in RELATIONS:
        raise InvalidInput(f"亲属关系须为 {'、'.join(RELATIONS)} 之一", field="relation")
    if way != way_of(member_age):
        words = f"未满{GUARDED_UNDER}周岁由监护人承诺添加，满{GUARDED_UNDER}周岁须本人刷脸"
        raise InvalidInput(f"绑定方式与家庭成员年龄不符：{words}", field="way")
    if way == "guardian" and holder_age < GUARDIAN_FROM:
        raise NotEligible(f"监护人须年满{GUARDIAN_FROM}周岁")
    if way == "guardian" and relation not in _GUARDED:
        raise InvalidInput("亲属关系与家庭成员年龄不符", field="relation")


def add(tx: Tx, holder: Person, member: Person, relation: str, way: str, *, channel: str) -> Member:
    """Add a relative: active at once by a guardian's pledge, otherwise when the member's face was checked."""
    if holder.psn_no == member.psn_no:
        raise InvalidInput("不能将本人添加为家庭成员", field="id_no")
    check_ages(holder.age_on(tx.today), member.age_on(tx.today), relation, way)
    tx.one(f"SELECT 1 FROM holders WHERE psn_no = ?{tx.for_update}", holder.psn_no)
    live = listed(tx, holder.psn_no)
    if any(one.member == member.psn_no for one in live):
        raise AlreadyExists("该家庭成员已添加")
    if len(live) >= MEMBERS_MAX:
        raise FamilyFull(f"亲情账户最多添加{MEMBERS_MAX}名家庭成员", members_max=MEMBERS_MAX)
    binding_id = tx.next_number("number")
    pending = way == "face"
    if not pending:
        set_up(tx, member.psn_no, channel)
    tx.run(
        "INSERT INTO ec_members (psn_no, binding_id, member_psn_no, relation, way, state, pledge, created_us,"
        " activated_us, ended_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
        *(holder.psn_no, binding_id, member.psn_no, relation, way, "FACE_PENDING" if pending else "ACTIVE", PLEDGE),
        *(tx.now_us, None if pending else tx.now_us),
    )
    return get(tx, holder.psn_no, binding_id)


def confirm(tx: Tx, found: Member, age: int, channel: str) -> Check:
    """Check the member's own face; the outcome is stored, so the caller commits before it refuses."""
    if found.state == "ACTIVE" and (found.way == "face" or age < GUARDED_UNDER):
        raise Conflicting("该家庭成员已添加，无需再次刷脸")
    check = look_at(tx, found.member)
    if check.outcome == "passed":
        set_up(tx, found.member, channel)
        tx.run(
            "UPDATE ec_members SET state = 'ACTIVE', way = 'face', activated_us = COALESCE(activated_us, ?)"
            " WHERE psn_no = ? AND binding_id = ?",
            *(tx.now_us, found.holder, found.binding_id),
        )
    return check


def check_shows(found: Member, age: int) -> None:
    """Refuse to show the code of a member who has not confirmed, or is no longer a guardian's to show."""
    if found.state != "ACTIVE":
        raise NotEligible("家庭成员尚未刷脸确认，不能展示其医保码")
    if found.way == "guardian" and age >= GUARDED_UNDER:
        raise NotEligible(f"家庭成员已满{GUARDED_UNDER}周岁，须本人刷脸确认后方可展示其医保码")


def get(tx: Tx, holder: str, binding_id: int) -> Member:
    """Return a live binding of a holder; any other number is unknown."""
    row = tx.one(f"{_READ} WHERE psn_no = ? AND binding_id = ? AND state <> 'ENDED'{tx.for_update}", holder, binding_id)
    if row is None:
        raise NotFound("亲情账户中没有该家庭成员")
    return _member(row)


def listed(tx: Tx, holder: str) -> list[Member]:
    """Return whom a holder has added, the first first."""
    rows = tx.query(f"{_READ} WHERE psn_no = ? AND state <> 'ENDED' ORDER BY binding_id", holder)
    return [_member(row) for row in rows]


def showing(tx: Tx, member: str) -> list[Member]:
    """Return who may show a person's credential, the first first."""
    rows = tx.query(f"{_READ} WHERE member_psn_no = ? AND state = 'ACTIVE' ORDER BY binding_id", member)
    return [_member(row) for row in rows]


def end(tx: Tx, asker: str, binding_id: int) -> None:
    """End a binding: the holder may, and so may the member whose credential it is."""
    touched = tx.run(
        "UPDATE ec_members SET state = 'ENDED', ended_us = ? WHERE binding_id = ? AND state <> 'ENDED'"
        " AND (psn_no = ? OR (member_psn_no = ? AND state = 'ACTIVE'))",
        *(tx.now_us, binding_id, asker, asker),
    )
    if touched != 1:
        raise NotFound("亲情账户中没有该家庭成员")


def _member(row: tuple[Any, ...]) -> Member:
    return Member(*row)
