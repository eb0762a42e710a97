"""Copy a schema of PostgreSQL into another, or over it, in a few round trips.

A new copy is built from the definitions that the source has in the catalogue, names of constraints and indexes
included, so that later revisions find in a copy what they find in an original. Rows come before the guards: they were
checked when they were written, and a guard would judge each of them again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yibaobox.domain.store.postgres import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from yibaobox.domain.store.tx import Tx

_TABLES: Final = """SELECT quote_ident(c.relname) FROM pg_class c
    WHERE c.relnamespace = to_regnamespace(?) AND c.relkind = 'r' ORDER BY c.relname"""
_SEQUENCES: Final = """SELECT quote_ident(c.relname) FROM pg_class c
    WHERE c.relnamespace = to_regnamespace(?) AND c.relkind = 'S' ORDER BY c.relname"""
_CONSTRAINTS: Final = """SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', k.conrelid::regclass, k.conname,
        pg_get_constraintdef(k.oid, true))
    FROM pg_constraint k WHERE k.connamespace = to_regnamespace(?) AND k.contype IN ('p', 'u', 'x', 'f')
    ORDER BY k.contype = 'f', k.conname"""
_INDEXES: Final = """SELECT pg_get_indexdef(i.indexrelid, 0, true) FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relnamespace = to_regnamespace(?)
    AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
    ORDER BY c.relname"""
_FUNCTIONS: Final = """SELECT replace(pg_get_functiondef(p.oid), quote_ident(n.nspname) || '.', '')
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.pronamespace = to_regnamespace(?) ORDER BY p.proname"""
_TRIGGERS: Final = """SELECT pg_get_triggerdef(t.oid, true) FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = to_regnamespace(?) AND NOT t.tgisinternal ORDER BY t.tgname, c.relname"""


def build(tx: Tx, source: str, target: str) -> None:
    """Make the schema `target` equal to `source`: tables, rows, counters, constraints, guards."""
    # The catalogue writes names without their schema when the schema is the one looked in first.
    tx.script(f"SET LOCAL search_path TO {quoted(source)}")
    tables, sequences = _listed(tx, _TABLES, source), _listed(tx, _SEQUENCES, source)
    after = [line for query in (_CONSTRAINTS, _INDEXES, _FUNCTIONS, _TRIGGERS) for line in _listed(tx, query, source)]
    origin = quoted(source)
    made = [f"CREATE SCHEMA {quoted(target)}", f"SET LOCAL search_path TO {quoted(target)}"]
    for name in tables:
        made.append(f"CREATE TABLE {name} (LIKE {origin}.{name} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        made.append(f"INSERT INTO {name} SELECT * FROM {origin}.{name}")
    for name in sequences:
        made += [f"CREATE SEQUENCE {name}", _counter(name, origin)]
    tx.script(";\n".join([*made, *after]))


def overwrite(tx: Tx, source: str, tables: Mapping[str, Sequence[str]]) -> None:
    """Overwrite the schema of this transaction with another's rows and counters.

    `tables` come in the order in which they may be filled, with the keys by which rows are compared: rows that are
    equal stay as they are, for comparing them costs less than writing them. A table without keys is written whole.
    This is the one path that removes entries: it sets the guards aside for its own transaction and nobody sees it
    half done.
    """
    names, origin = list(tables), quoted(source)
    made = [f"ALTER TABLE {name} DISABLE TRIGGER USER" for name in names]
    filled = _filled(tx, names, origin)
    # No TRUNCATE: whoever reads on a snapshot taken before it would find every table empty.
    made += [_emptied(name, tables[name] if name in filled else (), origin) for name in reversed(names)]
    made += [f"INSERT INTO {name} SELECT * FROM {origin}.{name} EXCEPT SELECT * FROM {name}" for name in filled]
    made += [_counter(name, origin) for name in _listed(tx, _SEQUENCES, source)]
    made.append("SET CONSTRAINTS ALL IMMEDIATE")
    made += [f"ALTER TABLE {name} ENABLE TRIGGER USER" for name in names]
    tx.script(";\n".join(made))


def _filled(tx: Tx, names: Iterable[str], origin: str) -> list[str]:
    """Return the tables that have rows in the source."""
    asked = (f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {origin}.{name})" for name in names)
    return [row[0] for row in tx.query(" UNION ALL ".join(asked))]


def _emptied(name: str, keys: Sequence[str], origin: str) -> str:
    """Return the statement that removes the rows of a table which the source does not have, or all without keys."""
    if not keys:
        return f"DELETE FROM {name}"
    same = " AND ".join(f"t.{key} = gone.{key}" for key in keys)
    return f"DELETE FROM {name} t USING (SELECT * FROM {name} EXCEPT SELECT * FROM {origin}.{name}) gone WHERE {same}"


def _counter(name: str, origin: str) -> str:
    return f"SELECT setval('{name}', last_value, is_called) FROM {origin}.{name}"


def _listed(tx: Tx, sql: str, source: str) -> list[str]:
    return [row[0] for row in tx.query(sql, quoted(source))]
