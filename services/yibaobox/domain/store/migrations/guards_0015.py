"""The triggers of revision w0015.

| trigger | keeps |
|---|---|
| `visits_kind` | a visit, a stay and a sale stay what they are |
| `stays_kept`, `stays_steps` | a stay is never deleted; a cancelled one never changes, and its visit stays its own |
"""

from __future__ import annotations

from typing import Final

from yibaobox.domain.store.migrations import triggers

_REFUSALS: Final = {
    "visits_kind": ("visits", "UPDATE", "NEW.kind <> OLD.kind", "a visit, a stay and a sale stay what they are"),
    "stays_kept": ("stays", "DELETE", "1 = 1", "a stay is never deleted"),
    "stays_steps": (
        "stays",
        "UPDATE",
        (
            "OLD.state = 'CANCELLED' OR NEW.psn_no <> OLD.psn_no OR NEW.visit_id <> OLD.visit_id"
            " OR NEW.admitted_txn <> OLD.admitted_txn"
        ),
        "a cancelled stay never changes",
    ),
}


def create() -> None:
    """Create the triggers of this revision."""
    triggers.refuse(_REFUSALS)


def drop() -> None:
    """Drop them again."""
    triggers.unrefuse({"visits_kind": "visits"})
    triggers.forget([name for name in _REFUSALS if name != "visits_kind"])
