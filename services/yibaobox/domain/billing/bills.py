"""Bills: one amount to pay for one participation and benefit year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from yibaobox.domain.errors import NotFound

if TYPE_CHECKING:
    from yibaobox.domain.store.tx import Tx

OPEN: Final = ("UNPAID", "PAYING")
SETTLED: Final = ("PAID", "POSTED")
_COLUMNS: Final = (
    "psn_no, bill_id, part_id, region, insutype, capacity, year, manner, total_fen, paid_before_fen, due_fen,"
    " pay_by_us, state, channel, txn_id, paid_us, period_id, posted_us, created_us, corrects_fen"
)
_READ: Final = f"SELECT {_COLUMNS} FROM bills WHERE psn_no = ?"
_INSERT: Final = f"INSERT INTO bills ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'UNPAID',"
_STEP: Final = "UPDATE bills SET state = ? WHERE psn_no = ? AND bill_id = ? AND state = ?"
_PAY: Final = (
    "UPDATE bills SET state = 'PAID', channel = ?, txn_id = ?, paid_us = ?"
    " WHERE psn_no = ? AND bill_id = ? AND state = 'PAYING'"
)
_POST: Final = (
    "UPDATE bills SET state = 'POSTED', period_id = ?, posted_us = ?"
    " WHERE psn_no = ? AND bill_id = ? AND state = 'PAID'"
)


class Premium(NamedTuple):
    """Which premium: of whom, where, in what kind of insurance, for which benefit year."""

    psn_no: str
    region: str
    insutype: str
    year: int

    @property
    def account(self) -> str:
        """The account of the ledger that takes it."""
        return f"PREM:{self.region}:{self.year}"


@dataclass(frozen=True, slots=True)
class NewBill:
    """What a bill is made of; `due_fen` is what remains of the wanted total after what was paid before."""

    premium: Premium
    part_id: int
    capacity: str
    manner: str  # normal 正常缴费 | assessed 核定缴费
    total_fen: int
    paid_before_fen: int
    due_fen: int
    pay_by_us: int | None = None  # a payment made at or after this instant is not taken
    corrects_fen: int = 0  # the lower tier that is returned when this one is paid in full


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill: UNPAID → PAYING → PAID (at the tax channel) → POSTED (known to insurance), or VOID."""

    psn_no: str
    bill_id: int
    part_id: int
    region: str
    insutype: str
    capacity: str
    year: int
    manner: str
    total_fen: int
    paid_before_fen: int
    due_fen: int
    pay_by_us: int | None
    state: str
    channel: str | None
    txn_id: int | None
    paid_us: int | None
    period_id: int | None
    posted_us: int | None
    created_us: int
    corrects_fen: int

    @property
    def premium(self) -> Premium:
        """The premium that it is a part of."""
        return Premium(self.psn_no, self.region, self.insutype, self.year)

    @property
    def is_open(self) -> bool:
        """Whether it can still be paid."""
        return self.state in OPEN

    @property
    def is_settled(self) -> bool:
        """Whether it is paid."""
        return self.state in SETTLED


def issue(tx: Tx, new: NewBill) -> Bill:
    """Write a bill; the premium has no other open one."""
    assert new.due_fen == new.total_fen - new.paid_before_fen, "what is due is the difference"
    bill_id, premium = tx.next_number("number"), new.premium
    tx.run(
        f"{_INSERT} NULL, NULL, NULL, NULL, NULL, ?, ?)",
        *(premium.psn_no, bill_id, new.part_id, premium.region, premium.insutype, new.capacity, premium.year),
        *(new.manner, new.total_fen, new.paid_before_fen, new.due_fen, new.pay_by_us, tx.now_us),
        new.corrects_fen,
    )
    return get(tx, premium.psn_no, bill_id)


def get(tx: Tx, psn_no: str, bill_id: int) -> Bill:
    """Return a bill of a person; refuse a number that is not theirs."""
    row = tx.one(f"{_READ} AND bill_id = ?", psn_no, bill_id)
    if row is None:
        raise NotFound("应缴账单不存在")
    return _bill(row)


