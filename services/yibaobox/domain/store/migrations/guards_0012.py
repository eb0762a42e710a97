"""The triggers of revision w0012: what keeps applications for clearing in order.

| trigger | keeps |
|---|---|
| `clearings_kept`, `clearings_steps` | an application is never deleted; it is withdrawn once, and its facts stay |
| `cleared_lines_fixed` | a line that was cleared stays with its application |
| `cleared_lines_freed` | a line leaves a standing application only with the application |
"""

from __future__ import annotations

from typing import Final

from yibaobox.domain.store.migrations import triggers

_FACTS: Final = " OR ".join(
    f"NEW.{name} <> OLD.{name}"
    for name in (
        *("institution", "clr_id", "clr_type", "setlym", "first_day", "last_day", "lines", "total_fen", "fund_fen"),
        *("account_fen", "cash_fen", "recognised_fen", "msgid", "applied_us"),
    )
)
_STANDING: Final = """EXISTS (SELECT 1 FROM clearings c WHERE c.institution = OLD.institution
    AND c.clr_id = OLD.clr_id AND c.withdrawn_us IS NULL)"""

_REFUSALS: Final = {
    **triggers.kept(("clearings",)),
    "clearings_steps": (
        "clearings",
        "UPDATE",
        f"OLD.withdrawn_us IS NOT NULL OR {_FACTS}",
        "an application is withdrawn once and keeps its facts",
    ),
    "cleared_lines_fixed": ("cleared_lines", "UPDATE", "1 = 1", "a cleared line never changes"),
    "cleared_lines_freed": ("cleared_lines", "DELETE", _STANDING, "a cleared line leaves with its application only"),
}


def create() -> None:
    """Create the triggers of this revision."""
    triggers.refuse(_REFUSALS)


def drop() -> None:
    """Drop what outlives its table."""
    triggers.forget(_REFUSALS)
