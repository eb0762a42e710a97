"""P13: a college's campaign. The office exports who registered, matches it with what finance took, pays and activates.

Seven kinds of mismatch between the two lists are told apart; what matches is paid in one posting each, and activated.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from yibaobox.domain import clock, enrolment, ledger
from yibaobox.domain.billing import bills, orders
from yibaobox.domain.billing.orders import NewOrder
from yibaobox.domain.billing.payments import Success
from yibaobox.domain.errors import InvalidInput, Refusal
from yibaobox.domain.people import id_numbers, regions
from yibaobox.domain.policy.premium import Offer
from yibaobox.domain.store import Tx
from yibaobox.tax import post, sheet, table
from yibaobox.tax.channels import FINANCE
from yibaobox.tax.declare import Wanted, declare
from yibaobox.tax.receive import receive

REGISTERED: Final = ("psn_no", "part_id", "id_no", "name", "from_day")
TAKEN: Final = ("id_no", "name", "amount_fen", "paid_on")
KINDS: Final[Mapping[str, str]] = {
    "NOT_PAID": "已登记，未缴费",
    "NOT_REGISTERED": "已缴费，未登记",
    "DUPLICATE": "同一证件号码缴费两次以上",
    "NAME": "姓名与登记不一致",
    "AMOUNT": "金额不是缴费档次",
    "LATE": "缴费日期不在缴费期内",
    "BAD_ID": "证件号码不正确",
}
_ROWS_MAX: Final = 20_000


@dataclass(frozen=True, slots=True)
class Student:
    """A registration."""

    psn_no: str
    part_id: int
    id_no: str
    name: str
    from_day: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What finance took."""

    id_no: str
    name: str
    amount_fen: int
    paid_on: date


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A number on which the lists differ, and how."""

    id_no: str
    kind: str


def students(tx: Tx, region: str, year: int) -> list[Student]:
    """Return the students who registered in a region and have no benefit year yet, in the order of their numbers."""
    area = regions.resolve(region).code
    rows = tx.query(
        "SELECT p.psn_no, a.part_id, p.id_no, p.name, a.from_day FROM participations a JOIN persons p"
        " ON p.psn_no = a.psn_no WHERE a.region = ? AND a.state = 'ACTIVE' AND a.capacity = 'student'"
        " AND NOT EXISTS (SELECT 1 FROM benefit_periods b WHERE b.psn_no = a.psn_no AND b.region = a.region"
        " AND b.insutype = a.insutype AND b.year = ? AND b.state = 'LIVE') ORDER BY p.psn_no",
        *(area, year),
    )
    return [Student(*row) for row in rows]


def exported(found: Sequence[Student]) -> str:
    """Write registrations as CSV."""
    told = io.StringIO()
    lines = csv.writer(told, lineterminator="\n")
    lines.writerow(REGISTERED)
    lines.writerows((one.psn_no, one.part_id, one.id_no, one.name, one.from_day) for one in found)
    return told.getvalue()


def read(text: str) -> list[Taken]:
    """Read finance's CSV: id_no, name, amount_fen, paid_on."""
    rows = table.rows(text, TAKEN, called="财务收费数据", field="finance", most=_ROWS_MAX)
    return [_taken(number, row) for number, row in rows]


def match(registered: Sequence[Student], taken: Sequence[Taken], offered: Offer) -> tuple[list[Taken], list[Mismatch]]:
    """Return what matches, and how the rest does not; a number has one kind, the first that applies."""
    known = {one.id_no: one for one in registered}
    times = Counter(one.id_no for one in taken)
    good, wrong = [], []
    for one in {each.id_no: each for each in taken}.values():
        kind = _why_not(one, known.get(one.id_no), times[one.id_no], offered)
        if kind is None:
            good.append(one)
        else:
            wrong.append(Mismatch(one.id_no, kind))
    wrong += [Mismatch(one.id_no, "NOT_PAID") for one in registered if one.id_no not in times]
    return good, sorted(wrong, key=lambda one: (one.kind, one.id_no))


def offered_in(tx: Tx, region: str, year: int) -> Offer:
    """Return what students of a region are offered for a year."""
    return sheet.offered(tx, regions.resolve(region).code, "student", year)


def activate(tx: Tx, student: Student, taken: Taken, year: int) -> str | None:
    """Transfer one premium and activate the year; return why not, where a rule stands against it."""
    try:
        with tx.savepoint():
            _activate(tx, student, taken, year)
    except Refusal as refusal:
        return refusal.code
    return None


def _activate(tx: Tx, student: Student, taken: Taken, year: int) -> None:
    ledger.lock(tx, [student.psn_no])
    bill = declare(tx, student.psn_no, Wanted(student.part_id, year, None, taken.amount_fen, taken.paid_on)).bill
    order = orders.create(tx, bill, NewOrder(FINANCE, "college", tx.now_us))
    paid_us = min(tx.now_us, clock.start_of(taken.paid_on))
    receive(tx, order.out_trade_no, Success(FINANCE, order.out_trade_no, taken.amount_fen, paid_us), "PT0S")
    done = post.post(tx, {"psn_no": student.psn_no, "bill_id": bill.bill_id})
    assert done.state == "POSTED", "what was just paid is posted"
    assert bills.paid_fen(tx, bill.premium) == taken.amount_fen, "a student pays once"
    assert any(one.year == year for one in enrolment.periods(tx, student.psn_no)), "the year is granted"


def _why_not(one: Taken, known: Student | None, times: int, offered: Offer) -> str | None:
    checks: Iterator[tuple[str, bool]] = iter(
        (
            ("BAD_ID", not id_numbers.is_well_formed(one.id_no)),
            ("NOT_REGISTERED", known is None),
            ("DUPLICATE", times > 1),
            ("NAME", known is not None and known.name != one.name),
            ("AMOUNT", one.amount_fen not in {tier.total_fen for tier in offered.tiers}),
            ("LATE", one.paid_on not in offered.window),
        )
    )
    return next((kind for kind, holds in checks if holds), None)


def _taken(number: int, row: list[str]) -> Taken:
    try:
        id_no, name, fen, day = row
        paid_on = date.fromisoformat(day)
    except ValueError:
        raise _wrong(number) from None
    if not (fen.isascii() and fen.isdecimal() and len(fen) <= 12):  # noqa: PLR2004 - a premium
        raise _wrong(number)
    return Taken(id_no, name, int(fen), paid_on)


def _wrong(number: int) -> InvalidInput:
    return InvalidInput(f"财务收费数据第{number}行格式不正确", field="finance")
