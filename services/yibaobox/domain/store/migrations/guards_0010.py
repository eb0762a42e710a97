"""The triggers of revision w0010: what keeps consents in order.

| trigger | keeps |
|---|---|
| `portal_consents_kept` | no consent is deleted |
| `portal_consents_steps` | a consent ends once, and nothing else of it changes |
"""

from __future__ import annotations

from typing import Final

from yibaobox.domain.store.migrations import triggers

_FACTS: Final = " OR ".join(
    f"NEW.{name} <> OLD.{name}"
    for name in (*("psn_no", "consent_id", "agent_psn_no", "scopes", "given_by", "notice", "until_day", "created_us"),)
)
_REFUSALS: Final = triggers.kept(("portal_consents",)) | {
    "portal_consents_steps": (
        "portal_consents",
        "UPDATE",
        f"OLD.ended_us IS NOT NULL OR NEW.ended_us IS NULL OR {_FACTS}",
        "a consent ends once and changes in nothing else",
    ),
}


def create() -> None:
    """Create the triggers of this revision."""
    triggers.refuse(_REFUSALS)


def drop() -> None:
    """Drop what outlives its table."""
    triggers.forget(_REFUSALS)
