"""The hash chain of a person's book."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from yibaobox.domain.canonical import written

if TYPE_CHECKING:
    from collections.abc import Sequence


def canonical(value: object) -> str:
    """Write JSON in one way only: sorted keys, no spaces, no escapes that are not needed."""
    return written(value)


def digest(prev_hash: str, head: Sequence[object], lines: Sequence[Sequence[object]]) -> str:
    """Return the hash of a posting: SHA-256 over the previous hash and the posting's canonical text.

    `head` is psn_no, txn_id, place, kind, reverses, biz_at_us, note; a line is line, account, amount_fen. The wall's
    time is left out, so the same run gives the same chain on any day.
    """
    text = written([list(head), [list(line) for line in lines]], exact=True)
    return hashlib.sha256(f"{prev_hash}\n{text}".encode()).hexdigest()
