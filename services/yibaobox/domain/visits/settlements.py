"""Settlements and their reversals: facts that are written once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from yibaobox.domain.errors import Conflicting, NotFound
from yibaobox.domain.store import AS_TEXT
from yibaobox.domain.visits.numbers import number_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yibaobox.domain.store.tx import Tx
    from yibaobox.domain.visits.visits import Visit


class Settlement(NamedTuple):
    """A settlement: who paid what, by which policy, out of what.

    `inputs`, `explanation` and `output` are JSON: bytes when it is made, text when it is read.
    """

    psn_no: str
    setl_id: int
    visit_id: int
    institution: str
    msgid: str
    txn_id: int
    batch: str
    med_type: str
    account_use: str
    region: str
    insutype: str
    scheme: str
    year: int
    rule_day: str
    policy_version: str
    quote: str
    quoted: str | None
    total_fen: int
    out_fen: int
    over_fen: int
    first_pay_fen: int
    eligible_fen: int
    deductible_fen: int
    pool_fen: int
    major_fen: int
    own_fen: int
    family_fen: int
    cash_fen: int
    inputs: str | bytes
    explanation: str | bytes
    output: str | bytes
    settled_us: int

    @property
    def number(self) -> str:
        """结算ID as the wire has it."""
        return str(self.setl_id)


class Reversal(NamedTuple):
    """The reversal of a settlement; its number is a 结算ID of its own."""

    psn_no: str
    setl_id: int
    reversal_id: int
    institution: str
    infno: str
    msgid: str
    txn_id: int
    reversed_us: int


_COLUMNS: Final = ", ".join(Settlement._fields)
_REVERSAL: Final = ", ".join(Reversal._fields)
_READ: Final = f"SELECT {_COLUMNS} FROM settlements"
_TEXTS: Final = ("inputs", "explanation", "output")
_MARKS: Final = ", ".join(AS_TEXT if name in _TEXTS else "?" for name in Settlement._fields)
_INSERT: Final = f"INSERT INTO settlements ({_COLUMNS}) VALUES ({_MARKS})"
_BIND: Final = (
    "UPDATE fee_uploads SET setl_id = ? WHERE psn_no = ? AND visit_id = ? AND batch = ? AND row_count = ?"
    " AND setl_id IS NULL"
)
_TAKE_BACK: Final = f"INSERT INTO setl_reversals ({_REVERSAL}) VALUES ({', '.join('?' * len(Reversal._fields))})"


def record(tx: Tx, made: Settlement, uploads: Mapping[int, int]) -> None:
    """Write a settlement and bind the unsettled uploads of its batch to it: those whose rows were split, and all rows.

    There are so many `uploads` of so many rows.
    """
    tx.put(_INSERT, *made)
    for rows, count in uploads.items():
        tx.exactly(count, _BIND, made.setl_id, made.psn_no, made.visit_id, made.batch, rows)


def reverse(tx: Tx, settled: Settlement, made: Reversal) -> None:
    """Write the reversal of a settlement; its rows wait to be settled or removed again."""
    tx.run(_TAKE_BACK, *made)
    tx.run(
        "UPDATE fee_uploads SET setl_id = NULL WHERE psn_no = ? AND visit_id = ? AND setl_id = ?",
        *(settled.psn_no, settled.visit_id, settled.setl_id),
    )


def of_visit(tx: Tx, visit: Visit, setl_id: object) -> Settlement:
    """Return a settlement of a visit; any other answers as one that does not exist."""
    number = number_of(setl_id)
    where = "WHERE psn_no = ? AND setl_id = ? AND visit_id = ?"
    row = None if number is None else tx.one(f"{_READ} {where}", visit.psn_no, number, visit.visit_id)
    if row is None:
        raise NotFound("结算记录不存在")
    return Settlement(*row)


def standing_of(tx: Tx, visit: Visit) -> list[Settlement]:
    """Return the settlements of a visit that were not reversed, the oldest first."""
    rows = tx.query(
        f"{_READ} s WHERE s.psn_no = ? AND s.visit_id = ? AND NOT EXISTS (SELECT 1 FROM setl_reversals r"
        " WHERE r.psn_no = s.psn_no AND r.setl_id = s.setl_id) ORDER BY s.txn_id",
        *(visit.psn_no, visit.visit_id),
    )
    return [Settlement(*row) for row in rows]


def of_txn(tx: Tx, psn_no: str, txn_id: int) -> Settlement | None:
    """Return the settlement that a transaction of the books stands for, or nothing."""
    row = tx.one(f"{_READ} WHERE psn_no = ? AND txn_id = ?", psn_no, txn_id)
    return None if row is None else Settlement(*row)


def shown(tx: Tx, setl_id: object) -> tuple[Settlement, Reversal | None]:
    """Return a settlement by its own number or that of its reversal, with its reversal."""
    number = number_of(setl_id)
    row: tuple[Any, ...] | None = None
    if number is not None:
        row = tx.one(f"{_READ} WHERE setl_id = ?", number) or tx.one(
            f"{_READ} WHERE setl_id = (SELECT r.setl_id FROM setl_reversals r WHERE r.reversal_id = ?)", number
        )
    if row is None:
        raise NotFound("结算记录不存在")
    made = Settlement(*row)
    undone = tx.one(
        f"SELECT {_REVERSAL} FROM setl_reversals WHERE psn_no = ? AND setl_id = ?", made.psn_no, made.setl_id
    )
    return made, None if undone is None else Reversal(*undone)


def later_than(tx: Tx, made: Settlement) -> bool:
    """Tell whether the person has a later settlement of the same policy year that stands."""
    row = tx.one(
        "SELECT 1 FROM settlements s WHERE s.psn_no = ? AND s.region = ? AND s.scheme = ? AND s.year = ?"
        " AND s.txn_id > ? AND NOT EXISTS (SELECT 1 FROM setl_reversals r WHERE r.psn_no = s.psn_no"
        " AND r.setl_id = s.setl_id) LIMIT 1",
        *(made.psn_no, made.region, made.scheme, made.year, made.txn_id),
    )
    return row is not None


def standing_in(tx: Tx, psn_no: str, region: str, year: int) -> list[Settlement]:
    """Return a person's settlements of the visits of a calendar year that were not reversed, the first first."""
    rows = tx.query(
        f"{_READ} s WHERE s.psn_no = ? AND s.region = ? AND s.rule_day BETWEEN ? AND ? AND NOT EXISTS"
        " (SELECT 1 FROM setl_reversals r WHERE r.psn_no = s.psn_no AND r.setl_id = s.setl_id) ORDER BY s.setl_id",
        *(psn_no, region, f"{year}-01-01", f"{year}-12-31"),
    )
    return [Settlement(*row) for row in rows]


def refuse_reclaimed(tx: Tx, made: Settlement) -> None:
    """Refuse to take a settlement back whose fund money was called back already."""
    if tx.one("SELECT 1 FROM reclaims WHERE psn_no = ? AND setl_id = ?", made.psn_no, made.setl_id):
        raise Conflicting("该结算的基金支付已因违反参保承诺被追回，不能撤销")
