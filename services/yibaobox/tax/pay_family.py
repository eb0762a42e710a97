"""T5: an employee's own account pays the premium of a relative, at once."""

from __future__ import annotations

from dataclasses import dataclass

from yibaobox.domain import enrolment, family, ledger, people
from yibaobox.domain.billing import bills, orders
from yibaobox.domain.billing.bills import Bill
from yibaobox.domain.billing.orders import NewOrder, Order
from yibaobox.domain.billing.payments import Success
from yibaobox.domain.enrolment import Participation
from yibaobox.domain.errors import NotEligible, NotFound
from yibaobox.domain.ledger import Entry
from yibaobox.domain.people import Person, capacities
from yibaobox.domain.policy import Place
from yibaobox.domain.policy.resolve import shipped
from yibaobox.domain.store import Tx
from yibaobox.tax.channels import FAMILY
from yibaobox.tax.declare import Declared, Wanted, declare
from yibaobox.tax.receive import apply


@dataclass(frozen=True, slots=True)
class Member:
    """A bound relative and the participation that is paid for."""

    person: Person
    part: Participation


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid for whom, and orders of other payers to close at their channel."""

    member: Member
    bill: Bill
    order: Order
    closed: tuple[Order, ...]


def member_of(tx: Tx, giver: str, id_no: str) -> Member:
    """Return a bound relative by ID number; one who is not bound answers as one who does not exist."""
    person = people.find_by_id_no(tx, id_no)
    bound = person is not None and any(one.member == person.psn_no for one in family.members(tx, giver))
    if person is None or not bound:
        raise NotFound("未查询到已绑定的共济家庭成员")
    part = enrolment.active(tx, person.psn_no)
    if part is None or part.insutype != capacities.RESIDENT_INSURANCE:
        raise NotEligible("该成员没有正常参保的城乡居民基本医疗保险，没有应缴账单")
    return Member(person, part)


def pay(tx: Tx, giver: str, id_no: str, wanted: tuple[int, int | None], post_after: str) -> Paid:
    """Pay a relative's year (and total) from the giver's own account; INSUFFICIENT_BALANCE leaves all as it was."""
    member = member_of(tx, giver, id_no)
    ledger.lock(tx, [giver, member.person.psn_no])
    member = member_of(tx, giver, id_no)  # the binding may have ended before the lock
    _refuse_region(tx, giver)
    year, total_fen = wanted
    declared = declare(tx, member.person.psn_no, Wanted(member.part.part_id, year, None, total_fen))
    order = orders.create(tx, declared.bill, NewOrder(FAMILY, giver, tx.now_us))
    fen = order.amount_fen
    moved = [
        Entry(giver, "ACCT", -fen),
        Entry(giver, "FAMILY", fen),
        Entry(order.psn_no, "FAMILY", -fen),
    ]
    success = Success(FAMILY, order.out_trade_no, fen, tx.now_us)
    received = apply(tx, order, success, moved, post_after)
    return _paid(tx, member, declared, order, received.closed)


def _paid(tx: Tx, member: Member, declared: Declared, order: Order, others: tuple[Order, ...]) -> Paid:
    done = orders.by_trade_no(tx, order.out_trade_no)
    assert done.state == "SUCCESS", "what was applied succeeded"
    return Paid(member, bills.get(tx, done.psn_no, done.bill_id), done, (*declared.closed, *others))


def _refuse_region(tx: Tx, giver: str) -> None:
    """Refuse where the giver's region does not let own accounts pay premiums."""
    place = Place(people.get(tx, giver).region, "employee")
    allowed = shipped().look(place, "family_account", "pays_premium", tx.today)
    if allowed is None or not allowed.value:
        raise NotEligible("共济人参保地不支持用个人账户为亲属缴纳居民医保费")
