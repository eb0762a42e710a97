"""Fee rows: one charged item each, valued by the catalogue when it is uploaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from yibaobox.domain.errors import AlreadyExists, AmountMismatch, InvalidInput
from yibaobox.domain.money import PPM, format_yuan, half_up, row_fen
from yibaobox.domain.visits.numbers import written

if TYPE_CHECKING:
    from yibaobox.domain.catalogue import Item
    from yibaobox.domain.store.memory import Read
    from yibaobox.domain.store.tx import Tx
    from yibaobox.domain.visits.visits import Visit

ALL_BATCHES: Final = "0000"
_APPROVED, _DECLINED = "1", "2"  # code list hosp_appr_flag; 0 means that none was asked for
NAMES: Final = (
    "psn_no, visit_id, feedetl_sn, batch, place, item, grade, count_e4, price_e6, amount_fen, first_pay_ppm,"
    " ceiling_fen, out_fen, over_fen, first_pay_fen, eligible_fen, setl_id, charged_on, returns"
)
_INSERT: Final = (
    f"INSERT INTO fees ({NAMES}, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, ?)"
)
_BATCH: Final = f"SELECT {NAMES} FROM fees WHERE psn_no = ? AND visit_id = ? AND batch = ?"
_LAST: Final = "SELECT coalesce(max(place), 0) FROM fees WHERE psn_no = ? AND visit_id = ?"
_PLACE: Final = attrgetter("place")
_KNOWN: Final = "SELECT feedetl_sn FROM fees WHERE psn_no = ? AND visit_id = ?"


class NewFee(NamedTuple):
    """A row to upload: the item of the catalogue and what the institution says of it; `facts` is the whole row."""

    feedetl_sn: str
    batch: str
    item: Item
    count_e4: int
    price_e6: int
    amount_fen: int
    approval: str
    facts: Mapping[str, Any]
    charged_on: str | None = None  # the day, of a row of a stay
    returns: str | None = None  # the row that a negative count takes back

    @property
    def grade(self) -> str:
        """A, B or C; a restricted item that nobody approved, and any that was declined, counts as C (self-paid)."""
        declined = self.approval == _DECLINED or (self.item.restricted and self.approval != _APPROVED)
        return "C" if declined else self.item.class_


class Fee(NamedTuple):
    """A stored row; the four parts add up to the amount. `ceiling_fen` is for the whole row.

    A row that `returns` another has a negative amount: what it changes about that row's amount, parts and ceiling.
    """

    psn_no: str
    visit_id: int
    feedetl_sn: str
    batch: str
    place: int
    item: str
    grade: str
    count_e4: int
    price_e6: int
    amount_fen: int
    first_pay_ppm: int
    ceiling_fen: int | None
    out_fen: int
    over_fen: int
    first_pay_fen: int
    eligible_fen: int
    setl_id: int | None
    charged_on: str | None = None
    returns: str | None = None

    @property
    def parts(self) -> tuple[int, int, int, int]:
        """Outside the catalogue, over the ceiling, first pay, eligible."""
        return self.out_fen, self.over_fen, self.first_pay_fen, self.eligible_fen


def upload(tx: Tx, visit: Visit, rows: Sequence[NewFee]) -> list[Fee]:
    """Write rows of a visit and return them as the catalogue values them."""
    return write(tx, visit, rows, valued(visit, rows, next_place(tx, visit)))


def write(tx: Tx, visit: Visit, rows: Sequence[NewFee], fees: list[Fee]) -> list[Fee]:
    """Write rows that were valued and return them; each has a number that the visit has not used."""
    numbers = [row.feedetl_sn for row in rows]
    if len(set(numbers)) != len(numbers):
        raise InvalidInput("费用明细流水号在同一次上传中重复", field="feedetl_sn")
    known = {row[0] for row in tx.query(_KNOWN, visit.psn_no, visit.visit_id)}
    for fee in fees:
        if fee.feedetl_sn in known:
            raise AlreadyExists(f"费用明细流水号 {fee.feedetl_sn} 已上传", field="feedetl_sn")
    tx.many(_INSERT, [(*_values(fee), _said(row)) for fee, row in zip(fees, rows, strict=True)])
    batches = {fee.batch for fee in fees}
    if not known and len(batches) == 1:  # they are the whole of it, and will be settled soon
        tx.learn_of(visit.psn_no, visit.visit_id, _BATCH, *batches, rows=fees)
    return fees


def _said(row: NewFee) -> str:
    """Return what an institution said of a row; of its three dozen fields most are empty, and a page holds few rows."""
    return written({name: value for name, value in row.facts.items() if value is not None})


def fees_of(tx: Tx, visit: Visit) -> list[Fee]:
    """Return all rows of a visit in the order in which they came."""
    where = "WHERE psn_no = ? AND visit_id = ? ORDER BY place"
    return [Fee(*row) for row in tx.query(f"SELECT {NAMES} FROM fees {where}", visit.psn_no, visit.visit_id)]


def reading_batch(psn_no: str, visit_id: int, batch: str) -> Read:
    """Return what `unsettled` asks of a visit, for `tx.ahead`."""
    return _BATCH, (psn_no, visit_id, batch)


def reading_uploaded(psn_no: str, visit_id: int) -> list[Read]:
    """Return what `upload` asks of a visit, for `tx.ahead`."""
    return [(_LAST, (psn_no, visit_id)), (_KNOWN, (psn_no, visit_id))]


def unsettled(tx: Tx, visit: Visit, batch: str) -> tuple[list[Fee], bool]:
    """Return the rows of a batch that wait to be settled, as uploaded, and whether the batch has settled ones."""
    rows = tx.known_of(visit.psn_no, visit.visit_id, _BATCH, batch)
    fees = sorted([row if type(row) is Fee else Fee._make(row) for row in rows], key=_PLACE)
    waiting = [fee for fee in fees if fee.setl_id is None]
    return waiting, len(waiting) < len(fees)


def remove(tx: Tx, visit: Visit, batch: str) -> int:
    """Remove the unsettled rows of a batch (0000: of all) and return how many there were."""
    everything = batch == ALL_BATCHES
    given = () if everything else (batch,)
    return tx.run(
        "DELETE FROM fees WHERE psn_no = ? AND visit_id = ? AND setl_id IS NULL"
        + ("" if everything else " AND batch = ?"),
        *(visit.psn_no, visit.visit_id, *given),
    )


def remove_row(tx: Tx, visit: Visit, feedetl_sn: str) -> int:
    """Remove one unsettled row and return how many there were."""
    where = (visit.psn_no, visit.visit_id, feedetl_sn)
    return tx.run("DELETE FROM fees WHERE psn_no = ? AND visit_id = ? AND feedetl_sn = ? AND setl_id IS NULL", *where)


def valued(visit: Visit, rows: Sequence[NewFee], first: int = 1) -> list[Fee]:
    """Value rows as the catalogue does, numbered from a place on; nothing is written."""
    return [valued_row(visit, row, first + offset) for offset, row in enumerate(rows)]


def valued_row(visit: Visit, row: NewFee, place: int) -> Fee:
    """Value a row: count times price is the amount, and the catalogue divides it into four."""
    expected = row_fen(row.count_e4, row.price_e6)
    if row.count_e4 <= 0 or row.price_e6 < 0:
        raise InvalidInput(f"费用明细 {row.feedetl_sn} 的数量须为正数，单价不能为负数", field="cnt")
    if row.amount_fen != expected:
        raise AmountMismatch(
            f"费用明细 {row.feedetl_sn} 的总额 {format_yuan(row.amount_fen)} 与数量×单价 {format_yuan(expected)} 不符",
            feedetl_sn=row.feedetl_sn,
        )
    price = row.item.ceiling_price
    ceiling = None if price is None else row_fen(row.count_e4, price)
    parts = parts_of(row.amount_fen, row.grade, row.item.first_pay_ppm, ceiling)
    assert sum(parts) == row.amount_fen, "S5: the four parts of a row add up to it"
    return Fee(
        *(visit.psn_no, visit.visit_id, row.feedetl_sn, row.batch, place, row.item.code, row.grade),
        *(row.count_e4, row.price_e6, row.amount_fen, row.item.first_pay_ppm),
        ceiling,
        *parts,
        setl_id=None,
        charged_on=row.charged_on,
    )


def parts_of(amount_fen: int, grade: str, first_pay_ppm: int, ceiling_fen: int | None) -> tuple[int, int, int, int]:
    """Divide a row: outside the catalogue, over the ceiling, first pay (half up), eligible."""
    if grade == "C":
        return amount_fen, 0, 0, 0
    within = amount_fen if ceiling_fen is None else min(amount_fen, ceiling_fen)
    first = half_up(within * first_pay_ppm, PPM)
    return 0, amount_fen - within, first, within - first


def _values(fee: Fee) -> tuple[object, ...]:
    return (
        *(fee.psn_no, fee.visit_id, fee.feedetl_sn, fee.batch, fee.place, fee.item, fee.grade, fee.count_e4),
        *(fee.price_e6, fee.amount_fen, fee.first_pay_ppm, fee.ceiling_fen, *fee.parts, fee.charged_on, fee.returns),
    )


def next_place(tx: Tx, visit: Visit) -> int:
    """Return the place of the next row of a visit."""
    row = tx.one(_LAST, visit.psn_no, visit.visit_id)
    assert row is not None, "an aggregate has a row"
    return int(row[0]) + 1
