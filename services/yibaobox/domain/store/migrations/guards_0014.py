"""The triggers of revision w0014: what keeps corrections, refund requests, waivers and red receipts in order.

| trigger | keeps |
|---|---|
| `<table>_kept` | no row is deleted (tier_corrections, refund_requests, waivers, red_receipts, hand_overs) |
| `bills_corrects` | what a bill corrects never changes |
| `waivers_fixed`, `red_receipts_fixed` | a waiver and a red receipt never change |
| `corrections_steps` | F6: a correction that was noted is returned once, and its tiers never change |
| `requests_steps` | a refund request goes from review to review, and its facts never change |
| `hand_overs_steps` | a hand-over is used once |
"""

from __future__ import annotations

from typing import Final

from alembic import op

from yibaobox.domain.store.migrations import triggers

_KEPT: Final = ("tier_corrections", "refund_requests", "waivers", "red_receipts", "hand_overs")
_REQUEST_EDGES: Final = (
    ("REFUND_APPLIED", "REFUND_MED_REVIEW"),
    ("REFUND_MED_REVIEW", "REFUND_TAX_REVIEW"),
    ("REFUND_MED_REVIEW", "REFUND_REJECTED"),
    ("REFUND_TAX_REVIEW", "REFUNDING"),
    ("REFUND_TAX_REVIEW", "REFUND_REJECTED"),
    ("REFUNDING", "REFUNDED"),
)


def _changed(*names: str) -> str:
    return "(" + " OR ".join(f"NEW.{name} <> OLD.{name}" for name in names) + ")"


def _strays(edges: tuple[tuple[str, str], ...]) -> str:
    allowed = " OR ".join(f"OLD.state = '{old}' AND NEW.state = '{new}'" for old, new in edges)
    return f"(NEW.state <> OLD.state AND NOT ({allowed}))"


_CORRECTION_FACTS: Final = _changed(
    *("psn_no", "correction_id", "region", "insutype", "year", "direction", "from_fen", "to_fen", "created_us")
)
_REQUEST_FACTS: Final = _changed(
    *("psn_no", "request_id", "bill_id", "region", "insutype", "year", "reason", "amount_fen", "applied_us")
)
_REFUSALS: Final = triggers.kept(_KEPT) | {
    "bills_corrects": ("bills", "UPDATE", "NEW.corrects_fen <> OLD.corrects_fen", "what a bill corrects never changes"),
    "waivers_fixed": ("waivers", "UPDATE", "1 = 1", "a waiver never changes"),
    "red_receipts_fixed": ("red_receipts", "UPDATE", "1 = 1", "a red receipt never changes"),
    "corrections_steps": (
        "tier_corrections",
        "UPDATE",
        f"{_strays((('NOTED', 'RETURNED'),))} OR {_CORRECTION_FACTS}",
        "a correction does not go that way",
    ),
    "requests_steps": (
        "refund_requests",
        "UPDATE",
        f"{_strays(_REQUEST_EDGES)} OR {_REQUEST_FACTS}",
        "a refund request does not go that way",
    ),
    "hand_overs_steps": ("hand_overs", "UPDATE", "OLD.returned_us IS NOT NULL", "a hand-over returns once"),
}


def create() -> None:
    """Create the triggers of this revision."""
    triggers.refuse(_REFUSALS)


def drop() -> None:
    """Drop what outlives its table, or stands on one that stays."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER bills_corrects")
    triggers.forget(_REFUSALS)
