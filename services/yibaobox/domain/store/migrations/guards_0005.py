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

from alembic import op

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

# Each: table, moment, condition to refuse, message, what the trigger gives back.
_REFUSALS: Final = {
    "visits_kept": ("visits", "DELETE", "1 = 1", "a visit is never deleted", "OLD"),
    "visits_steps": (
        "visits",
        "UPDATE",
        f"OLD.state = 'CANCELLED' OR {_VISIT_FACTS}",
        "a visit is cancelled once and keeps its facts",
        "NEW",
    ),
    "fees_fixed": ("fees", "UPDATE", _FEE_FACTS, "a fee row never changes", "NEW"),
    "fees_settled": ("fees", "UPDATE", _STILL_SETTLED, "a settled row is freed by a reversal only", "NEW"),
    "fees_removed": ("fees", "DELETE", "OLD.setl_id IS NOT NULL", "a settled row stays", "OLD"),
}


def create(dialect: str) -> None:
    """Create the triggers of this revision."""
    for statement in _sqlite() if dialect == "sqlite" else _postgresql():
        op.execute(statement)


def drop(dialect: str) -> None:
    """Drop what outlives its table."""
    if dialect != "sqlite":
        for name in _REFUSALS:
            op.execute(f"DROP FUNCTION {name}() CASCADE")


def _sqlite() -> list[str]:
    made = [
        f"CREATE TRIGGER {table}_append_only_{moment.lower()} BEFORE {moment} ON {table}"
        f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in _APPEND_ONLY
        for moment in ("UPDATE", "DELETE")
    ]
    made += [
        f"CREATE TRIGGER {name} BEFORE {moment} ON {table} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"
        for name, (table, moment, condition, message, _) in _REFUSALS.items()
    ]
    return made


def _postgresql() -> list[str]:
    made = []
    for table in _APPEND_ONLY:
        made += [
            (
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION append_only()"
            ),
            (
                f"CREATE TRIGGER {table}_append_only_all BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
            ),
        ]
    for name, (table, moment, condition, message, given) in _REFUSALS.items():
        body = f"IF {condition} THEN RAISE EXCEPTION '{message}' USING ERRCODE = '23514'; END IF; RETURN {given}"
        made += [
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; END $$",
            f"CREATE TRIGGER {name} BEFORE {moment} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
        ]
    return made
