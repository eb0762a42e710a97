"""The triggers of revision w0009: what keeps filings.

| trigger | keeps |
|---|---|
| `filings_kept` | a filing is never deleted |
| `filings_steps` | of a filing nothing changes but that it is cancelled, once |
"""

from __future__ import annotations

from typing import Final

from yibaobox.domain.store.migrations import triggers

_FACTS: Final = " OR ".join(
    f"NEW.{name} <> OLD.{name}"
    for name in (
        *("psn_no", "filing_id", "kind", "type", "region", "destination", "institutions", "from_day", "source"),
        *("detail", "filed_us"),
    )
)
_UNTIL: Final = "COALESCE(NEW.until_day, '') <> COALESCE(OLD.until_day, '')"
_REFUSALS: Final = {
    **triggers.kept(("filings",)),
    "filings_steps": (
        "filings",
        "UPDATE",
        f"OLD.cancelled_us IS NOT NULL OR {_UNTIL} OR {_FACTS}",
        "a filing is cancelled once and keeps its facts",
    ),
}


def create() -> None:
    """Create the triggers of this revision."""
    triggers.refuse(_REFUSALS)


def drop() -> None:
    """Drop what outlives its table."""
    triggers.forget(_REFUSALS)
