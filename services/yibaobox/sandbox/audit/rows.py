"""Raw rows of a world, as the audit reads them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from yibaobox.sandbox.audit.settled import Settled

if TYPE_CHECKING:
    from yibaobox.domain.store import Tx


class Entry(NamedTuple):
    """A row of `entries`."""

    psn_no: str
    txn_id: int
    line: int
    account: str
    amount_fen: int

    @property
    def memo(self) -> bool:
        """Whether the entry counts beside the money."""
        return self.account.split(":", 1)[0] == "ACCM"


class Posting(NamedTuple):
    """A row of `postings`."""

    psn_no: str
    txn_id: int
    place: int
    kind: str
    reverses: int | None
    biz_at_us: int
    note: str
    prev_hash: str
    hash: str


@dataclass(slots=True)
class Rows:
    """Everything the rules look at."""

    postings: list[Posting]
    entries: list[Entry]
    balances: dict[tuple[str, str], int]
    books: dict[str, tuple[int, str]]
    messages: list[tuple[Any, ...]]
    outbox: list[tuple[Any, ...]]
    deliveries: list[tuple[Any, ...]]
    jobs: list[tuple[Any, ...]]
    settled: list[Settled]
    subjects: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    by_posting: dict[tuple[str, int], list[Entry]] = field(init=False)

    def __post_init__(self) -> None:
        """Group the entries by their posting."""
        self.by_posting = defaultdict(list)
        for entry in self.entries:
            self.by_posting[entry.psn_no, entry.txn_id].append(entry)

    def counts(self) -> dict[str, int]:
        """Return how many rows of each kind were read."""
        names = ("postings", "entries", "balances", "books", "messages", "outbox", "deliveries", "jobs")
        counted = {name: len(getattr(self, name)) for name in names}
        counted["settlements"] = len(self.settled)
        return counted | {name: len(found) for name, found in self.subjects.items()}


# Tables of one subject each, read as tuples; the module of its rules gives the columns their names.
SUBJECTS: Final[dict[str, str]] = {
    "setl_reversals": "SELECT psn_no, setl_id, txn_id FROM setl_reversals",
    "clearings": "SELECT institution, clr_id, lines, total_fen, fund_fen, account_fen, cash_fen, withdrawn_us"
    " FROM clearings",
    "cleared_lines": "SELECT c.psn_no, c.setl_id, c.sign, c.institution, c.clr_id, s.institution, s.total_fen,"
    " s.own_fen + s.family_fen, s.cash_fen FROM cleared_lines c"
    " JOIN settlements s ON s.psn_no = c.psn_no AND s.setl_id = c.setl_id",
    "fees": "SELECT f.psn_no, u.setl_id, f.amount_fen, f.out_fen, f.over_fen, f.first_pay_fen, f.eligible_fen"
    " FROM fees f CROSS JOIN fee_uploads u WHERE u.visit_id = f.visit_id AND u.psn_no = f.psn_no"
    " AND u.upload = f.upload AND u.setl_id IS NOT NULL",
    "fee_uploads": "SELECT u.visit_id, u.upload, u.row_count, (SELECT count(*) FROM fees f WHERE f.psn_no = u.psn_no"
    " AND f.visit_id = u.visit_id AND f.upload = u.upload) FROM fee_uploads u",
    "participations": "SELECT psn_no, part_id, region, insutype, state, from_day, to_day, entitled_from,"
    " suspended_seq"
    " FROM participations ORDER BY psn_no, from_day, part_id",
    "benefit_periods": "SELECT psn_no, period_id, region, insutype, year, from_day, until_day, state, source"
    " FROM benefit_periods",
    "family_bindings": "SELECT psn_no, binding_id, member_psn_no, relation, consent_id, members_max, since_seq,"
    " until_seq FROM family_bindings",
    "filings": "SELECT psn_no, filing_id, kind, type, destination, institutions, from_day, until_day, cancelled_us"
    " FROM filings",
    "applications": "SELECT psn_no, application_id, kind, state, region, form, part_id, reason, seal, submitted_us,"
    " decided_us FROM applications",
    "account_openings": "SELECT psn_no, year, application_id, part_id, period_id, pledge FROM account_openings",
    "reclaims": "SELECT psn_no, setl_id, year, fund_fen, txn_id FROM reclaims",
    "ec_codes": "SELECT psn_no, issued_us, expires_us, used_us FROM ec_codes",
    "auth_codes": "SELECT psn_no, issued_us, expires_us, used_us FROM auth_codes",
    "pay_auths": "SELECT psn_no, issued_us, expires_us, used_us FROM pay_auths",
    "pay_auth_serials": "SELECT psn_no, auth_no FROM pay_auths",
    "ec_members": "SELECT psn_no, member_psn_no, state, created_us, activated_us, ended_us FROM ec_members",
    "decodings": "SELECT psn_no, auth_no FROM decodings",
    "papers": "SELECT psn_no, application_id, sha256, size FROM papers",
    "bills": "SELECT psn_no, bill_id, region, insutype, year, total_fen, paid_before_fen, due_fen, pay_by_us, state,"
    " channel, txn_id, paid_us, period_id, corrects_fen FROM bills ORDER BY bill_id",
    "pay_orders": "SELECT psn_no, order_id, bill_id, channel, out_trade_no, amount_fen, state FROM pay_orders",
    "payments": "SELECT psn_no, payment_id, order_id, bill_id, channel, channel_txn, amount_fen, disposition, txn_id,"
    " paid_us FROM payments",
    "refunds": "SELECT psn_no, refund_id, payment_id, out_refund_no, amount_fen, state, txn_id, request_id"
    " FROM refunds",
    "tier_corrections": "SELECT psn_no, region, insutype, year, direction, from_fen, to_fen, state"
    " FROM tier_corrections",
    "refund_requests": "SELECT psn_no, request_id, region, insutype, year, amount_fen, state FROM refund_requests",
    "red_receipts": "SELECT psn_no, receipt_no FROM red_receipts",
    "receipts": "SELECT psn_no, receipt_no, region, insutype, year, amount_fen, state FROM receipts",
}


def load(tx: Tx) -> Rows:
    """Read the raw rows of a world in one snapshot."""
    postings = tx.query(
        "SELECT psn_no, txn_id, place, kind, reverses, biz_at_us, note, prev_hash, hash FROM postings"
        " ORDER BY psn_no, place",
    )
    entries = tx.query(
        "SELECT psn_no, txn_id, line, account, amount_fen FROM entries ORDER BY psn_no, txn_id, line",
    )
    return Rows(
        postings=[Posting(*row) for row in postings],
        entries=[Entry(*row) for row in entries],
        balances={(row[0], row[1]): row[2] for row in tx.query("SELECT psn_no, account, balance_fen FROM balances")},
        books={row[0]: (row[1], row[2]) for row in tx.query("SELECT psn_no, length, head FROM books")},
        messages=tx.query("SELECT institution, infno, msgid, outcome, txn_id, psn_no, reply FROM messages"),
        outbox=tx.query("SELECT event_id, topic, version, cause, state, attempts, schedule FROM outbox"),
        deliveries=tx.query("SELECT event_id, attempt, accepted FROM deliveries ORDER BY event_id, attempt"),
        jobs=tx.query("SELECT job_id, state, attempts, due_us, finished_us FROM jobs"),
        settled=[Settled(*row) for row in tx.query(f"SELECT {', '.join(Settled._fields)} FROM settlements")],
        subjects={name: tx.query(sql) for name, sql in SUBJECTS.items()},
    )
