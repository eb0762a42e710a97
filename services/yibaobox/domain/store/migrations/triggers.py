"""Triggers, worded once for both databases; revisions say what they refuse.

On SQLite a trigger carries its own body, on PostgreSQL it calls a function of the same name, which the world's schema
owns. Released revisions call these, so what they make of a call never changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from alembic import op

# Each: table, moment, condition to refuse (of NEW and OLD), message.
Refusals = Mapping[str, tuple[str, str, str, str]]
# Each: table, condition, statements that follow an INSERT.
Effects = Mapping[str, tuple[str, str, tuple[str, ...]]]

_REFUSED: Final = "USING ERRCODE = '23514'"


def refuse(refusals: Refusals) -> None:
    """Refuse changes of rows under a condition, before they happen."""
    for name, (table, moment, condition, message) in refusals.items():
        if _sqlite():
            body = f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"
            op.execute(f"CREATE TRIGGER {name} BEFORE {moment} ON {table} {body}")
            continue
        row = "OLD" if moment == "DELETE" else "NEW"
        _function(name, f"IF {condition} THEN RAISE EXCEPTION '{message}' {_REFUSED}; END IF; RETURN {row}")
        op.execute(f"CREATE TRIGGER {name} BEFORE {moment} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def follow(effects: Effects, moment: str = "INSERT") -> None:
    """Let statements follow the insertion of a row, or its removal."""
    for name, (table, condition, statements) in effects.items():
        if _sqlite():
            body = f"WHEN {condition} BEGIN {'; '.join(statements)}; END"
            op.execute(f"CREATE TRIGGER {name} AFTER {moment} ON {table} {body}")
            continue
        _function(name, f"IF {condition} THEN {'; '.join(statements)}; END IF; RETURN NULL")
        op.execute(f"CREATE TRIGGER {name} AFTER {moment} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def narrow(triggers: Mapping[str, tuple[str, str, str]]) -> None:
    """On PostgreSQL, ask the function of a trigger only under a condition; each: table, moment, condition.

    It runs a condition with a SELECT in it as a query, even where what stands before it has decided already.
    """
    if not _sqlite():
        for name, (table, moment, condition) in triggers.items():
            op.execute(f"DROP TRIGGER {name} ON {table}")
            when = f"WHEN ({condition}) " if condition else ""
            by = f"FOR EACH ROW {when}EXECUTE FUNCTION {name}()"
            op.execute(f"CREATE TRIGGER {name} BEFORE {moment} ON {table} {by}")


def seal() -> None:
    """Make the function by which `append_only` refuses on PostgreSQL, once for all tables."""
    if not _sqlite():
        _function("append_only", f"RAISE EXCEPTION '% is append-only', TG_TABLE_NAME {_REFUSED}")


def append_only(tables: Iterable[str]) -> None:
    """Refuse UPDATE, DELETE and TRUNCATE."""
    for table in tables:
        if _sqlite():
            for moment in ("UPDATE", "DELETE"):
                body = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                op.execute(f"CREATE TRIGGER {table}_append_only_{moment.lower()} BEFORE {moment} ON {table} {body}")
            continue
        by = "EXECUTE FUNCTION append_only()"
        op.execute(f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {by}")
        op.execute(f"CREATE TRIGGER {table}_append_only_all BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {by}")


def kept(tables: Iterable[str]) -> dict[str, tuple[str, str, str, str]]:
    """Return the refusals that keep every row of tables."""
    return {f"{table}_kept": (table, "DELETE", "1 = 1", f"rows of {table} are kept") for table in tables}


def forget(names: Iterable[str]) -> None:
    """Drop what outlives its table: the functions of PostgreSQL."""
    if not _sqlite():
        for name in names:
            op.execute(f"DROP FUNCTION {name}() CASCADE")


def unrefuse(names: Mapping[str, str]) -> None:
    """Drop refusals, and what follows, of tables that remain; each name with its table."""
    for name, table in names.items():
        if _sqlite():
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f"DROP TRIGGER {name} ON {table}")
            op.execute(f"DROP FUNCTION {name}()")


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _function(name: str, body: str) -> None:
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; END $$")
