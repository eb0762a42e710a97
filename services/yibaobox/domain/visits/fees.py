"""Fee rows: one charged item each, valued by the catalogue when it is uploaded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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
_WHERE: Final = "WHERE psn_no = ? AND visit_id = ?"
_LAST: Final = f"SELECT coalesce(max(place), 0) FROM fees {_WHERE}"
_UPLOAD: Final = attrgetter("upload")
_KNOWN: Final = f"SELECT feedetl_sn FROM fees {_WHERE}"


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
    `upload` is the place that the first row which came with it for its batch had; all of them are settled together.
    """

    psn_no: str
    visit_id: int
    feedetl_sn: str
    upload: int
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
    charged_on: str | None
    returns: str | None
    batch: str
    setl_id: int | None = None

    @property
    def parts(self) -> tuple[int, int, int, int]:
        """Outside the catalogue, over the ceiling, first pay, eligible."""
        return self.out_fen, self.over_fen, self.first_pay_fen, self.eligible_fen


_OF_UPLOAD: Final = ("batch", "setl_id")
_OWN: Final = tuple(name for name in Fee._fields if name not in _OF_UPLOAD)
NAMES: Final = ", ".join(f"{'u' if name in _OF_UPLOAD else 'f'}.{name}" for name in Fee._fields)
# In this order: a visit has as many uploads as it has rows, where each row was uploaded by itself.
JOINED: Final = "u.visit_id = f.visit_id AND u.psn_no = f.psn_no AND u.upload = f.upload"
_READ: Final = f"SELECT {NAMES} FROM fees f CROSS JOIN fee_uploads u WHERE f.psn_no = ? AND f.visit_id = ? AND {JOINED}"
_BATCH: Final = f"{_READ} AND u.batch = ? ORDER BY f.place"
_INSERT: Final = f"INSERT INTO fees ({', '.join(_OWN)}, detail) VALUES ({', '.join('?' * len(_OWN))}, ?)"
_UPLOADED: Final = "INSERT INTO fee_uploads (psn_no, visit_id, upload, batch, row_count) VALUES (?, ?, ?, ?, ?)"
_EMPTY: Final = f"DELETE FROM fee_uploads {_WHERE} AND upload = ? AND row_count = 0"  # a trigger counts


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
    batches, counts = {fee.upload: fee.batch for fee in fees}, Counter(map(_UPLOAD, fees))
    tx.many(_UPLOADED, [(visit.psn_no, visit.visit_id, *each, counts[each[0]]) for each in batches.items()])
    tx.many(_INSERT, [(*fee[: len(_OWN)], _said(row)) for fee, row in zip(fees, rows, strict=True)])
    if not known and len(batches) == 1:  # they are the whole of it, and will be settled soon
        tx.learn_of(visit.psn_no, visit.visit_id, _BATCH, *batches.values(), rows=fees)
    return fees


def _said(row: NewFee) -> str:
    """Return what an institution said of a row; of its three dozen fields most are empty, and a page holds few rows."""
    return written({name: value for name, value in row.facts.items() if value is not None})


def fees_of(tx: Tx, visit: Visit) -> list[Fee]:
    """Return all rows of a visit in the order in which they came."""
    return [Fee._make(row) for row in tx.query(f"{_READ} ORDER BY f.place", visit.psn_no, visit.visit_id)]


def reading_batch(psn_no: str, visit_id: int, batch: str) -> Read:
    """Return what `unsettled` asks of a visit, for `tx.ahead`."""
    return _BATCH, (psn_no, visit_id, batch)


def reading_uploaded(psn_no: str, visit_id: int) -> list[Read]:
    """Return what `upload` asks of a visit, for `tx.ahead`."""
    return [(_LAST, (psn_no, visit_id)), (_KNOWN, (psn_no, visit_id))]


def unsettled(tx: Tx, visit: Visit, batch: str) -> tuple[list[Fee], bool]:
    """Return the rows of a batch that wait to be settled, as uploaded, and whether the batch has settled ones."""
    fees = tx.known_of(visit.psn_no, visit.visit_id, _BATCH, batch, of=Fee._make)
    waiting = [fee for fee in fees if fee.setl_id is None]
    return waiting, len(waiting) < len(fees)


def uploads_of(fees: Iterable[Fee]) -> Mapping[int, int]:
    """Return of how many uploads there are so many rows."""
    return Counter(Counter(map(_UPLOAD, fees)).values())


def remove(tx: Tx, visit: Visit, batch: str) -> int:
    """Remove the unsettled rows of a batch (0000: of all) and return how many there were."""
    rows = fees_of(tx, visit)
    gone = [fee for fee in rows if fee.setl_id is None and batch in (ALL_BATCHES, fee.batch)]
    return remove_rows(tx, visit, gone, rows)


def remove_rows(tx: Tx, visit: Visit, gone: Sequence[Fee], rows: Sequence[Fee]) -> int:
    """Remove unsettled ones among all rows of a visit and return how many these are; no upload is left without rows."""
    whole = (visit.psn_no, visit.visit_id)
    left = {fee.upload for fee in set(rows).difference(gone)}
    tx.many(f"DELETE FROM fees {_WHERE} AND feedetl_sn = ?", [(*whole, fee.feedetl_sn) for fee in gone])
    for upload in sorted({fee.upload for fee in gone} - left):
        tx.exactly(1, _EMPTY, *whole, upload)
    return len(gone)


def valued(visit: Visit, rows: Sequence[NewFee], first: int = 1) -> list[Fee]:
    """Value rows as the catalogue does, numbered from a place on; nothing is written."""
    uploads: dict[str, int] = {}
    return [valued_row(visit, row, at, uploads.setdefault(row.batch, at)) for at, row in enumerate(rows, first)]


def valued_row(visit: Visit, row: NewFee, place: int, upload: int) -> Fee:
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
        *(visit.psn_no, visit.visit_id, row.feedetl_sn, upload, place, row.item.code, row.grade),
        *(row.count_e4, row.price_e6, row.amount_fen, row.item.first_pay_ppm),
        ceiling,
        *parts,
        charged_on=row.charged_on,
        returns=None,
        batch=row.batch,
    )


def parts_of(amount_fen: int, grade: str, first_pay_ppm: int, ceiling_fen: int | None) -> tuple[int, int, int, int]:
    """Divide a row: outside the catalogue, over the ceiling, first pay (half up), eligible."""
    if grade == "C":
        return amount_fen, 0, 0, 0
    within = amount_fen if ceiling_fen is None else min(amount_fen, ceiling_fen)
    first = half_up(within * first_pay_ppm, PPM)
    return 0, amount_fen - within, first, within - first


def next_place(tx: Tx, visit: Visit) -> int:
    """Return the place of the next row of a visit."""
    row = tx.one(_LAST, visit.psn_no, visit.visit_id)
    assert row is not None, "an aggregate has a row"
    return int(row[0]) + 1
