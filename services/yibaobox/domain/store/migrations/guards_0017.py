"""The triggers of revision w0017: what keeps the accounts of freshmen and what was called back.

| trigger | keeps |
|---|---|
| `reclaims_append_only` | what was called back is never changed or deleted |
| `account_openings_kept`, `account_openings_steps` | an opened account stays, and its pledge is decided once |
"""

from __future__ import annotations

from typing import Final

from yibaobox.domain.store.migrations import triggers

_FACTS: Final = " OR ".join(
    f"NEW.{name} <> OLD.{name}"
    for name in (
        *("psn_no", "year", "application_id", "region", "opened_day", "claimable_day", "until_day"),
        *("part_id", "period_id", "due_day"),
    )
)
_REFUSALS: Final = {
    "account_openings_kept": ("account_openings", "DELETE", "1 = 1", "an opened account is never deleted"),
    "account_openings_steps": (
        "account_openings",
        "UPDATE",
        f"OLD.pledge <> 'OPEN' OR {_FACTS}",
        "a pledge is decided once and the account keeps its facts",
    ),
}


def create() -> None:
    """Create the triggers of this revision."""
    triggers.append_only(("reclaims",))
    triggers.refuse(_REFUSALS)


def drop() -> None:
    """Drop what outlives its table."""
    triggers.forget(_REFUSALS)
