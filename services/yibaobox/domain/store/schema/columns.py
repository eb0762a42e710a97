"""What every table is made of: names of constraints, two kinds of columns, the two sets of tables."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, MetaData, Text

_NAMES: Final = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}

world = MetaData(naming_convention=_NAMES)
registry = MetaData(naming_convention=_NAMES)


def text(name: str, *, null: bool = False, key: bool = False) -> Column[str]:
    """Return a text column: names, numbers of things, days as yyyy-MM-dd, JSON."""
    return Column(name, Text, nullable=null, primary_key=key)


def big(name: str, *, null: bool = False, key: bool = False) -> Column[int]:
    """Return a column of whole numbers: fen, microseconds, counters."""
    return Column(name, BigInteger, nullable=null, primary_key=key, autoincrement=False)