def owner(tx: Tx, bill_id: int) -> str:
    """Return whose bill it is; refuse a number that is nobody's."""
    row = tx.one("SELECT psn_no FROM bills WHERE bill_id = ?", bill_id)
    if row is None:
        raise NotFound("应缴账单不存在")
    return str(row[0])


def of_person(tx: Tx, psn_no: str) -> list[Bill]:
    """Return a person's bills, the newest first."""
    return [_bill(row) for row in tx.query(f"{_READ} ORDER BY bill_id DESC", psn_no)]


def find_open(tx: Tx, premium: Premium) -> Bill | None:
    """Return the bill of a premium that can still be paid, if any."""
    row = tx.one(
        f"{_READ} AND region = ? AND insutype = ? AND year = ? AND state IN ('UNPAID', 'PAYING')",
        *premium,
    )
    return None if row is None else _bill(row)


def paid_fen(tx: Tx, premium: Premium) -> int:
    """Return what was paid of a premium, net of what was returned."""
    row = tx.one(
        "SELECT coalesce(sum(p.amount_fen), 0) FROM payments p JOIN bills b"
        " ON b.psn_no = p.psn_no AND b.bill_id = p.bill_id"
        " WHERE b.psn_no = ? AND b.region = ? AND b.insutype = ? AND b.year = ? AND p.disposition = 'APPLIED'",
        *premium,
    )
    back = tx.one(
        "SELECT coalesce(sum(r.amount_fen), 0) FROM refunds r"
        " JOIN payments p ON p.psn_no = r.psn_no AND p.payment_id = r.payment_id"
        " JOIN bills b ON b.psn_no = p.psn_no AND b.bill_id = p.bill_id"
        " WHERE b.psn_no = ? AND b.region = ? AND b.insutype = ? AND b.year = ? AND p.disposition = 'APPLIED'"
        " AND r.state <> 'CLOSED'",
        *premium,
    )
    assert row is not None, "an aggregate has a row"
    assert back is not None, "an aggregate has a row"
    return int(row[0]) - int(back[0])


def step(tx: Tx, bill: Bill, state: str) -> Bill:
    """Take a bill from the state it was read in to another; the person is locked, so it is still there."""
    touched = tx.run(_STEP, state, bill.psn_no, bill.bill_id, bill.state)
    assert touched == 1, "the person was locked, so nobody else moved the bill"
    return get(tx, bill.psn_no, bill.bill_id)


def mark_paid(tx: Tx, bill: Bill, channel: str, txn_id: int, paid_us: int) -> Bill:
    """Note that the premium is in the books; a bill that nobody was asked to pay yet is asked for first."""
    if bill.state == "UNPAID":
        step(tx, bill, "PAYING")
    touched = tx.run(_PAY, channel, txn_id, paid_us, bill.psn_no, bill.bill_id)
    assert touched == 1, "only an open bill is paid"
    return get(tx, bill.psn_no, bill.bill_id)


def mark_posted(tx: Tx, bill: Bill, period_id: int) -> Bill:
    """Note that insurance knows of the payment: the benefit period that it bought."""
    touched = tx.run(_POST, period_id, tx.now_us, bill.psn_no, bill.bill_id)
    assert touched == 1, "a paid bill is posted once"
    return get(tx, bill.psn_no, bill.bill_id)


def _bill(row: tuple[Any, ...]) -> Bill:
    return Bill(*row)


def first_paid_us(tx: Tx, premium: Premium) -> int | None:
    """Return when a premium was first paid, be it in part; nothing while it is not."""
    row = tx.one(
        "SELECT min(paid_us) FROM bills WHERE psn_no = ? AND region = ? AND insutype = ? AND year = ?"
        " AND state IN ('PAID', 'POSTED')",
        *premium,
    )
    return None if row is None or row[0] is None else int(row[0])
