"""Why a settlement came out as it did, as it is stored: figures with it, the sources of the figures once for all."""

from __future__ import annotations

import json
from collections import deque
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from yibaobox.domain.store.memory import Read
    from yibaobox.domain.store.tx import Tx
    from yibaobox.domain.visits.fees import Fee
    from yibaobox.domain.visits.settlements import Settlement

_KNOWN: Final = "SELECT 1 FROM explanation_sources WHERE digest = ?"
_KEEP: Final = "INSERT INTO explanation_sources (digest, document) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING"
_READ: Final = "SELECT document FROM explanation_sources WHERE digest = ?"
_ROW: Final = {
    "feedetl_sn": "feedetl_sn",
    "code": "item",
    **{name: name for name in ("grade", "amount_fen", "out_fen", "over_fen", "first_pay_fen", "eligible_fen")},
}
_FACTS: Final = attrgetter(*_ROW.values())
_LATELY: Final[deque[str]] = deque(maxlen=2)  # digests that were written, to any world: no more than a guess


def reading_sources() -> list[Read]:
    """Return what `explained` may ask, for `tx.ahead`: to look for a row costs PostgreSQL a third of not writing it."""
    return [(_KNOWN, (digest,)) for digest in list(_LATELY)]


def explained(tx: Tx, part: Mapping[str, Any], written: tuple[str, str]) -> dict[str, Any]:
    """Return what is stored of the split of a policy year: its sources, a digest and their text, are kept apart."""
    digest, document = written
    if not (tx.known(_KNOWN, digest) if tx.alone else tx.foreseen((_KNOWN, (digest,)))):
        tx.put(_KEEP, digest, document)
        if digest not in _LATELY:
            _LATELY.append(digest)
    return {**part, "sources": digest}


def rows_explained(fees: Iterable[Fee]) -> list[tuple[Any, ...]]:
    """Return what is stored of the rows that were split: their values alone."""
    return list(map(_FACTS, fees))


def explanation_of(tx: Tx, made: Settlement) -> dict[str, Any]:
    """Return the explanation of a settlement with all that it refers to."""
    stored: dict[str, Any] = json.loads(made.explanation)
    for part in (stored, *stored.get("earlier_parts", ())):
        if isinstance(part["sources"], str):  # before revision w0023 each had them with it
            row = tx.one(_READ, part["sources"])
            assert row is not None, "sources are written with the first explanation that refers to them, and stay"
            part["sources"] = json.loads(row[0])
    stored["rows"] = [row if isinstance(row, dict) else dict(zip(_ROW, row, strict=True)) for row in stored["rows"]]
    return stored
