"""The triggers of revision w0002: what keeps participations, periods, bindings and applications in order.

| trigger | keeps |
|---|---|
| `<table>_kept` | no row is deleted (participations, benefit_periods, family_bindings, applications) |
| `participations_disjoint` | E1: the intervals [from, to) of one person never overlap, over all regions |
| `participations_steps` | E2: ACTIVE → SUSPENDED, once, and nothing else of a participation changes |
| `periods_steps` | E3: LIVE → REFUNDED, once, and nothing else of a benefit period changes |
| `family_places` | E5: a giver has no more live members than the limit that was in force |
| `family_steps` | E5: a binding ends once, and nothing else of it changes |
| `applications_steps` | E2: DRAFT → SUBMITTED → APPROVED or REJECTED |
| `applications_locked` | E4: what was submitted is locked |
| `papers_fixed`, `papers_removed` | E4: papers are never exchanged, and taken from drafts only |
"""

from __future__ import annotations

from typing import Final

from yibaobox.domain.store.migrations import triggers

_KEPT: Final = ("participations", "benefit_periods", "family_bindings", "applications")
_OVERLAP: Final = """EXISTS (SELECT 1 FROM participations p WHERE p.psn_no = NEW.psn_no AND p.part_id <> NEW.part_id
    AND p.from_day < coalesce(NEW.to_day, '9999-12-31') AND NEW.from_day < coalesce(p.to_day, '9999-12-31'))"""
_CROWDED: Final = """NEW.until_us IS NULL AND NEW.members_max <= (SELECT count(*) FROM family_bindings b
    WHERE b.psn_no = NEW.psn_no AND b.until_us IS NULL)"""


def _changed(*names: str) -> str:
    return "(" + " OR ".join(f"NEW.{name} <> OLD.{name}" for name in names) + ")"


_PART_FACTS: Final = _changed(
    *("psn_no", "part_id", "region", "insutype", "capacity", "from_day", "first_month", "account_month"),
    *("unit_code", "unit_name", "created_us"),
)
_PERIOD_FACTS: Final = _changed(
    *("psn_no", "period_id", "region", "insutype", "capacity", "year", "from_day", "until_day", "source", "created_us"),
)
_FAMILY_FACTS: Final = _changed(
    *("psn_no", "binding_id", "member_psn_no", "relation", "consent_id", "notice", "members_max", "since_seq"),
    "since_us",
)
_APPLICATION_FACTS: Final = _changed("psn_no", "application_id", "kind", "created_us")
_STEP: Final = """NOT (OLD.state = NEW.state AND OLD.state = 'DRAFT' OR OLD.state = 'DRAFT' AND NEW.state = 'SUBMITTED'
    OR OLD.state = 'SUBMITTED' AND NEW.state IN ('APPROVED', 'REJECTED'))"""
_DRAFT: Final = """(SELECT a.state FROM applications a WHERE a.psn_no = {row}.psn_no
    AND a.application_id = {row}.application_id)"""

# Each: table, moment, condition to refuse, message.
_REFUSALS: Final = triggers.kept(_KEPT) | {
    "participations_disjoint": ("participations", "INSERT", _OVERLAP, "participations of a person overlap"),
    "participations_steps": (
        "participations",
        "UPDATE",
        f"OLD.state <> 'ACTIVE' OR NEW.state <> 'SUSPENDED' OR {_PART_FACTS}",
        "a participation ends once and changes in nothing else",
    ),
    "periods_steps": (
        "benefit_periods",
        "UPDATE",
        f"OLD.state <> 'LIVE' OR NEW.state <> 'REFUNDED' OR {_PERIOD_FACTS}",
        "a benefit period is refunded once and changes in nothing else",
    ),
    "family_places": ("family_bindings", "INSERT", _CROWDED, "the family account is full"),
    "family_steps": (
        "family_bindings",
        "UPDATE",
        f"OLD.until_us IS NOT NULL OR NEW.until_us IS NULL OR {_FAMILY_FACTS}",
        "a binding ends once and changes in nothing else",
    ),
    "applications_steps": (
        "applications",
        "UPDATE",
        f"{_STEP} OR {_APPLICATION_FACTS}",
        "an application goes from draft to submitted to decided",
    ),
    "applications_locked": (
        "applications",
        "UPDATE",
        f"OLD.state <> 'DRAFT' AND {_changed('form', 'region', 'seal', 'submitted_us')}",
        "what was submitted is locked",
    ),
    "papers_fixed": ("papers", "UPDATE", "1 = 1", "papers are not exchanged"),
    "papers_removed": (
        "papers",
        "DELETE",
        f"{_DRAFT.format(row='OLD')} <> 'DRAFT'",
        "papers of a submitted application stay",
    ),
}


def create() -> None:
    """Create the triggers of this revision."""
    triggers.refuse(_REFUSALS)


def drop() -> None:
    """Drop what outlives its table."""
    triggers.forget(_REFUSALS)


def refusals() -> triggers.Refusals:
    """Return what this revision refuses, for revisions that write a table anew."""
    return _REFUSALS
