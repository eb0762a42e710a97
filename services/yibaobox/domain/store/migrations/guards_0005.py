"""The triggers of revision w0005: what keeps visits, fee rows and settlements in order.

| trigger | keeps |
|---|---|
| `<table>_append_only` | settlements and their reversals are never changed or deleted |
| `visits_kept`, `visits_steps` | a visit is never deleted; it is cancelled once, and who, where and when it was stays |
| `fees_fixed` | of a fee row only the settlement it belongs to changes |
| `fees_settled` | a row belongs to one settlement at a time, and leaves it by a reversal only |
| `fees_removed` | only a row that is not settled is removed |
"""

from __future__ import annotations

from typing import Final

from yibaobox.domain.store.migrations import triggers

_APPEND_ONLY: Final = ("settlements", "setl_reversals")
_FEE_FACTS: Final = " OR ".join(
    f"NEW.{name} <> OLD.{name}"
    for name in (
        *("psn_no", "visit_id", "feedetl_sn", "batch", "place", "item", "grade", "count_e4", "price_e6", "amount_fen"),
        *("first_pay_ppm", "out_fen", "over_fen", "first_pay_fen", "eligible_fen", "detail"),
    )
)
_VISIT_FACTS: Final = " OR ".join(
    f"NEW.{name} <> OLD.{name}"
    for name in ("psn_no", "visit_id", "institution", "insutype", "ipt_otp_no", "registered", "created_us")
)
_STILL_SETTLED: Final = """OLD.setl_id IS NOT NULL AND (NEW.setl_id IS NOT NULL OR NOT EXISTS (
    SELECT 1 FROM setl_reversals r WHERE r.psn_no = OLD.psn_no AND r.setl_id = OLD.setl_id))"""

FEES_FIXED: Final = ("fees", "UPDATE", _FEE_FACTS, "a fee row never changes")
_NAMED: Final = (
    *("psn_no", "visit_id", "feedetl_sn", "batch", "place", "item", "grade", "count_e4", "price_e6", "amount_fen"),
    *("first_pay_ppm", "ceiling_fen", "out_fen", "over_fen", "first_pay_fen", "eligible_fen", "detail"),
    *("charged_on", "returns"),
)
# Since revision w0020: whatever a statement that names a fact would make of it.
FEES_NAMED: Final = {"fees_fixed": ("fees", f"UPDATE OF {', '.join(_NAMED)}", "1 = 1", FEES_FIXED[3])}

REFUSALS: Final = {
    "visits_kept": ("visits", "DELETE", "1 = 1", "a visit is never deleted"),
    "visits_steps": (
        "visits",
        "UPDATE",
        f"OLD.state = 'CANCELLED' OR {_VISIT_FACTS}",
        "a visit is cancelled once and keeps its facts",
    ),
    "fees_fixed": FEES_FIXED,
    "fees_settled": ("fees", "UPDATE", _STILL_SETTLED, "a settled row is freed by a reversal only"),
    "fees_removed": ("fees", "DELETE", "OLD.setl_id IS NOT NULL", "a settled row stays"),
}


def create() -> None:
    """Create the triggers of this revision."""
    triggers.append_only(_APPEND_ONLY)
    triggers.refuse(REFUSALS)


def drop() -> None:
    """Drop what outlives its table."""
    triggers.forget(REFUSALS)
